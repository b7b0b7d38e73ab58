//! A tiny sound build, and the same build with one file exchanged.
#![allow(dead_code, reason = "each target uses its part")]

use std::sync::OnceLock;

use edge_recall::candidate::Candidate;
use edge_recall::format::attribute::{self, AttributeType, Column};
use edge_recall::format::cells::{CellFile, CentroidCode};
use edge_recall::format::codes::{Code, Metric, encode_int8};
use edge_recall::format::crowds::Crowd;
use edge_recall::format::header::{Header, NO_CELL};
use edge_recall::format::manifest::{
    AttributeSpec, ChannelWeight, CrowdSpec, Decay, FusionSpec, ShardRef, TableSpec, TowerKind, TowerSpec, TriggerSpec,
    VectorSpec,
};
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::{ShardWriter, shard_name};
use edge_recall::format::{ShardKind, cells, crowds, gram, keys, rows};
use edge_recall::ids::{ChannelId, Epoch, Model, Ordinal};
use edge_recall::{AlignedBytes, EventKind, HistoryEvent, Manifest, Recaller, Request};

pub const ITEMS: u32 = 20;
pub const DIM: usize = 5;

/// Kind, instance, entries and body of a section.
pub type Part = (SectionKind, u16, u32, Vec<u8>);

/// The build: the sections of each file, and the names of the two files of its one cell.
pub struct Made {
    pub sections: Vec<(ShardKind, Vec<Part>)>,
}

impl Made {
    pub fn get() -> &'static Made {
        static MADE: OnceLock<Made> = OnceLock::new();
        MADE.get_or_init(make)
    }
}

/// The header that a file of this kind must have.
pub fn header(kind: ShardKind) -> Header {
    let cell = if matches!(kind, ShardKind::Vec | ShardKind::I2i) { 0 } else { NO_CELL };
    Header { kind, epoch: Epoch(7), model: Model(9), cell, base: 0, count: ITEMS }
}

/// Key of an item.
pub fn key(item: u32) -> String {
    format!("sku-{item}")
}

fn make() -> Made {
    let vectors: Vec<f32> = (0..ITEMS as usize * DIM).map(|n| ((n * 37 % 23) as f32 - 11.0) / 10.0).collect();
    let centroid = CentroidCode::of(&[0.1; DIM]);
    let (codes, scales) = encode_int8(Metric::Dot, &centroid.decoded(), &vectors);
    let names: Vec<String> = (0..ITEMS).map(key).collect();
    let column = Column::Category { values: vec!["a".into(), "b".into()], codes: (0..ITEMS).map(|n| n % 3).collect() };
    let vec = vec![
        (SectionKind::Keys, 0, ITEMS, keys::encode(&names)),
        (SectionKind::Attribute, 0, ITEMS, attribute::encode(&column)),
        (SectionKind::Codes, 0, ITEMS, codes),
        (SectionKind::Scales, 0, ITEMS, scales),
    ];
    let table = |step: u32| {
        let row = |own: u32| {
            let targets: std::collections::BTreeSet<u32> = (1..6).map(|n| (own + n * step) % ITEMS).collect();
            targets.into_iter().filter(|&t| t != own).map(|t| (t, 1.0 / (t + 1) as f32)).collect()
        };
        rows::encode(0, &(0..ITEMS).map(row).collect::<Vec<_>>())
    };
    let i2i = vec![(SectionKind::Rows, 0, ITEMS, table(1)), (SectionKind::Rows, 1, ITEMS, table(3))];
    let items = |from: u32| (from..from + 6).map(|n| Candidate { item: Ordinal(n), score: 1.0 / (n + 1) as f32 });
    let crowd = |key: &str, from| Crowd { key: key.into(), users: 50, items: items(from).collect() };
    let lists = [crowd("", 0), crowd("age=1", 4)];
    let mut lower = vec![0f32; DIM * (DIM + 1) / 2];
    for row in vectors.chunks_exact(DIM) {
        let products = (0..DIM).flat_map(|a| (0..=a).map(move |b| row[a] * row[b]));
        lower.iter_mut().zip(products).for_each(|(sum, product)| *sum += product);
    }
    let head = vec![
        (SectionKind::Crowds, 0, lists.len() as u32, crowds::encode(&lists)),
        (SectionKind::Gram, 0, DIM as u32, gram::encode(DIM, &lower)),
    ];
    let dir = vec![(SectionKind::Cells, 0, 1, directory(&file(ShardKind::Vec, &vec), &file(ShardKind::I2i, &i2i)))];
    Made {
        sections: vec![(ShardKind::Head, head), (ShardKind::Dir, dir), (ShardKind::Vec, vec), (ShardKind::I2i, i2i)],
    }
}

fn directory(vec: &[u8], i2i: &[u8]) -> Vec<u8> {
    let cell = |bytes: &[u8]| CellFile { name: shard_name(bytes), bytes: bytes.len() as u32 };
    cells::encode(DIM, &[(ITEMS, cell(vec), Some(cell(i2i)), CentroidCode::of(&[0.1; DIM]))])
}

/// The bytes of a file with these sections.
fn file(kind: ShardKind, parts: &[Part]) -> Vec<u8> {
    let writer = parts.iter().fold(ShardWriter::new(header(kind)), |writer, (kind, instance, count, bytes)| {
        writer.section(*kind, *instance, *count, bytes.clone())
    });
    writer.finish().expect("a few bytes")
}

/// The sound build with every file attached.
pub fn recaller() -> &'static Recaller {
    static SOUND: OnceLock<Recaller> = OnceLock::new();
    SOUND.get_or_init(|| attached(None, &[]).expect("a sound build"))
}

/// Offers `bytes` in the place of the sound build's file of its kind. Whatever comes of it has to answer.
pub fn attach_all(kind: ShardKind, bytes: &[u8]) {
    if let Some(recaller) = attached(Some(kind), bytes) {
        let event = |item| HistoryEvent { key: key(item), kind: EventKind::View, age: Some(item * 1000) };
        for task in [Request::recommend, Request::similar] {
            let request = task((0..ITEMS / 2).map(event).collect());
            let response = recaller.finish(&request).expect("a limit below the limit");
            assert!(response.recommendations.iter().all(|result| !result.score.is_nan() && !result.key.is_empty()));
        }
        let _ = recaller.attributes(Ordinal(ITEMS - 1));
    }
}

/// `None` where the directory was refused, so that nothing else can be attached.
fn attached(replaced: Option<ShardKind>, bytes: &[u8]) -> Option<Recaller> {
    let made = Made::get();
    let files: Vec<(ShardKind, Vec<u8>)> = made
        .sections
        .iter()
        .map(|(kind, parts)| (*kind, if Some(*kind) == replaced { bytes.to_vec() } else { file(*kind, parts) }))
        .collect();
    let bytes_of = |kind| files.iter().find(|(other, _)| *other == kind).map(|(_, bytes)| bytes.as_slice());
    let (head, mut dir) = (bytes_of(ShardKind::Head)?, bytes_of(ShardKind::Dir)?.to_vec());
    let (vec, i2i) = (bytes_of(ShardKind::Vec)?, bytes_of(ShardKind::I2i)?);
    if replaced != Some(ShardKind::Dir) {
        // The directory names what is offered, or it would be turned away at the door.
        dir = file(ShardKind::Dir, &[(SectionKind::Cells, 0, 1, directory(vec, i2i))]);
    }
    let mut recaller = Recaller::new(manifest(head, &dir)).expect("a sound manifest");
    let _ = recaller.attach(shard_name(head), AlignedBytes::copy_of(head));
    recaller.attach(shard_name(&dir), AlignedBytes::copy_of(&dir)).ok()?;
    for bytes in [vec, i2i] {
        let _ = recaller.attach(shard_name(bytes), AlignedBytes::copy_of(bytes));
    }
    Some(recaller)
}

fn manifest(head: &[u8], dir: &[u8]) -> Manifest {
    let triggers = TriggerSpec { window: 50, decay: Decay::Age(1.0) };
    let refer = |bytes: &[u8]| ShardRef { name: shard_name(bytes), bytes: bytes.len() as u32, inline: None };
    Manifest {
        format: Manifest::current_format(),
        epoch: Epoch(7),
        model: Model(9),
        items: ITEMS,
        head: refer(head),
        dir: refer(dir),
        vectors: Some(VectorSpec { dim: DIM as u32, metric: Metric::Dot, code: Code::Int8 }),
        tower: Some(TowerSpec { kind: TowerKind::FoldIn { alpha: 2.0, lambda: 0.5 }, triggers }),
        tables: [ChannelId::I2i, ChannelId::Next].map(|channel| TableSpec { channel, triggers }).to_vec(),
        attributes: vec![AttributeSpec { name: "colour".into(), kind: AttributeType::Category }],
        crowd: CrowdSpec { keys: vec![vec!["age".into()], Vec::new()] },
        fusion: FusionSpec {
            depth: 8,
            weights: ChannelId::ALL.map(|channel| ChannelWeight { channel, weight: 0.5 }).to_vec(),
        },
        ..Manifest::default()
    }
}

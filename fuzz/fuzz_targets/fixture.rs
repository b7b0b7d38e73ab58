//! A tiny sound build of two levels with every kind of file, and the same build with one file exchanged.
#![allow(dead_code, reason = "each target uses its part")]

use std::sync::OnceLock;

use edge_recall::candidate::Candidate;
use edge_recall::format::attribute::{self, AttributeType, Column};
use edge_recall::format::cells::{CellEntry, CellFile, CentroidCode};
use edge_recall::format::codes::{self, Code, Metric};
use edge_recall::format::crowds::Crowd;
use edge_recall::format::header::{Header, NO_CELL};
use edge_recall::format::idmap::{IdFiles, Ids, hash};
use edge_recall::format::leaves::LeafEntry;
use edge_recall::format::manifest::{
    AttributeSpec, ChannelWeight, CrowdSpec, Decay, FusionSpec, PurchaseSpec, RetargetSpec, ShardRef, TableSpec,
    TagsSpec, TowerKind, TowerSpec, TriggerSpec, VectorSpec, WalkSpec,
};
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::{ShardWriter, shard_name};
use edge_recall::format::{ShardKind, cells, cohorts, crowds, display, gram, keys, leaves, ordinals, rows};
use edge_recall::ids::{ChannelId, Epoch, Model, Ordinal, ShardName};
use edge_recall::recaller::{Budget, Privacy};
use edge_recall::{AlignedBytes, EventKind, HistoryEvent, Manifest, Recaller, Request};

pub const ITEMS: u32 = 20;
pub const DIM: usize = 5;
pub const EPOCH: Epoch = Epoch(7);
pub const MODEL: Model = Model(9);
/// Items of a cell and cells of a leaf.
const CELL: u32 = 5;
const LEAF: u32 = 2;

/// Kind, instance, entries and body of a section.
pub type Part = (SectionKind, u16, u32, Vec<u8>);

/// The sections of the file of each kind that may be exchanged: those of cell 0 and leaf 0, and the root of the id map.
pub struct Made {
    pub sections: Vec<(ShardKind, Vec<Part>)>,
}

impl Made {
    pub fn get() -> &'static Made {
        static MADE: OnceLock<Made> = OnceLock::new();
        MADE.get_or_init(|| {
            let files = Files::of(None);
            let parts = |kind| match kind {
                ShardKind::Head => head(),
                ShardKind::Crowds => lists(&["age=1"]),
                ShardKind::Dir => vec![files.dir.clone()],
                ShardKind::Leaf => vec![files.leaf.clone()],
                ShardKind::Vec => vec_of(0),
                ShardKind::I2i => i2i_of(0),
                ShardKind::Card => card_of(0),
                ShardKind::IdMap => vec![files.root.clone()],
            };
            Made { sections: ShardKind::ALL.map(|kind| (kind, parts(kind))).to_vec() }
        })
    }
}

/// The header that the file of this kind must have; cell 0 and leaf 0 are those that may be exchanged.
pub fn header(kind: ShardKind, number: u32) -> Header {
    let (cell, base, count) = match kind {
        ShardKind::Vec | ShardKind::I2i | ShardKind::Card => (number, number * CELL, CELL),
        ShardKind::Leaf => (number, number * CELL * LEAF, CELL * LEAF),
        _ => (NO_CELL, 0, ITEMS),
    };
    Header { kind, epoch: EPOCH, model: MODEL, cell, base, count }
}

/// Key of an item.
pub fn key(item: u32) -> String {
    format!("sku-{item}")
}

fn items_of(cell: u32) -> impl Iterator<Item = u32> + Clone {
    cell * CELL..(cell + 1) * CELL
}

fn vector(item: u32) -> impl Iterator<Item = f32> {
    (item as usize * DIM..(item as usize + 1) * DIM).map(|n| ((n * 37 % 23) as f32 - 11.0) / 10.0)
}

fn vec_of(cell: u32) -> Vec<Part> {
    let vectors: Vec<f32> = items_of(cell).flat_map(vector).collect();
    let (codes, scales) = codes::encode(Code::Int4, Metric::Dot, &centroid().decoded(), &vectors);
    let names: Vec<String> = items_of(cell).map(key).collect();
    let column =
        Column::Category { values: vec!["a".into(), "b".into()], codes: items_of(cell).map(|n| n % 3).collect() };
    vec![
        (SectionKind::Keys, 0, CELL, keys::encode(&names)),
        (SectionKind::Attribute, 0, CELL, attribute::encode(&column)),
        (SectionKind::Codes, 0, CELL, codes),
        (SectionKind::Scales, 0, CELL, scales.expect("packed codes have scales")),
        (SectionKind::Gain, 0, CELL, items_of(cell).map(|item| item as u8).collect()),
        (SectionKind::Prints, 0, CELL, items_of(cell).flat_map(|item| u64::from(item * 37).to_le_bytes()).collect()),
    ]
}

fn i2i_of(cell: u32) -> Vec<Part> {
    let table = |step: u32| {
        let row = |own: u32| {
            let targets: std::collections::BTreeSet<u32> = (1..6).map(|n| (own + n * step) % ITEMS).collect();
            targets.into_iter().filter(|&t| t != own).map(|t| (t, 1.0 / (t + 1) as f32)).collect()
        };
        rows::encode(cell * CELL, &items_of(cell).map(row).collect::<Vec<_>>(), rows::WeightCode::Levels(4))
    };
    vec![(SectionKind::Rows, 0, CELL, table(1)), (SectionKind::Rows, 1, CELL, table(3))]
}

fn card_of(cell: u32) -> Vec<Part> {
    let titles: Vec<String> = items_of(cell).map(|item| format!("Item {item}")).collect();
    let fields: Vec<Vec<&str>> = titles.iter().map(|title| vec![title.as_str(), ""]).collect();
    vec![(SectionKind::Fields, 0, CELL, display::encode(&fields))]
}

/// Crowd lists, with the keys of their items.
fn lists(names: &[&str]) -> Vec<Part> {
    let first = |name: &str| if name.is_empty() { 0 } else { 4 };
    let items = |from: u32| (from..from + 6).map(|n| Candidate { item: Ordinal(n), score: 1.0 / (n + 1) as f32 });
    let crowd = |name: &&str| Crowd { key: (*name).into(), users: 50, items: items(first(name)).collect() };
    let lists: Vec<Crowd> = names.iter().map(crowd).collect();
    let from = first(names[0]);
    let (known, texts): (Vec<Ordinal>, Vec<String>) = (from..from + 6).map(|item| (Ordinal(item), key(item))).unzip();
    vec![
        (SectionKind::Crowds, 0, lists.len() as u32, crowds::encode(&lists)),
        (SectionKind::Known, 0, known.len() as u32, ordinals::encode_known(&known, &texts)),
    ]
}

fn head() -> Vec<Part> {
    let mut lower = vec![0f32; DIM * (DIM + 1) / 2];
    for row in (0..ITEMS).map(|item| vector(item).collect::<Vec<f32>>()) {
        let products = (0..DIM).flat_map(|a| (0..=a).map(|b| row[a] * row[b]).collect::<Vec<_>>());
        lower.iter_mut().zip(products).for_each(|(sum, product)| *sum += product);
    }
    let mut parts = lists(&["", "%a:colour=a", "%c:0", "%c:1", "%new"]);
    let cohorts = [centroid(), CentroidCode::of(&[-0.1; DIM], 0.0)];
    parts.push((SectionKind::Cohorts, 0, 2, cohorts::encode(DIM, &cohorts)));
    parts.push((SectionKind::Gram, 0, DIM as u32, gram::encode(DIM, &lower)));
    parts.push((SectionKind::Mask, 0, 1, ordinals::encode_mask(0, &[Ordinal(5)])));
    parts
}

fn centroid() -> CentroidCode {
    CentroidCode::of(&[0.1; DIM], 0.5)
}

/// The bytes of a file with these sections.
fn file(header: Header, parts: &[Part]) -> Vec<u8> {
    let writer = parts.iter().fold(ShardWriter::new(header), |writer, (kind, instance, count, bytes)| {
        writer.section(*kind, *instance, *count, bytes.clone())
    });
    writer.finish().expect("a few bytes")
}

/// All files, the exchanged one in its place; what names it names it truly, or it would be turned away at the door.
struct Files {
    manifest: Manifest,
    all: Vec<(ShardName, Vec<u8>)>,
    dir: Part,
    leaf: Part,
    root: Part,
}

impl Files {
    fn of(exchanged: Option<(ShardKind, &[u8])>) -> Files {
        let mut all: Vec<(ShardName, Vec<u8>)> = Vec::new();
        let mut add = |kind: ShardKind, number: u32, parts: &[Part]| {
            let own = exchanged.filter(|(other, _)| *other == kind && number == 0);
            let bytes = own.map_or_else(|| file(header(kind, number), parts), |(_, bytes)| bytes.to_vec());
            let named = CellFile { name: shard_name(&bytes), bytes: bytes.len() as u32 };
            all.push((named.name, bytes));
            named
        };
        let mut leaf_parts = Vec::new();
        let mut entries = Vec::new();
        for leaf in 0..ITEMS / CELL / LEAF {
            let cell = |cell: u32| CellEntry {
                items: CELL,
                vec: add(ShardKind::Vec, cell, &vec_of(cell)),
                i2i: Some(add(ShardKind::I2i, cell, &i2i_of(cell))),
                card: Some(add(ShardKind::Card, cell, &card_of(cell))),
                centroid: centroid(),
            };
            let own: Vec<CellEntry> = (leaf * LEAF..(leaf + 1) * LEAF).map(cell).collect();
            leaf_parts.push((SectionKind::Cells, 0, LEAF, cells::encode(DIM, &own)));
            let file = add(ShardKind::Leaf, leaf, &leaf_parts[leaf as usize..]);
            entries.push(LeafEntry { items: CELL * LEAF, cells: LEAF, file, centroid: centroid() });
        }
        let dir = (SectionKind::Leaves, 0, entries.len() as u32, leaves::encode(DIM, &entries));
        let ids: Vec<(u32, Ordinal)> = (0..ITEMS).map(|item| (hash(&key(item)), Ordinal(item))).collect();
        let ids_of = |ids: &[(u32, Ordinal)]| (SectionKind::Ids, 0, ids.len() as u32, Ids::encode(ids));
        // Not number 0, which is the root's: half of the keys came later.
        let (early, late) = ids.split_at(10);
        let named = [(1, early), (2, late)].map(|(number, ids)| add(ShardKind::IdMap, number, &[ids_of(ids)]));
        let root = IdFiles { files: named.to_vec(), hashed: 1 };
        let root = (SectionKind::IdFiles, 0, root.files.len() as u32, root.encode());
        let mut refer = |kind, parts: &[Part]| {
            let CellFile { name, bytes } = add(kind, 0, parts);
            ShardRef { name, bytes, inline: None }
        };
        let manifest = Manifest {
            head: refer(ShardKind::Head, &head()),
            dir: refer(ShardKind::Dir, std::slice::from_ref(&dir)),
            crowds: Some(refer(ShardKind::Crowds, &lists(&["age=1"]))),
            idmap: Some(refer(ShardKind::IdMap, std::slice::from_ref(&root))),
            ..settings()
        };
        // What names others comes before what it names.
        all.reverse();
        Files { manifest, all, dir, leaf: leaf_parts.swap_remove(0), root }
    }

    /// A recaller with everything attached that is not refused.
    fn open(&self) -> Recaller {
        let mut recaller = Recaller::new(self.manifest.clone()).expect("a sound manifest");
        for (name, bytes) in &self.all {
            let _ = recaller.attach(*name, AlignedBytes::copy_of(bytes));
        }
        recaller
    }
}

/// The sound build with every file attached.
pub fn recaller() -> &'static Recaller {
    static SOUND: OnceLock<Recaller> = OnceLock::new();
    SOUND.get_or_init(|| Files::of(None).open())
}

/// Offers `bytes` in the place of the sound build's file of its kind. Whatever comes of it has to answer.
pub fn attach_all(kind: ShardKind, bytes: &[u8]) {
    let recaller = Files::of(Some((kind, bytes))).open();
    let event = |item| HistoryEvent { key: key(item), kind: EventKind::View, age: Some(item * 1000) };
    for task in [Request::recommend, Request::similar] {
        let request = task((0..ITEMS / 2).map(event).collect());
        let response = recaller.finish(&request).expect("a limit below the limit");
        assert!(response.recommendations.iter().all(|result| !result.score.is_nan() && !result.key.is_empty()));
        let _ = recaller.plan(&request.budget(Budget { bytes: 3000, files: 5 }));
    }
    let _ = recaller.attributes(Ordinal(ITEMS - 1));
    let _ = (
        recaller.plan_display(&[key(0)]),
        recaller.display(&key(0)),
        recaller.card(&key(0)),
        recaller.gain(Ordinal(0)),
    );
}

/// Runs the rounds of a request over the sound build with nothing attached; files whose place is in `lost` never come.
pub fn visit(request: &Request, lost: u32) -> Recaller {
    static FILES: OnceLock<Files> = OnceLock::new();
    let files = FILES.get_or_init(|| Files::of(None));
    let mut recaller = Recaller::new(files.manifest.clone()).expect("a sound manifest");
    let mut request = request.clone();
    for _ in 0..8 {
        let plan = recaller.plan(&request);
        if request.privacy == Privacy::Head {
            use ShardKind::{Crowds, Dir, Head};
            assert!(plan.files.iter().all(|file| matches!(file.kind, Head | Dir | Crowds)));
        }
        let named: std::collections::HashSet<ShardName> = plan.files.iter().map(|file| file.name).collect();
        assert_eq!(named.len(), plan.files.len(), "a file twice");
        let mut came = false;
        for file in &plan.files {
            let place = files.all.iter().position(|(name, _)| *name == file.name).expect("a file of the build");
            let bytes = &files.all[place].1;
            assert_eq!(bytes.len(), file.bytes as usize);
            if lost >> (place % 32) & 1 == 0 {
                recaller.attach(file.name, AlignedBytes::copy_of(bytes)).expect("a sound file");
                came = true;
            }
            request.budget.bytes = request.budget.bytes.saturating_sub(file.bytes);
            request.budget.files = request.budget.files.saturating_sub(1);
        }
        if plan.last || !came {
            return recaller;
        }
    }
    panic!("a visit without an end");
}

fn settings() -> Manifest {
    let triggers = TriggerSpec { window: 50, decay: Decay::Age(1.0) };
    Manifest {
        format: Manifest::current_format(),
        epoch: EPOCH,
        model: MODEL,
        items: ITEMS,
        vectors: Some(VectorSpec { dim: DIM as u32, metric: Metric::Dot, code: Code::Int4 }),
        tower: Some(TowerSpec { kind: TowerKind::FoldIn { alpha: 2.0, lambda: 0.5 }, triggers }),
        tables: [ChannelId::I2i, ChannelId::Next].map(|channel| TableSpec { channel, triggers }).to_vec(),
        walk: Some(WalkSpec { table: 0, fan: 3, triggers }),
        repeat: Some(triggers),
        retarget: Some(RetargetSpec { days: 3, share: 0.5 }),
        tags: Some(TagsSpec { attributes: vec!["colour".into()], triggers }),
        peers: Some(2),
        purchases: Some(PurchaseSpec {
            attribute: "colour".into(),
            consumable: String::new(),
            days: 5,
            periods: vec![("a".into(), 9)],
            release: 2,
        }),
        duplicates: 2,
        attributes: vec![AttributeSpec { name: "colour".into(), kind: AttributeType::Category }],
        fields: vec!["title".into(), "image".into()],
        crowd: CrowdSpec { keys: vec![vec!["age".into()], Vec::new()] },
        fusion: FusionSpec {
            depth: 8,
            weights: ChannelId::ALL.map(|channel| ChannelWeight { channel, weight: 0.5 }).to_vec(),
            ..FusionSpec::default()
        },
        ..Manifest::default()
    }
}

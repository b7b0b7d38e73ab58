//! A catalogue with the shape of a real one, the same on every run: items in clusters, numbered by popularity, vectors
//! near their cluster's centre, rows that stay mostly inside the cluster and lean to what is popular. One cell.

use std::path::Path;

use edge_recall::candidate::Candidate;
use edge_recall::format::cells::{CellEntry, CellFile, CentroidCode};
use edge_recall::format::codes::{self, Code, Metric};
use edge_recall::format::crowds::Crowd;
use edge_recall::format::header::{Header, NO_CELL};
use edge_recall::format::manifest::{
    ChannelWeight, CrowdSpec, Decay, FusionSpec, ShardRef, TableSpec, TowerKind, TowerSpec, TriggerSpec, VectorSpec,
    VisitSpec,
};
use edge_recall::format::rows::{self, WeightCode};
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::{ShardWriter, shard_name};
use edge_recall::format::{ShardKind, attribute, cells, cohorts, crowds, gram, keys};
use edge_recall::ids::{ChannelId, Epoch, Model, Ordinal, ShardName};
use edge_recall::{AlignedBytes, EventKind, HistoryEvent, Manifest, Recaller};

use super::everything;

/// Dimension of the vectors.
pub const DIM: usize = 64;
/// Targets of a row of the two-hop table, T; the directional table has less than half.
const TARGETS: [usize; 2] = [50, 20];
const ITEMS_A_CLUSTER: u32 = 100;
const CROWDS: [&str; 4] = ["", "age=18-24", "age=25-34", "age=35-44"];
const CROWD_ITEMS: usize = 200;

/// The manifest and the shards of one build.
pub struct Catalogue {
    pub items: u32,
    pub manifest: Manifest,
    pub files: Vec<(ShardName, ShardKind, Vec<u8>)>,
    clusters: Clusters,
}

impl Catalogue {
    /// Makes a catalogue of `items` items whose vectors are stored in `code`, for the channels `i2i`, `next`, `u2i` and `crowd`.
    pub fn generate(items: u32, code: Code) -> Catalogue {
        Catalogue::of(items, code, false)
    }

    /// The same with every channel there is.
    pub fn with_everything(items: u32, code: Code) -> Catalogue {
        Catalogue::of(items, code, true)
    }

    fn of(items: u32, code: Code, has_everything: bool) -> Catalogue {
        let mut dice = Dice(u64::from(items));
        let clusters = Clusters::of(items, &mut dice);
        let vectors = clusters.vectors(&mut dice);
        let header = |kind, cell, base, count| Header { kind, epoch: Epoch(1), model: Model(1), cell, base, count };
        let mut files = Vec::new();
        let centroid = CentroidCode::of(&mean(&vectors), 1.0);

        let names: Vec<String> = (0..items).map(key).collect();
        let mut vec = ShardWriter::new(header(ShardKind::Vec, 0, 0, items)).section(
            SectionKind::Keys,
            0,
            items,
            keys::encode(&names),
        );
        if has_everything {
            for (instance, column) in (0u16..).zip(everything::columns(&clusters.of)) {
                vec = vec.section(SectionKind::Attribute, instance, items, attribute::encode(&column));
            }
        }
        let (codes, scales) = codes::encode(code, Metric::Dot, &centroid.decoded(), &vectors);
        vec = vec.section(SectionKind::Codes, 0, items, codes);
        if let Some(scales) = scales {
            vec = vec.section(SectionKind::Scales, 0, items, scales);
        }
        if has_everything {
            vec = vec.section(SectionKind::Gain, 0, items, everything::gains(items));
        }
        let vec = add(&mut files, ShardKind::Vec, vec);
        let mut i2i = ShardWriter::new(header(ShardKind::I2i, 0, 0, items));
        let targets =
            if has_everything { everything::TABLES.map(|(_, targets)| targets).to_vec() } else { TARGETS.to_vec() };
        for (instance, targets) in (0u16..).zip(targets) {
            let table: Vec<_> = (0..items).map(|item| clusters.row(item, targets, &mut dice)).collect();
            i2i = i2i.section(SectionKind::Rows, instance, items, rows::encode(0, &table, WeightCode::Levels(4)));
        }
        let i2i = add(&mut files, ShardKind::I2i, i2i);
        let cell = |file: &ShardRef| CellFile { name: file.name, bytes: file.bytes };
        let entries = [CellEntry { items, vec: cell(&vec), i2i: Some(cell(&i2i)), card: None, centroid }];
        let dir = ShardWriter::new(header(ShardKind::Dir, NO_CELL, 0, items));
        let dir = add(&mut files, ShardKind::Dir, dir.section(SectionKind::Cells, 0, 1, cells::encode(DIM, &entries)));
        let mut lists: Vec<Crowd> = CROWDS.iter().map(|key| crowd(key, items, &mut dice)).collect();
        let mut head = ShardWriter::new(header(ShardKind::Head, NO_CELL, 0, items));
        if has_everything {
            lists.extend(everything::lists(&clusters.of));
            lists.sort_by(|one, other| one.key.cmp(&other.key));
            let cohort = |number| CentroidCode::of(clusters.centre(number % clusters.members.len()), 1.0);
            let cohorts: Vec<CentroidCode> = (0..everything::COHORTS).map(cohort).collect();
            head = head.section(SectionKind::Cohorts, 0, cohorts.len() as u32, cohorts::encode(DIM, &cohorts));
        }
        let head = head.section(SectionKind::Crowds, 0, lists.len() as u32, crowds::encode(&lists)).section(
            SectionKind::Gram,
            0,
            DIM as u32,
            gram::encode(DIM, &gram_of(&vectors)),
        );
        let head = add(&mut files, ShardKind::Head, head);
        let mut manifest = manifest(items, code, head, dir);
        if has_everything {
            everything::describe(&mut manifest);
        }
        Catalogue { items, manifest, files, clusters }
    }

    /// The bytes of the shard of a kind.
    pub fn file(&self, kind: ShardKind) -> (ShardName, &[u8]) {
        let (name, _, bytes) = self.files.iter().find(|(_, other, _)| *other == kind).expect("every kind was written");
        (*name, bytes)
    }

    /// A recaller that holds the shards of these kinds.
    pub fn recaller(&self, kinds: &[ShardKind]) -> Recaller {
        let mut recaller = Recaller::new(self.manifest.clone()).expect("a sound manifest");
        // The directory comes first: it names the shards of the cells.
        for wanted in [ShardKind::Head, ShardKind::Dir].iter().chain(kinds).copied() {
            let (name, bytes) = self.file(wanted);
            recaller.attach(name, AlignedBytes::copy_of(bytes)).expect("a sound shard");
        }
        recaller
    }

    /// What someone with two tastes touched lately: `events` events on distinct items, newest first.
    pub fn history(&self, events: usize) -> Vec<HistoryEvent> {
        let tastes = self.clusters.members.iter().skip(1).step_by(3).filter(|items| items.len() > 4);
        let near = tastes.flat_map(|items| items.iter().take(events.div_ceil(2).min(60)));
        let event =
            |(age, &item): (u32, &u32)| HistoryEvent { key: key(item), kind: EventKind::View, age: Some(age * 90) };
        (0u32..).zip(near).map(event).take(events).collect()
    }

    /// A vector near the centre of one cluster, as a user vector would be.
    pub fn query(&self) -> Vec<f32> {
        let mut dice = Dice(77);
        self.clusters.centre(3).iter().map(|x| x + 0.2 * dice.spread()).collect()
    }

    /// Writes `recall.json` and `c/<name>.er`, as a host would serve them.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder.join("c"))?;
        for (name, _, bytes) in &self.files {
            std::fs::write(folder.join(format!("c/{name}.er")), bytes)?;
        }
        std::fs::write(folder.join("recall.json"), self.manifest.to_json())
    }
}

/// Key of an item.
pub fn key(item: u32) -> String {
    format!("item-{item:06}")
}

/// Which item lies in which cluster, and where the clusters lie.
struct Clusters {
    of: Vec<usize>,
    members: Vec<Vec<u32>>,
    centres: Vec<f32>,
}

impl Clusters {
    fn of(items: u32, dice: &mut Dice) -> Clusters {
        let count = (items / ITEMS_A_CLUSTER).max(4) as usize;
        let of: Vec<usize> = (0..items).map(|_| dice.below(count)).collect();
        let mut members = vec![Vec::new(); count];
        (0..items).zip(&of).for_each(|(item, &cluster)| members[cluster].push(item));
        Clusters { of, members, centres: (0..count * DIM).map(|_| dice.spread()).collect() }
    }

    fn centre(&self, cluster: usize) -> &[f32] {
        &self.centres[cluster * DIM..(cluster + 1) * DIM]
    }

    fn vectors(&self, dice: &mut Dice) -> Vec<f32> {
        self.of.iter().flat_map(|&cluster| self.centre(cluster)).map(|x| x + 0.5 * dice.spread() + 0.1).collect()
    }

    /// A row of `targets` targets, four of five from the own cluster as far as it goes.
    fn row(&self, item: u32, targets: usize, dice: &mut Dice) -> Vec<(u32, f32)> {
        let own = &self.members[self.of[item as usize]];
        let mut chosen: Vec<u32> = own.iter().copied().filter(|&other| other != item).take(targets * 4 / 5).collect();
        while chosen.len() < targets {
            let other = dice.popular(self.of.len()) as u32;
            if other != item && !chosen.contains(&other) {
                chosen.push(other);
            }
        }
        chosen.into_iter().enumerate().map(|(rank, other)| (other, (0.5 + dice.unit()) / (rank + 3) as f32)).collect()
    }
}

fn crowd(key: &str, items: u32, dice: &mut Dice) -> Crowd {
    let mut chosen: Vec<u32> = Vec::new();
    while chosen.len() < CROWD_ITEMS.min(items as usize / 2) {
        let item = dice.popular(items as usize) as u32;
        if !chosen.contains(&item) {
            chosen.push(item);
        }
    }
    let ranked = chosen.into_iter().enumerate();
    let items = ranked.map(|(rank, item)| Candidate { item: Ordinal(item), score: 1.0 / (rank + 1) as f32 });
    Crowd { key: key.into(), users: 1000, items: items.collect() }
}

fn manifest(items: u32, code: Code, head: ShardRef, dir: ShardRef) -> Manifest {
    let triggers = TriggerSpec { window: 200, decay: Decay::Position(0.5) };
    let weights = [(ChannelId::I2i, 1.0), (ChannelId::Next, 0.7), (ChannelId::U2i, 0.8), (ChannelId::Crowd, 0.2)];
    Manifest {
        format: Manifest::current_format(),
        epoch: Epoch(1),
        model: Model(1),
        items,
        head,
        dir,
        vectors: Some(VectorSpec { dim: DIM as u32, metric: Metric::Dot, code }),
        tower: Some(TowerSpec { kind: TowerKind::FoldIn { alpha: 10.0, lambda: 50.0 }, triggers }),
        tables: [ChannelId::I2i, ChannelId::Next].map(|channel| TableSpec { channel, triggers }).to_vec(),
        crowd: CrowdSpec { keys: vec![vec!["age".into()], Vec::new()] },
        fusion: FusionSpec {
            depth: 200,
            weights: weights.map(|(channel, weight)| ChannelWeight { channel, weight }).to_vec(),
            ..FusionSpec::default()
        },
        // One cell, read whole, however large it is.
        visit: VisitSpec { bytes: u32::MAX, ..VisitSpec::default() },
        ..Manifest::default()
    }
}

fn add(files: &mut Vec<(ShardName, ShardKind, Vec<u8>)>, kind: ShardKind, shard: ShardWriter) -> ShardRef {
    let bytes = shard.finish().expect("below 4 GiB");
    let (name, length) = (shard_name(&bytes), bytes.len() as u32);
    files.push((name, kind, bytes));
    ShardRef { name, bytes: length, inline: None }
}

fn mean(vectors: &[f32]) -> Vec<f32> {
    let rows = vectors.len() / DIM;
    (0..DIM).map(|place| vectors.iter().skip(place).step_by(DIM).sum::<f32>() / rows as f32).collect()
}

/// Lower triangle of `YᵀY`, of the vectors before they were stored: near enough for a benchmark.
fn gram_of(vectors: &[f32]) -> Vec<f32> {
    let mut lower = vec![0f32; DIM * (DIM + 1) / 2];
    for row in vectors.as_chunks::<DIM>().0 {
        let products = (0..DIM).flat_map(|a| (0..=a).map(move |b| row[a] * row[b]));
        lower.iter_mut().zip(products).for_each(|(sum, product)| *sum += product);
    }
    lower
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let word = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ word >> 31
    }

    /// 0 to 1.
    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u32 << 24) as f32
    }

    /// -1 to 1, the middle more often.
    fn spread(&mut self) -> f32 {
        self.unit() + self.unit() - 1.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Below `end`, small numbers more often.
    fn popular(&mut self, end: usize) -> usize {
        (self.unit() * self.unit() * end as f32) as usize % end
    }
}

//! A complete tiny build of the checkerboard, and the host's side of a session.

use edge_recall::format::ShardKind;
use edge_recall::format::attribute::AttributeType;
use edge_recall::format::base64;
use edge_recall::format::cells::{CellEntry, CellFile};
use edge_recall::format::codes::{Code, Metric};
use edge_recall::format::header::{Header, NO_CELL};
use edge_recall::format::idmap::{IdFiles, file_of, hash};
use edge_recall::format::leaves::{self, LeafEntry};
use edge_recall::format::manifest::{
    AttributeSpec, ChannelWeight, CrowdSpec, Decay, FusionSpec, ShardRef, TableSpec, TagsSpec, TowerKind, TowerSpec,
    TriggerSpec, VectorSpec, VisitSpec,
};
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::ShardWriter;
use edge_recall::ids::{BuildId, ChannelId, Epoch, Model, ShardName};
use edge_recall::{AlignedBytes, Context, Error, EventKind, HistoryEvent, Manifest, Recaller, Response};

use crate::board::{self, CELLS, DIM, ITEMS, SMALL_CELLS};
use crate::packing::{self, add};

/// What may differ between two builds of the board.
#[derive(Clone, Copy)]
pub struct Recipe {
    pub code: Code,
    pub tower: TowerKind,
    pub key: fn(u32) -> String,
    /// Whether head and dir ride inside the manifest.
    pub inline: bool,
    /// First ordinal and items of each cell.
    pub cells: &'static [(u32, u32)],
    /// Cells of each leaf; none = a directory of one level.
    pub leaves: &'static [usize],
    /// Gains, id map, display fields, and crowd lists apart from that of everyone.
    pub extras: bool,
    /// Whether the keys of listed items come with the lists.
    pub known: bool,
    /// Whether values, cohorts and what is new have lists.
    pub lists: bool,
    /// Whether squares have fingerprints.
    pub prints: bool,
    pub masked: &'static [u32],
    pub epoch: Epoch,
    pub model: Model,
}

pub const EXACT: Recipe = Recipe {
    code: Code::F16,
    tower: TowerKind::Pool,
    key: board::text_key,
    inline: false,
    cells: &CELLS,
    leaves: &[],
    extras: false,
    known: false,
    lists: false,
    prints: false,
    masked: &[],
    epoch: Epoch(0x0123_4567_89ab_cdef),
    model: Model(0xfedc_ba98_7654_3210),
};
pub const COMPACT: Recipe = Recipe {
    code: Code::Int8,
    tower: TowerKind::FoldIn { alpha: 2.0, lambda: 0.5 },
    key: board::number_key,
    inline: true,
    ..EXACT
};
/// Six cells in three leaves: column a in two cells, column b in one, columns c and d in three.
pub const LARGE: Recipe =
    Recipe { code: Code::Int4, cells: &SMALL_CELLS, leaves: &[2, 1, 3], extras: true, known: true, ..EXACT };
/// Every kind of list, in the head.
pub const LISTED: Recipe = Recipe { lists: true, ..EXACT };
/// The same without c2 and d3, for now.
pub const MASKED: Recipe = Recipe { code: Code::Int2, masked: &[7, 11], ..LARGE };

/// A build, ready to be served.
#[derive(Clone)]
pub struct Build {
    pub manifest: Manifest,
    /// Every shard, inline ones too: head, dir, what the manifest names besides, leaves, then the files of each cell.
    pub files: Vec<(ShardName, ShardKind, Vec<u8>)>,
}

impl Build {
    pub fn new(recipe: Recipe) -> Build {
        let mut cell_files = Vec::new();
        let mut entries: Vec<CellEntry> = Vec::new();
        let mut decoded = Vec::new();
        for (number, &(base, count)) in (0..).zip(recipe.cells) {
            let header = |kind| recipe.header(kind, number, base, count);
            let squares: Vec<u32> = (base..base + count).collect();
            let (vec, centroid, vectors) = packing::vec_shard(recipe, header(ShardKind::Vec), &squares);
            decoded.extend(vectors);
            let vec = add(&mut cell_files, ShardKind::Vec, vec);
            let i2i = packing::i2i_shard(header(ShardKind::I2i), &squares);
            let i2i = Some(add(&mut cell_files, ShardKind::I2i, i2i));
            let card = packing::card_shard(header(ShardKind::Card), &squares);
            let card = recipe.extras.then(|| add(&mut cell_files, ShardKind::Card, card));
            entries.push(CellEntry { items: count, vec, i2i, card, centroid });
        }
        let whole = |kind| recipe.header(kind, NO_CELL, 0, ITEMS);
        let lists = |kind, keep| packing::lists_shard(recipe, whole(kind), keep);
        let everyone: fn(&str) -> bool = if recipe.extras { str::is_empty } else { |_| true };
        let head = packing::with_gram(lists(ShardKind::Head, everyone), &decoded);
        let head = if recipe.lists { packing::with_cohorts(head) } else { head };
        let mut leaf_files = Vec::new();
        let dir = recipe.dir(&entries, &mut leaf_files);
        let mut files = Vec::new();
        let head = add(&mut files, ShardKind::Head, packing::with_mask(recipe, whole(ShardKind::Head), head));
        let dir = add(&mut files, ShardKind::Dir, dir);
        let crowds = lists(ShardKind::Crowds, |key| !key.is_empty());
        let crowds = recipe.extras.then(|| add(&mut files, ShardKind::Crowds, crowds));
        let idmap = recipe.extras.then(|| recipe.id_map(&mut files));
        let refer = |place: usize, file: CellFile| ShardRef {
            name: file.name,
            bytes: file.bytes,
            inline: recipe.inline.then(|| base64::encode(&files[place].2)),
        };
        let mut manifest = recipe.manifest(refer(0, head), refer(1, dir));
        let plain = |file: CellFile| ShardRef { name: file.name, bytes: file.bytes, inline: None };
        (manifest.crowds, manifest.idmap) = (crowds.map(plain), idmap.map(plain));
        files.extend(leaf_files.into_iter().chain(cell_files));
        Build { manifest, files }
    }

    /// The names of all shards of a kind, by cell.
    pub fn names(&self, kind: ShardKind) -> Vec<ShardName> {
        self.files.iter().filter(|file| file.1 == kind).map(|file| file.0).collect()
    }

    pub fn bytes(&self, name: ShardName) -> AlignedBytes {
        let file = self.files.iter().find(|file| file.0 == name).expect("a file of the build");
        AlignedBytes::copy_of(&file.2)
    }

    /// A recaller with nothing attached.
    pub fn closed(&self) -> Recaller {
        Recaller::new(self.manifest.clone()).expect("the manifest is valid")
    }

    /// A recaller with everything attached except what `without` names, and what only those name.
    pub fn open_without(&self, without: &[ShardName]) -> Recaller {
        let mut recaller = self.closed();
        for (name, _, _) in self.files.iter().filter(|file| !without.contains(&file.0)) {
            match recaller.attach(*name, self.bytes(*name)) {
                Err(Error::UnknownShard { .. }) if !without.is_empty() => {}
                attached => attached.expect("the shard is valid"),
            }
        }
        recaller
    }

    pub fn open(&self) -> Recaller {
        self.open_without(&[])
    }
}

impl Recipe {
    pub fn header(&self, kind: ShardKind, cell: u32, base: u32, count: u32) -> Header {
        Header { kind, epoch: self.epoch, model: self.model, cell, base, count }
    }

    /// The directory, of one level or, with the leaves as further files, of two.
    fn dir(&self, cells: &[CellEntry], files: &mut Vec<(ShardName, ShardKind, Vec<u8>)>) -> ShardWriter {
        let root = self.header(ShardKind::Dir, NO_CELL, 0, ITEMS);
        if self.leaves.is_empty() {
            return packing::with_cells(*self, root, cells);
        }
        let (mut entries, mut first) = (Vec::new(), 0);
        for (number, &count) in (0..).zip(self.leaves) {
            let own = &cells[first..first + count];
            let (base, items) = (self.cells[first].0, own.iter().map(|cell| cell.items).sum());
            let leaf = packing::with_cells(*self, self.header(ShardKind::Leaf, number, base, items), own);
            let file = add(files, ShardKind::Leaf, leaf);
            let vectors: Vec<f32> = (base..base + items).flat_map(board::vector).collect();
            let centroid = packing::centroid_of(&vectors);
            entries.push(LeafEntry { items, cells: count as u32, file, centroid });
            first += count;
        }
        let count = entries.len() as u32;
        ShardWriter::new(root).section(SectionKind::Leaves, 0, count, leaves::encode(DIM, &entries))
    }

    /// Two files by hash for all but the last two squares, which came later; and the root.
    fn id_map(&self, files: &mut Vec<(ShardName, ShardKind, Vec<u8>)>) -> CellFile {
        let (mut shares, hashed) = (vec![Vec::new(); 3], 2);
        for square in 0..ITEMS {
            let own = if square < ITEMS - 2 { file_of(hash(&(self.key)(square)), hashed) } else { hashed };
            shares[own as usize].push(square);
        }
        let mut id_files = Vec::new();
        let shares = (0..).zip(&shares);
        let named = shares.map(|(n, own)| add(&mut id_files, ShardKind::IdMap, packing::ids_shard(*self, n, own)));
        let root = IdFiles { files: named.collect(), hashed };
        let shard = ShardWriter::new(self.header(ShardKind::IdMap, NO_CELL, 0, ITEMS));
        let shard = shard.section(SectionKind::IdFiles, 0, root.files.len() as u32, root.encode());
        let file = add(files, ShardKind::IdMap, shard);
        files.extend(id_files);
        file
    }

    fn manifest(&self, head: ShardRef, dir: ShardRef) -> Manifest {
        let triggers = |window, decay| TriggerSpec { window, decay };
        let column = |name: &str, kind| AttributeSpec { name: name.into(), kind };
        let key = |names: &[&str]| names.iter().map(|&name| name.into()).collect::<Vec<String>>();
        let weight = |channel, weight| ChannelWeight { channel, weight };
        let tags = TagsSpec { attributes: key(&["place", "colour"]), triggers: triggers(5, Decay::Position(1.0)) };
        let listed = [(ChannelId::Peers, 0.375), (ChannelId::Tags, 0.625), (ChannelId::Fresh, 0.0625)];
        let listed = listed.into_iter().filter(|_| self.lists).map(|(channel, own)| weight(channel, own));
        Manifest {
            format: Manifest::current_format(),
            build: BuildId(7),
            epoch: self.epoch,
            model: self.model,
            items: ITEMS,
            head,
            dir,
            vectors: Some(VectorSpec { dim: DIM as u32, metric: Metric::Dot, code: self.code }),
            tower: Some(TowerSpec { kind: self.tower, triggers: triggers(8, Decay::Age(1.0)) }),
            tables: vec![
                TableSpec { channel: ChannelId::I2i, triggers: triggers(5, Decay::Position(1.0)) },
                TableSpec { channel: ChannelId::Next, triggers: triggers(1, Decay::None) },
            ],
            tags: self.lists.then_some(tags),
            peers: self.lists.then_some(2),
            attributes: vec![
                column("row", AttributeType::Number),
                column("colour", AttributeType::Category),
                column("place", AttributeType::Tags),
            ],
            fields: if self.extras { vec!["title".into(), "note".into()] } else { Vec::new() },
            visit: VisitSpec { bytes: 100_000, files: 9, probes: 7 },
            crowd: CrowdSpec { keys: vec![key(&["age", "sex"]), key(&["age"]), key(&[])] },
            fusion: FusionSpec {
                depth: 50,
                weights: [
                    weight(ChannelId::I2i, 1.0),
                    weight(ChannelId::Next, 0.5),
                    weight(ChannelId::U2i, 0.75),
                    weight(ChannelId::Crowd, 0.125),
                ]
                .into_iter()
                .chain(listed)
                .collect(),
                ..FusionSpec::default()
            },
            events: vec![("click".into(), 2.5), ("hide".into(), -1.0)],
            ..Manifest::default()
        }
    }
}

/// Views of these keys, newest first, a minute apart.
pub fn views(keys: &[&str]) -> Vec<HistoryEvent> {
    let view = |(age, key): (u32, &&str)| HistoryEvent { key: (*key).into(), kind: EventKind::View, age: Some(age) };
    (0..).zip(keys).map(view).collect()
}

/// The keys of an answer, best first.
pub fn keys_of(response: &Response) -> Vec<&str> {
    response.recommendations.iter().map(|r| r.key.as_str()).collect()
}

/// An event of a history without times.
pub fn event(kind: EventKind, key: &str) -> HistoryEvent {
    HistoryEvent { key: key.into(), kind, age: None }
}

pub fn context(pairs: &[(&str, &str)]) -> Context {
    pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The exact build with everything attached.
pub fn open_board() -> Recaller {
    Build::new(EXACT).open()
}

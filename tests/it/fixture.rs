//! A complete tiny build of the checkerboard, made with the crate's own encoders, and the host's side of a session.

use edge_recall::candidate::Candidate;
use edge_recall::format::attribute::{AttributeType, Column};
use edge_recall::format::cells::{CellFile, CentroidCode};
use edge_recall::format::codes::{Code, Metric, encode_f16, encode_int8};
use edge_recall::format::crowds::Crowd;
use edge_recall::format::header::{Header, NO_CELL};
use edge_recall::format::manifest::{
    AttributeSpec, ChannelWeight, CrowdSpec, Decay, FusionSpec, ShardRef, TableSpec, TowerKind, TowerSpec, TriggerSpec,
    VectorSpec,
};
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::{ShardWriter, shard_name};
use edge_recall::format::{ShardKind, attribute, base64, cells, crowds, gram, keys, rows};
use edge_recall::ids::{BuildId, ChannelId, Epoch, Model, Ordinal, ShardName};
use edge_recall::{AlignedBytes, Context, EventKind, HistoryEvent, Manifest, Recaller, Request, Response};

use crate::board::{self, CELLS, DIM, ITEMS};

/// What may differ between two builds of the board.
#[derive(Clone, Copy)]
pub struct Recipe {
    pub code: Code,
    pub tower: TowerKind,
    pub key: fn(u32) -> String,
    /// Whether head and dir ride inside the manifest.
    pub inline: bool,
    pub epoch: Epoch,
    pub model: Model,
}

pub const EXACT: Recipe = Recipe {
    code: Code::F16,
    tower: TowerKind::Pool,
    key: board::text_key,
    inline: false,
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

/// A build, ready to be served.
#[derive(Clone)]
pub struct Build {
    pub manifest: Manifest,
    /// Every shard, inline ones too: head, dir, then vec and i2i of each cell.
    pub files: Vec<(ShardName, ShardKind, Vec<u8>)>,
}

impl Build {
    pub fn new(recipe: Recipe) -> Build {
        let mut cell_files = Vec::new();
        let mut entries = Vec::new();
        let mut decoded = Vec::new();
        for (number, (base, count)) in (0..).zip(CELLS) {
            let header = |kind| recipe.header(kind, number, base, count);
            let squares: Vec<u32> = (base..base + count).collect();
            let (vec, centroid, vectors) = vec_shard(recipe, header(ShardKind::Vec), &squares);
            decoded.extend(vectors);
            let vec = add(&mut cell_files, ShardKind::Vec, vec);
            let i2i = add(&mut cell_files, ShardKind::I2i, i2i_shard(header(ShardKind::I2i), &squares));
            entries.push((count, vec, Some(i2i), centroid));
        }
        let whole = |kind| ShardWriter::new(recipe.header(kind, NO_CELL, 0, ITEMS));
        let dir = cells::encode(DIM, &entries);
        let dir = whole(ShardKind::Dir).section(SectionKind::Cells, 0, entries.len() as u32, dir);
        let lists: Vec<Crowd> = board::crowds().iter().map(|(key, users, items)| crowd(key, *users, items)).collect();
        let head = whole(ShardKind::Head)
            .section(SectionKind::Crowds, 0, lists.len() as u32, crowds::encode(&lists))
            .section(SectionKind::Gram, 0, DIM as u32, gram::encode(DIM, &gram_of(&decoded)));
        let mut files = Vec::new();
        let head = add(&mut files, ShardKind::Head, head);
        let dir = add(&mut files, ShardKind::Dir, dir);
        let refer = |place: usize, file: CellFile| ShardRef {
            name: file.name,
            bytes: file.bytes,
            inline: recipe.inline.then(|| base64::encode(&files[place].2)),
        };
        let manifest = recipe.manifest(refer(0, head), refer(1, dir));
        files.extend(cell_files);
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

    /// A recaller with everything attached except what `without` names, by the loop that a host runs.
    pub fn open_without(&self, without: &[ShardName]) -> Recaller {
        let mut recaller = self.closed();
        loop {
            let mut wanted = recaller.plan(&Request::recommend(Vec::new()));
            wanted.retain(|file| !without.contains(&file.name));
            if wanted.is_empty() {
                return recaller;
            }
            for file in wanted {
                recaller.attach(file.name, self.bytes(file.name)).expect("the shard is valid");
            }
        }
    }

    pub fn open(&self) -> Recaller {
        self.open_without(&[])
    }
}

impl Recipe {
    pub fn header(&self, kind: ShardKind, cell: u32, base: u32, count: u32) -> Header {
        Header { kind, epoch: self.epoch, model: self.model, cell, base, count }
    }

    fn manifest(&self, head: ShardRef, dir: ShardRef) -> Manifest {
        let triggers = |window, decay| TriggerSpec { window, decay };
        let column = |name: &str, kind| AttributeSpec { name: name.into(), kind };
        let key = |names: &[&str]| names.iter().map(|&name| name.into()).collect::<Vec<String>>();
        let weight = |channel, weight| ChannelWeight { channel, weight };
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
            attributes: vec![
                column("row", AttributeType::Number),
                column("colour", AttributeType::Category),
                column("place", AttributeType::Tags),
            ],
            crowd: CrowdSpec { keys: vec![key(&["age", "sex"]), key(&["age"]), key(&[])] },
            fusion: FusionSpec {
                depth: 50,
                weights: vec![
                    weight(ChannelId::I2i, 1.0),
                    weight(ChannelId::Next, 0.5),
                    weight(ChannelId::U2i, 0.75),
                    weight(ChannelId::Crowd, 0.125),
                ],
            },
            events: vec![("click".into(), 2.5), ("hide".into(), -1.0)],
        }
    }
}

fn add(files: &mut Vec<(ShardName, ShardKind, Vec<u8>)>, kind: ShardKind, shard: ShardWriter) -> CellFile {
    let bytes = shard.finish().expect("a small file");
    let file = CellFile { name: shard_name(&bytes), bytes: bytes.len() as u32 };
    files.push((file.name, kind, bytes));
    file
}

/// The shard, the centroid that its int8 residuals refer to, and the vectors as a reader will decode them.
fn vec_shard(recipe: Recipe, header: Header, squares: &[u32]) -> (ShardWriter, CentroidCode, Vec<f32>) {
    let count = header.count;
    let names: Vec<String> = squares.iter().map(|&square| (recipe.key)(square)).collect();
    let mut shard = ShardWriter::new(header).section(SectionKind::Keys, 0, count, keys::encode(&names));
    for (instance, column) in (0..).zip(columns(squares)) {
        shard = shard.section(SectionKind::Attribute, instance, count, attribute::encode(&column));
    }
    let vectors: Vec<f32> = squares.iter().flat_map(|&square| board::vector(square)).collect();
    let mut mean = vec![0f32; DIM];
    for vector in vectors.chunks(DIM) {
        mean.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x / count as f32);
    }
    let centroid = CentroidCode::of(&mean);
    if recipe.code == Code::F16 {
        let codes = encode_f16(Metric::Dot, DIM, &vectors);
        return (shard.section(SectionKind::Codes, 0, count, codes), centroid, vectors);
    }
    let (codes, scales) = encode_int8(Metric::Dot, &centroid.decoded(), &vectors);
    let scale_of = scales.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
    let decode = |(row, scale): (&[u8], f32)| {
        let centers = centroid.decoded();
        row.iter().zip(centers).map(|(&code, c)| c + scale * f32::from(code.cast_signed())).collect::<Vec<_>>()
    };
    let decoded = codes[8..].chunks(DIM).zip(scale_of).flat_map(decode).collect();
    let shard = shard.section(SectionKind::Codes, 0, count, codes).section(SectionKind::Scales, 0, count, scales);
    (shard, centroid, decoded)
}

/// One column of each type. The row of a1 is unknown, d3 has no colour.
fn columns(squares: &[u32]) -> [Column; 3] {
    let number = |&s: &u32| if s == 0 { f32::NAN } else { board::row(s) as f32 + 1.0 };
    let colour = |&s: &u32| if s == ITEMS - 1 { 0 } else { 1 + u32::from(!board::dark(s)) };
    let mut ends = Vec::new();
    let mut codes = Vec::new();
    for &square in squares {
        let tags = [(0, board::row(square) != 1), (1, board::column(square) == 0)];
        codes.extend(tags.iter().filter(|(_, holds)| *holds).map(|(tag, _)| *tag));
        ends.push(codes.len() as u32);
    }
    [
        Column::Number(squares.iter().map(number).collect()),
        Column::Category { values: vec!["dark".into(), "light".into()], codes: squares.iter().map(colour).collect() },
        Column::Tags { values: vec!["edge".into(), "left".into()], ends, codes },
    ]
}

fn i2i_shard(header: Header, squares: &[u32]) -> ShardWriter {
    let table = |of: fn(u32) -> Vec<(u32, f32)>| {
        rows::encode(header.base, &squares.iter().map(|&square| of(square)).collect::<Vec<_>>())
    };
    let shard = ShardWriter::new(header).section(SectionKind::Rows, 0, header.count, table(board::diagonal));
    shard.section(SectionKind::Rows, 1, header.count, table(board::above))
}

fn crowd(key: &str, users: u32, items: &[u32]) -> Crowd {
    let entry = |(place, &item): (usize, &u32)| Candidate { item: Ordinal(item), score: board::crowd_score(place) };
    Crowd { key: key.into(), users, items: items.iter().enumerate().map(entry).collect() }
}

/// Lower triangle of the sum of `y yᵀ`.
fn gram_of(vectors: &[f32]) -> Vec<f32> {
    let pairs = (0..DIM).flat_map(|row| (0..=row).map(move |column| (row, column)));
    pairs.map(|(row, column)| vectors.chunks(DIM).map(|vector| vector[row] * vector[column]).sum()).collect()
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

//! The shards of the checkerboard, one function a kind, made with the crate's own encoders.

use edge_recall::AlignedBytes;
use edge_recall::candidate::Candidate;
use edge_recall::format::attribute::Column;
use edge_recall::format::cells::{CellEntry, CellFile, CentroidCode};
use edge_recall::format::codes::{self, Codes, Metric};
use edge_recall::format::crowds::Crowd;
use edge_recall::format::header::Header;
use edge_recall::format::idmap::{Ids, hash};
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::ShardWriter;
use edge_recall::format::{Shard, ShardKind, attribute, cells, cohorts, crowds, display, gram, keys, ordinals, rows};
use edge_recall::ids::Ordinal;
use edge_recall::store::embeddings::{CellVectors, Embeddings};

use crate::board::{self, DIM, ITEMS};
use crate::fixture::Recipe;

/// The shard, the centroid that its residuals refer to, and the vectors as a reader will decode them.
pub fn vec_shard(recipe: Recipe, header: Header, squares: &[u32]) -> (ShardWriter, CentroidCode, Vec<f32>) {
    let count = header.count;
    let names: Vec<String> = squares.iter().map(|&square| (recipe.key)(square)).collect();
    let mut shard = ShardWriter::new(header).section(SectionKind::Keys, 0, count, keys::encode(&names));
    for (instance, column) in (0..).zip(columns(squares)) {
        shard = shard.section(SectionKind::Attribute, instance, count, attribute::encode(&column));
    }
    let vectors: Vec<f32> = squares.iter().flat_map(|&square| board::vector(square)).collect();
    let centroid = centroid_of(&vectors);
    let with_vectors = |shard: ShardWriter| {
        let (codes, scales) = codes::encode(recipe.code, Metric::Dot, &centroid.decoded(), &vectors);
        let shard = shard.section(SectionKind::Codes, 0, count, codes);
        match scales {
            Some(scales) => shard.section(SectionKind::Scales, 0, count, scales),
            None => shard,
        }
    };
    let decoded = decoded(recipe, with_vectors(ShardWriter::new(header)), &centroid);
    let mut shard = with_vectors(shard);
    if recipe.extras {
        let gains = squares.iter().map(|&square| board::gain(square)).collect();
        shard = shard.section(SectionKind::Gain, 0, count, gains);
    }
    if recipe.prints {
        let prints = squares.iter().flat_map(|&square| board::print(square).to_le_bytes()).collect();
        shard = shard.section(SectionKind::Prints, 0, count, prints);
    }
    (shard, centroid, decoded)
}

/// Mean and spread of vectors.
pub fn centroid_of(vectors: &[f32]) -> CentroidCode {
    let (rows, count) = (vectors.as_chunks::<DIM>().0, (vectors.len() / DIM) as f32);
    let mean: Vec<f32> = (0..DIM).map(|place| rows.iter().map(|row| row[place]).sum::<f32>() / count).collect();
    let away = |row: &[f32; DIM]| row.iter().zip(&mean).map(|(x, m)| (x - m) * (x - m)).sum::<f32>();
    CentroidCode::of(&mean, (rows.iter().map(away).sum::<f32>() / count).sqrt())
}

fn decoded(recipe: Recipe, shard: ShardWriter, centroid: &CentroidCode) -> Vec<f32> {
    let bytes = AlignedBytes::copy_of(&shard.finish().expect("a small file"));
    let shard = Shard::open(bytes).expect("a sound shard");
    let codes = Codes::read(&shard, DIM, recipe.code, Metric::Dot).expect("sound codes").expect("codes");
    let (base, count) = (shard.header().base, shard.header().count);
    let mut store = Embeddings::new(DIM);
    store.attach(base, count, CellVectors { centroid: centroid.decoded(), codes });
    (base..base + count).flat_map(|item| store.vector(Ordinal(item)).expect("a vector")).collect()
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

pub fn i2i_shard(header: Header, squares: &[u32]) -> ShardWriter {
    let table = |of: fn(u32) -> Vec<(u32, f32)>| {
        rows::encode(
            header.base,
            &squares.iter().map(|&square| of(square)).collect::<Vec<_>>(),
            rows::WeightCode::Levels(4),
        )
    };
    let shard = ShardWriter::new(header).section(SectionKind::Rows, 0, header.count, table(board::diagonal));
    shard.section(SectionKind::Rows, 1, header.count, table(board::above))
}

/// The display fields: the name of a square, and nothing for the squares of the edge.
pub fn card_shard(header: Header, squares: &[u32]) -> ShardWriter {
    let fields: Vec<[String; 2]> = squares.iter().map(|&square| board::fields(square)).collect();
    let fields: Vec<Vec<&str>> = fields.iter().map(|both| both.iter().map(String::as_str).collect()).collect();
    ShardWriter::new(header).section(SectionKind::Fields, 0, header.count, display::encode(&fields))
}

/// The section `cells` behind `shard`, and the mask, where any of `masked` lies inside.
pub fn with_cells(recipe: Recipe, header: Header, cells: &[CellEntry]) -> ShardWriter {
    let shard = ShardWriter::new(header);
    let shard = shard.section(SectionKind::Cells, 0, cells.len() as u32, cells::encode(DIM, cells));
    with_mask(recipe, header, shard)
}

/// Adds the masked items that lie in the shard's range.
pub fn with_mask(recipe: Recipe, header: Header, shard: ShardWriter) -> ShardWriter {
    let inside = |item: &&u32| (header.base..header.base + header.count).contains(*item);
    let masked: Vec<Ordinal> = recipe.masked.iter().filter(inside).map(|&item| Ordinal(item)).collect();
    if masked.is_empty() {
        return shard;
    }
    shard.section(SectionKind::Mask, 0, masked.len() as u32, ordinals::encode_mask(header.base, &masked))
}

/// Crowd lists, and the keys of their items where cells may be missing.
pub fn lists_shard(recipe: Recipe, header: Header, keep: fn(&str) -> bool) -> ShardWriter {
    let all = board::crowds().into_iter().chain(board::lists().into_iter().filter(|_| recipe.lists));
    let chosen: Vec<_> = all.filter(|(key, _, _)| keep(key)).collect();
    let lists: Vec<Crowd> = chosen.iter().map(|(key, users, items)| crowd(key, *users, items)).collect();
    let shard = ShardWriter::new(header).section(SectionKind::Crowds, 0, lists.len() as u32, crowds::encode(&lists));
    if !recipe.known {
        return shard;
    }
    let mut listed: Vec<Ordinal> = chosen.iter().flat_map(|(_, _, items)| items).map(|&item| Ordinal(item)).collect();
    listed.sort_unstable();
    listed.dedup();
    let names: Vec<String> = listed.iter().map(|item| (recipe.key)(item.0)).collect();
    shard.section(SectionKind::Known, 0, listed.len() as u32, ordinals::encode_known(&listed, &names))
}

fn crowd(key: &str, users: u32, items: &[u32]) -> Crowd {
    let entry = |(place, &item): (usize, &u32)| Candidate { item: Ordinal(item), score: board::crowd_score(place) };
    Crowd { key: key.into(), users, items: items.iter().enumerate().map(entry).collect() }
}

pub fn with_gram(shard: ShardWriter, vectors: &[f32]) -> ShardWriter {
    let pairs = (0..DIM).flat_map(|row| (0..=row).map(move |column| (row, column)));
    let lower: Vec<f32> =
        pairs.map(|(row, column)| vectors.chunks(DIM).map(|vector| vector[row] * vector[column]).sum()).collect();
    shard.section(SectionKind::Gram, 0, DIM as u32, gram::encode(DIM, &lower))
}

pub fn with_cohorts(shard: ShardWriter) -> ShardWriter {
    let codes = board::cohorts().map(|mean| CentroidCode::of(&mean, 0.0));
    shard.section(SectionKind::Cohorts, 0, codes.len() as u32, cohorts::encode(DIM, &codes))
}

/// One file of the id map: the squares whose keys it holds.
pub fn ids_shard(recipe: Recipe, number: u32, squares: &[u32]) -> ShardWriter {
    let entries: Vec<(u32, Ordinal)> =
        squares.iter().map(|&square| (hash(&(recipe.key)(square)), Ordinal(square))).collect();
    let count = entries.len() as u32;
    let shard = ShardWriter::new(recipe.header(ShardKind::IdMap, number, 0, count));
    shard.section(SectionKind::Ids, 0, count, Ids::encode(&entries))
}

/// A file that a directory or a manifest may name.
pub fn add(
    files: &mut Vec<(edge_recall::ids::ShardName, ShardKind, Vec<u8>)>,
    kind: ShardKind,
    shard: ShardWriter,
) -> CellFile {
    let bytes = shard.finish().expect("a small file");
    let file = CellFile { name: edge_recall::format::write::shard_name(&bytes), bytes: bytes.len() as u32 };
    files.push((file.name, kind, bytes));
    file
}

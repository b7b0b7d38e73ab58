//! The files of one cell: keys, attributes and vectors; rows; display fields. Owns which section goes into which file.

use std::ops::Range;

use anyhow::{Context, Result};
use edge_recall::AlignedBytes;
use edge_recall::format::cells::{CellEntry, CentroidCode};
use edge_recall::format::codes::{self, Code, Codes, Metric};
use edge_recall::format::idmap;
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::ShardWriter;
use edge_recall::format::{Shard, ShardKind, display, keys};
use edge_recall::ids::Ordinal;
use edge_recall::store::embeddings::{CellVectors, Embeddings};

use super::moments::Moments;
use super::{Blueprint, Sink, finished};

/// Everything that is published of the items of one cell, in order of their ordinals.
#[derive(Clone, Debug, Default)]
pub struct CellParts {
    /// Item keys.
    pub keys: Vec<String>,
    /// Popularity of the items, `2^(gain / 16)` events each.
    pub gains: Vec<u8>,
    /// Fingerprints of the items, 0 where one has none; empty where the build has none.
    pub prints: Vec<u64>,
    /// Section `attribute` of each column of the manifest.
    pub attributes: Vec<Vec<u8>>,
    /// Vectors, where the build has any.
    pub vectors: Option<CellCodes>,
    /// Section `rows` of each table of the manifest; empty = the cell has no file of rows.
    pub rows: Vec<Vec<u8>>,
    /// Display fields of each item; empty where the build has none.
    pub fields: Vec<Vec<String>>,
}

/// The vectors of one cell as they are stored.
#[derive(Clone, Debug)]
pub struct CellCodes {
    /// Their mean, which residuals refer to.
    pub centroid: CentroidCode,
    /// Section `codes`.
    pub codes: Vec<u8>,
    /// Section `scales`, where the code has any.
    pub scales: Option<Vec<u8>>,
}

impl CellCodes {
    /// Encodes the vectors of a cell, row by row.
    pub fn encode(code: Code, dim: usize, rows: &[f32]) -> CellCodes {
        let centroid = Moments::of(rows, dim).centroid();
        let (codes, scales) = codes::encode(code, Metric::Dot, &centroid.decoded(), rows);
        CellCodes { centroid, codes, scales }
    }
}

/// What the rest of the build must know of a cell that was packed.
pub struct PackedCell {
    /// Its place in the directory.
    pub entry: CellEntry,
    /// Hash of each key.
    pub hashes: Vec<u32>,
    /// Where its vectors lie.
    pub moments: Moments,
    /// Lower triangle of `Σ y yᵀ` over the decoded vectors, where devices need it.
    gram: Vec<f64>,
}

#[cfg(test)]
impl PackedCell {
    /// A cell of which the id map alone is to be made.
    pub fn of_hashes(hashes: Vec<u32>) -> PackedCell {
        PackedCell { entry: CellEntry::default(), hashes, moments: Moments::default(), gram: Vec::new() }
    }
}

/// Packs one cell.
pub fn pack(
    blueprint: &Blueprint,
    number: u32,
    range: &Range<u32>,
    parts: CellParts,
    sink: &dyn Sink,
) -> Result<PackedCell> {
    let (base, count) = (range.start, range.end - range.start);
    let shard = |kind| ShardWriter::new(blueprint.header(kind, number, base, count));
    let mut vec = shard(ShardKind::Vec).section(SectionKind::Keys, 0, count, keys::encode(&parts.keys));
    for (instance, column) in (0u16..).zip(parts.attributes) {
        vec = vec.section(SectionKind::Attribute, instance, count, column);
    }
    let centroid = parts.vectors.as_ref().map(|vectors| vectors.centroid.clone()).unwrap_or_default();
    if let Some(vectors) = parts.vectors {
        vec = vec.section(SectionKind::Codes, 0, count, vectors.codes);
        if let Some(scales) = vectors.scales {
            vec = vec.section(SectionKind::Scales, 0, count, scales);
        }
    }
    vec = vec.section(SectionKind::Gain, 0, count, parts.gains);
    if !parts.prints.is_empty() {
        let prints = parts.prints.iter().flat_map(|print| print.to_le_bytes()).collect();
        vec = vec.section(SectionKind::Prints, 0, count, prints);
    }
    let bytes = finished(vec)?;
    let decoded = decoded(blueprint, &bytes, base, count, &centroid)?;
    let moments = Moments::of(&decoded, blueprint.dim());
    let gram = if blueprint.folds_in() { gram_of(&decoded, blueprint.dim()) } else { Vec::new() };
    let mut entry = CellEntry { items: count, centroid, vec: sink.put(ShardKind::Vec, bytes)?, ..CellEntry::default() };
    if !parts.rows.is_empty() {
        let mut rows = shard(ShardKind::I2i);
        for (instance, table) in (0u16..).zip(parts.rows) {
            rows = rows.section(SectionKind::Rows, instance, count, table);
        }
        entry.i2i = Some(sink.put(ShardKind::I2i, finished(rows)?)?);
    }
    if !parts.fields.is_empty() {
        let fields: Vec<Vec<&str>> =
            parts.fields.iter().map(|item| item.iter().map(String::as_str).collect()).collect();
        let card = shard(ShardKind::Card).section(SectionKind::Fields, 0, count, display::encode(&fields));
        entry.card = Some(sink.put(ShardKind::Card, finished(card)?)?);
    }
    Ok(PackedCell { entry, hashes: parts.keys.iter().map(|key| idmap::hash(key)).collect(), moments, gram })
}

/// The vectors as readers will see them, row by row: whatever is computed over a catalogue is computed over those.
fn decoded(blueprint: &Blueprint, vec: &[u8], base: u32, count: u32, centroid: &CentroidCode) -> Result<Vec<f32>> {
    let Some(spec) = blueprint.manifest.vectors else { return Ok(Vec::new()) };
    let dim = spec.dim as usize;
    let shard = Shard::open(AlignedBytes::copy_of(vec))?;
    let codes = Codes::read(&shard, dim, spec.code, spec.metric)?.context("a cell was packed without its vectors")?;
    let mut embeddings = Embeddings::new(dim);
    embeddings.attach(base, count, CellVectors { centroid: centroid.decoded(), codes });
    Ok((base..base + count).flat_map(|item| embeddings.vector(Ordinal(item)).unwrap_or_default()).collect())
}

fn gram_of(rows: &[f32], dim: usize) -> Vec<f64> {
    let mut gram = vec![0f64; dim * (dim + 1) / 2];
    for vector in rows.chunks_exact(dim.max(1)) {
        let mut products = gram.iter_mut();
        for (row, &y) in vector.iter().enumerate() {
            for (&x, product) in vector[..=row].iter().zip(&mut products) {
                *product += f64::from(y) * f64::from(x);
            }
        }
    }
    gram
}

/// Lower triangle of the Gram matrix of all cells, added up in their order.
pub fn sum_of_grams(cells: &[PackedCell], dim: usize) -> Vec<f32> {
    let mut gram = vec![0f64; dim * (dim + 1) / 2];
    for cell in cells {
        gram.iter_mut().zip(&cell.gram).for_each(|(sum, part)| *sum += part);
    }
    gram.into_iter().map(|sum| sum as f32).collect()
}

//! Index files: vectors to search by themselves (docs/search.md). Owns the way from rows of numbers to the bytes of one file, and
//! how many cells a search should look into; the searches are the runtime's.

pub mod graph;
mod kmeans;
mod probes;

use anyhow::{Context, Result, ensure};
use edge_recall::format::codes::{self, Code, Metric};
use edge_recall::format::header::{Header, NO_CELL};
use edge_recall::format::partition::{self, Partition};
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::ShardWriter;
use edge_recall::format::{ShardKind, keys};
use edge_recall::ids::{Epoch, Model};

use crate::model::ItemVectors;
use kmeans::{Cells, kmeans};

/// How much of a cell's spread is added to its rank, in parts of the query's length: a wide cell may hold near rows though its
/// mean is far. What needs the fewest cells is taken.
const REACHES: [f32; 4] = [0.0, 0.3, 0.6, 1.0];

/// What an index file is made by.
#[derive(Clone, Copy, Debug)]
pub struct IndexParams {
    /// How rows are stored.
    pub code: Code,
    /// A finer code for scoring the best once more.
    pub rescore: Option<Code>,
    /// What a score means; rows are scaled already where it is the cosine.
    pub metric: Metric,
    /// Cells; 1 = every search scans everything.
    pub cells: usize,
    /// Share of the best that a search of the advised number of cells finds, on average.
    pub recall: f64,
}

/// An index file, and what was found out for it.
#[derive(Clone, Debug)]
pub struct IndexFile {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Cells that it has.
    pub cells: usize,
    /// Cells that hold `recall` of the best 10, and of the best 100.
    pub probes: [u32; 2],
}

/// About as many cells as rows in each: what a search spends on ranking cells and on scanning rows is then alike. (Jégou, Douze
/// and Schmid 2011 take the square root; a cell's centroid costs less than a row here, so there are somewhat more.)
pub fn default_cells(rows: usize) -> usize {
    let wanted = 1.6 * (rows as f64).sqrt();
    if rows < 2_000 { 1 } else { 1 << (wanted.log2().round() as u32) }
}

/// Makes an index file of all rows; the id of a row is its place among them, and `names` names the ids.
///
/// # Errors
/// Where the file would pass the 4 GiB that the format can say.
pub fn make(vectors: &ItemVectors, names: Option<&[String]>, params: &IndexParams) -> Result<IndexFile> {
    let rows = vectors.rows.len() / vectors.dim.max(1);
    ensure!(rows > 0, "there are no vectors; give at least one");
    let cells = kmeans(vectors, params.cells);
    let mut partition = partition_of(&cells);
    let write = |partition: &Partition| write(vectors, names, params, &cells.order, partition, None);
    let spreads = cells.spreads(vectors);
    let mut best = None;
    for share in REACHES {
        partition.reaches = spreads.iter().map(|spread| share * spread).collect();
        let probes = probes::enough(&write(&partition)?, vectors, params.recall)?;
        if best.is_none_or(|(known, _): ([u32; 2], f32)| probes.iter().sum::<u32>() < known.iter().sum()) {
            best = Some((probes, share));
        }
        if partition.starts.len() == 2 {
            break;
        }
    }
    let (probes, share) = best.unwrap_or(([1, 1], 0.0));
    partition.reaches = spreads.iter().map(|spread| share * spread).collect();
    partition.probes = probes;
    let bytes = write(&partition)?;
    Ok(IndexFile { bytes, cells: partition.starts.len() - 1, probes: partition.probes })
}

/// The cells as a file has them; a search is advised to look into all of them.
fn partition_of(cells: &Cells) -> Partition {
    let mut centroids = cells.means.clone();
    partition::round_centroids(&mut centroids);
    let count = cells.starts.len() - 1;
    Partition { probes: [count as u32; 2], starts: cells.starts.clone(), reaches: vec![0.0; count], centroids }
}

/// The file of rows in this order, with the links of a graph over them.
fn write(
    vectors: &ItemVectors,
    names: Option<&[String]>,
    params: &IndexParams,
    order: &[u32],
    partition: &Partition,
    links: Option<Vec<u8>>,
) -> Result<Vec<u8>> {
    let count = order.len() as u32;
    let header = Header { kind: ShardKind::Index, epoch: Epoch(0), model: Model(0), cell: NO_CELL, base: 0, count };
    let mut shard = ShardWriter::new(header);
    for (instance, code) in (0u16..).zip([Some(params.code), params.rescore].into_iter().flatten()) {
        let (rows, scales) = encode(vectors, params.metric, code, order, partition);
        shard = shard.section(SectionKind::Codes, instance, count, rows);
        if let Some(scales) = scales {
            shard = shard.section(SectionKind::Scales, instance, count, scales);
        }
    }
    let cells = partition.starts.len() as u32 - 1;
    shard = shard.section(SectionKind::Partition, 0, cells, partition::encode(partition));
    shard = shard.section(SectionKind::RowIds, 0, count, partition::encode_ids(order));
    if let Some(links) = links {
        shard = shard.section(SectionKind::Graph, 0, count, links);
    }
    if let Some(names) = names {
        shard = shard.section(SectionKind::Keys, 0, names.len() as u32, keys::encode(names));
    }
    shard
        .finish()
        .context("the index would pass 4 GiB; cut the vectors into several files, or take fewer bits with --code")
}

/// All rows in one code, cell after cell, each to its own centroid.
fn encode(
    vectors: &ItemVectors,
    metric: Metric,
    code: Code,
    order: &[u32],
    partition: &Partition,
) -> (Vec<u8>, Option<Vec<u8>>) {
    let mut all = codes::encode(code, metric, &partition.centroids[..vectors.dim], &[]);
    for (cell, centroid) in partition.starts.windows(2).zip(partition.centroids.chunks_exact(vectors.dim)) {
        let members = &order[cell[0] as usize..cell[1] as usize];
        let rows: Vec<f32> = members.iter().flat_map(|&row| vectors.row(row as usize).iter().copied()).collect();
        let (codes, scales) = codes::encode(code, metric, centroid, &rows);
        // What stands before the rows is said once.
        all.0.extend_from_slice(&codes[codes.len() - members.len() * code.row_bytes(vectors.dim)..]);
        if let (Some(all), Some(scales)) = (&mut all.1, scales) {
            all.extend_from_slice(&scales);
        }
    }
    all
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

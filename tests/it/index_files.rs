//! Index files for tests: clustered rows in one or many cells, with ids that are not places. Needs the crate with feature `write`,
//! and `dice.rs` beside it; other crates' tests include both by path.

use edge_recall::AlignedBytes;
use edge_recall::format::ShardKind;
use edge_recall::format::codes::{self, Code, Metric};
use edge_recall::format::header::{Header, NO_CELL};
use edge_recall::format::partition::{self, Partition};
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::ShardWriter;
use edge_recall::ids::{Epoch, Model};
use edge_recall::store::vectors::VectorStore;

use crate::dice::Dice;

/// Numbers of a row: no multiple of the width of any vector unit, and no power of two for the packed codes.
pub const DIM: usize = 19;
/// Rows of a file.
pub const ROWS: usize = 960;
/// Clusters of the rows, and cells of a file with several.
pub const TOPICS: usize = 24;

/// What a file is made by.
#[derive(Clone, Copy)]
pub struct FileParams<'a> {
    pub code: Code,
    /// A finer code to score the best by.
    pub fine: Option<Code>,
    /// 1, or [`TOPICS`]: a cell a cluster.
    pub cells: usize,
    /// Links of a graph over the rows, and the rows in its order.
    pub graph: Option<(&'a [u8], &'a [u32])>,
}

impl FileParams<'_> {
    /// A file of one code.
    pub fn plain(code: Code, cells: usize) -> FileParams<'static> {
        FileParams { code, fine: None, cells, graph: None }
    }
}

/// Rows in [`TOPICS`] clusters, row-major. Every third one is the one before it: ties.
pub fn clustered() -> Vec<f32> {
    let mut dice = Dice::new(0xC1057E2);
    let centres: Vec<f32> = (0..TOPICS * DIM).map(|_| dice.signed()).collect();
    let mut rows: Vec<f32> = Vec::with_capacity(ROWS * DIM);
    for row in 0..ROWS {
        if row % 3 == 2 {
            rows.extend_from_within((row - 1) * DIM..);
        } else {
            let centre = &centres[topic(row) * DIM..][..DIM];
            rows.extend(centre.iter().map(|x| x + 0.35 * dice.signed()));
        }
    }
    rows
}

/// The cluster of a row.
fn topic(row: usize) -> usize {
    row / 3 % TOPICS
}

/// The bytes of a file of `rows`; the id of a row is its place among them.
pub fn file(rows: &[f32], params: &FileParams<'_>) -> Vec<u8> {
    let mut order: Vec<u32> = (0..(rows.len() / DIM) as u32).collect();
    let mut starts = vec![0];
    match params.graph {
        Some((_, places)) => {
            order = places.to_vec();
            // No writer does this: readers refuse it.
            starts.extend((params.cells > 1).then_some(order.len() / 2));
        }
        None if params.cells > 1 => {
            order.sort_by_key(|&row| topic(row as usize));
            starts.extend(
                (1..order.len()).filter(|&place| topic(order[place] as usize) != topic(order[place - 1] as usize)),
            );
        }
        // Ids that are not the places of their rows.
        None => order.reverse(),
    }
    starts.push(order.len());
    let vector = |row: u32| &rows[row as usize * DIM..][..DIM];
    let mean = |cell: &[u32]| -> Vec<f32> {
        (0..DIM).map(|d| cell.iter().map(|&row| vector(row)[d]).sum::<f32>() / cell.len() as f32).collect()
    };
    let mut centroids: Vec<f32> = starts.windows(2).flat_map(|cell| mean(&order[cell[0]..cell[1]])).collect();
    partition::round_centroids(&mut centroids);
    let cells = starts.len() as u32 - 1;
    let probes = [4.min(cells), 14.min(cells)];
    let count = order.len() as u32;
    let header = Header { kind: ShardKind::Index, epoch: Epoch(0), model: Model(0), cell: NO_CELL, base: 0, count };
    let mut shard = ShardWriter::new(header);
    for (instance, code) in (0..).zip([Some(params.code), params.fine].into_iter().flatten()) {
        let (mut bytes, mut scales) = codes::encode(code, Metric::Dot, &centroids[..DIM], &[]);
        let head = bytes.len();
        for (cell, centroid) in starts.windows(2).zip(centroids.chunks_exact(DIM)) {
            let members: Vec<f32> = order[cell[0]..cell[1]].iter().flat_map(|&row| vector(row)).copied().collect();
            let (of_cell, its_scales) = codes::encode(code, Metric::Dot, centroid, &members);
            bytes.extend_from_slice(&of_cell[head..]);
            if let (Some(scales), Some(more)) = (&mut scales, its_scales) {
                scales.extend(more);
            }
        }
        shard = shard.section(SectionKind::Codes, instance, count, bytes);
        if let Some(scales) = scales {
            shard = shard.section(SectionKind::Scales, instance, count, scales);
        }
    }
    let starts = starts.iter().map(|&start| start as u32).collect();
    let partition = Partition { probes, starts, reaches: vec![0.0; cells as usize], centroids };
    shard = shard.section(SectionKind::Partition, 0, cells, partition::encode(&partition));
    shard = shard.section(SectionKind::RowIds, 0, count, partition::encode_ids(&order));
    if let Some((links, _)) = params.graph {
        shard = shard.section(SectionKind::Graph, 0, count, links.to_vec());
    }
    shard.finish().expect("a small file")
}

/// A file of [`clustered`] rows, opened.
pub fn store(params: &FileParams<'_>) -> VectorStore {
    VectorStore::open(AlignedBytes::copy_of(&file(&clustered(), params))).expect("a sound file")
}

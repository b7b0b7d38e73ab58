//! Index files of made-up vectors, through the real writer and the real reader. Owns no searches.

use edge_recall::AlignedBytes;
use edge_recall::format::ShardKind;
use edge_recall::format::codes::{self, Code, Metric};
use edge_recall::format::header::{Header, NO_CELL};
use edge_recall::format::partition::{self, Partition};
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::ShardWriter;
use edge_recall::ids::{Epoch, Model};
use edge_recall::store::vectors::VectorStore;

/// What a file is made of.
pub struct Vectors {
    pub code: Code,
    pub dim: usize,
    /// Row-major, cell after cell.
    pub rows: Vec<f32>,
    /// Rows of each cell.
    pub cells: Vec<usize>,
    /// The id of each row.
    pub ids: Vec<u32>,
}

impl Vectors {
    /// The bytes of the file. A cell's centroid is the mean of its rows.
    pub fn file(&self) -> Vec<u8> {
        let Vectors { code, dim, ref rows, ref cells, ref ids } = *self;
        let reaches = vec![0.0; cells.len()];
        let mut partition = Partition { probes: [1, 1], starts: vec![0], reaches, centroids: Vec::new() };
        let mut parts = Vec::new();
        let mut start = 0;
        for &size in cells {
            let part = &rows[start * dim..][..size * dim];
            let sum = |at: usize| part.iter().skip(at).step_by(dim).map(|&x| f64::from(x)).sum::<f64>();
            partition.centroids.extend((0..dim).map(|at| (sum(at) / size as f64) as f32));
            parts.push(part);
            start += size;
            partition.starts.push(start as u32);
        }
        partition::round_centroids(&mut partition.centroids);
        let mut all = codes::encode(code, Metric::Dot, &partition.centroids[..dim], &[]);
        for (part, centroid) in parts.into_iter().zip(partition.centroids.chunks_exact(dim)) {
            let (bytes, scales) = codes::encode(code, Metric::Dot, centroid, part);
            all.0.extend_from_slice(&bytes[bytes.len() - part.len() / dim * code.row_bytes(dim)..]);
            if let (Some(all), Some(scales)) = (&mut all.1, scales) {
                all.extend_from_slice(&scales);
            }
        }
        let count = start as u32;
        let header = Header { kind: ShardKind::Index, epoch: Epoch(0), model: Model(0), cell: NO_CELL, base: 0, count };
        let mut shard = ShardWriter::new(header).section(SectionKind::Codes, 0, count, all.0);
        if let Some(scales) = all.1 {
            shard = shard.section(SectionKind::Scales, 0, count, scales);
        }
        let centroids = partition::encode(&partition);
        shard = shard.section(SectionKind::Partition, 0, cells.len() as u32, centroids);
        shard = shard.section(SectionKind::RowIds, 0, count, partition::encode_ids(ids));
        shard.finish().expect("a file below 4 GiB")
    }

    /// The file, opened.
    pub fn store(&self) -> VectorStore {
        VectorStore::open(AlignedBytes::copy_of(&self.file())).expect("a valid file")
    }
}

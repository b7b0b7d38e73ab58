//! An index file: vectors to search by themselves, in cells, whole in memory. Owns what is checked when it is opened; searches
//! nothing (`index` does).

use core::ops::Range;

use crate::error::{FormatError, Part, told};
use crate::format::bytes::{AlignedBytes, SharedBytes};
use crate::format::codes::{Code, Codes, Metric, Rows};
use crate::format::keys::Keys;
use crate::format::partition::{Partition, RowIds};
use crate::format::section::{Section, SectionKind};
use crate::format::{Shard, ShardKind};

/// Vectors in the order of their cells. Rows have numbers `0..rows` inside the file and ids outside.
pub struct VectorStore {
    dim: usize,
    metric: Metric,
    rows: u32,
    bytes: usize,
    codes: Codes,
    fine: Option<Codes>,
    partition: Partition,
    ids: RowIds,
    keys: Option<Section>,
    graph: Option<SharedBytes>,
}

impl VectorStore {
    /// Checks a file and opens it: every checksum, every length, every number that a search relies on.
    pub fn open(bytes: AlignedBytes) -> Result<VectorStore, FormatError> {
        let shard = Shard::open(bytes)?;
        let rows = shard.header().count;
        if shard.header().kind != ShardKind::Index {
            return Err(broken(Part::Header, &"the shard is no index: `edge-recall index` makes one"));
        }
        let missing = || broken(Part::Codes, &"the section is missing");
        let (code, metric, dim) = Codes::announced(&shard, 0)?.ok_or_else(missing)?;
        let read = |instance, code| Codes::read_instance(&shard, instance, dim, code, metric);
        let codes = read(0, code)?.ok_or_else(missing)?;
        let fine = match Codes::announced(&shard, 1)? {
            Some((code, ..)) => read(1, code)?,
            None => None,
        };
        let section = |kind| shard.section(kind, 0);
        if section(SectionKind::Graph).is_some_and(|graph| graph.count != rows) {
            return Err(broken(Part::Graph, &"another number of rows than the index has"));
        }
        Ok(VectorStore {
            dim,
            metric,
            rows,
            bytes: shard.size(),
            codes,
            fine,
            partition: Partition::read(shard.required(SectionKind::Partition)?, rows, dim)?,
            ids: RowIds::read(shard.required(SectionKind::RowIds)?, rows)?,
            keys: section(SectionKind::Keys).cloned(),
            graph: section(SectionKind::Graph).map(|section| section.bytes.clone()),
        })
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.rows as usize
    }

    /// Numbers of a vector, 1 to 512.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Bytes of the file, all of them kept.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How rows are stored that are scanned.
    pub fn code(&self) -> Code {
        self.codes.code
    }

    /// The finest code that the file has of its rows: that of the scores.
    pub fn finest_code(&self) -> Code {
        self.fine.as_ref().unwrap_or(&self.codes).code
    }

    /// Whether there is a finer code than the one that is scanned.
    pub fn is_rescored(&self) -> bool {
        self.fine.is_some()
    }

    /// What a score means.
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// Number of cells, at least 1 where there are rows.
    pub fn cells(&self) -> usize {
        self.partition.starts.len() - 1
    }

    /// The rows of a cell.
    pub fn cell(&self, cell: usize) -> Range<usize> {
        self.partition.starts[cell] as usize..self.partition.starts[cell + 1] as usize
    }

    /// The cell of a row.
    pub fn cell_of(&self, row: usize) -> usize {
        self.partition.starts.partition_point(|&start| start as usize <= row).saturating_sub(1)
    }

    /// What the rows of a cell are residuals to, where the code has residuals: their mean.
    pub fn centroid(&self, cell: usize) -> &[f32] {
        &self.partition.centroids[cell * self.dim..][..self.dim]
    }

    /// What is added to the rank of a cell, in parts of the query's length.
    pub fn reach(&self, cell: usize) -> f32 {
        self.partition.reaches[cell]
    }

    /// The centroids of all cells, row-major.
    pub fn centroids(&self) -> &[f32] {
        &self.partition.centroids
    }

    /// The codes of some rows.
    #[inline(always)]
    pub fn span(&self, rows: Range<usize>) -> Rows<'_> {
        self.codes.span(self.dim, rows.start, rows.len())
    }

    /// The finest codes of some rows.
    #[inline(always)]
    pub fn finest_span(&self, rows: Range<usize>) -> Rows<'_> {
        self.fine.as_ref().unwrap_or(&self.codes).span(self.dim, rows.start, rows.len())
    }

    /// The decoded vector of a row, by its finest code; `None` beyond the last row.
    pub fn vector(&self, row: usize) -> Option<Vec<f32>> {
        if row >= self.rows() {
            return None;
        }
        self.fine.as_ref().unwrap_or(&self.codes).vector(self.centroid(self.cell_of(row)), row)
    }

    /// The id of a row.
    #[inline(always)]
    pub fn id(&self, row: usize) -> u32 {
        self.ids.of(row)
    }

    /// Cells that a search for the best `limit` looks into unless it is told another number: what the writer of the file found
    /// to be enough for 10 and for 100, and on the line between and beyond them.
    pub fn probes(&self, limit: usize) -> usize {
        let [ten, hundred] = self.partition.probes.map(|probes| probes as usize);
        let more = hundred.saturating_sub(ten).saturating_mul(limit.clamp(10, self.rows().max(10)) - 10).div_ceil(90);
        ten.saturating_add(more).min(self.cells())
    }

    /// The names of the ids, where the file has such: id `i` is the key in place `i`.
    pub fn keys(&self) -> Result<Option<Keys>, FormatError> {
        self.keys.as_ref().map(Keys::read).transpose()
    }

    /// Links of a graph over the rows, unread.
    pub fn graph(&self) -> Option<&SharedBytes> {
        self.graph.as_ref()
    }
}

fn broken(section: Part, rule: crate::error::Thin) -> FormatError {
    FormatError::Rule { section, rule: told(rule) }
}

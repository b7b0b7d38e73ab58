//! Item vectors over all attached cells: segments for scans, single rows for user vectors.

use crate::format::codes::Codes;
use crate::ids::Ordinal;
use crate::store::{Segment, Segments};

/// The vectors of one cell with the centroid that int8 residuals refer to.
#[derive(Clone)]
pub struct CellVectors {
    /// Decoded centroid, `dim` long.
    pub centroid: Vec<f32>,
    /// Codes of the rows.
    pub codes: Codes,
}

/// The item vectors that are at hand.
#[derive(Clone, Default)]
pub struct Embeddings {
    dim: usize,
    segments: Segments<CellVectors>,
}

impl Embeddings {
    /// An empty store for vectors of `dim` dimensions.
    pub fn new(dim: usize) -> Embeddings {
        Embeddings { dim, segments: Segments::default() }
    }

    /// Dimension; 0 where the build has no vectors.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Adds the vectors of a cell.
    pub fn attach(&mut self, base: u32, count: u32, vectors: CellVectors) {
        self.segments.insert(base, count, vectors);
    }

    /// The cells that are at hand.
    pub fn segments(&self) -> impl Iterator<Item = &Segment<CellVectors>> {
        self.segments.iter()
    }

    /// The decoded vector of an item, where its cell is attached.
    pub fn vector(&self, item: Ordinal) -> Option<Vec<f32>> {
        let (slot, segment) = self.segments.find(item)?;
        segment.part.codes.vector(&segment.part.centroid, slot as usize)
    }
}

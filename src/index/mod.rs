//! What every vector index must promise, so that a channel need not know which one it has.

#[cfg(feature = "search")]
pub mod cells;
pub mod flat;
#[cfg(feature = "hnsw")]
pub mod hnsw;
#[cfg(feature = "search")]
pub mod query;

use crate::candidate::{Admits, Candidate};

/// Searches item vectors for the highest scores.
pub trait VectorIndex {
    /// The best `limit` items that are admitted, in the total order of `topk`. `query` has the index's dimension.
    fn search(&self, query: &[f32], limit: usize, admits: &Admits<'_>) -> Vec<Candidate>;
}

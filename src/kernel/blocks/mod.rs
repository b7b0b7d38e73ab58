//! Rows scored four at a time, so that one load of the query serves all of them: what search adds to the kernels, and the core's
//! download does without. Same bits as `scalar`. Owns the choice of an implementation.

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128", feature = "search")))]
mod none;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128", feature = "search"))]
mod simd;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128", feature = "search")))]
use none as chosen;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128", feature = "search"))]
use simd as chosen;

pub use chosen::{Bound, Lifted, Spread, int8};

/// Rows of a block.
pub const ROWS: usize = 4;

/// Scores of a block, one of which at least reaches what was asked for.
pub struct Block {
    /// Its number: it begins with row `block * ROWS`.
    pub block: usize,
    /// A score a row.
    pub scores: [f32; ROWS],
}

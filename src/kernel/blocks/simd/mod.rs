//! Blocks by the vectors of WebAssembly, one file a code. `Bound` has two: relaxed SIMD is for engines that have it.

#[cfg_attr(target_feature = "relaxed-simd", path = "relaxed.rs")]
mod bound;
mod half;
mod int8;
mod packed;
mod vectors;

pub use bound::Bound;
pub use half::Lifted;
pub use int8::next as int8;
pub use packed::Spread;

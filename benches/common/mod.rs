//! What the native benchmarks share: a generated catalogue and a stopwatch that also works as a test.
#![allow(dead_code, reason = "each benchmark uses its part of this module")]
#![expect(clippy::print_stdout, reason = "a benchmark says what it measured")]

pub mod catalogue;
pub mod everything;
pub mod stopwatch;

pub use catalogue::Catalogue;
pub use stopwatch::Stopwatch;

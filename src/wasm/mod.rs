//! The JavaScript exports, of one artefact or the other: the core that recommends, or the search of index files. Both read, call
//! and write; neither holds recall logic.

mod allocator;
#[cfg(feature = "bindings")]
mod answer;
#[cfg(feature = "bindings")]
mod arguments;
#[cfg(feature = "bindings")]
pub mod core;
#[cfg(feature = "search-bindings")]
pub mod search;

//! The GPU's answers against the exact scan's, on whatever adapter is there; software adapters do.
//!
//! Without an adapter each test says SKIPPED and passes, unless EDGE_RECALL_GPU=required.

mod certainty;
#[path = "../../../tests/it/dice.rs"]
#[expect(dead_code, reason = "the dice of the runtime's tests have more faces than are thrown here")]
mod dice;
mod fixture;
#[path = "../../../tests/it/index_files.rs"]
mod index_files;
#[path = "../../../tests/it/index_promises.rs"]
#[expect(dead_code, reason = "this search is exact, so it need not hold what is promised for the others")]
mod index_promises;
mod parity;
mod promises;
mod trouble;

use edge_recall::store::vectors::VectorStore;
use edge_recall_webgpu::{GpuIndex, Settings};

/// The index over a store, where it is on a GPU.
fn open(store: VectorStore, settings: Settings) -> Option<GpuIndex> {
    let index = pollster::block_on(GpuIndex::open(store, settings));
    let stats = index.stats();
    if stats.adapter.is_some() {
        assert_eq!((stats.engine, stats.reason), ("webgpu", None));
        return Some(index);
    }
    let why = stats.reason.unwrap_or_default();
    assert!(std::env::var("EDGE_RECALL_GPU").is_err(), "EDGE_RECALL_GPU is set, but there is none: {why}");
    eprintln!("SKIPPED: {why}");
    None
}

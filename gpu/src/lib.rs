//! Exact vector search on a GPU, through WebGPU in browsers and Vulkan elsewhere, over the index files of edge-recall.
//!
//! The rows go to the GPU once. A search scores all of them there against up to 1,024 queries, keeps the best of each tile on
//! the way and reads back some more than are wanted; the kernel of `edge-recall` scores those once more, so that ids and
//! scores are the exact scan's. [`GpuIndex`] is the whole of it. How and why: docs/webgpu.md.

pub mod bound;
pub mod certain;
pub mod clock;
pub mod device;
pub mod dispatch;
pub mod index;
pub mod layout;
mod readback;
pub mod rows;
pub mod shader;
#[cfg(target_arch = "wasm32")]
pub mod wasm;

pub use index::{GpuIndex, Settings, Stats};

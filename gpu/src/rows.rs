//! Owns the rows on the GPU: buffers no larger than the device lets a shader see, filled once.

use edge_recall::store::vectors::VectorStore;
use wgpu::{Buffer, BufferDescriptor, BufferUsages, ErrorFilter};

use crate::device::Gpu;
use crate::layout::put_group;
use crate::shader::GROUP;

/// Bytes that are handed to the queue at a time: rows need not be in memory twice.
const PIECE: usize = 4 << 20;

/// Some groups of rows, in one buffer.
pub struct Part {
    /// The rows.
    pub buffer: Buffer,
    /// The first group.
    pub first: usize,
    /// How many.
    pub groups: usize,
}

/// All rows, and which numbers stand for none.
pub struct GpuRows {
    /// In order.
    pub parts: Vec<Part>,
    /// Groups in all.
    pub groups: usize,
    /// Words of a row.
    pub words: usize,
    /// Bits of the numbers that stand for no row.
    pub barred: Vec<u32>,
    /// The same on the GPU.
    pub barred_buffer: Buffer,
}

impl GpuRows {
    /// Uploads the rows of a store; an error tells what the device refused. `most`: bytes of a buffer.
    pub async fn upload(gpu: &Gpu, store: &VectorStore, words: usize, most: u64) -> Result<GpuRows, String> {
        let memory = gpu.device.push_error_scope(ErrorFilter::OutOfMemory);
        let validation = gpu.device.push_error_scope(ErrorFilter::Validation);
        let groups = store.rows().div_ceil(GROUP);
        let bytes = words * GROUP * 4;
        let of_a_part = ((most / bytes as u64) as usize).max(1);
        let (mut parts, mut first) = (Vec::new(), 0);
        while first < groups {
            let count = of_a_part.min(groups - first);
            parts.push(Part { buffer: fill(gpu, store, words, first, count), first, groups: count });
            first += count;
        }
        let mut barred = vec![0u32; (groups * GROUP).div_ceil(32).max(1)];
        for row in store.rows()..groups * GROUP {
            barred[row / 32] |= 1 << (row % 32);
        }
        let barred_buffer = storage(gpu, "barred", bytemuck::cast_slice(&barred));
        // A buffer that could not be made shows itself here, and not as a crash later.
        let refused = validation.pop().await;
        match memory.pop().await.or(refused) {
            Some(error) => Err(format!("the GPU has no room for the rows: {error}")),
            None => Ok(GpuRows { parts, groups, words, barred, barred_buffer }),
        }
    }
}

fn fill(gpu: &Gpu, store: &VectorStore, words: usize, first: usize, groups: usize) -> Buffer {
    let bytes = words * GROUP * 4;
    let buffer = gpu.device.create_buffer(&BufferDescriptor {
        label: Some("rows"),
        size: (groups * bytes) as u64,
        usage: BufferUsages::STORAGE | BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    let of_a_piece = (PIECE / bytes).max(1);
    let mut piece = Vec::new();
    for start in (0..groups).step_by(of_a_piece) {
        piece.clear();
        for group in start..groups.min(start + of_a_piece) {
            put_group(&mut piece, store, first + group, words);
        }
        gpu.queue.write_buffer(&buffer, (start * bytes) as u64, bytemuck::cast_slice(&piece));
    }
    // Pieces are staged until something is submitted.
    gpu.queue.submit([]);
    buffer
}

/// A buffer of these bytes for shaders to read.
pub fn storage(gpu: &Gpu, label: &str, bytes: &[u8]) -> Buffer {
    buffer_of(gpu, label, bytes, BufferUsages::STORAGE)
}

/// A buffer of these bytes.
pub fn buffer_of(gpu: &Gpu, label: &str, bytes: &[u8], usage: BufferUsages) -> Buffer {
    let buffer = gpu.device.create_buffer(&BufferDescriptor {
        label: Some(label),
        size: bytes.len() as u64,
        usage: usage | BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    gpu.queue.write_buffer(&buffer, 0, bytes);
    buffer
}

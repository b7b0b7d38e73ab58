//! Owns what the GPU is told: pipelines by variant, one scan of all rows and the merges of its lists. Knows no store and judges
//! no result.

use std::sync::{Arc, Mutex, PoisonError};

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, Buffer, BufferDescriptor, BufferUsages, CommandEncoder,
    ComputePassDescriptor, ComputePipeline, ComputePipelineDescriptor, ErrorFilter, ShaderModuleDescriptor,
    ShaderSource,
};

use crate::clock::Clock;
use crate::device::Gpu;
use crate::readback::read;
use crate::rows::{GpuRows, buffer_of, storage};
use crate::shader::{FAN, Variant};

/// Workgroups that a scan is cut into, about: enough for the largest GPUs, and few lists to merge.
const WORKGROUPS: usize = 2048;

/// An entry of a list: what the GPU thinks of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kept {
    /// The score, within the bound.
    pub score: f32,
    /// The row.
    pub row: u32,
}

/// Queries as the shader wants them.
pub struct Batch {
    /// How many.
    pub count: usize,
    /// See `layout`.
    pub words: Vec<u32>,
    /// For int8 rows: by query, what each cell adds, then the query's scale; padded as `words` are.
    pub offsets: Option<Vec<f32>>,
    /// Cells of the store.
    pub cells: usize,
}

struct Pipelines {
    scan: ComputePipeline,
    merge: ComputePipeline,
}

/// The pipelines that were needed so far.
#[derive(Default)]
pub struct Dispatcher {
    made: Mutex<Vec<(Variant, Arc<Pipelines>)>>,
}

impl Dispatcher {
    /// The best rows of each query, best first: the `kept` best of all, or every one that is not barred where there are fewer.
    ///
    /// `clock` measures the whole computation on the GPU. Errors are the device's; it may be lost.
    pub async fn best(
        &self,
        gpu: &Gpu,
        rows: &GpuRows,
        barred: &Buffer,
        batch: &Batch,
        variant: Variant,
        clock: Option<&Clock>,
    ) -> Result<Vec<Vec<Kept>>, String> {
        // Whatever is refused below shows itself when the scopes end: an invalid submission would read back as zeros.
        let memory = gpu.device.push_error_scope(ErrorFilter::OutOfMemory);
        let validation = gpu.device.push_error_scope(ErrorFilter::Validation);
        let pipelines = self.pipelines(gpu, variant, batch.offsets.is_some());
        let lists = self.submit(gpu, rows, barred, batch, variant, &pipelines, clock);
        let (validation, memory) = (validation.pop(), memory.pop());
        let words = read(gpu, &lists).await;
        if let Some(error) = validation.await.or(memory.await) {
            return Err(format!("the GPU refused the search: {error}"));
        }
        let words = words?;
        let lists = words.chunks_exact(2 * variant.kept).take(batch.count);
        Ok(lists.map(entries).collect())
    }

    fn pipelines(&self, gpu: &Gpu, variant: Variant, is_integer: bool) -> Arc<Pipelines> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, pipelines)) = made.iter().find(|(known, _)| *known == variant) {
            return pipelines.clone();
        }
        let pipeline = |variant: Variant, entry| {
            let module = gpu.device.create_shader_module(ShaderModuleDescriptor {
                label: Some("scan.wgsl"),
                source: ShaderSource::Wgsl(variant.text(gpu.packed).into()),
            });
            gpu.device.create_compute_pipeline(&ComputePipelineDescriptor {
                label: Some(entry),
                layout: None,
                module: &module,
                entry_point: Some(entry),
                compilation_options: Default::default(),
                cache: None,
            })
        };
        let scan = pipeline(variant, if is_integer { "scan_int8" } else { "scan_f16" });
        let pipelines = Arc::new(Pipelines { scan, merge: pipeline(variant.merging(), "merge") });
        made.push((variant, pipelines.clone()));
        pipelines
    }

    /// Submits everything; returns the buffer that will hold one list a query.
    #[expect(clippy::too_many_arguments, reason = "one call; a struct would have no other use")]
    fn submit(
        &self,
        gpu: &Gpu,
        rows: &GpuRows,
        barred: &Buffer,
        batch: &Batch,
        variant: Variant,
        pipelines: &Pipelines,
        clock: Option<&Clock>,
    ) -> Buffer {
        let blocks = batch.count.div_ceil(variant.queries());
        let steps = (rows.groups * blocks).div_ceil(WORKGROUPS).max(1);
        let tiles: Vec<usize> = rows.parts.iter().map(|part| part.groups.div_ceil(steps)).collect();
        let all: usize = tiles.iter().sum();
        let queries = storage(gpu, "queries", bytemuck::cast_slice(&batch.words));
        let offsets = batch.offsets.as_ref().map(|offsets| storage(gpu, "offsets", bytemuck::cast_slice(offsets)));
        let mut lists = list_buffer(gpu, blocks * variant.queries() * all * variant.kept);

        let (mut scans, mut first_tile) = (Vec::new(), 0);
        for (part, &tiles) in rows.parts.iter().zip(&tiles) {
            let numbers = [rows.words, part.groups, part.first, steps, first_tile, all, batch.cells];
            let uniform = uniform(gpu, &numbers);
            let mut bound = vec![(0, &uniform), (1, &part.buffer), (2, &queries), (3, barred), (4, &lists)];
            bound.extend(offsets.as_ref().map(|offsets| (5, offsets)));
            scans.push((bind(gpu, &pipelines.scan, &bound), tiles));
            first_tile += tiles;
        }
        let (mut merges, mut left) = (Vec::new(), all);
        while left > 1 {
            let groups = left.div_ceil(FAN);
            let after = list_buffer(gpu, batch.count * groups * variant.kept);
            let uniform = uniform(gpu, &[left, FAN]);
            merges.push((bind(gpu, &pipelines.merge, &[(4, &after), (6, &uniform), (7, &lists)]), groups));
            (lists, left) = (after, groups);
        }

        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor {
            label: Some("search"),
            timestamp_writes: clock.map(Clock::writes),
        });
        pass.set_pipeline(&pipelines.scan);
        for (group, tiles) in &scans {
            pass.set_bind_group(0, group, &[]);
            // Queries before tiles: workgroups that run side by side read the same rows.
            pass.dispatch_workgroups(blocks as u32, *tiles as u32, 1);
        }
        pass.set_pipeline(&pipelines.merge);
        for (group, groups) in &merges {
            pass.set_bind_group(0, group, &[]);
            pass.dispatch_workgroups(*groups as u32, batch.count as u32, 1);
        }
        drop(pass);
        let staged = stage(gpu, &mut encoder, &lists, batch.count * variant.kept);
        if let Some(clock) = clock {
            clock.resolve(&mut encoder);
        }
        gpu.queue.submit([encoder.finish()]);
        staged
    }
}

/// The entries of a list, which ends where the numbers say that nothing stands.
fn entries(words: &[u32]) -> Vec<Kept> {
    let pairs = words.as_chunks::<2>().0.iter();
    let kept = pairs.map(|&[score, row]| Kept { score: f32::from_bits(score), row });
    kept.take_while(|kept| kept.row != u32::MAX).collect()
}

fn list_buffer(gpu: &Gpu, entries: usize) -> Buffer {
    gpu.device.create_buffer(&BufferDescriptor {
        label: Some("lists"),
        size: (entries * 8) as u64,
        usage: BufferUsages::STORAGE | BufferUsages::COPY_SRC,
        mapped_at_creation: false,
    })
}

/// Copies the first entries to where they can be read from.
fn stage(gpu: &Gpu, encoder: &mut CommandEncoder, lists: &Buffer, entries: usize) -> Buffer {
    let size = (entries * 8) as u64;
    let staged = gpu.device.create_buffer(&BufferDescriptor {
        label: Some("answer"),
        size,
        usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    encoder.copy_buffer_to_buffer(lists, 0, &staged, 0, size);
    staged
}

fn uniform(gpu: &Gpu, numbers: &[usize]) -> Buffer {
    let mut words: Vec<u32> = numbers.iter().map(|&number| number as u32).collect();
    // Uniform structures take whole vectors.
    words.resize(words.len().next_multiple_of(4), 0);
    buffer_of(gpu, "numbers", bytemuck::cast_slice(&words), BufferUsages::UNIFORM)
}

fn bind(gpu: &Gpu, pipeline: &ComputePipeline, buffers: &[(u32, &Buffer)]) -> BindGroup {
    let mut entries = Vec::new();
    for &(binding, buffer) in buffers {
        entries.push(BindGroupEntry { binding, resource: buffer.as_entire_binding() });
    }
    let layout = pipeline.get_bind_group_layout(0);
    gpu.device.create_bind_group(&BindGroupDescriptor { label: None, layout: &layout, entries: &entries })
}

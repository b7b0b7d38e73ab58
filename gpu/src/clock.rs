//! Owns the GPU's own clock: how long a computation took there, for measurements.

use wgpu::{
    Buffer, BufferDescriptor, BufferUsages, CommandEncoder, ComputePassTimestampWrites, Features, QuerySet,
    QuerySetDescriptor, QueryType,
};

use crate::device::Gpu;
use crate::readback::read;

/// Two moments of the last computation.
pub struct Clock {
    moments: QuerySet,
    resolved: Buffer,
    staged: Buffer,
    /// Nanoseconds of a tick.
    period: f64,
}

impl Clock {
    /// A clock, where the device has one.
    pub fn of(gpu: &Gpu) -> Option<Clock> {
        if !gpu.device.features().contains(Features::TIMESTAMP_QUERY) {
            return None;
        }
        let descriptor = QuerySetDescriptor { label: Some("clock"), ty: QueryType::Timestamp, count: 2 };
        let buffer = |usage| {
            let descriptor = BufferDescriptor { label: Some("clock"), size: 16, usage, mapped_at_creation: false };
            gpu.device.create_buffer(&descriptor)
        };
        Some(Clock {
            moments: gpu.device.create_query_set(&descriptor),
            resolved: buffer(BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC),
            staged: buffer(BufferUsages::COPY_DST | BufferUsages::MAP_READ),
            period: f64::from(gpu.queue.get_timestamp_period()),
        })
    }

    /// Where a pass leaves its beginning and its end.
    pub fn writes(&self) -> ComputePassTimestampWrites<'_> {
        ComputePassTimestampWrites {
            query_set: &self.moments,
            beginning_of_pass_write_index: Some(0),
            end_of_pass_write_index: Some(1),
        }
    }

    /// Makes both readable, after the pass.
    pub fn resolve(&self, encoder: &mut CommandEncoder) {
        encoder.resolve_query_set(&self.moments, 0..2, &self.resolved, 0);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &self.staged, 0, 16);
    }

    /// Seconds between the two.
    pub async fn seconds(&self, gpu: &Gpu) -> Result<f64, String> {
        let words = read(gpu, &self.staged).await?;
        let [begin, end] = [0, 2].map(|at| u64::from(words[at]) | u64::from(words[at + 1]) << 32);
        Ok(end.saturating_sub(begin) as f64 * self.period * 1e-9)
    }
}

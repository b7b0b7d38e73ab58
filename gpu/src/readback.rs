//! Owns waiting for the GPU: one future that works on browsers, which call back, and natively, where somebody has to poll.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use wgpu::{Buffer, MapMode};

use crate::device::Gpu;

/// What a callback leaves for the future that waits for it.
#[derive(Default)]
struct Answer {
    result: Option<Result<(), String>>,
    waker: Option<Waker>,
}

/// The words of a buffer that can be mapped, once all work submitted so far is done.
pub async fn read(gpu: &Gpu, buffer: &Buffer) -> Result<Vec<u32>, String> {
    let answer = Arc::new(Mutex::new(Answer::default()));
    let theirs = answer.clone();
    buffer.map_async(MapMode::Read, .., move |result| {
        let mut answer = theirs.lock().unwrap_or_else(PoisonError::into_inner);
        answer.result = Some(result.map_err(|error| format!("reading from the GPU failed: {error}")));
        if let Some(waker) = answer.waker.take() {
            waker.wake();
        }
    });
    #[cfg(not(target_arch = "wasm32"))]
    gpu.device
        .poll(wgpu::PollType::wait_indefinitely())
        .map_err(|error| format!("waiting for the GPU failed: {error}"))?;
    poll_fn(|context| {
        let mut answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
        match answer.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                answer.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    })
    .await?;
    // A device that was lost meanwhile maps nothing sensible.
    if let Some(trouble) = gpu.trouble() {
        return Err(trouble);
    }
    let view = buffer.get_mapped_range(..).map_err(|error| format!("reading from the GPU failed: {error}"))?;
    let words = bytemuck::pod_collect_to_vec(&view);
    drop(view);
    buffer.unmap();
    Ok(words)
}

//! How fast the GPU search is on the adapter that is there: what a caller waits for, and the time by the GPU's own clock, for
//! one query and for 256. Owns the measurement; `benches/search/gpu.mjs` judges it, `cargo xtask bench gpu` does both.
//!
//! `cargo run --release --package edge-recall-webgpu --example throughput -- [OUT.json] [ROWS,ROWS,..]`
//! ROWS: those of the plot in docs/search.md, and fewer where the adapter is software. Ends with status 1 where the GPU's
//! answer is not the exact scan's, or where it has no answers.

#![expect(clippy::print_stdout, reason = "a report for people")]

#[path = "../../../tests/it/dice.rs"]
#[expect(dead_code, reason = "the dice of the tests have more faces than are thrown here")]
mod dice;
#[path = "../../tests/it/fixture.rs"]
mod fixture;
mod vectors;

use std::error::Error;
use std::time::Instant;

use edge_recall::candidate::Candidate;
use edge_recall::format::codes::Code;
use edge_recall::index::VectorIndex;
use edge_recall::index::cells::ExactScan;
use edge_recall_webgpu::device::Gpu;
use edge_recall_webgpu::{GpuIndex, Settings};
use serde_json::{Value, json};

use vectors::{Clustered, DIM};

const SIZES: [usize; 5] = [1_000, 5_000, 20_000, 100_000, 1_000_000];
/// A processor that plays a GPU needs minutes beyond this, and its figures mean nothing.
const MOST_ON_SOFTWARE: usize = 20_000;
const K: usize = 10;
const MANY: usize = 256;
const RUNS: usize = 15;
const RUNS_ON_SOFTWARE: usize = 3;
/// Queries whose answer is held against the exact scan's.
const CHECKED: usize = 16;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (out, sizes) = (arguments.next(), arguments.next());
    let report = match pollster::block_on(Gpu::open()) {
        Ok(gpu) => measured(&gpu, &wanted(sizes.as_deref(), gpu.is_software)?)?,
        Err(reason) => {
            println!("nothing to measure: {reason}");
            json!({ "bench": "gpu", "adapter": null, "reason": reason, "measured": [] })
        }
    };
    if let Some(out) = out {
        std::fs::write(out, format!("{report:#}\n"))?;
    }
    Ok(())
}

/// The sizes of the caller, or those of the plot that this adapter is up to.
fn wanted(named: Option<&str>, is_software: bool) -> Result<Vec<usize>, Box<dyn Error>> {
    if let Some(named) = named {
        return Ok(named.split(',').map(|size| size.trim().parse()).collect::<Result<_, _>>()?);
    }
    Ok(SIZES.into_iter().filter(|&size| !is_software || size <= MOST_ON_SOFTWARE).collect())
}

fn measured(gpu: &Gpu, sizes: &[usize]) -> Result<Value, Box<dyn Error>> {
    println!("{}", gpu.adapter);
    if gpu.is_software {
        println!("SOFTWARE adapter: a processor plays the GPU, and these figures say nothing about one");
    }
    let (mut all, mut clustered) = (Vec::new(), Clustered::new());
    for &rows in sizes {
        for code in [Code::F16, Code::Int8] {
            all.push(one_index(&mut clustered, code, rows, if gpu.is_software { RUNS_ON_SOFTWARE } else { RUNS })?);
        }
    }
    Ok(json!({ "bench": "gpu", "adapter": gpu.adapter, "software": gpu.is_software, "k": K, "measured": all }))
}

/// One index: its answers first, then the clocks.
fn one_index(clustered: &mut Clustered, code: Code, rows: usize, runs: usize) -> Result<Value, Box<dyn Error>> {
    let index = pollster::block_on(GpuIndex::open(clustered.file(code, rows).store(), Settings::default()));
    let queries: Vec<Vec<f32>> = (0..MANY).map(|_| clustered.row()).collect();
    let slices: Vec<&[f32]> = queries.iter().map(Vec::as_slice).collect();
    check(&index, &slices)?;
    let (one, many) = (timed(&index, &slices[..1], runs), timed(&index, &slices, runs));
    let stats = index.stats();
    if let Some(why) = stats.reason {
        return Err(format!("the processor answered in the GPU's place: {why}").into());
    }
    let shown = |time: &Value| time.as_f64().map_or("–".to_owned(), |ms| format!("{ms:.3} ms"));
    println!(
        "{rows} x {DIM} {}: one query {} (GPU {}), {MANY} queries {} (GPU {})",
        code.name(),
        shown(&one["wait_ms"]),
        shown(&one["kernel_ms"]),
        shown(&many["wait_ms"]),
        shown(&many["kernel_ms"])
    );
    let (bytes, widened, fallbacks) = (index.bytes_on_gpu(), stats.widened, stats.fallbacks);
    Ok(json!({
        "rows": rows, "dim": DIM, "code": code.name(), "bytes": bytes, "checked": CHECKED, "runs": runs,
        "widened": widened, "fallbacks": fallbacks, "one": one, "many": many,
    }))
}

/// Fails unless the GPU finds what the exact scan finds, with its scores, alone and in a batch.
fn check(index: &GpuIndex, queries: &[&[f32]]) -> Result<(), Box<dyn Error>> {
    let together = pollster::block_on(index.search_all(queries, K, None));
    for (at, (query, in_batch)) in queries.iter().zip(together).take(CHECKED).enumerate() {
        let exact: Vec<Candidate> = ExactScan(index.store()).search(query, K, &|_| true);
        let alone = pollster::block_on(index.search_all(&[query], K, None));
        if in_batch != exact || alone != [exact] {
            return Err(
                format!("query {at} over {} rows: the GPU's answer is not the scan's", index.store().rows()).into()
            );
        }
    }
    Ok(())
}

/// Medians in milliseconds: from the call to its answer, and of the GPU's own clock where the device has one. The clock tells
/// of the last pass alone, so a search that took two says nothing by it.
fn timed(index: &GpuIndex, queries: &[&[f32]], runs: usize) -> Value {
    let (mut waits, mut kernels) = (Vec::new(), Vec::new());
    for run in 0..=runs {
        let (before, start) = (index.stats().widened, Instant::now());
        pollster::block_on(index.search_all(queries, K, None));
        let wait = start.elapsed().as_secs_f64();
        let kernel = pollster::block_on(index.seconds_on_gpu()).filter(|_| index.stats().widened == before);
        // The first one wakes the device.
        if run > 0 {
            waits.push(wait);
            kernels.extend(kernel);
        }
    }
    json!({ "queries": queries.len(), "wait_ms": median_ms(waits), "kernel_ms": median_ms(kernels) })
}

fn median_ms(mut seconds: Vec<f64>) -> Option<f64> {
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).map(|middle| middle * 1e3)
}

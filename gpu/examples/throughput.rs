//! How fast the GPU scans: time by its own clock, one query and many over the same rows.
//!
//! `cargo run --release --package edge-recall-webgpu --example throughput -- [ROWS] [PEAK]`
//! ROWS: 1000000, or 20000 where the adapter is software. PEAK: bandwidth of the memory in GB/s, from the data sheet.

#![expect(clippy::print_stdout, reason = "a report for people")]

#[path = "../../tests/it/dice.rs"]
#[expect(dead_code, reason = "the dice of the tests have more faces than are thrown here")]
mod dice;
#[path = "../tests/it/fixture.rs"]
mod fixture;

use edge_recall::format::codes::Code;
use edge_recall_webgpu::device::Gpu;
use edge_recall_webgpu::{GpuIndex, Settings};

use dice::Dice;
use fixture::Vectors;

const DIM: usize = 64;
const RUNS: usize = 15;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (rows, peak) = (arguments.next(), arguments.next().and_then(|peak| peak.parse::<f64>().ok()));
    let is_software = match pollster::block_on(Gpu::open()) {
        Ok(gpu) => gpu.is_software,
        Err(reason) => {
            println!("nothing to measure: {reason}");
            return;
        }
    };
    let rows = rows.and_then(|rows| rows.parse().ok()).unwrap_or(if is_software { 20_000 } else { 1_000_000 });
    for code in [Code::F16, Code::Int8] {
        measure(code, rows, peak);
    }
}

fn measure(code: Code, rows: usize, peak: Option<f64>) {
    let mut dice = Dice::new(0x7B);
    let numbers = (0..rows * DIM).map(|_| dice.signed()).collect();
    let vectors = Vectors { code, dim: DIM, rows: numbers, cells: vec![rows], ids: (0..rows as u32).collect() };
    let index = pollster::block_on(GpuIndex::open(vectors.store(), Settings::default()));
    let stats = index.stats();
    println!("{rows} x {DIM} {}: {}", code.name(), stats.adapter.clone().unwrap_or_default());
    if stats.is_software {
        println!("  SOFTWARE adapter: a processor plays the GPU, and these figures say nothing about one");
    }
    let mut one = 0.0;
    for count in [1, 256] {
        let queries: Vec<f32> = (0..count * DIM).map(|_| dice.signed()).collect();
        let slices: Vec<&[f32]> = queries.chunks_exact(DIM).collect();
        let mut times = Vec::new();
        for run in 0..=RUNS {
            pollster::block_on(index.search_all(&slices, 10, None));
            // The first search compiles.
            times.extend(pollster::block_on(index.seconds_on_gpu()).filter(|_| run > 0));
        }
        times.sort_by(f64::total_cmp);
        let Some(&median) = times.get(times.len() / 2) else {
            println!("  the device has no clock");
            return;
        };
        let rate = index.bytes_on_gpu() as f64 / median / 1e9;
        let share = peak.map(|peak| format!(", {:.0} % of {peak} GB/s", 100.0 * rate / peak)).unwrap_or_default();
        if count == 1 {
            one = median;
            println!("  1 query: {:.3} ms, rows read at {rate:.1} GB/s{share}", median * 1e3);
        } else {
            let times = count as f64 * one / median;
            println!("  {count} queries: {:.3} ms, {times:.1} times the throughput of one", median * 1e3);
        }
    }
    println!("  widened {}, answered by the processor {}", index.stats().widened, index.stats().fallbacks);
}

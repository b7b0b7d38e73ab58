//! The best scan of 8-bit rows that this machine has: what `benches/search` holds the scan in wasm against. Reads the rows that
//! `floors.mjs` wrote, prints one line of JSON. Owns the AVX-512 loop; its arithmetic is that of `kernel::scan_int8`.
//!
//! Built with `-C target-cpu=native`, so that the plain loop of `kernel::scalar` uses the machine's vectors, too: both are
//! timed, both must find the same, and the faster one counts.
#![allow(clippy::print_stdout, reason = "the line it prints is what it is for")]

#[cfg(target_arch = "x86_64")]
#[path = "floor_avx512.rs"]
mod avx512;

use std::hint::black_box;
use std::time::{Duration, Instant};

use edge_recall::kernel::{Int8Query, IntegerQuery, scan_int8};

/// Time for each of the two.
const PATIENCE: Duration = Duration::from_millis(250);
const LEAST_SAMPLES: usize = 9;

/// Rows and a query as `floors.mjs` packs them.
struct Rows {
    query: Int8Query,
    scales: Vec<f32>,
    codes: Vec<i8>,
}

/// The `k` best `(score, row)` so far, best first: score descending, then row ascending.
struct Best {
    k: usize,
    list: Vec<(f32, u32)>,
}

impl Best {
    fn new(k: usize) -> Best {
        Best { k, list: Vec::with_capacity(k + 1) }
    }

    /// What a score must exceed to get in.
    fn bar(&self) -> f32 {
        if self.list.len() < self.k { f32::NEG_INFINITY } else { self.list[self.k - 1].0 }
    }

    /// Takes the row in if it is good enough; returns the bar from here on.
    fn offer(&mut self, score: f32, row: u32) -> f32 {
        if score > self.bar() {
            let place = self.list.partition_point(|&(other, _)| other >= score);
            self.list.insert(place, (score, row));
            self.list.truncate(self.k);
        }
        self.bar()
    }
}

/// The kernel as it stands, compiled for this machine.
fn plain(rows: &Rows, k: usize) -> Vec<(f32, u32)> {
    let mut best = Best::new(k);
    scan_int8(&rows.query, 0.0, &rows.codes, &rows.scales, f32::NEG_INFINITY, |row, score| {
        best.offer(score, row as u32)
    });
    best.list
}

/// The explicit loop, where the machine and the rows allow it.
fn explicit(rows: &Rows, k: usize) -> Option<Vec<(f32, u32)>> {
    #[cfg(target_arch = "x86_64")]
    if avx512::fits(rows.query.integer().codes.len()) {
        let mut best = Best::new(k);
        avx512::scan(&rows.query, &rows.codes, &rows.scales, &mut best);
        return Some(best.list);
    }
    let _ = (rows, k);
    None
}

/// Median milliseconds of `work`.
fn timed<T>(mut work: impl FnMut() -> T) -> f64 {
    black_box(work());
    let (begun, mut samples) = (Instant::now(), Vec::new());
    while samples.len() < LEAST_SAMPLES || begun.elapsed() < PATIENCE {
        let start = Instant::now();
        black_box(work());
        samples.push(start.elapsed());
    }
    samples.sort_unstable();
    samples[samples.len() / 2].as_secs_f64() * 1e3
}

/// `u32` rows and dimensions, `f32` query, `f32` scale a row, then the codes.
fn read(bytes: &[u8]) -> Option<Rows> {
    let (words, _) = bytes.as_chunks::<4>();
    let [count, dim] = [words.first()?, words.get(1)?].map(|word| u32::from_le_bytes(*word) as usize);
    let floats = |from: usize, length: usize| {
        words
            .get(from..from + length)
            .map(|list| list.iter().map(|word| f32::from_le_bytes(*word)).collect::<Vec<f32>>())
    };
    let (query, scales) = (floats(2, dim)?, floats(2 + dim, count)?);
    let codes = bytes.get(4 * (2 + dim + count)..)?;
    let codes: Vec<i8> = codes.iter().map(|code| code.cast_signed()).collect();
    (codes.len() == count * dim).then(|| Rows { query: Int8Query::of(IntegerQuery::of(&query)), scales, codes })
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(k)) = (arguments.next(), arguments.next().and_then(|k| k.parse().ok())) else {
        panic!("usage: floor ROWS K");
    };
    let bytes = std::fs::read(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let rows = read(&bytes).unwrap_or_else(|| panic!("{file}: not rows of floors.mjs"));
    drop(bytes);
    let found = plain(&rows, k);
    let kernel = timed(|| plain(&rows, k));
    let mut fastest = (kernel, "the kernel's loop for this processor");
    if let Some(other) = explicit(&rows, k) {
        assert_eq!(other, found, "two scans of the same rows differ");
        let ms = timed(|| explicit(&rows, k));
        if ms < fastest.0 {
            fastest = (ms, "AVX-512 VNNI");
        }
    }
    println!("{}", serde_json::json!({ "ms": fastest.0, "which": fastest.1, "kernel_ms": kernel }));
}

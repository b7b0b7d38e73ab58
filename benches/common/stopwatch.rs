//! Runs work often enough to know its time, prints a table and leaves JSON. Started by `cargo test` instead of
//! `cargo bench`, it runs everything once, on a small catalogue: then only the assertions of the benchmarks count.

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Time that one measurement may take.
const PATIENCE: Duration = Duration::from_millis(1500);
const MOST_SAMPLES: usize = 400;
const LEAST_SAMPLES: usize = 5;

/// The measurements of one benchmark.
pub struct Stopwatch {
    name: &'static str,
    rows: Vec<Value>,
}

impl Stopwatch {
    /// Begins the table of the benchmark `name`.
    pub fn start(name: &'static str) -> Stopwatch {
        if is_benchmark() {
            println!("{name:<44} {:>9} {:>12} {:>12} {:>12}", "items", "bytes", "median", "p95");
        }
        Stopwatch { name, rows: Vec::new() }
    }

    /// Catalogue sizes to measure.
    pub fn sizes(&self) -> Vec<u32> {
        let large = std::env::var_os("EDGE_RECALL_BENCH_LARGE").is_some();
        match (is_benchmark(), large) {
            (false, _) => vec![1500],
            (true, false) => vec![10_000, 100_000],
            (true, true) => vec![10_000, 100_000, 1_000_000],
        }
    }

    /// Measures `work` on the `bytes` bytes of a catalogue of `items` items, and returns its last result.
    pub fn measure<T>(&mut self, what: &str, items: u32, bytes: usize, mut work: impl FnMut() -> T) -> T {
        self.measure_on(what, items, bytes, || (), |()| work())
    }

    /// The same, with input that is made anew outside the measured time.
    pub fn measure_on<I, T>(
        &mut self,
        what: &str,
        items: u32,
        bytes: usize,
        mut input: impl FnMut() -> I,
        mut work: impl FnMut(I) -> T,
    ) -> T {
        let mut result = black_box(work(black_box(input())));
        if !is_benchmark() {
            return result;
        }
        let (begun, mut samples) = (Instant::now(), Vec::new());
        while samples.len() < LEAST_SAMPLES || (begun.elapsed() < PATIENCE && samples.len() < MOST_SAMPLES) {
            let fresh = black_box(input());
            let start = Instant::now();
            let made = black_box(work(fresh));
            samples.push(start.elapsed());
            result = made;
        }
        samples.sort_unstable();
        self.record(what, items, bytes, &samples);
        result
    }

    fn record(&mut self, what: &str, items: u32, bytes: usize, sorted: &[Duration]) {
        let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
        let (median, p95) = (at(0.5), at(0.95));
        println!("{what:<44} {items:>9} {bytes:>12} {:>12} {:>12}", text(median), text(p95));
        self.rows.push(json!({
            "what": what, "items": items, "bytes": bytes, "samples": sorted.len(),
            "median_ms": millis(median), "p95_ms": millis(p95), "min_ms": millis(at(0.0)),
        }));
    }

    /// Leaves `<name>.json` in the folder that `EDGE_RECALL_BENCH_OUT` names.
    pub fn finish(self) {
        let Some(folder) = std::env::var_os("EDGE_RECALL_BENCH_OUT").filter(|_| is_benchmark()) else { return };
        let path = PathBuf::from(folder).join(format!("{}.json", self.name));
        let document = json!({ "bench": self.name, "host": "native", "rows": self.rows });
        std::fs::write(&path, format!("{document:#}\n")).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

/// `cargo bench` says so; `cargo test` does not.
fn is_benchmark() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn text(time: Duration) -> String {
    format!("{:.3} ms", millis(time))
}

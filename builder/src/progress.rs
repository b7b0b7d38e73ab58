//! Progress bars, and what each stage took in time and memory. Owns what moves on the terminal; the stages only count.
//!
//! Bars are drawn on stderr, only on a terminal, never with `--json` or `--quiet`. Times are kept in every case.

use std::collections::BTreeMap;
use std::fmt;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::memory;

/// The bars of one run.
#[derive(Debug, Default)]
pub struct Progress {
    visible: bool,
    ledger: Mutex<Ledger>,
}

/// What is known of the stages.
#[derive(Debug, Default)]
struct Ledger {
    done: Vec<StageTime>,
    /// Peaks of the running stages by their numbers; an outer stage holds all that its inner ones hold.
    running: BTreeMap<u64, Option<u64>>,
    next: u64,
}

impl Ledger {
    /// Credits the memory held since the last call to every running stage.
    fn settle(&mut self) {
        let peak = memory::peak();
        self.running.values_mut().for_each(|held| *held = (*held).max(peak));
        memory::reset_peak();
    }
}

/// What a stage took.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageTime {
    /// Name of the stage.
    pub stage: String,
    /// Wall time.
    pub seconds: f64,
    /// Most memory that the process held meanwhile; `None` where the system does not tell.
    pub peak_bytes: Option<u64>,
    /// True where the result of an earlier run was taken.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reused: bool,
}

impl fmt::Display for StageTime {
    /// One line for people.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:<32} {:>8.2} s", self.stage, self.seconds)?;
        if let Some(bytes) = self.peak_bytes {
            write!(formatter, " {:>8.1} MB", bytes as f64 / 1e6)?;
        }
        if self.reused { write!(formatter, "  reused") } else { Ok(()) }
    }
}

impl Progress {
    /// Bars on stderr if it is a terminal and `wanted`.
    pub fn new(wanted: bool) -> Self {
        Self { visible: wanted && std::io::stderr().is_terminal(), ledger: Mutex::default() }
    }

    /// No bars: for tests and callers without a terminal.
    pub fn hidden() -> Self {
        Self::default()
    }

    /// Starts a stage that counts up to `total` steps.
    pub fn stage(&self, name: &str, total: u64) -> Stage<'_> {
        self.start(name, Some(total), "{msg:<22} [{bar:32}] {percent:>3} % {eta:>5}")
    }

    /// Starts a stage whose length is not known.
    pub fn spinner(&self, name: &str) -> Stage<'_> {
        self.start(name, None, "{msg:<22} {spinner} {elapsed}")
    }

    /// Times of the finished stages, in the order they finished.
    pub fn times(&self) -> Vec<StageTime> {
        self.ledger().done.clone()
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, name: &str, total: Option<u64>, template: &str) -> Stage<'_> {
        let bar = if self.visible {
            let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        } else {
            ProgressBar::hidden()
        };
        bar.set_message(name.to_owned());
        let mut ledger = self.ledger();
        ledger.settle();
        ledger.next += 1;
        let number = ledger.next;
        ledger.running.insert(number, None);
        Stage {
            progress: self,
            name: name.to_owned(),
            number,
            bar,
            started: Instant::now(),
            reused: AtomicBool::new(false),
        }
    }
}

/// One running stage. May be counted from many threads; what it took is kept when it is dropped.
#[derive(Debug)]
pub struct Stage<'a> {
    progress: &'a Progress,
    name: String,
    number: u64,
    bar: ProgressBar,
    started: Instant,
    reused: AtomicBool,
}

impl Stage<'_> {
    /// `steps` more are done.
    pub fn add(&self, steps: u64) {
        self.bar.inc(steps);
    }

    /// `position` steps are done in all.
    pub fn set(&self, position: u64) {
        self.bar.set_position(position);
    }

    /// The stage did not run: an earlier result was taken.
    pub fn reused(&self) {
        self.reused.store(true, Ordering::Relaxed);
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        let seconds = self.started.elapsed().as_secs_f64();
        let mut ledger = self.progress.ledger();
        ledger.settle();
        let peak_bytes = ledger.running.remove(&self.number).flatten();
        let stage = std::mem::take(&mut self.name);
        ledger.done.push(StageTime { stage, seconds, peak_bytes, reused: *self.reused.get_mut() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_kept_in_the_order_stages_end() {
        let progress = Progress::hidden();
        {
            let outer = progress.stage("outer", 10);
            outer.add(4);
            progress.spinner("inner").set(1);
        }
        let names: Vec<_> = progress.times().into_iter().map(|time| time.stage).collect();
        assert_eq!(names, ["inner", "outer"]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn an_outer_stage_holds_what_its_inner_one_held() {
        let progress = Progress::hidden();
        let (outer, inner) = (progress.spinner("outer"), progress.spinner("inner"));
        // Written to, so that the pages are really there; kept, since other tests make the kernel forget peaks too.
        let block = std::hint::black_box(vec![1_u8; 64 << 20]);
        drop(inner);
        drop(outer);
        drop(block);
        let peaks: Vec<u64> = progress.times().into_iter().map(|time| time.peak_bytes.unwrap()).collect();
        assert!(peaks[0] >= 64 << 20 && peaks[1] >= peaks[0], "{peaks:?}");
    }

    #[test]
    fn a_line_names_time_memory_and_reuse() {
        let time = StageTime { stage: "vectors".into(), seconds: 1.5, peak_bytes: Some(2_500_000), reused: true };
        assert_eq!(time.to_string(), format!("{:<32}     1.50 s      2.5 MB  reused", "vectors"));
    }
}

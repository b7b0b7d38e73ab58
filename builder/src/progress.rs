//! Progress bars and stage times. Owns what moves on the terminal; the stages only count.
//!
//! Bars are drawn on stderr, only on a terminal, never with `--json` or `--quiet`. Times are kept in every case.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// The bars of one run.
#[derive(Debug, Default)]
pub struct Progress {
    visible: bool,
    times: Mutex<Vec<StageTime>>,
}

/// How long a stage took.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageTime {
    /// Name of the stage.
    pub stage: String,
    /// Wall time.
    pub seconds: f64,
}

impl Progress {
    /// Bars on stderr if it is a terminal and `wanted`.
    pub fn new(wanted: bool) -> Self {
        Self { visible: wanted && std::io::stderr().is_terminal(), times: Mutex::default() }
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
        self.times.lock().map(|times| times.clone()).unwrap_or_default()
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
        Stage { progress: self, name: name.to_owned(), bar, started: Instant::now() }
    }
}

/// One running stage. May be counted from many threads; its time is kept when it is dropped.
#[derive(Debug)]
pub struct Stage<'a> {
    progress: &'a Progress,
    name: String,
    bar: ProgressBar,
    started: Instant,
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
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        let seconds = self.started.elapsed().as_secs_f64();
        if let Ok(mut times) = self.progress.times.lock() {
            times.push(StageTime { stage: std::mem::take(&mut self.name), seconds });
        }
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
}

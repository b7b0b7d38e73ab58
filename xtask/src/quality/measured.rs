//! A program that is run and measured: what it printed, how long it took, how much memory it held at its peak.

use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// How often the system is asked about the program; the peak only grows, so only the last moments can be missed.
const EVERY: Duration = Duration::from_millis(10);

/// What a program printed and took.
pub struct Measured {
    /// The JSON document on standard output.
    pub answer: Value,
    /// Wall clock.
    pub seconds: f64,
    /// Most bytes of memory at one time; `None` where the system does not tell.
    pub peak: Option<u64>,
}

/// Runs a program that prints one JSON document.
pub fn run(command: &mut Command) -> Result<Measured> {
    let line = format!("{command:?}");
    let start = Instant::now();
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let child = child.with_context(|| format!("{line} could not be started"))?;
    let id = child.id();
    let (running, ended) = channel();
    let (out, peak) = std::thread::scope(|scope| {
        let watcher = scope.spawn(move || peak_of(id, &ended));
        let out = child.wait_with_output();
        drop(running);
        (out, watcher.join().ok().flatten())
    });
    let (out, seconds) = (out?, start.elapsed().as_secs_f64());
    if !out.status.success() {
        bail!("{line} ended with {}", out.status);
    }
    let answer = serde_json::from_slice(&out.stdout).with_context(|| format!("{line} printed no JSON"))?;
    Ok(Measured { answer, seconds, peak })
}

/// The peak of a process, asked for until `ended` closes.
fn peak_of(id: u32, ended: &Receiver<()>) -> Option<u64> {
    let mut peak = None;
    loop {
        if let Ok(status) = std::fs::read_to_string(format!("/proc/{id}/status")) {
            peak = peak.max(peak_in(&status));
        }
        if ended.recv_timeout(EVERY) != Err(RecvTimeoutError::Timeout) {
            return peak;
        }
    }
}

/// The line `VmHWM: 1234 kB`.
fn peak_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_where_there_is_one() {
        assert_eq!(peak_in("Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t 12 kB\n"), Some(2 << 20));
        assert_eq!(peak_in("Name:\tx\n"), None);
    }

    #[cfg(unix)]
    #[test]
    fn what_a_program_prints_is_its_answer() {
        let measured = run(Command::new("sh").args(["-c", "echo '{\"a\": 1}'"])).unwrap();
        assert_eq!(measured.answer["a"], 1);
        let silent = run(Command::new("sh").args(["-c", "true"])).map(|_| ()).unwrap_err().to_string();
        assert!(silent.ends_with("printed no JSON"), "{silent}");
        let failed = run(Command::new("sh").args(["-c", "exit 3"])).map(|_| ()).unwrap_err().to_string();
        assert!(failed.contains("ended with") && failed.contains('3'), "{failed}");
    }
}

//! What was sent, by kind of file. Owns the counters and their shape as JSON.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// The counters of one server.
#[derive(Debug, Default)]
pub struct Stats(Mutex<Counts>);

/// A moment's reading.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Counts {
    /// Everything together.
    pub total: Count,
    /// By kind: those of shards, and `manifest`, `runtime`, `other` and `missing`.
    pub kinds: BTreeMap<&'static str, Count>,
}

/// One kind of file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Count {
    /// Requests answered.
    pub requests: u64,
    /// Bytes of bodies as they were sent; headers are not counted.
    pub bytes: u64,
    /// The same bodies before gzip.
    pub raw: u64,
    /// Requests that a 304 answered.
    pub not_modified: u64,
}

impl Count {
    fn add(&mut self, other: Count) {
        self.requests += other.requests;
        self.bytes += other.bytes;
        self.raw += other.raw;
        self.not_modified += other.not_modified;
    }
}

impl Stats {
    /// Counts one answer.
    pub fn add(&self, kind: &'static str, count: Count) {
        let mut counts = self.lock();
        counts.total.add(count);
        counts.kinds.entry(kind).or_default().add(count);
    }

    /// What was counted so far.
    pub fn read(&self) -> Counts {
        self.lock().clone()
    }

    /// What was counted so far; counting begins anew.
    pub fn take(&self) -> Counts {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// For people: one line a kind.
    pub fn text(&self) -> String {
        let mut text = format!("{:<10} {:>9} {:>13} {:>9}", "sent", "requests", "bytes", "of 304");
        for (kind, count) in self.kinds.iter().map(|(kind, count)| (*kind, count)).chain([("total", &self.total)]) {
            let _ = write!(text, "\n{kind:<10} {:>9} {:>13} {:>9}", count.requests, count.bytes, count.not_modified);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_add_up_to_the_total_and_start_anew() {
        let stats = Stats::default();
        stats.add("vec", Count { requests: 1, bytes: 100, raw: 100, not_modified: 0 });
        stats.add("vec", Count { requests: 1, not_modified: 1, ..Count::default() });
        stats.add("manifest", Count { requests: 1, bytes: 30, raw: 70, not_modified: 0 });
        let counts = stats.read();
        assert_eq!(counts.total, Count { requests: 3, bytes: 130, raw: 170, not_modified: 1 });
        assert_eq!(counts.kinds["vec"], Count { requests: 2, bytes: 100, raw: 100, not_modified: 1 });
        assert_eq!(stats.take(), counts);
        assert_eq!(stats.read(), Counts::default());
        assert!(counts.text().ends_with("\ntotal              3           130         1"), "{}", counts.text());
    }
}

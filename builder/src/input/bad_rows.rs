//! Rows that cannot be used. Owns counting them, remembering the first few, and stopping at the first with `--strict`.

use std::path::Path;

use anyhow::{Result, bail};
use serde::Serialize;

/// The bad rows of one file.
#[derive(Clone, Debug, Serialize)]
pub struct BadRows {
    /// What is wrong with them in one word, for messages.
    #[serde(skip)]
    word: &'static str,
    /// What [`BadRow::line`] counts.
    #[serde(skip)]
    unit: &'static str,
    #[serde(skip)]
    file: String,
    #[serde(skip)]
    strict: bool,
    count: u64,
    first: Vec<BadRow>,
}

/// One bad row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BadRow {
    /// Line in the file; number of the row in Parquet.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

impl BadRows {
    /// None so far. `word` is `bad` or `duplicate`, `unit` what the file counts its rows by: `line` or `row`.
    pub fn new(word: &'static str, unit: &'static str, file: &Path, strict: bool) -> Self {
        Self { word, unit, file: file.display().to_string(), strict, count: 0, first: Vec::new() }
    }

    /// One more; an error with `--strict`.
    pub fn add(&mut self, line: u64, reason: String) -> Result<()> {
        if self.strict {
            bail!("{}, {} {line}: {reason} (--strict stops at the first {} row)", self.file, self.unit, self.word);
        }
        self.count += 1;
        if self.first.len() < KEPT {
            self.first.push(BadRow { line, reason });
        }
        Ok(())
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The first few, in file order.
    pub fn first(&self) -> &[BadRow] {
        &self.first
    }

    /// Where and why the first was left out, e.g. `line 2: the user is empty`.
    pub fn first_in_words(&self) -> Option<String> {
        self.first.first().map(|row| format!("{} {}: {}", self.unit, row.line, row.reason))
    }

    /// A few lines for people; `None` where all is well.
    pub fn notice(&self) -> Option<String> {
        if self.count == 0 {
            return None;
        }
        let mut text = format!("{}: {} {} row(s) left out", self.file, self.count, self.word);
        for row in &self.first {
            text.push_str(&format!("\n  {} {}: {}", self.unit, row.line, row.reason));
        }
        if self.count > self.first.len() as u64 {
            text.push_str(&format!("\n  and {} more", self.count - self.first.len() as u64));
        }
        Some(text)
    }
}

/// How many rows are remembered.
const KEPT: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_the_first_few_are_kept() {
        let mut bad = BadRows::new("bad", "line", Path::new("log.csv"), false);
        assert_eq!(bad.notice(), None);
        for line in 2..9 {
            bad.add(line, "the item is empty".into()).unwrap();
        }
        assert_eq!((bad.count(), bad.first().len()), (7, 5));
        let notice = bad.notice().unwrap();
        assert!(notice.starts_with("log.csv: 7 bad row(s) left out\n  line 2: the item is empty\n"), "{notice}");
        assert!(notice.ends_with("\n  and 2 more"), "{notice}");
    }

    #[test]
    fn strict_stops_at_the_first() {
        let message =
            BadRows::new("bad", "line", Path::new("log.csv"), true).add(7, "the user is empty".into()).unwrap_err();
        assert_eq!(message.to_string(), "log.csv, line 7: the user is empty (--strict stops at the first bad row)");
    }
}

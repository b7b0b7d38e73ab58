//! `evaluate --report`: one page that holds everything, to look at, to print and to send. Owns its words, tables and charts;
//! measures nothing. The page loads nothing and runs nothing.

mod chart;
mod facts;
mod figures;
mod page;
mod tables;
mod tuning;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

pub use facts::Facts;
pub use tuning::Tuning;

use crate::evaluation::answer::Answer;

/// What the page tells.
pub struct ReportPage<'a> {
    /// The figures.
    pub answer: &'a Answer,
    /// What was measured.
    pub facts: Facts,
    /// What the tuner tried.
    pub tuning: Option<Tuning>,
    /// The command line.
    pub command: String,
}

impl ReportPage<'_> {
    /// The page as text. It is HTML and well-formed XML at once.
    pub fn render(&self) -> Result<String> {
        Ok(page::page(self)?.into_string())
    }

    /// Writes the page to `path`, whose directory is made where it is missing.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = self.render()?;
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(path, text)).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// The command line as it could be typed again.
pub fn command_line(arguments: impl Iterator<Item = String>) -> String {
    let quoted = |word: String| {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=,:@%+".contains(letter);
        let bare = !word.is_empty() && word.chars().all(plain);
        if bare { word } else { format!("'{}'", word.replace('\'', "'\\''")) }
    };
    let words = ["edge-recall".to_owned()].into_iter().chain(arguments.skip(1).map(quoted));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_can_be_typed_again() {
        let words = ["/usr/bin/edge-recall", "evaluate", "my build", "--k", "10,20", "it's", ""].map(str::to_owned);
        assert_eq!(command_line(words.into_iter()), r"edge-recall evaluate 'my build' --k 10,20 'it'\''s' ''");
    }
}

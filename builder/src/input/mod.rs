//! Reading what a site owner has: a log, a catalogue, a users file; as CSV, JSON lines or Parquet. Owns the way from bytes to the words of
//! `model.rs`; trains nothing and writes nothing.

pub mod bad_rows;
pub mod checked;
pub mod columns;
pub mod delimited;
pub mod events;
pub mod exposures;
pub mod history;
pub mod interner;
pub mod items;
pub mod json_lines;
pub mod keyed;
pub mod keys;
pub mod log;
#[cfg(feature = "parquet")]
pub mod parquet_file;
#[cfg(feature = "parquet")]
mod parquet_text;
pub mod source;
pub mod table;
#[cfg(test)]
pub mod testing;
pub mod time;
pub mod users;

use crate::progress::Progress;
use crate::report::Report;

/// How to read, and whom to tell: handed to every reader.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// Stop at the first bad row instead of counting it.
    pub strict: bool,
    /// Where guessed columns and bad rows are reported.
    pub report: &'a Report,
    /// Where the bars are drawn.
    pub progress: &'a Progress,
}

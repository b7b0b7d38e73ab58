//! Rows of a CSV or TSV file, streamed. Owns delimiters, quoting, byte-order marks and line numbers; knows no column.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use csv::{ReaderBuilder, StringRecord, Terminator};

use super::checked::Checked;

/// An open file, past its header line.
#[derive(Debug)]
pub struct Table {
    path: PathBuf,
    bytes: u64,
    reader: csv::Reader<Checked<File>>,
    header: Vec<String>,
    record: StringRecord,
}

/// One row below the header.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Line in the file on which the row begins; the header is line 1.
    pub line: u64,
    /// The fields as text, unquoted.
    pub record: &'a StringRecord,
    width: usize,
}

impl<'a> Row<'a> {
    /// The field of a column, or what is wrong with the row.
    pub fn field(&self, column: usize) -> Result<&'a str, String> {
        self.record.get(column).ok_or_else(|| self.wrong_width())
    }

    /// Checks that the row has as many fields as the header.
    pub fn check_width(&self) -> Result<(), String> {
        if self.record.len() == self.width { Ok(()) } else { Err(self.wrong_width()) }
    }

    fn wrong_width(&self) -> String {
        format!("the row has {} field(s), the header has {}", self.record.len(), self.width)
    }
}

impl Table {
    /// Opens a file and reads its header line.
    pub fn open(path: &Path) -> Result<Self> {
        let shown = path.display();
        refuse_other_formats(path)?;
        let mut file = File::open(path).with_context(|| format!("cannot open {shown}"))?;
        let meta = file.metadata().with_context(|| format!("cannot open {shown}"))?;
        if meta.is_dir() {
            bail!("{shown} is a directory; give a CSV or TSV file");
        }
        if !meta.is_file() {
            bail!("{shown} is a pipe or a device; a log is read more than once, so write it to a file first");
        }
        let delimiter = sniff(path, &mut file).with_context(|| format!("cannot read {shown}"))?;
        let reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .terminator(Terminator::Any(b'\n'))
            .has_headers(false)
            .flexible(true)
            .from_reader(Checked::new(file));
        let mut table =
            Self { path: path.to_owned(), bytes: meta.len(), reader, header: Vec::new(), record: StringRecord::new() };
        let Some(row) = table.next_row()? else {
            bail!("{shown} is empty; it must begin with a line of column names");
        };
        table.header = row.record.iter().map(|name| name.trim().to_owned()).collect();
        Ok(table)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Length of the file in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many bytes of the file have been used.
    pub fn position(&self) -> u64 {
        self.reader.get_ref().offset()
    }

    /// Column names, as the file writes them but for surrounding spaces.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The next row; blank lines are passed over. A file that cannot be read on is an error, a strange row is not.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>> {
        let (start, line) = (self.reader.position().byte(), self.reader.position().line());
        self.reader.get_mut().row_at(start, line);
        match self.reader.read_record(&mut self.record) {
            Ok(false) => Ok(None),
            Ok(true) => {
                // Every row ends in one line break and holds those that its quotes enclose; blank lines lie before it.
                let inside = self.record.as_slice().bytes().filter(|&byte| byte == b'\n').count() as u64;
                let line = self.reader.position().line() - 1 - inside;
                Ok(Some(Row { line, record: &self.record, width: self.header.len() }))
            }
            Err(error) => {
                let cause = match error.into_kind() {
                    csv::ErrorKind::Io(error) => anyhow!(error),
                    other => anyhow!("{other:?}"),
                };
                Err(cause.context(format!("cannot read {}", self.path.display())))
            }
        }
    }
}

fn refuse_other_formats(path: &Path) -> Result<()> {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let remedy = match extension.as_str() {
        "gz" | "zst" | "bz2" | "xz" | "zip" => "unpack it first",
        "parquet" | "json" | "jsonl" | "ndjson" | "xlsx" => "export it as CSV",
        _ => return Ok(()),
    };
    bail!("{}: .{extension} files are not read; {remedy}", path.display())
}

/// The delimiter of the header line. The extension has the first word where the line leaves a choice.
fn sniff(path: &Path, file: &mut File) -> io::Result<u8> {
    let mut start = Vec::new();
    file.by_ref().take(1 << 16).read_to_end(&mut start)?;
    file.rewind()?;
    let line = start.split(|&byte| byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let mut quoted = false;
    let mut counts = [0; DELIMITERS.len()];
    for &byte in line {
        quoted ^= byte == b'"';
        if let (false, Some(at)) = (quoted, DELIMITERS.iter().position(|&delimiter| delimiter == byte)) {
            counts[at] += 1;
        }
    }
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let usual = usize::from(matches!(extension.as_str(), "tsv" | "tab"));
    let most = (0..DELIMITERS.len()).rev().max_by_key(|&at| counts[at]).unwrap_or(usual);
    Ok(DELIMITERS[if counts[usual] > 0 || counts[most] == 0 { usual } else { most }])
}

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;

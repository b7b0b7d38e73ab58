//! Rows of a CSV or TSV file. Owns delimiters, quoting, byte-order marks and line numbers.

use std::cell::Cell;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

use anyhow::{Context, Result, anyhow, bail};
use csv::{ReaderBuilder, StringRecord, Terminator};

use super::checked::Checked;
use super::source::{Source, is_gzip};
use super::table::{Record, Rows};

/// An open file, past its header line.
#[derive(Debug)]
pub struct Delimited {
    reader: csv::Reader<Checked<Source>>,
    used: Rc<Cell<u64>>,
}

impl Delimited {
    /// Opens a file and reads its header line.
    pub fn open(path: &Path) -> Result<(Vec<String>, Self)> {
        let cannot = || format!("cannot read {}", path.display());
        let delimiter = sniff(path).with_context(cannot)?;
        let source = Source::open(path).with_context(cannot)?;
        let used = source.used();
        let reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .terminator(Terminator::Any(b'\n'))
            .has_headers(false)
            .flexible(true)
            .from_reader(Checked::new(source));
        let mut rows = Self { reader, used };
        let mut header = StringRecord::new();
        if rows.read(&mut header).with_context(cannot)?.is_none() {
            bail!("{} is empty; it must begin with a line of column names", path.display());
        }
        Ok((header.iter().map(|name| name.trim().to_owned()).collect(), rows))
    }

    /// The line on which the next row begins; `None` at the end.
    fn read(&mut self, fields: &mut StringRecord) -> Result<Option<u64>> {
        let (start, line) = (self.reader.position().byte(), self.reader.position().line());
        self.reader.get_mut().row_at(start, line);
        match self.reader.read_record(fields) {
            Ok(false) => Ok(None),
            Ok(true) => {
                // Every row ends in one line break and holds those that its quotes enclose; blank lines lie before it.
                let inside = fields.as_slice().bytes().filter(|&byte| byte == b'\n').count() as u64;
                Ok(Some(self.reader.position().line() - 1 - inside))
            }
            Err(error) => Err(match error.into_kind() {
                csv::ErrorKind::Io(error) => anyhow!(error),
                other => anyhow!("{other:?}"),
            }),
        }
    }
}

impl Rows for Delimited {
    fn next(&mut self, record: &mut Record) -> Result<bool> {
        let line = self.read(&mut record.fields)?;
        record.line = line.unwrap_or(0);
        Ok(line.is_some())
    }

    fn position(&self) -> u64 {
        self.used.get()
    }
}

/// The delimiter of the header line. The extension has the first word where the line leaves a choice.
fn sniff(path: &Path) -> io::Result<u8> {
    let mut start = Vec::new();
    Source::open(path)?.take(1 << 16).read_to_end(&mut start)?;
    let line = start.split(|&byte| byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let mut quoted = false;
    let mut counts = [0; DELIMITERS.len()];
    for &byte in line {
        quoted ^= byte == b'"';
        if let (false, Some(at)) = (quoted, DELIMITERS.iter().position(|&delimiter| delimiter == byte)) {
            counts[at] += 1;
        }
    }
    let name = if is_gzip(path) { path.file_stem().map(Path::new).unwrap_or(path) } else { path };
    let extension = name.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let usual = usize::from(matches!(extension.as_str(), "tsv" | "tab"));
    let most = (0..DELIMITERS.len()).rev().max_by_key(|&at| counts[at]).unwrap_or(usual);
    Ok(DELIMITERS[if counts[usual] > 0 || counts[most] == 0 { usual } else { most }])
}

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

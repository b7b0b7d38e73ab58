//! A table of rows with named columns, streamed, whatever the file. Owns the choice of the reader and what a row promises to
//! those above; knows no column. The kinds of files lie below: `delimited.rs`, `json_lines.rs`, `parquet_file.rs`.

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use csv::StringRecord;

use super::delimited::Delimited;
use super::json_lines::JsonLines;
use super::source::is_gzip;

/// What separates several values of one item where they stand in one field.
pub const LIST_SEPARATOR: char = crate::typed::TAG_SEPARATOR;

/// An open file, its columns known.
#[derive(Debug)]
pub struct Table {
    path: PathBuf,
    bytes: u64,
    unit: &'static str,
    rows: Box<dyn Rows>,
    header: Vec<String>,
    record: Record,
}

/// Where rows come from: one implementation for each kind of file.
pub trait Rows: Debug {
    /// Reads the next row into `record`, which comes cleared; false at the end. A file that cannot be read on is an error, a
    /// strange row is not.
    fn next(&mut self, record: &mut Record) -> Result<bool>;
    /// How many bytes of the file have been used, nearly.
    fn position(&self) -> u64;
}

/// A row as its reader leaves it: text for every column.
#[derive(Debug, Default)]
pub struct Record {
    /// Where the row begins: the line, or the number of the row where the file has no lines. Both count from 1.
    pub line: u64,
    /// The fields as text, unquoted.
    pub fields: StringRecord,
    /// Columns whose field is not plain text, ascending; files of text alone have none.
    pub odd: Vec<(usize, Odd)>,
    /// What is wrong with the row as a whole.
    pub fault: Option<String>,
}

/// A field that is not one value.
#[derive(Clone, Debug, PartialEq)]
pub enum Odd {
    /// A list of values, in the field joined by [`LIST_SEPARATOR`].
    List,
    /// What it is instead; the field is empty.
    Other(String),
}

impl Record {
    fn clear(&mut self) {
        self.fields.clear();
        self.odd.clear();
        self.fault = None;
    }
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Line in the file on which the row begins, the header being line 1; in Parquet the number of the row, the first being 1.
    pub line: u64,
    /// The fields as text, unquoted; lists are joined by [`LIST_SEPARATOR`].
    pub record: &'a StringRecord,
    inner: &'a Record,
    header: &'a [String],
}

impl<'a> Row<'a> {
    /// The one value of a column, or what is wrong with the row.
    pub fn field(&self, column: usize) -> Result<&'a str, String> {
        match self.odd(column) {
            None => self.text(column),
            Some(Odd::List) => Err(format!("the column `{}` holds a list; one value is needed", self.header[column])),
            Some(Odd::Other(what)) => Err(self.refused(column, what)),
        }
    }

    /// The values of a column, joined by [`LIST_SEPARATOR`] where there are several, or what is wrong with the row.
    pub fn values(&self, column: usize) -> Result<&'a str, String> {
        match self.odd(column) {
            None | Some(Odd::List) => self.text(column),
            Some(Odd::Other(what)) => Err(self.refused(column, what)),
        }
    }

    /// Checks the row as a whole: that it could be read and has as many fields as the header.
    pub fn check(&self) -> Result<(), String> {
        match &self.inner.fault {
            Some(fault) => Err(fault.clone()),
            None if self.record.len() == self.header.len() => Ok(()),
            None => Err(self.wrong_width()),
        }
    }

    fn text(&self, column: usize) -> Result<&'a str, String> {
        self.record.get(column).ok_or_else(|| self.inner.fault.clone().unwrap_or_else(|| self.wrong_width()))
    }

    fn odd(&self, column: usize) -> Option<&'a Odd> {
        self.inner.odd.iter().find(|(at, _)| *at == column).map(|(_, odd)| odd)
    }

    fn refused(&self, column: usize, what: &str) -> String {
        format!("the column `{}` holds {what}", super::keys::shown(&self.header[column]))
    }

    fn wrong_width(&self) -> String {
        format!("the row has {} field(s), the header has {}", self.record.len(), self.header.len())
    }
}

impl Table {
    /// Opens a file and finds its columns.
    pub fn open(path: &Path) -> Result<Self> {
        let shown = path.display();
        let meta = std::fs::metadata(path).with_context(|| format!("cannot open {shown}"))?;
        if meta.is_dir() {
            bail!("{shown} is a directory; give a CSV, TSV, JSON lines or Parquet file");
        }
        if !meta.is_file() {
            bail!("{shown} is a pipe or a device; a log is read more than once, so write it to a file first");
        }
        let kind = Kind::of(path)?;
        let ((header, rows), unit) = match kind {
            Kind::Delimited => (boxed(Delimited::open(path)?), "line"),
            Kind::JsonLines => (boxed(JsonLines::open(path)?), "line"),
            Kind::Parquet => (parquet(path)?, "row"),
        };
        Ok(Self { path: path.to_owned(), bytes: meta.len(), unit, rows, header, record: Record::default() })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Length of the file in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What [`Row::line`] counts: `line` or `row`.
    pub fn unit(&self) -> &'static str {
        self.unit
    }

    /// How many bytes of the file have been used.
    pub fn position(&self) -> u64 {
        self.rows.position()
    }

    /// Column names, as the file writes them but for surrounding spaces.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The next row; blank lines are passed over. A file that cannot be read on is an error, a strange row is not.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>> {
        self.record.clear();
        if !self.rows.next(&mut self.record).with_context(|| format!("cannot read {}", self.path.display()))? {
            return Ok(None);
        }
        let record = &self.record;
        Ok(Some(Row { line: record.line, record: &record.fields, inner: record, header: &self.header }))
    }
}

type Opened = (Vec<String>, Box<dyn Rows>);

fn boxed<R: Rows + 'static>((header, rows): (Vec<String>, R)) -> Opened {
    (header, Box::new(rows))
}

#[cfg(feature = "parquet")]
fn parquet(path: &Path) -> Result<Opened> {
    super::parquet_file::ParquetRows::open(path).map(boxed)
}

#[cfg(not(feature = "parquet"))]
fn parquet(path: &Path) -> Result<Opened> {
    bail!(
        "{} is a Parquet file, and this edge-recall was compiled without Parquet; compile it with its default features (cargo install --path builder), or export the file as CSV or JSON lines",
        path.display()
    )
}

/// The kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Delimited,
    JsonLines,
    Parquet,
}

impl Kind {
    /// By extension, and Parquet by its first bytes, too: it is often stored without one.
    fn of(path: &Path) -> Result<Self> {
        let shown = path.display();
        let extension = |path: &Path| path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let zipped = is_gzip(path);
        let outer = extension(path);
        let kind = if zipped { extension(Path::new(path.file_stem().unwrap_or_default())) } else { outer };
        if zipped && !starts_with(path, &[0x1F, 0x8B]).with_context(|| format!("cannot open {shown}"))? {
            bail!("{shown} is called .gz and holds no gzip; take .gz off its name");
        }
        let remedy = match kind.as_str() {
            "parquet" | "pq" if zipped => "unpack it first; Parquet compresses inside",
            "zst" | "bz2" | "xz" | "zip" | "7z" | "tar" | "tgz" => "unpack it first",
            "xlsx" | "xls" | "ods" | "avro" | "orc" | "feather" | "arrow" | "pkl" => {
                "export it as CSV, JSON lines or Parquet"
            }
            "parquet" | "pq" => return Ok(Self::Parquet),
            "jsonl" | "ndjson" | "json" => return Ok(Self::JsonLines),
            _ if starts_with(path, b"PAR1").with_context(|| format!("cannot open {shown}"))? => {
                return Ok(Self::Parquet);
            }
            _ => return Ok(Self::Delimited),
        };
        bail!("{shown}: .{kind} files are not read; {remedy}")
    }
}

fn starts_with(path: &Path, mark: &[u8]) -> std::io::Result<bool> {
    use std::io::Read;
    let mut start = Vec::new();
    std::fs::File::open(path)?.take(mark.len() as u64).read_to_end(&mut start)?;
    Ok(start == mark)
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;

//! Rows of a Parquet file, read column by column and a batch at a time. Owns the way from the columns of the file to rows;
//! how a value becomes text stands in `parquet_text.rs`.

use std::fmt;
use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use parquet::basic::Compression;
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::DataType;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use super::parquet_text::reader_of;
use super::table::{LIST_SEPARATOR, Odd, Record, Rows};

/// Rows that are held as text at a time.
const BATCH: usize = 1024;

/// An open file.
pub struct ParquetRows {
    file: SerializedFileReader<File>,
    bytes: u64,
    columns: Vec<Place>,
    /// The next row group.
    group: usize,
    /// Readers of the row group in hand, one a column; `None` where the column is not read.
    leaves: Vec<Option<Box<dyn Cells>>>,
    /// Rows of the row group in hand that no batch holds yet.
    unread: usize,
    /// Rows of the batch that have not been given.
    ready: usize,
    given: u64,
    cell: String,
}

impl fmt::Debug for ParquetRows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ParquetRows").field("group", &self.group).field("given", &self.given).finish()
    }
}

/// Where the values of a column are.
#[derive(Clone, Debug)]
enum Place {
    /// In one leaf of the schema.
    Leaf(usize),
    /// In several, as no table has it.
    Nested(String),
}

/// The fields of one column, in row order.
pub(super) trait Cells {
    /// Reads the next `rows` fields; returns how many there were.
    fn fill(&mut self, rows: usize) -> Result<usize>;
    /// Writes the next field as text; says where it is not one value.
    fn next(&mut self, text: &mut String) -> Option<Odd>;
}

impl ParquetRows {
    /// Opens a file and reads its schema.
    pub fn open(path: &Path) -> Result<(Vec<String>, Self)> {
        let shown = path.display();
        let file = File::open(path).with_context(|| format!("cannot open {shown}"))?;
        let bytes = file.metadata().map_or(0, |meta| meta.len());
        let file = SerializedFileReader::new(file)
            .with_context(|| format!("cannot read {shown} as Parquet; is it whole, and is it a Parquet file?"))?;
        refuse_other_compression(file.metadata()).with_context(|| format!("cannot read {shown}"))?;
        let schema = file.metadata().file_metadata().schema_descr();
        let header: Vec<String> =
            schema.root_schema().get_fields().iter().map(|field| field.name().trim().to_owned()).collect();
        ensure!(!header.is_empty(), "{shown} has no columns");
        let columns = (0..header.len()).map(|column| place(schema, column)).collect();
        let leaves = Vec::new();
        let rows = Self { file, bytes, columns, group: 0, leaves, unread: 0, ready: 0, given: 0, cell: String::new() };
        Ok((header, rows))
    }

    /// Makes rows ready; false at the end.
    fn fill(&mut self) -> Result<bool> {
        while self.unread == 0 {
            if self.group == self.file.num_row_groups() {
                return Ok(false);
            }
            let group = self.file.get_row_group(self.group)?;
            self.unread = usize::try_from(group.metadata().num_rows()).context("a row group has less than no rows")?;
            let schema = self.file.metadata().file_metadata().schema_descr();
            let open = |place: &Place| match place {
                Place::Leaf(leaf) => Ok(Some(reader_of(group.get_column_reader(*leaf)?, &schema.column(*leaf)))),
                Place::Nested(_) => Ok(None),
            };
            self.leaves = self.columns.iter().map(open).collect::<Result<_>>()?;
            self.group += 1;
        }
        let rows = self.unread.min(BATCH);
        for (column, leaf) in self.leaves.iter_mut().enumerate() {
            let Some(leaf) = leaf else { continue };
            let wrong = || format!("row group {}, column {}", self.group, column + 1);
            let found = leaf.fill(rows).with_context(wrong)?;
            ensure!(found == rows, "{}: it has fewer values than the row group has rows; is the file whole?", wrong());
        }
        self.unread -= rows;
        self.ready = rows;
        Ok(true)
    }
}

impl Rows for ParquetRows {
    fn next(&mut self, record: &mut Record) -> Result<bool> {
        if self.ready == 0 && !self.fill()? {
            return Ok(false);
        }
        self.ready -= 1;
        self.given += 1;
        record.line = self.given;
        for (column, (leaf, place)) in self.leaves.iter_mut().zip(&self.columns).enumerate() {
            self.cell.clear();
            let odd = match (leaf, place) {
                (Some(leaf), _) => leaf.next(&mut self.cell),
                (None, Place::Nested(what)) => Some(Odd::Other(what.clone())),
                (None, Place::Leaf(_)) => None,
            };
            record.fields.push_field(&self.cell);
            record.odd.extend(odd.map(|odd| (column, odd)));
        }
        Ok(true)
    }

    /// As if all rows were alike.
    fn position(&self) -> u64 {
        let rows = self.file.metadata().file_metadata().num_rows().max(1) as f64;
        (self.bytes as f64 * (self.given as f64 / rows).min(1.0)) as u64
    }
}

/// The rare ways of compression are not compiled in.
fn refuse_other_compression(metadata: &ParquetMetaData) -> Result<()> {
    for column in metadata.row_groups().iter().flat_map(|group| group.columns()) {
        match column.compression() {
            Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_) | Compression::ZSTD(_) => {}
            other => bail!("it is compressed by {other}; write it with snappy, zstd, gzip or none"),
        }
    }
    Ok(())
}

/// A column that is one value a row, or one list of them.
fn place(schema: &SchemaDescriptor, column: usize) -> Place {
    let mut leaves = (0..schema.num_columns()).filter(|&leaf| schema.get_column_root_idx(leaf) == column);
    match (leaves.next(), leaves.next()) {
        (Some(leaf), None) => {
            let lists = schema.column(leaf).max_rep_level();
            let plain = schema.get_column_root(leaf).is_primitive();
            match lists {
                0 if plain => Place::Leaf(leaf),
                1 if plain || is_list(schema, leaf) => Place::Leaf(leaf),
                0 | 1 => Place::Nested("a group of values; only plain values and lists of them are read".into()),
                _ => Place::Nested("lists of lists; only lists of plain values are read".into()),
            }
        }
        _ => Place::Nested("a group of values; only plain values and lists of them are read".into()),
    }
}

/// A list is a group around a repeated value, or around a repeated group of nothing but that value.
fn is_list(schema: &SchemaDescriptor, leaf: usize) -> bool {
    let root = schema.get_column_root(leaf);
    let repeated = |field: &parquet::schema::types::Type| {
        field.get_basic_info().repetition() == parquet::basic::Repetition::REPEATED
    };
    match root.get_fields() {
        _ if repeated(root) => false,
        [inner] if repeated(inner) => {
            inner.is_primitive() || matches!(inner.get_fields(), [value] if value.is_primitive())
        }
        _ => false,
    }
}

/// The fields of one leaf of the schema.
pub(super) struct Leaf<T: DataType, F> {
    reader: ColumnReaderImpl<T>,
    write: F,
    /// Definition level of a value that is there.
    full: i16,
    /// Definition level from which a list has an element; `None` for plain values.
    element: Option<i16>,
    values: Vec<T::T>,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    value: usize,
    level: usize,
}

impl<T: DataType, F: Fn(&T::T, &mut String) -> Result<(), String>> Leaf<T, F> {
    /// `write` appends a value as text, or says what it is instead.
    pub fn new(reader: ColumnReaderImpl<T>, column: &ColumnDescriptor, write: F) -> Self {
        Self {
            reader,
            write,
            full: column.max_def_level(),
            element: (column.max_rep_level() > 0).then(|| column.repeated_ancestor_def_level()),
            values: Vec::new(),
            definitions: Vec::new(),
            repetitions: Vec::new(),
            value: 0,
            level: 0,
        }
    }

    /// Takes one level, and the value that stands there if one does.
    fn take(&mut self, text: &mut String) -> Result<(), String> {
        let definition = self.definitions.get(self.level).copied().unwrap_or(self.full);
        self.level += 1;
        if definition < self.full {
            return Ok(());
        }
        self.value += 1;
        (self.write)(&self.values[self.value - 1], text)
    }

    fn list(&mut self, text: &mut String, element: i16) -> Option<Odd> {
        let mut fault = None;
        let mut place = 0;
        loop {
            if self.definitions.get(self.level).is_some_and(|&definition| definition < element) {
                self.level += 1;
            } else {
                if place > 0 {
                    text.push(LIST_SEPARATOR);
                }
                let start = text.len();
                let outcome = self.take(text);
                let parted = text[start..].contains(LIST_SEPARATOR);
                let parted =
                    parted.then(|| format!("a list with `{LIST_SEPARATOR}` in a value, which separates values here"));
                fault = fault.or(outcome.err()).or(parted);
                place += 1;
            }
            if self.repetitions.get(self.level).is_none_or(|&repetition| repetition == 0) {
                break;
            }
        }
        match fault {
            None => Some(Odd::List),
            Some(what) => {
                text.clear();
                Some(Odd::Other(what))
            }
        }
    }
}

impl<T: DataType, F: Fn(&T::T, &mut String) -> Result<(), String>> Cells for Leaf<T, F> {
    fn fill(&mut self, rows: usize) -> Result<usize> {
        self.values.clear();
        self.definitions.clear();
        self.repetitions.clear();
        (self.value, self.level) = (0, 0);
        let (definitions, repetitions) = (Some(&mut self.definitions), Some(&mut self.repetitions));
        let (rows, ..) = self.reader.read_records(rows, definitions, repetitions, &mut self.values)?;
        Ok(rows)
    }

    fn next(&mut self, text: &mut String) -> Option<Odd> {
        match self.element {
            Some(element) => self.list(text, element),
            None => self.take(text).err().map(Odd::Other),
        }
    }
}

#[cfg(test)]
#[path = "parquet_tests.rs"]
mod tests;

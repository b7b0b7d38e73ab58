//! Rows of a JSON lines file: one object a line, its keys the columns. Owns how JSON values become text and which lines are
//! no row. A first pass gathers the keys, since any line may bring a new one; no pass holds more than a line.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use anyhow::{Context, Result, bail, ensure};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::checked::{Checked, MAX_ROW_BYTES};
use super::interner::Interner;
use super::source::Source;
use super::table::{LIST_SEPARATOR, Odd, Record, Rows};

/// More different keys than this are no columns.
const MAX_COLUMNS: usize = 4096;

/// An open file, its keys known.
#[derive(Debug)]
pub struct JsonLines {
    lines: Lines,
    columns: Interner,
    cells: Vec<Value>,
}

/// What stands under one key of one line.
#[derive(Clone, Debug, Default)]
struct Value {
    text: String,
    given: bool,
    odd: Option<Odd>,
}

impl JsonLines {
    /// Opens a file and reads it once for its keys.
    pub fn open(path: &Path) -> Result<(Vec<String>, Self)> {
        let cannot = || format!("cannot read {}", path.display());
        let mut lines = Lines::open(path).with_context(cannot)?;
        let (mut columns, mut first) = (Interner::default(), None);
        while lines.next().with_context(cannot)? {
            let text = lines.text();
            if first.is_none() {
                refuse_documents(text).with_context(cannot)?;
            }
            // What is wrong with a line is told when its row is read.
            let outcome = serde_json::Deserializer::from_str(text).deserialize_map(Keys(&mut columns));
            first.get_or_insert(outcome.err().map(|error| what_is_wrong(&error)));
            ensure!(
                columns.len() <= MAX_COLUMNS,
                "{}, line {}: more than {MAX_COLUMNS} different keys; the keys of each object must be column names",
                path.display(),
                lines.line
            );
        }
        match first {
            None => bail!("{} is empty; it must hold one JSON object a line", path.display()),
            Some(Some(problem)) if columns.is_empty() => {
                bail!("{}: no line is a JSON object; the first: {problem}", path.display())
            }
            _ => {}
        }
        let lines = Lines::open(path).with_context(cannot)?;
        let cells = vec![Value::default(); columns.len()];
        let header = columns.clone().into_keys();
        Ok((header, Self { lines, columns, cells }))
    }
}

impl Rows for JsonLines {
    fn next(&mut self, record: &mut Record) -> Result<bool> {
        if !self.lines.next()? {
            return Ok(false);
        }
        record.line = self.lines.line;
        for cell in &mut self.cells {
            cell.text.clear();
            (cell.given, cell.odd) = (false, None);
        }
        let mut json = serde_json::Deserializer::from_str(self.lines.text());
        let fields = Fields { columns: &self.columns, cells: &mut self.cells };
        match json.deserialize_map(fields).and_then(|()| json.end()) {
            Err(error) => record.fault = Some(what_is_wrong(&error)),
            Ok(()) => {
                for (column, cell) in self.cells.iter_mut().enumerate() {
                    record.fields.push_field(&cell.text);
                    record.odd.extend(cell.odd.take().map(|odd| (column, odd)));
                }
            }
        }
        Ok(true)
    }

    fn position(&self) -> u64 {
        self.lines.used.get()
    }
}

/// Lines of a file that are not blank.
#[derive(Debug)]
struct Lines {
    reader: BufReader<Checked<Source>>,
    used: Rc<Cell<u64>>,
    buffer: Vec<u8>,
    passed: u64,
    line: u64,
}

impl Lines {
    fn open(path: &Path) -> Result<Self> {
        let source = Source::open(path)?;
        let used = source.used();
        Ok(Self { reader: BufReader::new(Checked::new(source)), used, buffer: Vec::new(), passed: 0, line: 0 })
    }

    fn next(&mut self) -> Result<bool> {
        loop {
            self.buffer.clear();
            self.reader.get_mut().row_at(self.passed, self.line + 1);
            let count = self.reader.by_ref().take(MAX_ROW_BYTES + 1).read_until(b'\n', &mut self.buffer)? as u64;
            self.line += 1;
            self.passed += count;
            if count == 0 {
                return Ok(false);
            }
            ensure!(
                count <= MAX_ROW_BYTES,
                "line {}: the line is longer than {MAX_ROW_BYTES} bytes; there must be one JSON object a line",
                self.line
            );
            if self.line == 1 && self.buffer.starts_with(MARK) {
                self.buffer.drain(..MARK.len());
            }
            if !self.buffer.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }

    /// The line. It has been checked already, so nothing is lost.
    fn text(&self) -> &str {
        std::str::from_utf8(&self.buffer).unwrap_or_default()
    }
}

/// The byte-order mark in UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// One JSON document over the whole file is not streamed.
fn refuse_documents(first: &str) -> Result<()> {
    match first.trim() {
        text if text.starts_with('[') => {
            bail!("it is a JSON array; write one object a line instead, as `jq -c '.[]'` does")
        }
        "{" => bail!("its first object goes over several lines; write one object a line instead, as `jq -c .` does"),
        _ => Ok(()),
    }
}

fn what_is_wrong(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    format!("not one JSON object: {what} at column {}", error.column())
}

/// Gathers the keys of one object.
struct Keys<'a>(&'a mut Interner);

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while map.next_key_seed(Key(|key: &str| self.0.row(key).map_err(|error| error.to_string())))?.is_some() {
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// Takes the values of one object.
struct Fields<'a> {
    columns: &'a Interner,
    cells: &'a mut [Value],
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let changed = "the file has changed while it was read; run again";
        let place = |key: &str| self.columns.get(key).ok_or(changed);
        while let Some(column) = map.next_key_seed(Key(place))? {
            let cell = &mut self.cells[column as usize];
            if cell.given {
                return Err(Error::custom("the same key stands twice"));
            }
            cell.given = true;
            cell.take(map.next_value()?).map_err(Error::custom)?;
        }
        Ok(())
    }
}

/// The column of a key, found without a copy of it.
struct Key<F>(F);

impl<'de, F: FnOnce(&str) -> Result<u32, E>, E: fmt::Display> DeserializeSeed<'de> for Key<F> {
    type Value = u32;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u32, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<F: FnOnce(&str) -> Result<u32, E>, E: fmt::Display> Visitor<'_> for Key<F> {
    type Value = u32;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<R: Error>(self, key: &str) -> Result<u32, R> {
        (self.0)(key).map_err(Error::custom)
    }
}

impl Value {
    /// Numbers and booleans stay as they are written; `null` is an empty field.
    fn take(&mut self, raw: &RawValue) -> Result<(), serde_json::Error> {
        match raw.get().as_bytes().first() {
            Some(b'{') => self.odd = Some(Odd::Other("an object; only plain values and lists of them are read".into())),
            Some(b'[') => self.take_list(raw)?,
            _ => self.text.push_str(&plain(raw)?),
        }
        Ok(())
    }

    fn take_list(&mut self, raw: &RawValue) -> Result<(), serde_json::Error> {
        let values: Vec<&RawValue> = serde_json::from_str(raw.get())?;
        self.odd = Some(Odd::List);
        for (place, value) in values.iter().enumerate() {
            let nested = matches!(value.get().as_bytes().first(), Some(b'{' | b'['));
            let value = if nested { Cow::default() } else { plain(value)? };
            if nested || value.contains(LIST_SEPARATOR) {
                self.text.clear();
                self.odd = Some(Odd::Other(match nested {
                    true => "a list of lists or objects; only lists of plain values are read".into(),
                    false => format!("a list with `{LIST_SEPARATOR}` in a value, which separates values here"),
                }));
                break;
            }
            if place > 0 {
                self.text.push(LIST_SEPARATOR);
            }
            self.text.push_str(&value);
        }
        Ok(())
    }
}

/// A value that is neither object nor list, as text.
fn plain(raw: &RawValue) -> Result<Cow<'_, str>, serde_json::Error> {
    let text = raw.get();
    match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) if !inner.contains('\\') => Ok(inner.into()),
        Some(_) => serde_json::from_str::<String>(text).map(Cow::Owned),
        None if text == "null" => Ok("".into()),
        None => Ok(text.into()),
    }
}

#[cfg(test)]
#[path = "json_lines_tests.rs"]
mod tests;

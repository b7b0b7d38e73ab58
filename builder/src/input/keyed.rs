//! Tables with one row a key: the catalogue and the users file. Owns duplicates and the choice of attribute columns;
//! does not know the log that the keys are later matched with.

use std::path::Path;

use anyhow::{Result, bail};
use serde::Serialize;

use super::Reading;
use super::bad_rows::BadRows;
use super::columns::{Columns, Role};
use super::interner::Interner;
use super::keys::{check_key, shown};
use super::table::{Row, Table};
use crate::report::Report;

/// What to read from such a table.
#[derive(Clone, Copy, Debug)]
pub struct KeyedSpec<'a> {
    /// The key column.
    pub role: Role,
    /// Its configured name.
    pub id: Option<&'a str>,
    /// The configured attribute columns; `None` = all others.
    pub attributes: Option<&'a [String]>,
    /// The setting that names them, for messages.
    pub setting: &'a str,
}

/// Such a table in memory; row `i` of `keys` and `values` belong together.
#[derive(Clone, Debug)]
pub struct Keyed {
    /// Attribute names.
    pub names: Vec<String>,
    /// Keys in order of first appearance.
    pub keys: Vec<String>,
    /// Attribute values; empty = unknown.
    pub values: Vec<Vec<String>>,
    /// What was found.
    pub summary: KeyedSummary,
}

/// What was found in a table with one row a key.
#[derive(Clone, Debug, Serialize)]
pub struct KeyedSummary {
    /// The file.
    pub file: String,
    /// Rows below the header.
    pub rows: u64,
    /// Different keys.
    pub keys: usize,
    /// Keys of this table that the log does not hold.
    pub not_in_log: usize,
    /// Keys of the log that this table does not hold.
    pub not_in_table: usize,
    /// Rows that could not be used.
    pub bad_rows: BadRows,
    /// Rows whose key stood in an earlier row, which counts.
    pub duplicates: BadRows,
}

impl KeyedSummary {
    /// Says when not one key of the table is in the log: then the two hardly mean the same keys.
    pub fn tell_of_strangers(&self, keys: &str, log: Option<&Path>, report: &Report) {
        if let Some(log) = log.filter(|_| self.not_in_log == self.keys) {
            let (file, log) = (&self.file, log.display());
            report.notice(&format!("{file}: none of its {} {keys} is in {log}; are they written alike?", self.keys));
        }
    }
}

/// Reads such a table.
pub fn read_keyed(path: &Path, spec: KeyedSpec<'_>, reading: Reading<'_>) -> Result<Keyed> {
    let mut table = Table::open(path)?;
    let mut columns = Columns::new(table.path(), table.header());
    let key_at = columns.need(spec.role, spec.id)?;
    let places: Vec<usize> = match spec.attributes {
        Some(names) => names.iter().map(|name| columns.named(name, spec.setting)).collect::<Result<_>>()?,
        None => (0..table.header().len()).filter(|&at| at != key_at).collect(),
    };
    if let Some(notice) = columns.notice() {
        reading.report.notice(&notice);
    }
    let names: Vec<String> = match spec.attributes {
        Some(names) => names.to_vec(),
        None => places.iter().map(|&at| table.header()[at].clone()).collect(),
    };
    check_names(path, &names, spec.setting)?;

    let stage = reading.progress.stage(&format!("reading the {}s", spec.role.name), table.bytes());
    let unit = table.unit();
    let mut bad_rows = BadRows::new("bad", unit, path, reading.strict);
    let mut duplicates = BadRows::new("duplicate", unit, path, reading.strict);
    let (mut seen, mut lines, mut values, mut rows) = (Interner::default(), Vec::new(), Vec::new(), 0);
    while let Some(row) = table.next_row()? {
        rows += 1;
        let line = row.line;
        match parse(&row, spec, key_at, &places) {
            Err(reason) => bad_rows.add(line, reason)?,
            Ok((key, fields)) => match seen.get(key) {
                Some(known) => {
                    let first: u64 = lines[known as usize];
                    let name = spec.role.name;
                    duplicates.add(line, format!("the {name} `{}` stands in {unit} {first} already", shown(key)))?;
                }
                None => {
                    seen.row(key)?;
                    lines.push(line);
                    values.push(fields);
                }
            },
        }
        stage.set(table.position());
    }
    drop(stage);
    for notice in [bad_rows.notice(), duplicates.notice()].into_iter().flatten() {
        reading.report.notice(&notice);
    }
    let file = path.display().to_string();
    if seen.is_empty() {
        match bad_rows.first_in_words() {
            None => bail!("{file}: there is a header and no rows"),
            Some(first) => bail!("{file}: none of the {rows} rows can be used; {first}"),
        }
    }
    let summary = KeyedSummary { file, rows, keys: seen.len(), not_in_log: 0, not_in_table: 0, bad_rows, duplicates };
    Ok(Keyed { names, keys: seen.into_keys(), values, summary })
}

fn check_names(path: &Path, names: &[String], setting: &str) -> Result<()> {
    for (place, name) in names.iter().enumerate() {
        if name.is_empty() || name.len() > 64 || name.chars().any(char::is_control) {
            bail!(
                "{}: the column name `{}` is empty, too long or unprintable; rename it or choose columns with {setting}",
                path.display(),
                shown(name)
            );
        }
        if names[..place].contains(name) {
            bail!("{}: two columns are called `{name}`; rename one or choose columns with {setting}", path.display());
        }
    }
    Ok(())
}

fn parse<'a>(
    row: &Row<'a>,
    spec: KeyedSpec<'_>,
    key: usize,
    places: &[usize],
) -> Result<(&'a str, Vec<String>), String> {
    row.check()?;
    let key = check_key(spec.role.name, row.field(key)?)?;
    let choose = |what| format!("{what}; choose columns with {}", spec.setting);
    let field = |&at: &usize| row.values(at).map(|field| field.trim().to_owned()).map_err(choose);
    Ok((key, places.iter().map(field).collect::<Result<_, _>>()?))
}

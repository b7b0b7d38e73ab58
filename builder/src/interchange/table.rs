//! What the tables have in common: columns by name, and errors that name file and place. A program wrote these rows, so the
//! first bad one ends the reading.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};

use crate::input::Reading;
use crate::input::interner::Interner;
use crate::input::keys::{check_key, shown};
use crate::input::table::{Row, Table};

/// The columns of a table.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Its name in docs/INTERCHANGE.md.
    pub name: &'static str,
    /// Columns that must be there.
    pub needed: &'static [&'static str],
    /// Columns that may be there, behind the needed ones in [`Place::columns`].
    pub optional: &'static [&'static str],
}

/// Where a row stands.
pub struct Place<'a> {
    file: &'a Path,
    unit: &'static str,
    columns: &'a [Option<usize>],
    names: Vec<&'static str>,
}

impl Place<'_> {
    /// An error about a row.
    pub fn wrong(&self, line: u64, what: impl std::fmt::Display) -> anyhow::Error {
        anyhow!("{}, {} {line}: {what}", self.file.display(), self.unit)
    }

    /// What rows are counted by: `line` or `row`.
    pub fn unit(&self) -> &'static str {
        self.unit
    }

    /// A field; empty where the table has no such column. The place is that of the specification.
    pub fn text<'r>(&self, row: &Row<'r>, column: usize) -> Result<&'r str> {
        let text = self.columns[column].map_or(Ok(""), |at| row.field(at));
        text.map(str::trim).map_err(|what| self.wrong(row.line, what))
    }

    /// The numbers of a list.
    pub fn list<'r>(&self, row: &Row<'r>, column: usize) -> Result<&'r str> {
        let text = self.columns[column].map_or(Ok(""), |at| row.values(at));
        text.map_err(|what| self.wrong(row.line, what))
    }

    /// The number of a key, checked as any key.
    pub fn item(&self, row: &Row<'_>, column: usize, items: &mut Interner) -> Result<u32> {
        let key = check_key(self.names[column], self.text(row, column)?).map_err(|what| self.wrong(row.line, what))?;
        items.row(key)
    }

    /// A finite number.
    pub fn score(&self, row: &Row<'_>, column: usize) -> Result<f32> {
        let text = self.text(row, column)?;
        match text.parse::<f32>() {
            Ok(score) if score.is_finite() => Ok(score),
            Ok(_) => Err(self.wrong(row.line, format!("the score `{}` is not finite; leave the row out", shown(text)))),
            Err(_) => Err(self.wrong(row.line, format!("the score `{}` is not a number", shown(text)))),
        }
    }
}

/// Calls `visit` with every row of a table; a table without rows is an error.
pub fn each(
    path: &Path,
    spec: Spec,
    reading: Reading<'_>,
    mut visit: impl FnMut(&Place<'_>, Row<'_>) -> Result<()>,
) -> Result<()> {
    let mut table = Table::open(path)?;
    let find = |name: &&'static str| {
        let exact = table.header().iter().position(|column| column == name);
        exact.or_else(|| table.header().iter().position(|column| column.eq_ignore_ascii_case(name)))
    };
    let names: Vec<&'static str> = spec.needed.iter().chain(spec.optional).copied().collect();
    let columns: Vec<Option<usize>> = names.iter().map(find).collect();
    if let Some(missing) = (0..spec.needed.len()).find(|&at| columns[at].is_none()) {
        let found: Vec<String> = table.header().iter().take(12).map(|name| format!("`{}`", shown(name))).collect();
        bail!(
            "{}: no column `{}`; found {}; the table {} has the columns {} (docs/INTERCHANGE.md)",
            path.display(),
            spec.needed[missing],
            found.join(", "),
            spec.name,
            names.join(", ")
        );
    }
    let place = Place { file: path, unit: table.unit(), columns: &columns, names };
    let stage = reading.progress.stage(&format!("reading {}", spec.name), table.bytes());
    let mut rows = 0u64;
    while let Some(row) = table.next_row()? {
        rows += 1;
        row.check().map_err(|what| place.wrong(row.line, what))?;
        visit(&place, row)?;
        if rows.is_multiple_of(1024) {
            stage.set(table.position());
        }
    }
    ensure!(rows > 0, "{}: the table {} has no rows; leave it away or fill it", path.display(), spec.name);
    Ok(())
}

/// The lines of a text file.
pub fn lines(path: &Path) -> Result<Vec<String>> {
    let text = std::fs::read(path).with_context(|| format!("cannot open {}", path.display()))?;
    let text = String::from_utf8(text).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        anyhow!("{}, byte offset {at}: not UTF-8; save the file as UTF-8", path.display())
    })?;
    Ok(text.trim_start_matches('\u{feff}').lines().map(str::to_owned).collect())
}

//! The catalogue, matched with the log, and bare lists of items. Owns the rule that every item has a row, with or
//! without events.

use std::path::Path;

use anyhow::Result;

use super::Reading;
use super::bad_rows::BadRows;
use super::columns::{CATALOGUE_ITEM, Columns};
use super::interner::Interner;
use super::keyed::{KeyedSpec, KeyedSummary, read_keyed};
use super::keys::check_key;
use super::table::Table;
use crate::config::ItemsConfig;
use crate::model::{Interactions, ItemAttributes};

/// Reads the catalogue. Items that the log does not hold are added to `interactions.items`, in file order; items that the
/// catalogue does not hold get empty attributes. Without a log, pass `Interactions::default()`.
pub fn read_items(
    path: &Path,
    config: &ItemsConfig,
    reading: Reading<'_>,
    interactions: &mut Interactions,
) -> Result<(ItemAttributes, KeyedSummary)> {
    let spec = KeyedSpec {
        role: CATALOGUE_ITEM,
        id: config.id.as_deref(),
        attributes: config.attributes.as_deref(),
        setting: "[items] attributes",
    };
    let mut catalogue = read_keyed(path, spec, reading)?;
    let in_log = interactions.items.len();
    let mut items = Interner::from_keys(std::mem::take(&mut interactions.items))?;
    let mut values = vec![Vec::new(); in_log];
    for (key, fields) in catalogue.keys.iter().zip(catalogue.values) {
        let row = items.row(key)? as usize;
        if row < values.len() {
            values[row] = fields;
        } else {
            values.push(fields);
        }
    }
    catalogue.summary.not_in_log = values.len() - in_log;
    catalogue.summary.not_in_table = values.len() - catalogue.keys.len();
    for row in &mut values {
        row.resize(catalogue.names.len(), String::new());
    }
    interactions.items = items.into_keys();
    if interactions.offsets.is_empty() {
        interactions.offsets.push(0);
    }
    Ok((ItemAttributes { names: catalogue.names, values }, catalogue.summary))
}

/// Reads the item column of a list of items. A list that is empty below its header is a list, too.
pub fn read_item_keys(path: &Path, config: &ItemsConfig, reading: Reading<'_>) -> Result<Vec<String>> {
    let mut table = Table::open(path)?;
    let mut columns = Columns::new(table.path(), table.header());
    let at = columns.need(CATALOGUE_ITEM, config.id.as_deref())?;
    if let Some(notice) = columns.notice() {
        reading.report.notice(&notice);
    }
    let mut bad_rows = BadRows::new("bad", table.unit(), path, reading.strict);
    let mut keys = Vec::new();
    while let Some(row) = table.next_row()? {
        match row.field(at).and_then(|field| check_key(CATALOGUE_ITEM.name, field)) {
            Ok(key) => keys.push(key.to_owned()),
            Err(reason) => bad_rows.add(row.line, reason)?,
        }
    }
    if let Some(notice) = bad_rows.notice() {
        reading.report.notice(&notice);
    }
    Ok(keys)
}

#[cfg(test)]
#[path = "keyed_tests.rs"]
mod tests;

//! Tables made elsewhere (docs/INTERCHANGE.md): vectors, item-to-item rows, crowd lists. Owns the way from files to one set of
//! items with everything that is known of them; packs nothing.

mod crowds;
pub mod npy;
mod pairs;
mod table;
mod vectors;
pub mod write;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use edge_recall::format::codes::Metric;
use edge_recall::ids::ChannelId;
use serde::Serialize;

pub use crowds::chain;

use crate::config::Config;
use crate::input::Reading;
use crate::input::interner::{Interner, ranks};
use crate::input::items::read_items;
use crate::input::keyed::KeyedSummary;
use crate::input::keys::shown;
use crate::model::{CrowdList, I2iTable, Interactions, ItemAttributes, ItemVectors};

/// The tables of item pairs that have a channel of their own.
pub const CHANNELS: [ChannelId; ChannelId::TABLES.len()] = ChannelId::TABLES;

/// Where the tables are.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The vectors.
    pub item_vectors: Option<&'a Path>,
    /// The keys of their rows, where they come as an array of NumPy.
    pub keys: Option<&'a Path>,
    /// Item-to-item rows.
    pub i2i: &'a [PathBuf],
    /// Crowd lists.
    pub crowds: Option<&'a Path>,
    /// The catalogue.
    pub items: Option<&'a Path>,
    /// How vectors are compared.
    pub metric: Metric,
}

/// Everything that the tables hold, in rows of one list of items.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// The items, as a log without events: those of the tables in byte order of their keys, then what the catalogue adds.
    pub items: Interactions,
    /// Item-to-item rows by channel, in the order of [`CHANNELS`]; the largest absolute score first.
    pub rows: Vec<(ChannelId, I2iTable)>,
    /// The vectors, of unit length where the metric is cosine.
    pub vectors: Option<ItemVectors>,
    /// The crowd lists, by key.
    pub crowds: Vec<CrowdList>,
    /// Attributes of the items, where there is a catalogue.
    pub attributes: Option<ItemAttributes>,
    /// What was found.
    pub summary: TablesSummary,
}

/// What was found in the tables.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TablesSummary {
    /// Items with a vector.
    pub vectors: usize,
    /// Pairs, over all channels.
    pub pairs: usize,
    /// Pairs beyond the most that a row may have, left out.
    pub pairs_left_out: usize,
    /// Crowd lists.
    pub crowds: usize,
    /// The catalogue.
    pub items: Option<KeyedSummary>,
}

/// Reads the tables.
pub fn read(sources: Sources<'_>, config: &Config, reading: Reading<'_>) -> Result<Tables> {
    let mut items = Interner::default();
    let vectors =
        sources.item_vectors.map(|path| vectors::read(path, sources.keys, &mut items, reading)).transpose()?;
    let pairs = pairs::read(sources.i2i, &mut items, reading)?;
    let crowds = sources.crowds.map(|path| crowds::read(path, &mut items, reading)).transpose()?.unwrap_or_default();
    ensure!(!items.is_empty(), "no table, so there is nothing to pack; give --item-vectors, --i2i or --crowds");

    let mut keys = items.into_keys();
    let rows = ranks(&keys);
    keys.sort_unstable();
    let in_tables = keys.len();
    let summary = TablesSummary {
        vectors: vectors.as_ref().map_or(0, |vectors| vectors.items.len()),
        pairs: pairs.count,
        pairs_left_out: pairs.left_out,
        crowds: crowds.len(),
        items: None,
    };
    let mut tables = Tables {
        items: Interactions { items: keys, offsets: vec![0], ..Interactions::default() },
        rows: Vec::new(),
        vectors: None,
        crowds: crowds::renumbered(crowds, &rows),
        attributes: None,
        summary,
    };
    if let Some(path) = sources.items {
        let (attributes, summary) = read_items(path, &config.items, reading, &mut tables.items)?;
        tell_of_unreachable(&tables.items.items[in_tables..], path, reading)?;
        tables.attributes = Some(attributes);
        tables.summary.items = Some(summary);
    }
    let width = tables.items.items.len();
    tables.rows = pairs.tables(&rows, width);
    tables.vectors = vectors.map(|vectors| vectors.placed(&rows, width, sources.metric));
    Ok(tables)
}

/// Items of the catalogue that no table names.
fn tell_of_unreachable(keys: &[String], path: &Path, reading: Reading<'_>) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let first: Vec<_> = keys.iter().take(5).map(|key| format!("`{}`", shown(key))).collect();
    let notice = format!(
        "{}: {} item(s) stand in no other table, so nothing will recommend them: {}{}; give them a vector or a row",
        path.display(),
        keys.len(),
        first.join(", "),
        if keys.len() > first.len() { ", ..." } else { "" }
    );
    if reading.strict {
        bail!("{notice} (--strict)");
    }
    reading.report.notice(&notice);
    Ok(())
}

#[cfg(test)]
mod tests;

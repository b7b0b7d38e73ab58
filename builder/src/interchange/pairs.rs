//! The table `i2i`: item-to-item rows of any channel, over any number of files. Owns their checks and their order.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use edge_recall::format::rows::MAX_TARGETS;
use edge_recall::ids::ChannelId;

use super::CHANNELS;
use super::table::{Spec, each};
use crate::input::Reading;
use crate::input::interner::Interner;
use crate::input::keys::shown;
use crate::model::I2iTable;

const SPEC: Spec = Spec { name: "i2i", needed: &["trigger", "target", "score"], optional: &["channel"] };

/// Pairs by channel and trigger, in the numbers of the items.
#[derive(Debug, Default)]
pub struct Pairs {
    /// One list of rows for each of [`CHANNELS`].
    channels: [Vec<Vec<Pair>>; CHANNELS.len()],
    /// Pairs that stay.
    pub count: usize,
    /// Pairs beyond the most that a row may have.
    pub left_out: usize,
}

/// A target, and where it was read.
#[derive(Clone, Copy, Debug)]
struct Pair {
    target: u32,
    score: f32,
    file: u32,
    line: u64,
}

/// Reads the files as one table.
pub fn read(files: &[PathBuf], items: &mut Interner, reading: Reading<'_>) -> Result<Pairs> {
    let mut pairs = Pairs::default();
    let mut units = vec!["line"; files.len()];
    for (file, path) in (0..).zip(files) {
        each(path, SPEC, reading, |place, row| {
            units[file as usize] = place.unit();
            let (trigger, target) = (place.item(&row, 0, items)?, place.item(&row, 1, items)?);
            if trigger == target {
                let key = shown(place.text(&row, 0)?);
                bail!(place.wrong(row.line, format!("`{key}` is its own target; leave the row out")));
            }
            let score = place.score(&row, 2)?;
            ensure!(score != 0.0, place.wrong(row.line, "the score is 0, which says nothing; leave the row out"));
            let name = place.text(&row, 3)?;
            let name = if name.is_empty() { ChannelId::I2i.name() } else { name };
            let Some(channel) = CHANNELS.iter().position(|channel| channel.name() == name) else {
                let known = CHANNELS.map(ChannelId::name).join(", ");
                bail!(place.wrong(row.line, format!("no channel `{}`; the tables are {known}", shown(name))));
            };
            let rows = &mut pairs.channels[channel];
            if rows.len() <= trigger as usize {
                rows.resize_with(trigger as usize + 1, Vec::new);
            }
            rows[trigger as usize].push(Pair { target, score, file, line: row.line });
            Ok(())
        })?;
    }
    pairs.refuse_duplicates(files, &units)?;
    for row in pairs.channels.iter().flatten() {
        pairs.count += row.len().min(MAX_TARGETS);
        pairs.left_out += row.len().saturating_sub(MAX_TARGETS);
    }
    Ok(pairs)
}

impl Pairs {
    fn refuse_duplicates(&mut self, files: &[PathBuf], units: &[&str]) -> Result<()> {
        for (channel, rows) in CHANNELS.iter().zip(&mut self.channels) {
            for row in rows {
                row.sort_unstable_by_key(|pair| (pair.target, pair.file, pair.line));
                if let Some([first, second]) = row.array_windows().find(|[one, two]| one.target == two.target) {
                    let place = |pair: &Pair| {
                        let file = pair.file as usize;
                        format!("{}, {} {}", files[file].display(), units[file], pair.line)
                    };
                    bail!(
                        "{}: the pair stands in channel {} already ({}); give each pair one score",
                        place(second),
                        channel.name(),
                        place(first)
                    );
                }
            }
        }
        Ok(())
    }

    /// The tables over `width` items; `rows` tells where each number of an item went.
    pub fn tables(self, rows: &[u32], width: usize) -> Vec<(ChannelId, I2iTable)> {
        let mut tables = Vec::new();
        for (channel, read) in CHANNELS.into_iter().zip(self.channels).filter(|(_, read)| !read.is_empty()) {
            let mut table = I2iTable { rows: vec![Vec::new(); width] };
            for (trigger, pairs) in read.into_iter().enumerate() {
                let mut row: Vec<(u32, f32)> =
                    pairs.iter().map(|pair| (rows[pair.target as usize], pair.score)).collect();
                row.sort_unstable_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
                row.truncate(MAX_TARGETS);
                if !row.is_empty() {
                    table.rows[rows[trigger] as usize] = row;
                }
            }
            tables.push((channel, table));
        }
        tables
    }
}

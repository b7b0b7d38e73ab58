//! A daily build inside an epoch: numbering, centroids and vectors of the build before are kept, new items get cells behind
//! them, and only some of the rows are written anew. Owns what is kept and when a new epoch is due.

mod turns;

use std::collections::HashMap;
use std::iter::once;
use std::ops::Range;

use anyhow::{Context, Result};
use edge_recall::format::cells::CentroidCode;
use edge_recall::format::manifest::Manifest;
use edge_recall::format::rows;
use edge_recall::format::section::SectionKind;
use edge_recall::ids::Ordinal;
use edge_recall::profile::MINUTES_A_DAY;
use edge_recall::{Recaller, Request};

use crate::layout;
use crate::model::{I2iTable, Interactions, ItemVectors};
use crate::notes::Notes;
use crate::numbering::events_of;
use crate::open::{Folder, Opened};
use crate::pack::{Blueprint, Catalogue, CellCodes, CellParts, Material, Sink, pack_into};
use crate::stages::cells::cluster;
use crate::stages::family::Family;
use turns::Turns;

/// Share of the catalogue that may be newer than the epoch.
const MAX_NEW: f64 = 0.05;
/// Targets of a row that drift is measured by.
const DRIFT_TARGETS: usize = 20;

/// The build before, wholly read.
pub struct Previous {
    folder: Folder,
    /// Everything attached.
    pub recaller: Recaller,
    /// How it was made.
    pub notes: Notes,
}

/// An epoch that goes on: old items at their old places, new ones behind.
pub struct Continued<'a> {
    previous: &'a Previous,
    material: Material<'a>,
    /// Row in the log of each ordinal; `None` = the log no longer has the item.
    items: Vec<Option<u32>>,
    /// Ordinal of each row in the log.
    ordinals: Vec<u32>,
    /// Events of each row in the log.
    events: Vec<u32>,
    cells: Vec<Range<u32>>,
    leaves: Vec<Range<u32>>,
    /// Cells of the build before.
    old_cells: usize,
    /// Whether the rows of each old cell are written anew.
    refreshed: Vec<bool>,
}

impl Previous {
    /// Reads a build.
    pub fn read(dir: &std::path::Path) -> Result<Previous> {
        let folder = Folder::open(dir)?;
        let Opened { recaller, .. } = folder.visited(&Request::recommend(Vec::new()))?;
        Ok(Previous { folder, recaller, notes: Notes::read(dir)? })
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        self.recaller.manifest()
    }

    /// Why this log cannot go on with the epoch; `None` where it can.
    pub fn ends(&self, log: &Interactions) -> Option<String> {
        let manifest = self.manifest();
        let epoch = manifest.epoch_items;
        let new = log.items.iter().filter(|key| self.recaller.find(key).is_none()).count();
        let later = (manifest.items - epoch) as usize + new;
        if manifest.vectors.is_none() {
            return Some("the build before has no vectors".into());
        }
        let needs_order = |family: &Family| matches!(family, Family::Window(_) | Family::Last(_));
        if !log.ordered && self.notes.tables.iter().any(needs_order) {
            return Some("the log of the build before had an order, and this one has none".into());
        }
        if later as f64 > MAX_NEW * f64::from(epoch) {
            return Some(format!("{later} items are newer than the epoch's {epoch}, more than 5 %"));
        }
        None
    }

    /// The vectors of the log's items as far as the build before has them; zeros elsewhere. And which it has.
    pub fn vectors(&self, log: &Interactions) -> (ItemVectors, Vec<bool>) {
        let dim = self.manifest().dim();
        let (mut rows, mut known) = (Vec::with_capacity(log.items.len() * dim), Vec::new());
        for key in &log.items {
            let vector = self.recaller.find(key).and_then(|item| self.recaller.embeddings().vector(item));
            let vector = vector.filter(|vector| vector.iter().any(|&x| x != 0.0));
            known.push(vector.is_some());
            rows.extend(vector.unwrap_or_else(|| vec![0.0; dim]));
        }
        (ItemVectors { dim, rows }, known)
    }
}

impl<'a> Continued<'a> {
    /// Places the new items, and decides which rows are refreshed. `material` holds the tables of the whole log and vectors
    /// of all its items.
    pub fn new(previous: &'a Previous, material: Material<'a>) -> Result<Continued<'a>> {
        let log = material.log;
        let manifest = previous.manifest();
        let directory = previous.recaller.directory().context("the build before has no directory")?;
        let mut cells: Vec<Range<u32>> = directory.cells().map(|(_, cell)| cell.base..cell.base + cell.items).collect();
        let mut leaves: Vec<Range<u32>> =
            directory.leaves().map(|(leaf, _)| leaf.first..leaf.first + leaf.cells).collect();
        let rows: HashMap<&str, u32> = log.items.iter().map(String::as_str).zip(0..).collect();
        let key = |ordinal| previous.recaller.key(Ordinal(ordinal)).unwrap_or_default();
        let mut items: Vec<Option<u32>> =
            (0..manifest.items).map(|ordinal| rows.get(key(ordinal).as_str()).copied()).collect();
        let old_cells = cells.len();
        let new = place_new(previous, &material, &mut items, &mut cells);
        if new > 0 {
            extend_leaves(previous, &mut leaves, old_cells as u32, cells.len() as u32);
        }
        let mut ordinals = vec![0; log.items.len()];
        for (ordinal, row) in (0..).zip(&items) {
            if let Some(row) = row {
                ordinals[*row as usize] = ordinal;
            }
        }
        let events = events_of(log);
        let mut continued =
            Continued { previous, material, items, ordinals, events, cells, leaves, old_cells, refreshed: Vec::new() };
        continued.refreshed = continued.refresh();
        Ok(continued)
    }

    /// Packs the build.
    pub fn pack(&self, sink: &dyn Sink) -> Result<Manifest> {
        let before = self.previous.manifest();
        let mut manifest = self.material.manifest();
        manifest.items = self.items.len() as u32;
        manifest.epoch_items = before.epoch_items;
        (manifest.epoch, manifest.model) = (before.epoch, before.model);
        let blueprint = Blueprint {
            epoch_items: before.epoch_items,
            manifest,
            cells: self.cells.clone(),
            leaves: self.leaves.clone(),
            crowds: self.material.crowds(&self.ordinals),
            cohorts: self.material.cohorts(),
        };
        pack_into(blueprint, self, sink)
    }

    /// Which old cells' rows are written anew.
    fn refresh(&self) -> Vec<bool> {
        let log = self.material.log;
        let newest = log.events.iter().filter_map(|event| event.minute).max();
        // A log without times grows, too.
        let day = newest.map_or(log.events.len() as u32, |minute| minute / MINUTES_A_DAY);
        let epoch_cells = self.cells.partition_point(|cell| cell.start < self.previous.manifest().epoch_items);
        let turns = Turns { old_cells: self.old_cells, epoch_cells, cells: self.cells.len(), leaves: &self.leaves };
        turns.choose(day, |cell| self.drift(cell))
    }

    /// Mean share of the strongest targets of a cell's rows that its file does not have.
    fn drift(&self, cell: usize) -> f64 {
        let (mut lost, mut all) = (0usize, 0usize);
        for ordinal in self.cells[cell].clone() {
            let Some(row) = self.items[ordinal as usize] else { continue };
            for (table, (_, learnt)) in self.previous.recaller.tables().iter().zip(self.material.tables()) {
                let mut old = Vec::new();
                table.for_each(Ordinal(ordinal), &mut |target, _| old.push(target.0));
                let strongest = learnt.rows[row as usize].iter().take(DRIFT_TARGETS);
                for (target, _) in strongest {
                    all += 1;
                    lost += usize::from(old.binary_search(&self.ordinals[*target as usize]).is_err());
                }
            }
        }
        lost as f64 / all.max(1) as f64
    }

    fn rows(&self, range: &Range<u32>) -> Vec<Vec<u8>> {
        let table = |table: &I2iTable| {
            let renumber = |ordinal: u32| -> Vec<(u32, f32)> {
                let row = self.items[ordinal as usize].map(|row| table.rows[row as usize].as_slice());
                let row = row.unwrap_or_default().iter().take(rows::MAX_TARGETS);
                row.map(|&(target, weight)| (self.ordinals[target as usize], weight)).collect()
            };
            rows::encode(range.start, &range.clone().map(renumber).collect::<Vec<_>>(), self.material.recipe.weights)
        };
        self.material.tables().map(|(_, learnt)| table(learnt)).collect()
    }
}

impl Catalogue for Continued<'_> {
    fn cell(&self, number: u32, range: &Range<u32>) -> Result<CellParts> {
        let items = &self.items[range.start as usize..range.end as usize];
        let mut parts = self.material.parts(items, &self.events);
        parts.keys = range.clone().map(|ordinal| self.key(ordinal)).collect();
        let place = number as usize;
        if place >= self.old_cells {
            parts.rows = self.rows(range);
            return Ok(parts);
        }
        // What the epoch has frozen is copied, not computed again: an unchanged file keeps its name.
        let (_, cell) = self
            .previous
            .recaller
            .directory()
            .and_then(|d| d.cell_of(Ordinal(range.start)))
            .context("a cell is gone")?;
        let vec = self.previous.folder.shard(cell.vec.name)?;
        let bytes = |kind| vec.section(kind, 0).map(|section| section.bytes.to_vec());
        parts.gains = bytes(SectionKind::Gain).unwrap_or_default();
        parts.vectors = bytes(SectionKind::Codes).map(|codes| CellCodes {
            centroid: CentroidCode::restored(&cell.centroid),
            codes,
            scales: bytes(SectionKind::Scales),
        });
        parts.rows = match cell.i2i.filter(|_| !self.refreshed[place]) {
            Some(file) => {
                let shard = self.previous.folder.shard(file.name)?;
                let tables = 0..self.previous.manifest().tables.len() as u16;
                let table = |instance| shard.section(SectionKind::Rows, instance).map(|section| section.bytes.to_vec());
                tables.map(|instance| table(instance).unwrap_or_default()).collect()
            }
            None => self.rows(range),
        };
        Ok(parts)
    }

    fn key(&self, ordinal: u32) -> String {
        match self.items[ordinal as usize] {
            Some(row) => self.material.log.items[row as usize].clone(),
            None => self.previous.recaller.key(Ordinal(ordinal)).unwrap_or_default(),
        }
    }
}

/// Puts the items that the build before does not have into cells behind its own; returns how many there are.
fn place_new(
    previous: &Previous,
    material: &Material<'_>,
    items: &mut Vec<Option<u32>>,
    cells: &mut Vec<Range<u32>>,
) -> usize {
    let log = material.log;
    let new: Vec<u32> =
        (0..).zip(&log.items).filter(|(_, key)| previous.recaller.find(key).is_none()).map(|(row, _)| row).collect();
    if new.is_empty() {
        return 0;
    }
    let mean = (items.len() / cells.len().max(1)).max(1);
    let wanted = if cells.len() == 1 { 1 } else { new.len().div_ceil(mean) };
    let all = material.learned.vectors.as_ref();
    let dim = all.map_or(0, |vectors| vectors.dim);
    let rows = new.iter().flat_map(|&row| all.map_or(&[][..], |vectors| vectors.row(row as usize))).copied().collect();
    let popularity = events_of(log);
    let popularity: Vec<u32> = new.iter().map(|&row| popularity[row as usize]).collect();
    let clustering = cluster(&ItemVectors { dim, rows }, &popularity, wanted, 1);
    let base = items.len() as u32;
    items.extend(clustering.order.iter().map(|&place| Some(new[place as usize])));
    cells.extend(clustering.cells.iter().map(|cell| base + cell.start..base + cell.end));
    new.len()
}

/// The new cells join the leaf of those that came since the epoch began, or become it.
fn extend_leaves(previous: &Previous, leaves: &mut Vec<Range<u32>>, old_cells: u32, cells: u32) {
    if leaves.len() <= 1 && cells as usize <= layout::FLAT_CELLS {
        *leaves = once(0..cells).collect();
        return;
    }
    let directory = previous.recaller.directory();
    let last = directory.and_then(|directory| directory.leaves().last().map(|(leaf, _)| leaf.base));
    match leaves.last_mut() {
        Some(leaf) if last.is_some_and(|base| base >= previous.manifest().epoch_items) => leaf.end = cells,
        _ => leaves.push(old_cells..cells),
    }
}

#[cfg(test)]
mod tests;

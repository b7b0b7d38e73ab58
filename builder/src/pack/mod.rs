//! What was learnt to shards and a manifest. Owns the order of files; the bytes are `edge_recall::format`'s, and where they
//! go is the sink's business.
//!
//! A catalogue is packed cell by cell, in parallel and without ever being in memory as shards: `cell` makes the files of one
//! cell, `directory` names them, `head` and `idmap` hold what belongs to no cell.

mod cell;
mod directory;
mod head;
mod idmap;
mod learned;
mod moments;
mod sink;

use std::ops::Range;

use anyhow::{Context, Result, ensure};
use edge_recall::format::ShardKind;
use edge_recall::format::cells::CentroidCode;
use edge_recall::format::codes::Code;
use edge_recall::format::crowds::Crowd;
use edge_recall::format::header::Header;
use edge_recall::format::manifest::{Manifest, ShardRef, TowerKind, VisitSpec};
use edge_recall::format::write::{ShardWriter, identity};
use edge_recall::ids::{BuildId, Epoch, Model};
use rayon::prelude::*;

pub use cell::{CellCodes, CellParts};
pub use learned::{LogCatalogue, Material, Shown, gain_of, pack, pack_numbered};
pub use sink::{Disk, Memory, Packed, Sink};

/// Most attribute columns: a shard has 64 sections, and keys, codes, scales, gains and fingerprints take one each.
pub const MAX_COLUMNS: usize = 59;
/// `head` and `dir` ride inside the manifest up to this size: a request costs more than the third that base64 adds, and the
/// first answer needs them.
const INLINE_BYTES: usize = 12 * 1024;
/// Cells that a visit searches where there are many.
const PROBES: u32 = 7;
/// Requests of a visit: leaves, vectors, rows.
const VISIT_FILES: u32 = 9;
/// Bytes of a visit where the cells are small.
const VISIT_BYTES: u32 = 250_000;

/// A catalogue as the packer sees it: anything that can be asked for one cell after the other, in any order.
pub trait Catalogue: Sync {
    /// Everything that is published of the items of one cell.
    fn cell(&self, number: u32, range: &Range<u32>) -> Result<CellParts>;
    /// The key of an item.
    fn key(&self, ordinal: u32) -> String;
}

/// What is decided before any cell is packed.
pub struct Blueprint {
    /// The manifest, complete but for the shards that it names and the build id.
    pub manifest: Manifest,
    /// Ordinals of each cell.
    pub cells: Vec<Range<u32>>,
    /// Cells of each leaf; one leaf = a directory of one level.
    pub leaves: Vec<Range<u32>>,
    /// Crowd lists.
    pub crowds: Vec<Crowd>,
    /// Where the cohorts lie.
    pub cohorts: Vec<CentroidCode>,
    /// First ordinal that the epoch did not have: its keys stand in an id file of their own. The number of items where the
    /// epoch is new.
    pub epoch_items: u32,
}

impl Blueprint {
    fn header(&self, kind: ShardKind, number: u32, base: u32, count: u32) -> Header {
        Header { kind, epoch: self.manifest.epoch, model: self.manifest.model, cell: number, base, count }
    }

    fn dim(&self) -> usize {
        self.manifest.dim()
    }

    /// Whether devices need the Gram matrix.
    fn folds_in(&self) -> bool {
        self.manifest.tower.is_some_and(|tower| tower.kind != TowerKind::Pool)
    }
}

/// Packs a catalogue into a sink; the manifest it returns names every file.
pub fn pack_into(blueprint: Blueprint, catalogue: &dyn Catalogue, sink: &dyn Sink) -> Result<Manifest> {
    ensure!(blueprint.manifest.items > 0, "there are no items to publish");
    let mut manifest = blueprint.manifest.clone();
    let pack_cell = |(number, range): (usize, &Range<u32>)| {
        cell::pack(&blueprint, number as u32, range, catalogue.cell(number as u32, range)?, sink)
    };
    let cells: Vec<cell::PackedCell> =
        blueprint.cells.par_iter().enumerate().map(pack_cell).collect::<Result<Vec<_>>>()?;
    manifest.visit = visit_of(&cells);
    manifest.dir = directory::pack(&blueprint, &cells, sink)?;
    let whole = cells.len() == 1;
    if !whole {
        manifest.idmap = Some(idmap::pack(&blueprint, &cells, sink)?);
    }
    let gram = blueprint.folds_in().then(|| cell::sum_of_grams(&cells, blueprint.dim()));
    let key_of = |ordinal| catalogue.key(ordinal);
    (manifest.head, manifest.crowds) = head::pack(&blueprint, gram, (!whole).then_some(&key_of), sink)?;
    sealed(manifest)
}

/// The manifest with its build id: a hash of everything else.
pub fn sealed(mut manifest: Manifest) -> Result<Manifest> {
    manifest.build = BuildId::default();
    let lists = [Some(&manifest.head), Some(&manifest.dir), manifest.crowds.as_ref()].into_iter().flatten();
    // What every answer needs is paid from the same purse.
    let needed: u32 = lists.filter(|shard| shard.inline.is_none()).map(|shard| shard.bytes).sum();
    manifest.visit.bytes = manifest.visit.bytes.saturating_add(needed);
    manifest.build = BuildId(identity([manifest.to_json().as_bytes()]));
    manifest.check()?;
    Ok(manifest)
}

/// What a visit may cost: everything, where it is one cell; else a few cells and rows, and their leaves.
fn visit_of(cells: &[cell::PackedCell]) -> VisitSpec {
    let bytes = |of: fn(&cell::PackedCell) -> u32| cells.iter().map(|cell| u64::from(of(cell))).sum::<u64>();
    let (vec, i2i) = (bytes(|c| c.entry.vec.bytes), bytes(|c| c.entry.i2i.map_or(0, |file| file.bytes)));
    let files = cells.len() as u64;
    let wanted = match files {
        1 => vec + i2i,
        _ => u64::from(VISIT_BYTES).max((vec / files * u64::from(PROBES) + i2i / files * 2) * 9 / 8),
    };
    VisitSpec { bytes: u32::try_from(wanted).unwrap_or(u32::MAX), files: VISIT_FILES, probes: PROBES }
}

/// Adds a shard as a file, or as text inside the manifest where that is allowed and it is small.
pub fn refer(sink: &dyn Sink, kind: ShardKind, shard: ShardWriter, inline: bool) -> Result<ShardRef> {
    let bytes = finished(shard)?;
    if inline && bytes.len() <= INLINE_BYTES {
        let name = edge_recall::format::write::shard_name(&bytes);
        let inline = Some(edge_recall::format::base64::encode(&bytes));
        return Ok(ShardRef { name, bytes: bytes.len() as u32, inline });
    }
    let file = sink.put(kind, bytes)?;
    Ok(ShardRef { name: file.name, bytes: file.bytes, inline: None })
}

fn finished(shard: ShardWriter) -> Result<Vec<u8>> {
    shard.finish().context("a shard would pass 4 GiB; build a smaller catalogue")
}

/// Identities of a new epoch: of the vector space, and of numbering and cells over it.
pub fn identities<'k>(
    keys: impl Iterator<Item = &'k str>,
    vectors: &[f32],
    code: Code,
    cells: &[Range<u32>],
) -> (Epoch, Model) {
    let numbers: Vec<u8> = vectors.iter().flat_map(|x| x.to_le_bytes()).collect();
    let model = identity([code.name().as_bytes(), numbers.as_slice()]);
    let ends: Vec<u8> = cells.iter().flat_map(|cell| cell.end.to_le_bytes()).collect();
    let number = model.to_le_bytes();
    let mut parts: Vec<&[u8]> = vec![&number, &ends];
    for key in keys {
        parts.push(key.as_bytes());
    }
    let epoch = identity(parts);
    (Epoch(epoch), Model(model))
}

#[cfg(test)]
mod tests;

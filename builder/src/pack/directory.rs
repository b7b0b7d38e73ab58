//! The directory: cells, in one level or below leaves. Owns the centroids of leaves.

use std::ops::Range;

use anyhow::Result;
use edge_recall::format::cells::{self, CellEntry};
use edge_recall::format::header::NO_CELL;
use edge_recall::format::manifest::ShardRef;
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::ShardWriter;
use edge_recall::format::{ShardKind, leaves};

use super::cell::PackedCell;
use super::moments::Moments;
use super::{Blueprint, Sink, finished, refer};

/// Packs the leaves, where there are several, and the directory that names them.
pub fn pack(blueprint: &Blueprint, packed: &[PackedCell], sink: &dyn Sink) -> Result<ShardRef> {
    let dim = blueprint.dim();
    let root = ShardWriter::new(blueprint.header(ShardKind::Dir, NO_CELL, 0, blueprint.manifest.items));
    let root = if blueprint.leaves.len() == 1 {
        root.section(SectionKind::Cells, 0, packed.len() as u32, encode_cells(dim, packed))
    } else {
        let mut entries = Vec::new();
        for (number, range) in (0u32..).zip(&blueprint.leaves) {
            entries.push(pack_leaf(blueprint, number, range, packed, sink)?);
        }
        root.section(SectionKind::Leaves, 0, entries.len() as u32, leaves::encode(dim, &entries))
    };
    refer(sink, ShardKind::Dir, root, true)
}

fn pack_leaf(
    blueprint: &Blueprint,
    number: u32,
    range: &Range<u32>,
    packed: &[PackedCell],
    sink: &dyn Sink,
) -> Result<leaves::LeafEntry> {
    let own = &packed[range.start as usize..range.end as usize];
    let base = blueprint.cells[range.start as usize].start;
    let items = own.iter().map(|cell| cell.entry.items).sum();
    let leaf = ShardWriter::new(blueprint.header(ShardKind::Leaf, number, base, items));
    let leaf = leaf.section(SectionKind::Cells, 0, own.len() as u32, encode_cells(blueprint.dim(), own));
    let file = sink.put(ShardKind::Leaf, finished(leaf)?)?;
    let mut moments = Moments::of(&[], blueprint.dim());
    own.iter().for_each(|cell| moments.add(&cell.moments));
    Ok(leaves::LeafEntry { items, cells: own.len() as u32, file, centroid: moments.centroid_of_all() })
}

fn encode_cells(dim: usize, packed: &[PackedCell]) -> Vec<u8> {
    let entries: Vec<CellEntry> = packed.iter().map(|cell| cell.entry.clone()).collect();
    cells::encode(dim, &entries)
}

//! The id map: where the items of bare keys are. Owns which key goes into which file.

use anyhow::Result;
use edge_recall::format::ShardKind;
use edge_recall::format::cells::CellFile;
use edge_recall::format::header::NO_CELL;
use edge_recall::format::idmap::{IdFiles, Ids, file_of};
use edge_recall::format::manifest::ShardRef;
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::ShardWriter;
use edge_recall::ids::Ordinal;

use super::cell::PackedCell;
use super::{Blueprint, Sink, finished, refer};
use crate::layout::id_files;

/// Packs the files of the epoch's keys, one more for keys that came later, and the root that names them.
pub fn pack(blueprint: &Blueprint, cells: &[PackedCell], sink: &dyn Sink) -> Result<ShardRef> {
    let files = id_files(blueprint.epoch_items as usize, cells.len());
    let (mut hashed, mut later) = (vec![Vec::new(); files], Vec::new());
    for (hash, ordinal) in cells.iter().flat_map(|cell| &cell.hashes).zip(0u32..) {
        let own = match hashed.get_mut(file_of(*hash, files as u32) as usize) {
            Some(own) if ordinal < blueprint.epoch_items => own,
            _ => &mut later,
        };
        own.push((*hash, Ordinal(ordinal)));
    }
    let mut root = IdFiles { files: Vec::new(), hashed: files as u32 };
    for entries in hashed.iter().chain((!later.is_empty()).then_some(&later)) {
        root.files.push(pack_file(blueprint, root.files.len() as u32, entries, sink)?);
    }
    let shard = ShardWriter::new(blueprint.header(ShardKind::IdMap, NO_CELL, 0, blueprint.manifest.items));
    let shard = shard.section(SectionKind::IdFiles, 0, root.files.len() as u32, root.encode());
    refer(sink, ShardKind::IdMap, shard, false)
}

fn pack_file(blueprint: &Blueprint, number: u32, entries: &[(u32, Ordinal)], sink: &dyn Sink) -> Result<CellFile> {
    let count = entries.len() as u32;
    let shard = ShardWriter::new(blueprint.header(ShardKind::IdMap, number, 0, count));
    sink.put(ShardKind::IdMap, finished(shard.section(SectionKind::Ids, 0, count, Ids::encode(entries)))?)
}

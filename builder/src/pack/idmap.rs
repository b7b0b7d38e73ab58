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

/// Packs the files of the epoch's keys, more for keys that came later, and the root that names them.
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
    for entries in hashed.iter().chain(&shared_out(&later)) {
        root.files.push(pack_file(blueprint, root.files.len() as u32, entries, sink)?);
    }
    let shard = ShardWriter::new(blueprint.header(ShardKind::IdMap, NO_CELL, 0, blueprint.manifest.items));
    let shard = shard.section(SectionKind::IdFiles, 0, root.files.len() as u32, root.encode());
    refer(sink, ShardKind::IdMap, shard, false)
}

/// Later keys by their hash, in as many files as they need.
fn shared_out(later: &[(u32, Ordinal)]) -> Vec<Vec<(u32, Ordinal)>> {
    let files = id_files(later.len(), 2);
    let mut shared = vec![Vec::new(); files];
    for entry in later {
        shared[file_of(entry.0, files as u32) as usize].push(*entry);
    }
    shared
}

fn pack_file(blueprint: &Blueprint, number: u32, entries: &[(u32, Ordinal)], sink: &dyn Sink) -> Result<CellFile> {
    let count = entries.len() as u32;
    let shard = ShardWriter::new(blueprint.header(ShardKind::IdMap, number, 0, count));
    sink.put(ShardKind::IdMap, finished(shard.section(SectionKind::Ids, 0, count, Ids::encode(entries)))?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use edge_recall::format::Shard;
    use edge_recall::format::idmap::hash;
    use edge_recall::{AlignedBytes, Manifest};

    use super::*;
    use crate::pack::Memory;

    /// Packs the keys of `items` items in cells of a hundred; those from `epoch_items` on came later.
    fn packed(items: u32, epoch_items: u32) -> (ShardRef, Memory) {
        let cells: Vec<_> = (0..items).step_by(100).map(|base| base..(base + 100).min(items)).collect();
        let cell = |range: &std::ops::Range<u32>| PackedCell::of_hashes(range.clone().map(|n| hash(&key(n))).collect());
        let packed: Vec<PackedCell> = cells.iter().map(cell).collect();
        let manifest = Manifest { items, ..Manifest::default() };
        let leaf = 0..cells.len() as u32;
        let blueprint =
            Blueprint { manifest, cells, leaves: vec![leaf], crowds: Vec::new(), cohorts: Vec::new(), epoch_items };
        let sink = Memory::default();
        (pack(&blueprint, &packed, &sink).unwrap(), sink)
    }

    fn key(ordinal: u32) -> String {
        format!("sku-{ordinal}")
    }

    fn open(sink: &Memory, file: &CellFile) -> Shard {
        let bytes = sink.get(file.name).unwrap();
        assert_eq!(bytes.len(), file.bytes as usize);
        Shard::open(AlignedBytes::copy_of(&bytes)).unwrap()
    }

    /// The files by name, and the root, as a reader sees them.
    fn read(root: &ShardRef, sink: &Memory, items: u32) -> (IdFiles, BTreeMap<edge_recall::ids::ShardName, Ids>) {
        let root = open(sink, &CellFile { name: root.name, bytes: root.bytes });
        let root = IdFiles::read(root.required(SectionKind::IdFiles).unwrap()).unwrap();
        let ids = |file: &CellFile| Ids::read(open(sink, file).required(SectionKind::Ids).unwrap(), items).unwrap();
        let files = root.files.iter().map(|file| (file.name, ids(file))).collect();
        (root, files)
    }

    #[test]
    fn every_key_is_in_a_file_that_a_reader_looks_into() {
        for (items, epoch_items) in [(300, 300), (12_000, 12_000), (12_500, 12_000), (150, 100)] {
            let (root, sink) = packed(items, epoch_items);
            let (root, files) = read(&root, &sink, items);
            assert_eq!(root.files.len() as u32, root.hashed + u32::from(items > epoch_items));
            for item in 0..items {
                let key = key(item);
                let found: Vec<Ordinal> =
                    root.of(&key).into_iter().flat_map(|file| files[&file.name].candidates(&key)).collect();
                assert!(found.contains(&Ordinal(item)), "{key}: {found:?}");
                assert!(found.len() <= 4, "{key}: {found:?}");
            }
        }
    }

    #[test]
    fn keys_are_shared_out_evenly() {
        let (root, sink) = packed(30_000, 30_000);
        let (root, _) = read(&root, &sink, 30_000);
        assert_eq!(root.hashed, 6);
        for file in &root.files {
            assert!((28_000..36_000).contains(&file.bytes), "{} bytes", file.bytes);
        }
    }

    #[test]
    fn what_comes_later_changes_the_root_and_one_file() {
        let names = |items| {
            let (root, sink) = packed(items, 12_000);
            let (files, _) = read(&root, &sink, items);
            (root.name, files.files.iter().map(|file| file.name).collect::<Vec<_>>())
        };
        let ((root, before), (first, one), (second, two)) = (names(12_000), names(12_010), names(12_030));
        assert_eq!(one[..before.len()], before);
        assert_eq!(two[..before.len()], before);
        assert_eq!((one.len(), two.len()), (before.len() + 1, before.len() + 1));
        assert!(one.last() != two.last() && root != first && first != second);
    }
}

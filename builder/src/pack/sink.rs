//! Where shards go: into memory, for the tuner and for small builds, or straight to the disk. Owns no format.

use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use edge_recall::format::ShardKind;
use edge_recall::format::cells::CellFile;
use edge_recall::format::manifest::Manifest;
use edge_recall::format::write::shard_name;
use edge_recall::ids::ShardName;
use edge_recall::{AlignedBytes, Recaller};

use crate::builds::path_of;
use crate::output::OutputDir;

/// Takes finished shards, from several threads at once.
pub trait Sink: Sync {
    /// Takes one shard.
    fn put(&self, kind: ShardKind, bytes: Vec<u8>) -> Result<CellFile>;
}

/// Shards in memory.
#[derive(Debug, Default)]
pub struct Memory {
    files: Mutex<Vec<(ShardName, ShardKind, Vec<u8>)>>,
}

impl Sink for Memory {
    fn put(&self, kind: ShardKind, bytes: Vec<u8>) -> Result<CellFile> {
        let file = CellFile { name: shard_name(&bytes), bytes: bytes.len() as u32 };
        self.files.lock().unwrap_or_else(PoisonError::into_inner).push((file.name, kind, bytes));
        Ok(file)
    }
}

impl Memory {
    /// The bytes of a shard.
    #[cfg(test)]
    pub fn get(&self, name: ShardName) -> Option<Vec<u8>> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.iter().find(|file| file.0 == name).map(|file| file.2.clone())
    }

    /// The build, once its manifest is known.
    pub fn packed(self, manifest: Manifest) -> Packed {
        let mut files = self.files.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Threads finish in any order; the files of a build have one.
        files.sort_by_key(|(name, kind, _)| (*kind, *name));
        files.dedup_by_key(|(name, _, _)| *name);
        Packed { manifest, files }
    }
}

/// Shards of a directory in the making.
pub struct Disk<'a> {
    dir: &'a OutputDir,
    /// Before `c/`.
    folder: &'static str,
}

impl<'a> Disk<'a> {
    /// A sink that writes below `c/` in a folder of the directory; the folder's name ends with a slash, or is empty.
    pub fn new(dir: &'a OutputDir, folder: &'static str) -> Disk<'a> {
        Disk { dir, folder }
    }
}

impl Sink for Disk<'_> {
    fn put(&self, _: ShardKind, bytes: Vec<u8>) -> Result<CellFile> {
        let file = CellFile { name: shard_name(&bytes), bytes: bytes.len() as u32 };
        self.dir.write(&format!("{}{}", self.folder, path_of(&file.name.to_string())), &bytes)?;
        Ok(file)
    }
}

/// One build, ready to be written or to be run.
#[derive(Clone, Debug)]
pub struct Packed {
    /// `recall.json`.
    pub manifest: Manifest,
    /// Files under `c/`, by kind in the order they are read.
    pub files: Vec<(ShardName, ShardKind, Vec<u8>)>,
}

impl Packed {
    /// A recaller with every file attached that recall reads: the very bytes that would ship.
    pub fn attach(&self) -> Result<Recaller> {
        let mut recaller = Recaller::new(self.manifest.clone())?;
        recaller.attach_inline()?;
        // The directory names the leaves, and leaves name the cells.
        let order = |kind: ShardKind| match kind {
            ShardKind::Head | ShardKind::Dir | ShardKind::Crowds => 0,
            ShardKind::Leaf => 1,
            _ => 2,
        };
        for stage in 0..3 {
            for (name, kind, bytes) in &self.files {
                let read = !matches!(kind, ShardKind::IdMap | ShardKind::Card);
                if read && order(*kind) == stage {
                    recaller.attach(*name, AlignedBytes::copy_of(bytes))?;
                }
            }
        }
        Ok(recaller)
    }

    /// Bytes of manifest and files together: what a byte budget counts, without the display cards.
    pub fn bytes(&self) -> u64 {
        let counted = self.files.iter().filter(|(_, kind, _)| *kind != ShardKind::Card);
        let files: u64 = counted.map(|(_, _, bytes)| bytes.len() as u64).sum();
        files + self.manifest_text().len() as u64
    }

    /// The content of `recall.json`.
    pub fn manifest_text(&self) -> String {
        format!("{}\n", self.manifest.to_json())
    }
}

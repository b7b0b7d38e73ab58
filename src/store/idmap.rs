//! Where items of bare keys may be, as far as the files of the id map are attached.

use crate::format::cells::CellFile;
use crate::format::idmap::{IdFiles, Ids};
use crate::ids::{Ordinal, ShardName};

/// The id map of a build.
#[derive(Clone, Default)]
pub struct IdMap {
    root: Option<IdFiles>,
    files: Vec<(ShardName, Ids)>,
}

impl IdMap {
    /// Takes in the names of the files.
    pub fn attach_root(&mut self, root: IdFiles) {
        self.root = Some(root);
    }

    /// Takes in one file.
    pub fn attach(&mut self, name: ShardName, ids: Ids) {
        self.files.push((name, ids));
    }

    /// Whether a name is that of a file of the id map.
    pub fn names(&self, name: ShardName) -> bool {
        self.root.as_ref().is_some_and(|root| root.files.iter().any(|file| file.name == name))
    }

    /// Files that may know a key; none before the root is attached.
    pub fn files_of(&self, key: &str) -> Vec<CellFile> {
        self.root.as_ref().map_or(Vec::new(), |root| root.of(key))
    }

    /// Items that a key may stand for, by the files that are attached.
    pub fn candidates(&self, key: &str) -> Vec<Ordinal> {
        let mut candidates = Vec::new();
        for file in self.files_of(key) {
            for (name, ids) in &self.files {
                if *name == file.name {
                    candidates.append(&mut ids.candidates(key));
                }
            }
        }
        candidates
    }
}

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
        self.root.iter().flat_map(|root| &root.files).any(|file| file.name == name)
    }

    /// Files that may know a key; none before the root is attached.
    pub fn files_of<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a CellFile> {
        self.root.iter().flat_map(move |root| root.of(key))
    }

    /// Items that a key may stand for, by the files that are attached.
    pub fn candidates<'a>(&'a self, key: &'a str) -> impl Iterator<Item = Ordinal> + 'a {
        let known = |file: &CellFile| self.files.iter().find(|(name, _)| *name == file.name);
        self.files_of(key).filter_map(known).flat_map(move |(_, ids)| ids.candidates(key))
    }
}

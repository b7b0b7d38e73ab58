//! From item keys to ordinals, reading no more of a build than those items need. Owns the way through id map, leaves and
//! keys, which is exact where a visit gives up after a few candidates.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use edge_recall::format::idmap::{IdFiles, Ids};
use edge_recall::format::keys::Keys;
use edge_recall::format::section::SectionKind;
use edge_recall::ids::{Ordinal, ShardName};
use edge_recall::recaller::{Budget, Privacy};
use edge_recall::{Recaller, Request};

use crate::open::Folder;

/// A build whose cells are read one by one.
pub struct Locator<'a> {
    folder: &'a Folder,
    /// Head, directory and the leaves that were needed so far are attached.
    pub recaller: Recaller,
}

impl<'a> Locator<'a> {
    /// Reads head and directory.
    pub fn new(folder: &'a Folder) -> Result<Locator<'a>> {
        let request = Request { privacy: Privacy::Head, ..Request::trending() };
        let opened = folder.visited(&request.budget(Budget { bytes: 0, files: 0 }))?;
        Ok(Locator { folder, recaller: opened.recaller })
    }

    /// Attaches every leaf.
    pub fn read_leaves(&mut self) -> Result<()> {
        let leaves = self.recaller.directory().map_or(0, |directory| directory.leaves().count());
        (0..leaves).try_for_each(|leaf| self.read_leaf(leaf))
    }

    /// Attaches a leaf.
    pub fn read_leaf(&mut self, leaf: usize) -> Result<()> {
        let directory = self.recaller.directory().context("the build has no directory")?;
        let lacking = directory.leaves().nth(leaf).filter(|(_, cells)| cells.is_none());
        let Some(name) = lacking.map(|(leaf, _)| leaf.file.name) else { return Ok(()) };
        let shard = self.folder.shard(name)?;
        Ok(self.recaller.attach_shard(name, &shard)?)
    }

    /// The items of `keys`, in their order; `None` = the catalogue has no such item.
    pub fn find(&mut self, keys: &[impl AsRef<str>]) -> Result<Vec<Option<Ordinal>>> {
        let keys: Vec<&str> = keys.iter().map(AsRef::as_ref).collect();
        let mut found: HashMap<&str, Option<Ordinal>> = keys.iter().map(|key| (*key, None)).collect();
        for base in self.cells_of(&keys)? {
            let vec = self.cell(Ordinal(base))?.0;
            let shard = self.folder.shard(vec)?;
            Keys::read(shard.required(SectionKind::Keys)?)?.for_each(&mut |slot, key| {
                if let Some(place) = found.get_mut(key) {
                    *place = Some(Ordinal(base + slot));
                }
            });
        }
        Ok(keys.iter().map(|key| found[key]).collect())
    }

    /// First ordinals of the cells that may hold some of the keys, ascending.
    fn cells_of(&mut self, keys: &[&str]) -> Result<Vec<u32>> {
        let Some(root) = self.recaller.manifest().idmap.clone() else {
            self.read_leaves()?;
            let cells = self.recaller.directory().into_iter().flat_map(|directory| directory.cells());
            return Ok(cells.map(|(_, cell)| cell.base).collect());
        };
        let root = IdFiles::read(self.folder.named(&root)?.required(SectionKind::IdFiles)?)?;
        let mut asked: BTreeMap<ShardName, Vec<&str>> = BTreeMap::new();
        for key in keys {
            root.of(key).into_iter().for_each(|file| asked.entry(file.name).or_default().push(key));
        }
        let mut bases = Vec::new();
        for (name, keys) in asked {
            let shard = self.folder.shard(name)?;
            let ids = Ids::read(shard.required(SectionKind::Ids)?, self.recaller.manifest().items)?;
            for item in keys.iter().flat_map(|key| ids.candidates(key)) {
                bases.push(self.cell(item)?.1);
            }
        }
        bases.sort_unstable();
        bases.dedup();
        Ok(bases)
    }

    /// The file of keys of an item's cell, and the first ordinal of the cell. Reads its leaf.
    fn cell(&mut self, item: Ordinal) -> Result<(ShardName, u32)> {
        let leaf = self.recaller.directory().and_then(|directory| directory.leaf_of(item));
        self.read_leaf(leaf.context("an item lies in no leaf")?)?;
        let (_, cell) = self.recaller.directory().and_then(|d| d.cell_of(item)).context("an item lies in no cell")?;
        Ok((cell.vec.name, cell.base))
    }

    /// A recaller with the vectors and rows of one item's cell besides, and of no other.
    pub fn with_cell_of(&mut self, item: Ordinal) -> Result<Recaller> {
        self.cell(item)?;
        let (_, cell) = self.recaller.directory().and_then(|d| d.cell_of(item)).context("an item lies in no cell")?;
        let mut recaller = self.recaller.clone();
        for file in [Some(cell.vec), cell.i2i].into_iter().flatten() {
            recaller.attach_shard(file.name, &self.folder.shard(file.name)?)?;
        }
        Ok(recaller)
    }
}

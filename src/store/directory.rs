//! Which cells there are and where their files are, over one level or two. Cells of a leaf are known once the leaf is attached.

use crate::format::ShardKind;
use crate::format::cells::{Cell, CellFile};
use crate::format::leaves::Leaf;
use crate::ids::{Ordinal, ShardName};
use crate::listed::Listed;

/// The directory of a build.
#[derive(Clone, Default)]
pub struct Directory {
    leaves: Vec<Leaf>,
    /// The cells of each leaf, as far as they are attached.
    cells: Vec<Option<Vec<Cell>>>,
}

/// What a file stands for: its kind, its number, and the ordinals it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What the file holds.
    pub kind: ShardKind,
    /// Number of its cell or leaf.
    pub number: u32,
    /// First ordinal.
    pub base: u32,
    /// Items.
    pub items: u32,
}

impl Directory {
    /// A directory of one level.
    pub fn of_cells(cells: Vec<Cell>) -> Directory {
        let items = cells.iter().map(|cell| cell.items).sum();
        let (file, centroid) = (CellFile::default(), Default::default());
        let leaf = Leaf { base: 0, items, first: 0, cells: cells.len() as u32, file, centroid };
        Directory { leaves: vec![leaf], cells: vec![Some(cells)] }
    }

    /// A directory of two levels, without any cell yet.
    pub fn of_leaves(leaves: Vec<Leaf>) -> Directory {
        let cells = leaves.iter().map(|_| None).listed();
        Directory { leaves, cells }
    }

    /// Takes in the cells of a leaf.
    pub fn attach(&mut self, leaf: u32, cells: Vec<Cell>) {
        if let Some(place) = self.cells.get_mut(leaf as usize) {
            *place = Some(cells);
        }
    }

    /// All leaves, each with its cells where they are known.
    pub fn leaves(&self) -> impl Iterator<Item = (&Leaf, Option<&[Cell]>)> {
        self.leaves.iter().zip(self.cells.iter().map(Option::as_deref))
    }

    /// Number of the leaf that holds an ordinal.
    pub fn leaf_of(&self, item: Ordinal) -> Option<usize> {
        let place = self.leaves.partition_point(|leaf| leaf.base <= item.0).checked_sub(1)?;
        (item.0 - self.leaves[place].base < self.leaves[place].items).then_some(place)
    }

    /// The cell that holds an ordinal, where its leaf is attached; and its number.
    pub fn cell_of(&self, item: Ordinal) -> Option<(u32, &Cell)> {
        let leaf = self.leaf_of(item)?;
        let cells = self.cells[leaf].as_deref()?;
        let place = cells.partition_point(|cell| cell.base <= item.0).checked_sub(1)?;
        Some((self.leaves[leaf].first + place as u32, &cells[place]))
    }

    /// All known cells with their numbers.
    pub fn cells(&self) -> impl Iterator<Item = (u32, &Cell)> {
        self.leaves().flat_map(|(leaf, cells)| (leaf.first..).zip(cells.unwrap_or_default()))
    }

    /// What a name stands for.
    pub fn place_of(&self, name: ShardName) -> Option<Place> {
        let leaf = (0..).zip(&self.leaves).find(|(_, leaf)| leaf.file.bytes > 0 && leaf.file.name == name);
        if let Some((number, leaf)) = leaf {
            return Some(Place { kind: ShardKind::Leaf, number, base: leaf.base, items: leaf.items });
        }
        self.cells().find_map(|(number, cell)| {
            let names = |file: Option<CellFile>| file.is_some_and(|file| file.name == name);
            let kind = if cell.vec.name == name {
                ShardKind::Vec
            } else if names(cell.i2i) {
                ShardKind::I2i
            } else if names(cell.card) {
                ShardKind::Card
            } else {
                return None;
            };
            Some(Place { kind, number, base: cell.base, items: cell.items })
        })
    }
}

//! Which cells there are and where their files are, over one level or two. Cells of a leaf are known once the leaf is attached.

use crate::format::ShardKind;
use crate::format::cells::{Cell, CellFile};
use crate::format::leaves::Leaf;
use crate::ids::{Ordinal, ShardName};

/// The directory of a build.
#[derive(Clone, Default)]
pub struct Directory {
    branches: Vec<Branch>,
}

/// A leaf, and its cells once they are attached.
#[derive(Clone)]
struct Branch {
    leaf: Leaf,
    cells: Option<Vec<Cell>>,
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
        let items = cells.last().map_or(0, |last| last.base + last.items);
        let (file, centroid) = (CellFile::default(), Default::default());
        let leaf = Leaf { base: 0, items, first: 0, cells: cells.len() as u32, file, centroid };
        Directory { branches: vec![Branch { leaf, cells: Some(cells) }] }
    }

    /// A directory of two levels, without any cell yet.
    pub fn of_leaves(leaves: Vec<Leaf>) -> Directory {
        let mut branches = Vec::new();
        for leaf in leaves {
            branches.push(Branch { leaf, cells: None });
        }
        Directory { branches }
    }

    /// Takes in the cells of a leaf.
    pub fn attach(&mut self, leaf: u32, cells: Vec<Cell>) {
        if let Some(branch) = self.branches.get_mut(leaf as usize) {
            branch.cells = Some(cells);
        }
    }

    /// All leaves, each with its cells where they are known.
    pub fn leaves(&self) -> impl Iterator<Item = (&Leaf, Option<&[Cell]>)> {
        self.branches.iter().map(|branch| (&branch.leaf, branch.cells.as_deref()))
    }

    /// The leaf of a number.
    pub fn leaf(&self, number: usize) -> Option<&Leaf> {
        Some(&self.branches.get(number)?.leaf)
    }

    /// Number of the leaf that holds an ordinal.
    pub fn leaf_of(&self, item: Ordinal) -> Option<usize> {
        let place = self.branches.partition_point(|branch| branch.leaf.base <= item.0).checked_sub(1)?;
        let leaf = self.leaf(place)?;
        (item.0 - leaf.base < leaf.items).then_some(place)
    }

    /// The cell that holds an ordinal, where its leaf is attached; and its number.
    pub fn cell_of(&self, item: Ordinal) -> Option<(u32, &Cell)> {
        let branch = self.branches.get(self.leaf_of(item)?)?;
        let cells = branch.cells.as_deref()?;
        let place = cells.partition_point(|cell| cell.base <= item.0).checked_sub(1)?;
        Some((branch.leaf.first + place as u32, cells.get(place)?))
    }

    /// All known cells with their numbers.
    pub fn cells(&self) -> impl Iterator<Item = (u32, &Cell)> {
        self.leaves().flat_map(|(leaf, cells)| (leaf.first..).zip(cells.unwrap_or_default()))
    }

    /// What a name stands for.
    pub fn place_of(&self, name: ShardName) -> Option<Place> {
        let is = |file: Option<CellFile>| file.is_some_and(|file| file.bytes > 0 && file.name == name);
        for (number, Branch { leaf, cells }) in (0..).zip(&self.branches) {
            if is(Some(leaf.file)) {
                return Some(Place { kind: ShardKind::Leaf, number, base: leaf.base, items: leaf.items });
            }
            for (number, cell) in (leaf.first..).zip(cells.as_deref().unwrap_or_default()) {
                let kind = if is(Some(cell.vec)) {
                    ShardKind::Vec
                } else if is(cell.i2i) {
                    ShardKind::I2i
                } else if is(cell.card) {
                    ShardKind::Card
                } else {
                    continue;
                };
                return Some(Place { kind, number, base: cell.base, items: cell.items });
            }
        }
        None
    }
}

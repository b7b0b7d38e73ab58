//! Section `leaves` (docs/FORMAT.md 5.9): the upper level of a large directory. Each leaf is a shard that holds the cells of
//! one neighbourhood.

use crate::error::{FormatError, Part};
use crate::format::cells::{self, CellFile, Centroid, CentroidCode};
use crate::format::section::Section;
use crate::ids::ShardName;

/// One leaf of the directory.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// First ordinal.
    pub base: u32,
    /// Number of items, at least 1.
    pub items: u32,
    /// Number of its first cell.
    pub first: u32,
    /// Number of cells, at least 1.
    pub cells: u32,
    /// The shard.
    pub file: CellFile,
    /// Mean of its vectors.
    pub centroid: Centroid,
}

/// Reads and checks the leaves; together they must hold exactly `items` items.
pub fn read(section: &Section, items: u32, dim: usize) -> Result<Vec<Leaf>, FormatError> {
    let mut reader = cells::begin(section, Part::Leaves, dim, 24);
    let mut leaves = Vec::new();
    let (mut base, mut first) = (0u32, 0u32);
    while reader.remaining() > 0 {
        let (count, cells) = (reader.u32(), reader.u32());
        reader.check(count >= cells && cells > 0, &"a leaf is empty or has more cells than items");
        let name = ShardName(reader.array());
        reader.zeros(2);
        let file = CellFile { name, bytes: reader.u32() };
        reader.check(name != ShardName::NONE && file.bytes > 0, &"a leaf has no file");
        let centroid = Centroid::read(&mut reader, dim);
        leaves.push(Leaf { base, items: count, first, cells, file, centroid });
        base = cells::add(&mut reader, base, count);
        first = first.saturating_add(cells);
    }
    reader.check(base == items, &"the leaves do not add up to the catalogue");
    reader.finish()?;
    Ok(leaves)
}

/// What a directory says of one leaf, for [`encode`].
#[derive(Clone, Debug, PartialEq)]
pub struct LeafEntry {
    /// Number of items.
    pub items: u32,
    /// Number of cells.
    pub cells: u32,
    /// The shard.
    pub file: CellFile,
    /// Mean of its vectors.
    pub centroid: CentroidCode,
}

/// Encodes leaves as [`read`] expects them.
pub fn encode(dim: usize, leaves: &[LeafEntry]) -> Vec<u8> {
    let mut to = Vec::new();
    to.extend_from_slice(&(dim as u32).to_le_bytes());
    to.extend_from_slice(&[0; 4]);
    for leaf in leaves {
        to.extend_from_slice(&leaf.items.to_le_bytes());
        to.extend_from_slice(&leaf.cells.to_le_bytes());
        to.extend_from_slice(&leaf.file.name.0);
        to.extend_from_slice(&[0; 2]);
        to.extend_from_slice(&leaf.file.bytes.to_le_bytes());
        leaf.centroid.put(&mut to, dim);
    }
    to
}

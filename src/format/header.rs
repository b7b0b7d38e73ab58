//! The fixed header of a shard (docs/FORMAT.md section 3). Owns magic, version and identity; not the sections.

use crate::error::FormatError;
use crate::format::bytes::Reader;
use crate::ids::{Epoch, Model};

/// First eight bytes of every shard; the last is the major version. The others catch text-mode transfers, as in PNG.
pub const MAGIC: [u8; 8] = [0x89, b'E', b'R', b'S', b'\r', b'\n', 0x1A, MAJOR];
/// Major version of the format.
pub const MAJOR: u8 = 1;
/// Minor version of the format.
pub const MINOR: u16 = 3;
/// Bytes of the header.
pub const HEADER_BYTES: usize = 64;
/// Cell number of shards that belong to no cell.
pub const NO_CELL: u32 = u32::MAX;

/// What a shard holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum ShardKind {
    /// Crowd lists and the Gram matrix, one a build.
    Head = 1,
    /// Cells and the names of their shards.
    Dir = 2,
    /// Keys, attributes and vectors of one cell.
    Vec = 3,
    /// Item-to-item rows of one cell.
    I2i = 4,
    /// Cells of one neighbourhood of a large catalogue.
    Leaf = 5,
    /// Where the items of bare keys are; the root names the others.
    IdMap = 6,
    /// Display fields of one cell.
    Card = 7,
    /// Crowd lists beyond that of everyone, where they are too many for the head.
    Crowds = 8,
    /// Vectors to search by themselves: a file of its own, in no build.
    Index = 9,
}

impl ShardKind {
    /// All kinds.
    pub const ALL: [ShardKind; 9] = [
        ShardKind::Head,
        ShardKind::Dir,
        ShardKind::Vec,
        ShardKind::I2i,
        ShardKind::Leaf,
        ShardKind::IdMap,
        ShardKind::Card,
        ShardKind::Crowds,
        ShardKind::Index,
    ];

    /// Name, as in docs/FORMAT.md.
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 10] = ["", "head", "dir", "vec", "i2i", "leaf", "idmap", "card", "crowds", "index"];
        NAMES.get(self as usize).copied().unwrap_or_default()
    }
}

/// The header's fields, without magic, length and checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the shard holds.
    pub kind: ShardKind,
    /// Numbering and centroids.
    pub epoch: Epoch,
    /// Vector space.
    pub model: Model,
    /// Cell number, or [`NO_CELL`].
    pub cell: u32,
    /// First ordinal of the cell.
    pub base: u32,
    /// Items of the cell, or of the catalogue.
    pub count: u32,
}

/// Reads header fields; returns them with the number of sections, the length of the file and the checksum.
pub(crate) fn read(reader: &mut Reader<'_>) -> (Header, u32, u32, u32) {
    let [known @ .., major] = MAGIC;
    let begins = reader.remaining() >= MAGIC.len();
    let [magic @ .., found] = if begins { reader.array::<8>() } else { [0; 8] };
    reader.demand(magic == known, FormatError::NotAShard);
    reader.demand(found == major, FormatError::Version { found });
    // A newer minor is readable by rule; unknown required sections are refused where the table is read.
    let _minor = reader.u16();
    let kind = reader.u16();
    let kind = ShardKind::ALL.into_iter().find(|k| *k as u16 == kind);
    reader.check(kind.is_some(), &"unknown shard kind");
    let kind = kind.unwrap_or(ShardKind::Head);
    let sections = reader.u32();
    let header = Header {
        kind,
        epoch: Epoch(reader.u64()),
        model: Model(reader.u64()),
        cell: reader.u32(),
        base: reader.u32(),
        count: reader.u32(),
    };
    let length = reader.u32();
    reader.zeros(12);
    (header, sections, length, reader.u32())
}

/// Writes everything before the checksum.
#[cfg(feature = "write")]
pub(crate) fn encode(header: &Header, sections: u32, length: u32) -> Vec<u8> {
    let mut to = Vec::with_capacity(HEADER_BYTES);
    to.extend_from_slice(&MAGIC);
    to.extend_from_slice(&MINOR.to_le_bytes());
    to.extend_from_slice(&(header.kind as u16).to_le_bytes());
    to.extend_from_slice(&sections.to_le_bytes());
    to.extend_from_slice(&header.epoch.0.to_le_bytes());
    to.extend_from_slice(&header.model.0.to_le_bytes());
    for field in [header.cell, header.base, header.count, length, 0, 0, 0] {
        to.extend_from_slice(&field.to_le_bytes());
    }
    to
}

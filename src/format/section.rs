//! The section table and the registry of section kinds (docs/FORMAT.md section 4). Owns no section body.

use crate::error::Part;
use crate::format::bytes::{Reader, SharedBytes};

/// Bytes of one table entry.
pub const ENTRY_BYTES: usize = 24;
/// Most sections a shard may have.
pub const MAX_SECTIONS: u32 = 64;
/// Flag: a reader that does not know the kind must refuse the shard.
pub const REQUIRED: u32 = 1;

/// What a section holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u16)]
pub enum SectionKind {
    /// Crowd lists.
    Crowds = 1,
    /// Gram matrix of the item vectors.
    Gram = 2,
    /// Keys of the items that the crowd lists name.
    Known = 3,
    /// Centroids of the cohorts.
    Cohorts = 4,
    /// Cells and the names of their shards.
    Cells = 16,
    /// Leaves of a large directory.
    Leaves = 17,
    /// Items that must not be shown for now.
    Mask = 18,
    /// Item keys.
    Keys = 32,
    /// One attribute column.
    Attribute = 33,
    /// Vector codes.
    Codes = 34,
    /// Scales of int8 codes.
    Scales = 35,
    /// Popularity of the items.
    Gain = 36,
    /// Item-to-item rows.
    Rows = 48,
    /// Names of the files of the id map.
    IdFiles = 64,
    /// Fingerprints of keys and their ordinals.
    Ids = 65,
    /// Display fields.
    Fields = 80,
    /// Cells of an index and their centroids.
    Partition = 96,
    /// Ids of the rows of an index.
    RowIds = 97,
    /// Links of a graph over the rows of an index.
    Graph = 98,
}

impl SectionKind {
    /// All kinds.
    pub const ALL: [SectionKind; 19] = [
        SectionKind::Crowds,
        SectionKind::Gram,
        SectionKind::Known,
        SectionKind::Cohorts,
        SectionKind::Cells,
        SectionKind::Leaves,
        SectionKind::Mask,
        SectionKind::Keys,
        SectionKind::Attribute,
        SectionKind::Codes,
        SectionKind::Scales,
        SectionKind::Gain,
        SectionKind::Rows,
        SectionKind::IdFiles,
        SectionKind::Ids,
        SectionKind::Fields,
        SectionKind::Partition,
        SectionKind::RowIds,
        SectionKind::Graph,
    ];

    /// The part of a file that it is.
    pub fn part(self) -> Part {
        match self {
            SectionKind::Crowds => Part::Crowds,
            SectionKind::Gram => Part::Gram,
            SectionKind::Known => Part::Known,
            SectionKind::Cohorts => Part::Cohorts,
            SectionKind::Cells => Part::Cells,
            SectionKind::Leaves => Part::Leaves,
            SectionKind::Mask => Part::Mask,
            SectionKind::Keys => Part::Keys,
            SectionKind::Attribute => Part::Attribute,
            SectionKind::Codes => Part::Codes,
            SectionKind::Scales => Part::Scales,
            SectionKind::Gain => Part::Gain,
            SectionKind::Rows => Part::Rows,
            SectionKind::IdFiles => Part::IdFiles,
            SectionKind::Ids => Part::Ids,
            SectionKind::Fields => Part::Fields,
            SectionKind::Partition => Part::Partition,
            SectionKind::RowIds => Part::RowIds,
            SectionKind::Graph => Part::Graph,
        }
    }

    /// Name, as in docs/FORMAT.md.
    pub fn name(self) -> &'static str {
        self.part().name()
    }
}

/// One checked section.
#[derive(Clone)]
pub struct Section {
    /// What it holds; `None` for an optional section of a newer minor.
    pub kind: Option<SectionKind>,
    /// Which of several of its kind.
    pub instance: u16,
    /// Entries, as the section defines.
    pub count: u32,
    /// Its bytes, without padding.
    pub bytes: SharedBytes,
}

/// One table entry as it stands in the file.
pub(crate) struct Entry {
    pub kind: u16,
    pub instance: u16,
    pub flags: u32,
    pub count: u32,
    pub offset: u32,
    pub length: u32,
    pub checksum: u32,
}

impl Entry {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Entry {
        Entry {
            kind: reader.u16(),
            instance: reader.u16(),
            flags: reader.u32(),
            count: reader.u32(),
            offset: reader.u32(),
            length: reader.u32(),
            checksum: reader.u32(),
        }
    }

    #[cfg(feature = "write")]
    pub(crate) fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.kind.to_le_bytes());
        to.extend_from_slice(&self.instance.to_le_bytes());
        for field in [self.flags, self.count, self.offset, self.length, self.checksum] {
            to.extend_from_slice(&field.to_le_bytes());
        }
    }
}

//! The shard format: bytes to checked sections and back. `docs/FORMAT.md` is normative.
//!
//! Owns the container (header, section table, checksums), every section body and the manifest, reader and writer side by
//! side. Knows nothing of stores, channels or hosts.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)
)]

pub mod attribute;
pub mod base64;
pub mod bits;
pub mod bytes;
pub mod card;
pub mod cells;
pub mod checksum;
pub mod codes;
pub mod cohorts;
pub mod crowds;
pub mod display;
pub mod gain;
pub mod gram;
#[cfg(feature = "hnsw")]
pub mod graph;
pub mod header;
pub mod idmap;
pub mod json;
pub mod keys;
pub mod leaves;
pub mod manifest;
pub mod ordinals;
#[cfg(feature = "search")]
pub mod partition;
pub mod rows;
pub mod section;
#[cfg(feature = "write")]
pub mod write;

use crate::error::{FormatError, Part, told};
use bytes::{AlignedBytes, Reader, SharedBytes};
use checksum::Crc32c;
use header::{HEADER_BYTES, Header};
use section::{ENTRY_BYTES, Entry, MAX_SECTIONS, REQUIRED, Section, SectionKind};

pub use header::ShardKind;

/// One shard whose structure and checksums hold. Section bodies are checked by their own readers.
#[derive(Clone)]
pub struct Shard {
    header: Header,
    length: usize,
    sections: Vec<Section>,
}

impl Shard {
    /// Checks header, section table, padding and every checksum. Reads all bytes once.
    pub fn open(bytes: AlignedBytes) -> Result<Shard, FormatError> {
        let crc = Crc32c::default();
        let bytes = SharedBytes::whole(bytes);
        let mut reader = Reader::new(&bytes, Part::Header);
        let (header, count, length, checksum) = header::read(&mut reader);
        reader.demand(length as usize == bytes.len(), FormatError::Length { expected: length });
        reader.enter(Part::Table);
        reader.check(count <= MAX_SECTIONS, &"too many sections");
        let start = HEADER_BYTES.saturating_add((count as usize).saturating_mul(ENTRY_BYTES));
        let table = bytes.get(HEADER_BYTES..start);
        reader.check(table.is_some(), &"it ends too early");
        let head = bytes.get(..HEADER_BYTES.saturating_sub(4)).unwrap_or_default();
        let found = crc.update(crc.update(0, head), table.unwrap_or_default());
        reader.demand(found == checksum, FormatError::Checksum { section: Part::Header });
        let sections = read_sections(&mut reader, count, start, &bytes, &crc);
        reader.done()?;
        Ok(Shard { header, length: bytes.len(), sections })
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Bytes of the file.
    pub fn size(&self) -> usize {
        self.length
    }

    /// All sections in file order.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The section of this kind and instance, if the shard has it.
    pub fn section(&self, kind: SectionKind, instance: u16) -> Option<&Section> {
        self.sections.iter().find(|s| s.kind == Some(kind) && s.instance == instance)
    }

    /// The section of this kind and instance 0, or an error that names it.
    pub fn required(&self, kind: SectionKind) -> Result<&Section, FormatError> {
        self.section(kind, 0).ok_or(FormatError::Rule { section: kind.part(), rule: told(&"the section is missing") })
    }
}

fn read_sections(reader: &mut Reader<'_>, count: u32, start: usize, bytes: &SharedBytes, crc: &Crc32c) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut expected = start;
    for _ in 0..count {
        let entry = Entry::read(reader);
        let kind = SectionKind::ALL.into_iter().find(|k| *k as u16 == entry.kind);
        let optional = entry.flags & REQUIRED == 0;
        reader.check(kind.is_some() || optional, &"a required section is unknown to this runtime; update edge-recall");
        reader.check(entry.flags & !REQUIRED == 0, &"unknown flags are set");
        reader.check(entry.offset as usize == expected, &"a section is misplaced");
        let body = bytes.part(expected, entry.length as usize);
        reader.check(body.is_some(), &"a section runs past the end");
        let repeated = sections.iter().any(|s| kind.is_some() && s.kind == kind && s.instance == entry.instance);
        reader.check(!repeated, &"a section appears twice");
        let end = expected.saturating_add(entry.length as usize);
        expected = end.checked_next_multiple_of(8).unwrap_or(usize::MAX);
        let padding = bytes.get(end..expected);
        reader.check(padding.is_some(), &"padding is missing");
        reader.check(padding.unwrap_or_default().iter().all(|&b| b == 0), &"padding is not zero");
        let Some(bytes) = body.filter(|_| reader.is_well()) else { break };
        let section = kind.map_or(Part::Unknown, SectionKind::part);
        reader.demand(crc.update(0, &bytes) == entry.checksum, FormatError::Checksum { section });
        sections.push(Section { kind, instance: entry.instance, count: entry.count, bytes });
    }
    reader.check(expected == bytes.len(), &"bytes follow the last section");
    sections
}

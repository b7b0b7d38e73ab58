//! The writing side of the container (feature `write`): emits exactly what [`super::Shard::open`] accepts.
//!
//! Owns layout, padding, checksums and names; section bodies are encoded beside their readers.

use sha2::{Digest, Sha256};

use crate::format::bytes::put_varint;
use crate::format::checksum::Crc32c;
use crate::format::header::{self, HEADER_BYTES, Header};
use crate::format::section::{ENTRY_BYTES, Entry, REQUIRED, SectionKind};
use crate::ids::ShardName;

/// Collects the sections of one shard.
pub struct ShardWriter {
    header: Header,
    sections: Vec<(SectionKind, u16, u32, Vec<u8>)>,
}

impl ShardWriter {
    /// An empty shard.
    pub fn new(header: Header) -> ShardWriter {
        ShardWriter { header, sections: Vec::new() }
    }

    /// Adds a section of `count` entries.
    #[must_use]
    pub fn section(mut self, kind: SectionKind, instance: u16, count: u32, bytes: Vec<u8>) -> ShardWriter {
        self.sections.push((kind, instance, count, bytes));
        self
    }

    /// The bytes of the file. `None` if it would pass 4 GiB, the most that the format can say.
    pub fn finish(self) -> Option<Vec<u8>> {
        let crc = Crc32c::default();
        let mut offset = HEADER_BYTES.checked_add(ENTRY_BYTES.checked_mul(self.sections.len())?)?;
        let mut table = Vec::new();
        for (kind, instance, count, bytes) in &self.sections {
            let entry = Entry {
                kind: *kind as u16,
                instance: *instance,
                // Who does not know fingerprints shows the same product twice, and is right otherwise.
                flags: if *kind == SectionKind::Prints { 0 } else { REQUIRED },
                count: *count,
                offset: u32::try_from(offset).ok()?,
                length: u32::try_from(bytes.len()).ok()?,
                checksum: crc.update(0, bytes),
            };
            entry.write(&mut table);
            offset = offset.checked_add(bytes.len())?.checked_next_multiple_of(8)?;
        }
        let mut file =
            header::encode(&self.header, u32::try_from(self.sections.len()).ok()?, u32::try_from(offset).ok()?);
        let checksum = crc.update(crc.update(0, &file), &table);
        file.extend_from_slice(&checksum.to_le_bytes());
        file.extend_from_slice(&table);
        for (_, _, _, bytes) in &self.sections {
            file.extend_from_slice(bytes);
            file.resize(file.len().next_multiple_of(8), 0);
        }
        Some(file)
    }
}

/// The name of a shard: the first 80 bits of the SHA-256 of its bytes.
pub fn shard_name(file: &[u8]) -> ShardName {
    let mut name = [0u8; 10];
    for (to, from) in name.iter_mut().zip(Sha256::digest(file)) {
        *to = from;
    }
    ShardName(name)
}

/// A 64-bit identity of a sequence of byte strings; the lengths take part, so that no two sequences run together.
pub fn identity<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u64 {
    let mut hash = Sha256::new();
    let mut length = Vec::new();
    for part in parts {
        length.clear();
        put_varint(&mut length, part.len() as u64);
        hash.update(&length);
        hash.update(part);
    }
    hash.finalize().iter().take(8).fold(0, |value, &byte| value << 8 | u64::from(byte))
}

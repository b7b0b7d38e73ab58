//! Sections `id-files` and `ids` (docs/FORMAT.md 5.12): from the bare key of an item to where it may be.

use crate::error::{FormatError, Part};
use crate::format::bytes::{Reader, SharedBytes};
use crate::format::cells::CellFile;
use crate::format::section::Section;
use crate::ids::{self, Ordinal, ShardName};

/// Hash of a key.
pub fn hash(key: &str) -> u32 {
    ids::hash(&[key])
}

/// The files of the id map.
#[derive(Clone, Debug, PartialEq)]
pub struct IdFiles {
    /// Every file.
    pub files: Vec<CellFile>,
    /// The first `hashed` files share the keys of the epoch by their hash; the others share those that came later.
    pub hashed: u32,
}

impl IdFiles {
    /// Reads section `id-files`.
    pub fn read(section: &Section) -> Result<IdFiles, FormatError> {
        let mut reader = Reader::new(&section.bytes, Part::IdFiles);
        let hashed = reader.u32();
        let fits = (section.count as usize).saturating_mul(14) == reader.remaining();
        reader.check(fits && hashed <= section.count, &"its length does not fit the number of files");
        let mut files = Vec::new();
        while reader.remaining() > 0 {
            let file = CellFile { name: ShardName(reader.array()), bytes: reader.u32() };
            reader.check(file.name != ShardName::NONE && file.bytes > 0, &"a file has no name or no size");
            files.push(file);
        }
        reader.done()?;
        Ok(IdFiles { files, hashed })
    }

    /// Encodes as [`IdFiles::read`] expects it.
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Vec::from(self.hashed.to_le_bytes());
        for file in &self.files {
            to.extend_from_slice(&file.name.0);
            to.extend_from_slice(&file.bytes.to_le_bytes());
        }
        to
    }

    /// The files that may hold a key.
    pub fn of(&self, key: &str) -> Vec<CellFile> {
        let (own, later) = self.files.split_at_checked(self.hashed as usize).unwrap_or_default();
        let mut files = Vec::new();
        for part in [own, later] {
            if let Some(&file) = part.get(file_of(hash(key), part.len() as u32) as usize) {
                files.push(file);
            }
        }
        files
    }
}

/// Which of `files` files holds keys of this hash.
pub fn file_of(hash: u32, files: u32) -> u32 {
    (u64::from(hash).wrapping_mul(u64::from(files)) >> 32) as u32
}

/// One file of the id map.
#[derive(Clone)]
pub struct Ids {
    ordinals: SharedBytes,
    fingerprints: SharedBytes,
}

impl Ids {
    /// Reads section `ids` of a catalogue of `items` items.
    pub fn read(section: &Section, items: u32) -> Result<Ids, FormatError> {
        let mut reader = Reader::new(&section.bytes, Part::Ids);
        let count = section.count as usize;
        reader.check(count.saturating_mul(6) == reader.remaining(), &"its length does not fit the number of keys");
        let ordinals = section.bytes.part(0, count.saturating_mul(4)).unwrap_or_default();
        let inside = ordinals.typed::<u32>().is_some_and(|all| all.iter().all(|&ordinal| ordinal < items));
        reader.check(inside, &"an item lies outside the catalogue");
        reader.done()?;
        let fingerprints = section.bytes.last(count.saturating_mul(2));
        Ok(Ids { ordinals, fingerprints })
    }

    /// Items whose key has the fingerprint of `key`; the first may be the right one, or none.
    pub fn candidates(&self, key: &str) -> Vec<Ordinal> {
        let wanted = hash(key) as u16;
        let (prints, ordinals) = (self.fingerprints.typed::<u16>(), self.ordinals.typed::<u32>());
        let mut candidates = Vec::new();
        for (&print, &ordinal) in prints.unwrap_or_default().iter().zip(ordinals.unwrap_or_default()) {
            if print == wanted {
                candidates.push(Ordinal(ordinal));
            }
        }
        candidates
    }

    /// Encodes hashes of keys with their ordinals as [`Ids::read`] expects them: the low half of a hash is the fingerprint.
    pub fn encode(entries: &[(u32, Ordinal)]) -> Vec<u8> {
        let ordinals = entries.iter().flat_map(|(_, ordinal)| ordinal.0.to_le_bytes());
        ordinals.chain(entries.iter().flat_map(|(hash, _)| (*hash as u16).to_le_bytes())).collect()
    }
}

//! Sections `gain` and `prints` (docs/FORMAT.md 5.14, 5.16): popularity and fingerprints of the items of one cell, entries of one
//! width each, of which every bit pattern means something.

use crate::error::FormatError;
use crate::format::bytes::{Reader, SharedBytes};
use crate::format::section::{Section, SectionKind};

/// Bytes of a fingerprint.
pub const PRINT_BYTES: usize = 8;

/// Reads, of popularity, one byte an item: `2^(gain / 16)` events, rounded; 0 = at most one. Of fingerprints eight; all zero = the
/// item has none.
pub fn read(section: &Section) -> Result<SharedBytes, FormatError> {
    let kind = section.kind.unwrap_or(SectionKind::Gain);
    let width = if kind == SectionKind::Prints { PRINT_BYTES } else { 1 };
    let mut reader = Reader::new(&section.bytes, kind.part());
    let expected = (section.count as usize).saturating_mul(width);
    reader.check(reader.remaining() == expected, &"its length does not fit the number of items");
    reader.done()?;
    Ok(section.bytes.clone())
}

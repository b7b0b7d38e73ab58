//! Section `gain` (docs/FORMAT.md 5.14): popularity of the items of one cell, a byte each on a log scale.

use crate::error::{FormatError, Part};
use crate::format::bytes::{Reader, SharedBytes};
use crate::format::section::Section;

/// Reads one byte an item: `2^(gain / 16)` events, rounded; 0 = at most one.
pub fn read(section: &Section) -> Result<SharedBytes, FormatError> {
    let mut reader = Reader::new(&section.bytes, Part::Gain);
    reader.check(reader.remaining() == section.count as usize, &"its length does not fit the number of items");
    reader.done()?;
    Ok(section.bytes.clone())
}

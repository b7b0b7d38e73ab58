//! Section `gram` (docs/FORMAT.md 5.2): the lower triangle of the Gram matrix of the decoded item vectors.

use crate::error::{FormatError, Part};
use crate::format::bytes::Reader;
use crate::format::section::Section;

/// Reads the lower triangle, row by row: `dim * (dim + 1) / 2` finite numbers.
pub fn read(section: &Section, dim: usize) -> Result<Vec<f32>, FormatError> {
    let mut reader = Reader::new(&section.bytes, Part::Gram);
    let found = reader.u32() as usize;
    reader.check(found == dim && section.count as usize == dim, &"another dimension than the manifest says");
    reader.zeros(4);
    let numbers = dim.saturating_mul(dim.saturating_add(1)) / 2;
    reader.check(reader.remaining() == numbers.saturating_mul(4), &"its length does not fit its dimension");
    let mut lower = Vec::new();
    while reader.remaining() > 0 {
        let value = reader.f32();
        reader.check(value.is_finite(), &"a number is not finite");
        lower.push(value);
    }
    reader.finish()?;
    Ok(lower)
}

/// Encodes a lower triangle as [`read`] expects it.
pub fn encode(dim: usize, lower: &[f32]) -> Vec<u8> {
    let mut to = Vec::with_capacity(lower.len().saturating_mul(4).saturating_add(8));
    to.extend_from_slice(&(dim as u32).to_le_bytes());
    to.extend_from_slice(&[0; 4]);
    for value in lower {
        to.extend_from_slice(&value.to_le_bytes());
    }
    to
}

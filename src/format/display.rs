//! Section `fields` (docs/FORMAT.md 5.13): what a page shows of an item (title, address, picture). Nothing else reads it.

use crate::error::{FormatError, Part};
use crate::format::bytes::{Reader, SharedBytes, put_string};
use crate::format::keys::{BLOCK, put_offsets, read_offsets};
use crate::format::section::Section;

/// The display fields of one cell, decoded on demand.
#[derive(Clone)]
pub struct Display {
    /// Fields of an item.
    fields: usize,
    offsets: Vec<u32>,
    data: SharedBytes,
}

impl Display {
    /// Checks every field of the section.
    pub fn read(section: &Section, fields: usize) -> Result<Display, FormatError> {
        let mut reader = Reader::new(&section.bytes, Part::Fields);
        let offsets = read_offsets(&mut reader, section.count)?;
        let data = section.bytes.tail(section.bytes.len().saturating_sub(reader.remaining())).unwrap_or_default();
        for slot in 0..section.count {
            if slot.is_multiple_of(BLOCK) {
                let at = data.len().saturating_sub(reader.remaining());
                let offset = offsets.get((slot / BLOCK) as usize).map(|&offset| offset as usize);
                reader.check(offset == Some(at), &"a block does not begin where its offset says")?;
            }
            for _ in 0..fields {
                let torn = reader.string()?.bytes().any(|byte| byte.is_ascii_control());
                reader.check(!torn, &"a field holds control characters")?;
            }
        }
        reader.finish()?;
        Ok(Display { fields, offsets, data })
    }

    /// The fields of a slot, in the order of the manifest; fewer beyond the last slot.
    pub fn get(&self, slot: u32) -> Vec<&str> {
        let start = self.offsets.get((slot / BLOCK) as usize).map_or(usize::MAX, |&offset| offset as usize);
        let mut reader = Reader::new(self.data.get(start..).unwrap_or_default(), Part::Fields);
        let before = ((slot % BLOCK) as usize).saturating_mul(self.fields);
        let texts = core::iter::from_fn(|| reader.string().ok());
        texts.skip(before).take(self.fields).collect()
    }
}

/// Encodes items, each with the same number of fields, as [`Display::read`] expects them.
pub fn encode(items: &[Vec<&str>]) -> Vec<u8> {
    let (mut offsets, mut data) = (Vec::new(), Vec::new());
    for (slot, fields) in (0u32..).zip(items) {
        if slot.is_multiple_of(BLOCK) {
            offsets.push(data.len() as u32);
        }
        fields.iter().for_each(|field| put_string(&mut data, field));
    }
    let mut to = Vec::new();
    put_offsets(&mut to, &offsets);
    to.extend_from_slice(&data);
    to
}

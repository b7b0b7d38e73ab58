//! Section `fields` (docs/FORMAT.md 5.13): what a page shows of an item (title, address, picture). Nothing else reads it.

use crate::error::{FormatError, Part};
use crate::format::bytes::{Reader, SharedBytes, put_string};
use crate::format::keys::{BLOCK, block_of, check_block, put_offsets, read_offsets};
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
        let offsets = read_offsets(&mut reader, section.count);
        let data = section.bytes.last(reader.remaining());
        for slot in 0..section.count {
            check_block(&mut reader, slot, &offsets, &data);
            for _ in 0..fields {
                let torn = reader.string().bytes().any(|byte| byte.is_ascii_control());
                reader.check(!torn, &"a field holds control characters");
            }
            if !reader.is_well() {
                break;
            }
        }
        reader.finish()?;
        Ok(Display { fields, offsets, data })
    }

    /// The fields of a slot, in the order of the manifest; fewer beyond the last slot.
    pub fn get(&self, slot: u32) -> Vec<&str> {
        let mut reader = Reader::new(block_of(slot, &self.offsets, &self.data), Part::Fields);
        let before = ((slot % BLOCK) as usize).saturating_mul(self.fields);
        let mut texts = Vec::new();
        for place in 0..before.saturating_add(self.fields) {
            let text = reader.string();
            if place >= before && reader.is_well() {
                texts.push(text);
            }
        }
        texts
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

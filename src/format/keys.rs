//! Section `keys` (docs/FORMAT.md 5.4): item keys in slot order, front-coded text or decimal numbers, in blocks of 16.

use crate::error::{FormatError, Part};
use crate::format::bytes::{MAX_KEY_BYTES, Reader, SharedBytes, is_item_key, put_string, put_varint, utf8};
use crate::format::section::Section;

/// Entries of a block: what one lookup may have to walk through.
pub const BLOCK: u32 = 16;

const TEXT: u8 = 0;
const DECIMAL: u8 = 1;

/// The keys of one cell, decoded on demand.
#[derive(Clone)]
pub struct Keys {
    decimal: bool,
    count: u32,
    /// Start of each block in `data`.
    offsets: Vec<u32>,
    data: SharedBytes,
}

impl Keys {
    /// Checks every key of the section.
    pub fn read(section: &Section) -> Result<Keys, FormatError> {
        let mut reader = Reader::new(&section.bytes, Part::Keys);
        let encoding = reader.u8();
        reader.check(encoding == TEXT || encoding == DECIMAL, &"unknown encoding");
        reader.zeros(3);
        let offsets = read_offsets(&mut reader, section.count);
        reader.done()?;
        let data = section.bytes.last(reader.remaining());
        let keys = Keys { decimal: encoding == DECIMAL, count: section.count, offsets, data };
        keys.walk(&mut |_, _| ())?;
        Ok(keys)
    }

    /// Number of keys.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The key of a slot; empty beyond the last slot.
    pub fn get(&self, slot: u32) -> String {
        let mut reader = Reader::new(block_of(slot, &self.offsets, &self.data), Part::Keys);
        let mut key = Vec::new();
        for place in 0..=slot % BLOCK {
            self.next(&mut reader, place, &mut key);
        }
        if slot >= self.count {
            key.clear();
        }
        utf8(&key).map(String::from).unwrap_or_default()
    }

    /// Calls `visit(slot, key)` for every key in order.
    pub fn for_each(&self, visit: &mut dyn FnMut(u32, &str)) {
        // `read` walked the same bytes without an error.
        let _checked = self.walk(visit);
    }

    fn walk(&self, visit: &mut dyn FnMut(u32, &str)) -> Result<(), FormatError> {
        let mut reader = Reader::new(&self.data, Part::Keys);
        let mut key = Vec::with_capacity(64);
        for slot in 0..self.count {
            let place = slot % BLOCK;
            check_block(&mut reader, slot, &self.offsets, &self.data);
            self.next(&mut reader, place, &mut key);
            let text = utf8(&key);
            reader.check(text.is_some(), &"a key is not UTF-8");
            let text = text.unwrap_or_default();
            if !reader.check(is_item_key(text), &"a key is empty, too long or holds control characters") {
                break;
            }
            visit(slot, text);
        }
        reader.finish()
    }

    /// Reads one entry over the key before it.
    fn next(&self, reader: &mut Reader<'_>, place: u32, key: &mut Vec<u8>) {
        if self.decimal {
            *key = crate::error::digits(reader.varint64()).into_bytes();
            return;
        }
        let shared = if place == 0 { 0 } else { reader.varint() as usize };
        reader.check(shared <= key.len(), &"a key shares more than the key before it has");
        let length = reader.varint() as usize;
        let rest = reader.take(length);
        reader.check(shared.saturating_add(rest.len()) <= MAX_KEY_BYTES, &"a key is too long");
        key.truncate(shared);
        key.extend_from_slice(rest);
    }
}

/// Reads `u32 blocks` and the offsets of that many blocks; the counts must agree and the bytes must be there.
pub(crate) fn read_offsets(reader: &mut Reader<'_>, entries: u32) -> Vec<u32> {
    let blocks = reader.u32();
    reader.check(blocks == entries.div_ceil(BLOCK), &"the number of blocks does not fit the number of entries");
    let table = reader.take((blocks as usize).saturating_mul(4));
    let mut offsets = Vec::new();
    for &offset in table.as_chunks::<4>().0 {
        offsets.push(u32::from_le_bytes(offset));
    }
    offsets
}

/// Checks that a block which begins with `slot` begins where its offset in `data` says.
pub(crate) fn check_block(reader: &mut Reader<'_>, slot: u32, offsets: &[u32], data: &[u8]) {
    if slot.is_multiple_of(BLOCK) {
        let at = data.len().saturating_sub(reader.remaining());
        let offset = offsets.get((slot / BLOCK) as usize).map(|&offset| offset as usize);
        reader.check(offset == Some(at), &"a block does not begin where its offset says");
    }
}

/// What follows the start of the block of `slot`.
pub(crate) fn block_of<'a>(slot: u32, offsets: &[u32], data: &'a [u8]) -> &'a [u8] {
    let start = offsets.get((slot / BLOCK) as usize).map_or(usize::MAX, |&offset| offset as usize);
    data.get(start..).unwrap_or_default()
}

/// Encodes keys in slot order; decimal if every key is a number without leading zeros that fits 64 bits.
pub fn encode<K: AsRef<str>>(keys: &[K]) -> Vec<u8> {
    let numbers: Option<Vec<u64>> = keys.iter().map(|key| canonical_number(key.as_ref())).collect();
    let mut offsets = Vec::new();
    let mut data = Vec::new();
    let mut previous = "";
    for (slot, key) in keys.iter().map(AsRef::as_ref).enumerate() {
        let first = (slot as u32).is_multiple_of(BLOCK);
        if first {
            offsets.push(data.len() as u32);
        }
        match numbers.as_ref().and_then(|n| n.get(slot)) {
            Some(&number) => put_varint(&mut data, number),
            None if first => put_string(&mut data, key),
            None => {
                let shared = shared_prefix(previous, key);
                put_varint(&mut data, shared as u64);
                put_string(&mut data, key.get(shared..).unwrap_or_default());
            }
        }
        previous = key;
    }
    let mut to = vec![if numbers.is_some() { DECIMAL } else { TEXT }, 0, 0, 0];
    put_offsets(&mut to, &offsets);
    to.extend_from_slice(&data);
    to
}

/// The writing side of [`read_offsets`].
pub(crate) fn put_offsets(to: &mut Vec<u8>, offsets: &[u32]) {
    to.extend_from_slice(&(offsets.len() as u32).to_le_bytes());
    for offset in offsets {
        to.extend_from_slice(&offset.to_le_bytes());
    }
}

fn canonical_number(key: &str) -> Option<u64> {
    let number: u64 = key.parse().ok()?;
    (crate::error::digits(number) == key).then_some(number)
}

/// Bytes that two keys have in common from the start, cut back to a character boundary of both.
fn shared_prefix(a: &str, b: &str) -> usize {
    let same = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    (0..=same).rev().find(|&n| a.is_char_boundary(n) && b.is_char_boundary(n)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::bytes::AlignedBytes;
    use crate::format::section::SectionKind;

    fn read(bytes: &[u8], count: u32) -> Result<Keys, FormatError> {
        let bytes = SharedBytes::whole(AlignedBytes::copy_of(bytes));
        Keys::read(&Section { kind: Some(SectionKind::Keys), instance: 0, count, bytes })
    }

    fn check(keys: &[&str], encoding: u8) {
        let bytes = encode(keys);
        assert_eq!(bytes[0], encoding);
        let read = read(&bytes, keys.len() as u32).unwrap();
        let all: Vec<String> = (0..keys.len() as u32).map(|slot| read.get(slot)).collect();
        assert_eq!(all, keys);
        let mut walked = Vec::new();
        read.for_each(&mut |_, key| walked.push(key.to_string()));
        assert_eq!(walked, keys);
        assert_eq!(read.get(keys.len() as u32), "");
    }

    #[test]
    fn keys_come_back() {
        check(&[], DECIMAL);
        check(&["7", "18446744073709551615", "0"], DECIMAL);
        check(&["07", "7"], TEXT);
        check(&["sku-é", "sku-è", "sku", "ß"], TEXT);
        let many: Vec<String> = (0..100).map(|n| format!("sku-{n:05}")).collect();
        check(&many.iter().map(String::as_str).collect::<Vec<_>>(), TEXT);
    }

    #[test]
    fn lies_are_refused() {
        let bytes = encode(&["alpha", "beta"]);
        assert!(read(&bytes, 3).is_err());
        assert!(read(&bytes, 1).is_err());
        assert!(read(&bytes, u32::MAX).is_err());
        for cut in 0..bytes.len() {
            assert!(read(&bytes[..cut], 2).is_err(), "cut at {cut}");
        }
        assert!(read(&encode(&["a\nb"]), 1).is_err());
        assert!(read(&encode(&[""]), 1).is_err());
        assert!(read(&encode(&["x".repeat(513)]), 1).is_err());
    }
}

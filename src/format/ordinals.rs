//! Ascending ordinals as gaps: sections `mask` and `known` (docs/FORMAT.md 5.10, 5.11).

use crate::error::{FormatError, Part};
use crate::format::bytes::{Reader, put_varint};
use crate::format::keys::{self, Keys};
use crate::format::section::{Section, SectionKind};
use crate::ids::Ordinal;

/// Reads `count` ascending ordinals that lie in `base..base + items`.
fn read(bytes: &[u8], part: Part, count: u32, base: u32, items: u32) -> Result<Vec<Ordinal>, FormatError> {
    let mut reader = Reader::new(bytes, part);
    reader.check(count as usize <= reader.remaining(), &"more items than its bytes can hold");
    let mut ordinals = Vec::new();
    let mut next = u64::from(base);
    let end = next.saturating_add(u64::from(items));
    for _ in 0..count {
        let ordinal = next.saturating_add(u64::from(reader.varint()));
        if !reader.check(ordinal < end, &"an item lies outside the shard") {
            break;
        }
        ordinals.push(Ordinal(ordinal as u32));
        next = ordinal.saturating_add(1);
    }
    reader.finish()?;
    Ok(ordinals)
}

fn encode(base: u32, ordinals: &[Ordinal]) -> Vec<u8> {
    let mut to = Vec::new();
    let mut next = base;
    for ordinal in ordinals {
        put_varint(&mut to, u64::from(ordinal.0.wrapping_sub(next)));
        next = ordinal.0.wrapping_add(1);
    }
    to
}

/// Reads the masked items of a shard that holds the ordinals `base..base + items`.
pub fn read_mask(section: &Section, base: u32, items: u32) -> Result<Vec<Ordinal>, FormatError> {
    read(&section.bytes, Part::Mask, section.count, base, items)
}

/// Encodes masked items (ascending) as [`read_mask`] expects them.
pub fn encode_mask(base: u32, ordinals: &[Ordinal]) -> Vec<u8> {
    encode(base, ordinals)
}

/// Reads known items: their ordinals, ascending, and their keys in the same order.
pub fn read_known(section: &Section, items: u32) -> Result<(Vec<Ordinal>, Keys), FormatError> {
    let mut reader = Reader::new(&section.bytes, Part::Known);
    let length = reader.u32() as usize;
    let gaps = reader.take(length);
    reader.done()?;
    let ordinals = read(gaps, Part::Known, section.count, 0, items)?;
    let bytes = section.bytes.last(reader.remaining());
    let keys = Keys::read(&Section { kind: Some(SectionKind::Keys), instance: 0, count: section.count, bytes })?;
    Ok((ordinals, keys))
}

/// Encodes items (ascending) and their keys as [`read_known`] expects them.
pub fn encode_known<K: AsRef<str>>(ordinals: &[Ordinal], names: &[K]) -> Vec<u8> {
    let gaps = encode(0, ordinals);
    let mut to = Vec::from((gaps.len() as u32).to_le_bytes());
    to.extend_from_slice(&gaps);
    to.extend_from_slice(&keys::encode(names));
    to
}

//! Section `rows` (docs/FORMAT.md 5.7): item-to-item rows with delta-coded targets and 4-bit companded weights.

use crate::error::{FormatError, Part};
use crate::format::bytes::{Reader, SharedBytes, put_varint, put_zigzag};
use crate::format::keys::{BLOCK, block_of, check_block, put_offsets, read_offsets};
use crate::format::section::Section;
use crate::ids::Ordinal;

/// Most targets of a row.
pub const MAX_TARGETS: usize = 255;

/// The rows of one cell for one table, decoded on demand.
#[derive(Clone)]
pub struct Rows {
    base: u32,
    count: u32,
    offsets: Vec<u32>,
    data: SharedBytes,
}

impl Rows {
    /// Checks every row. `base` is the cell's first ordinal, `items` the size of the catalogue.
    pub fn read(section: &Section, base: u32, items: u32) -> Result<Rows, FormatError> {
        let mut reader = Reader::new(&section.bytes, Part::Rows);
        let offsets = read_offsets(&mut reader, section.count);
        reader.done()?;
        let data = section.bytes.last(reader.remaining());
        let rows = Rows { base, count: section.count, offsets, data };
        rows.check_all(items)?;
        Ok(rows)
    }

    /// Number of rows.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Calls `visit(target, weight)` for every target of a slot, in ascending order of targets.
    pub fn for_each(&self, slot: u32, visit: &mut dyn FnMut(Ordinal, f32)) {
        // `read` decoded every row once; a slot beyond the end simply has no targets.
        let _checked = decode(self.bytes_of(slot), self.base.wrapping_add(slot), u32::MAX, visit);
    }

    /// The bytes of a row after its length, also for an item card; empty where there is none.
    pub fn bytes_of(&self, slot: u32) -> &[u8] {
        let mut reader = Reader::new(block_of(slot, &self.offsets, &self.data), Part::Rows);
        let mut row: &[u8] = &[];
        for _ in 0..=slot % BLOCK {
            let length = reader.varint() as usize;
            row = reader.take(length);
        }
        if slot < self.count { row } else { &[] }
    }

    fn check_all(&self, items: u32) -> Result<(), FormatError> {
        let mut reader = Reader::new(&self.data, Part::Rows);
        for slot in 0..self.count {
            check_block(&mut reader, slot, &self.offsets, &self.data);
            let length = reader.varint() as usize;
            let row = reader.take(length);
            reader.done()?;
            decode(row, self.base.saturating_add(slot), items, &mut |_, _| ())?;
        }
        reader.finish()
    }
}

/// Calls `visit(target, weight)` for the targets of a row that is kept in an item card. Targets that the catalogue of `items`
/// cannot have end it.
pub fn for_each_of(row: &[u8], own: Ordinal, items: u32, visit: &mut dyn FnMut(Ordinal, f32)) {
    // A damaged row gives what came before the damage; nothing else depends on it.
    let _checked = decode(row, own.0, items, visit);
}

/// Decodes one row and checks it against a catalogue of `items`.
fn decode(row: &[u8], own: u32, items: u32, visit: &mut dyn FnMut(Ordinal, f32)) -> Result<(), FormatError> {
    if row.is_empty() {
        return Ok(());
    }
    let mut reader = Reader::new(row, Part::Rows);
    let targets = reader.varint() as usize;
    reader.check((1..=MAX_TARGETS).contains(&targets), &"a row has no targets or too many");
    let top = f32::from_bits(u32::from(reader.u16()) << 16);
    reader.check(top.is_finite() && top > 0.0, &"the largest weight of a row is not positive and finite");
    let weight_bytes = targets.div_ceil(2);
    let id_bytes = reader.remaining().saturating_sub(weight_bytes);
    let mut ids = Reader::new(reader.take(id_bytes), Part::Rows);
    let codes = reader.take(weight_bytes);
    reader.done()?;
    let mut next = i64::from(own).saturating_add(i64::from(ids.zigzag()));
    for place in 0..targets {
        if place > 0 {
            next = next.saturating_add(1).saturating_add(i64::from(ids.varint()));
        }
        let inside = (0..i64::from(items)).contains(&next) && next != i64::from(own);
        if !ids.check(inside, &"a target lies outside the catalogue or is its own trigger") {
            break;
        }
        let pair = codes.get(place / 2).copied().unwrap_or_default();
        let code = if place.is_multiple_of(2) { pair & 15 } else { pair >> 4 };
        visit(Ordinal(next as u32), expand(top, code));
    }
    let spare = if targets.is_multiple_of(2) { 0 } else { codes.last().map_or(0, |&b| b >> 4) };
    ids.check(spare == 0, &"the unused half byte is not zero");
    ids.finish()
}

/// Weight of a 4-bit code: square-root companding keeps the small weights of a long tail apart.
fn expand(top: f32, code: u8) -> f32 {
    let root = f32::from(code.saturating_add(1)) * (1.0 / 16.0);
    top * (root * root)
}

/// The code whose weight is nearest to `weight` on the companded scale.
fn compress(top: f32, weight: f32) -> u8 {
    let root = (weight / top).max(0.0).sqrt();
    ((root * 16.0).round() as i32).saturating_sub(1).clamp(0, 15) as u8
}

/// Rounds up to bf16, so that no weight of the row exceeds its top.
fn round_up_to_bf16(value: f32) -> u16 {
    let bits = value.to_bits();
    let upper = (bits >> 16) as u16;
    if bits & 0xFFFF == 0 { upper } else { upper.saturating_add(1) }
}

/// Encodes rows in slot order. Each row is `(target, weight)`, any order, at most [`MAX_TARGETS`], weights positive.
pub fn encode(base: u32, rows: &[Vec<(u32, f32)>]) -> Vec<u8> {
    let mut offsets = Vec::new();
    let mut data = Vec::new();
    let mut body = Vec::new();
    for (slot, row) in (0u32..).zip(rows) {
        if slot.is_multiple_of(BLOCK) {
            offsets.push(data.len() as u32);
        }
        body.clear();
        encode_row(&mut body, base.wrapping_add(slot), row);
        put_varint(&mut data, body.len() as u64);
        data.extend_from_slice(&body);
    }
    let mut to = Vec::with_capacity(data.len().saturating_add(64));
    put_offsets(&mut to, &offsets);
    to.extend_from_slice(&data);
    to
}

fn encode_row(to: &mut Vec<u8>, own: u32, row: &[(u32, f32)]) {
    let mut sorted = row.to_vec();
    sorted.sort_unstable_by_key(|&(target, _)| target);
    let Some(&(first, _)) = sorted.first() else { return };
    let bits = round_up_to_bf16(sorted.iter().fold(f32::MIN_POSITIVE, |top, &(_, w)| top.max(w)));
    let top = f32::from_bits(u32::from(bits) << 16);
    put_varint(to, sorted.len() as u64);
    to.extend_from_slice(&bits.to_le_bytes());
    put_zigzag(to, first.wrapping_sub(own).cast_signed());
    for pair in sorted.windows(2) {
        if let [(before, _), (after, _)] = pair {
            put_varint(to, u64::from(after.wrapping_sub(*before).wrapping_sub(1)));
        }
    }
    for pair in sorted.chunks(2) {
        let codes = pair.iter().rev().fold(0u8, |byte, &(_, weight)| byte << 4 | compress(top, weight));
        to.push(codes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::bytes::AlignedBytes;
    use crate::format::section::SectionKind;

    fn read(bytes: &[u8], base: u32, count: u32, items: u32) -> Result<Rows, FormatError> {
        let bytes = SharedBytes::whole(AlignedBytes::copy_of(bytes));
        Rows::read(&Section { kind: Some(SectionKind::Rows), instance: 0, count, bytes }, base, items)
    }

    fn targets(rows: &Rows, slot: u32) -> Vec<(u32, f32)> {
        let mut all = Vec::new();
        rows.for_each(slot, &mut |target, weight| all.push((target.0, weight)));
        all
    }

    #[test]
    fn rows_come_back_within_the_step_of_four_bits() {
        let rows: Vec<Vec<(u32, f32)>> = (0..40u32)
            .map(|own| (0..own % 7).map(|n| ((own * 13 + n * 29 + 1) % 200 + 100, 0.001 + n as f32 * 0.3)).collect())
            .collect();
        let read = read(&encode(20, &rows), 20, 40, 300).unwrap();
        for (slot, row) in rows.iter().enumerate() {
            let mut sorted = row.clone();
            sorted.sort_by_key(|&(target, _)| target);
            let back = targets(&read, slot as u32);
            assert_eq!(back.len(), sorted.len());
            let top = sorted.iter().fold(0f32, |top, &(_, w)| top.max(w));
            for (a, b) in back.iter().zip(&sorted) {
                assert_eq!(a.0, b.0);
                // Half a step of the companded scale, at most, in the root.
                assert!(((a.1 / top).sqrt() - (b.1 / top).sqrt()).abs() < 0.04 + 1.0 / 16.0, "{a:?} {b:?}");
            }
        }
        assert_eq!(targets(&read, 40), []);
        assert_eq!(targets(&read, u32::MAX), []);
    }

    #[test]
    fn lies_are_refused() {
        let rows = [vec_of(&[(1, 1.0), (2, 0.5)]), Vec::new(), vec_of(&[(0, 0.25)])];
        let bytes = encode(0, &rows);
        assert!(read(&bytes, 0, 3, 3).is_ok());
        assert!(read(&bytes, 0, 3, 2).is_err(), "target outside the catalogue");
        assert!(read(&bytes, 1, 3, 3).is_err(), "own trigger or outside");
        assert!(read(&bytes, 0, 4, 4).is_err());
        assert!(read(&bytes, 0, u32::MAX, 4).is_err());
        for cut in 0..bytes.len() {
            assert!(read(&bytes[..cut], 0, 3, 3).is_err(), "cut at {cut}");
        }
        assert!(read(&encode(0, &[vec_of(&[(0, 1.0)])]), 0, 1, 3).is_err(), "a trigger may not lead to itself");
    }

    fn vec_of(row: &[(u32, f32)]) -> Vec<(u32, f32)> {
        row.to_vec()
    }
}

//! Section `rows` (docs/FORMAT.md 5.7): item-to-item rows, targets as gaps in Exp-Golomb codes, weights companded to a few bits.

use crate::candidate::Candidate;
use crate::error::{FormatError, Part, Thin};
use crate::format::bits::BitReader;
#[cfg(feature = "write")]
use crate::format::bits::{BitWriter, MAX_ORDER, exp_golomb_bits};
#[cfg(feature = "write")]
use crate::format::bytes::put_varint;
use crate::format::bytes::{Reader, SharedBytes};
#[cfg(feature = "write")]
use crate::format::keys::put_offsets;
use crate::format::keys::{BLOCK, block_of, check_block, read_offsets};
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
        let mut row = Vec::new();
        self.append(slot, &mut row);
        for target in row {
            visit(target.item, target.score);
        }
    }

    /// Puts every target of a slot with its weight at the end of a list, in ascending order of targets.
    pub fn append(&self, slot: u32, to: &mut Vec<Candidate>) {
        // `read` decoded every row once; a slot beyond the end simply has no targets.
        let _checked = decode(self.bytes_of(slot), self.base.wrapping_add(slot), u32::MAX, to);
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
        let (mut reader, mut targets) = (Reader::new(&self.data, Part::Rows), Vec::new());
        for slot in 0..self.count {
            check_block(&mut reader, slot, &self.offsets, &self.data);
            let length = reader.varint() as usize;
            let row = reader.take(length);
            reader.done()?;
            targets.clear();
            decode(row, self.base.saturating_add(slot), items, &mut targets)?;
        }
        reader.finish()
    }
}

/// Puts the targets of a row that is kept in an item card at the end of a list, with their weights. Targets that the catalogue of
/// `items` cannot have end it.
pub fn append_row(row: &[u8], own: Ordinal, items: u32, to: &mut Vec<Candidate>) {
    // A damaged row gives what came before the damage; nothing else depends on it.
    let _checked = decode(row, own.0, items, to);
}

const TARGETS: Thin = &"a target lies outside the catalogue or is its own trigger, or there are too many";

/// Decodes one row to the end of a list and checks it against a catalogue of `items`.
fn decode(row: &[u8], own: u32, items: u32, to: &mut Vec<Candidate>) -> Result<(), FormatError> {
    if row.is_empty() {
        return Ok(());
    }
    let mut reader = Reader::new(row, Part::Rows);
    let shape = Shape::of(reader.array());
    let coded = reader.take(reader.remaining());
    let (mut bits, width) = (BitReader::new(coded), shape.bits());
    // Room for as many as the bits can hold: none takes fewer than these.
    let least = shape.order.wrapping_add(width).wrapping_add(1) as usize;
    let (start, most) = (to.len(), coded.len().saturating_mul(8).checked_div(least).unwrap_or_default());
    let none = Candidate { item: Ordinal(0), score: 0.0 };
    to.resize(start.saturating_add(most.min(MAX_TARGETS)), none);
    let (mut next, mut count) = (i64::from(own), 0usize);
    for target in to.get_mut(start..).unwrap_or_default() {
        let Some((number, level)) = bits.number_and_bits(shape.order, width) else { break };
        // The first target by its distance, the others by what lies between them and the one before.
        let gap = if count == 0 { i64::from(unzigzag(number)) } else { i64::from(number).wrapping_add(1) };
        next = next.wrapping_add(gap);
        if next < 0 || next >= i64::from(items) || next == i64::from(own) {
            reader.check(false, TARGETS);
            break;
        }
        *target = Candidate { item: Ordinal(next as u32), score: shape.weight(level) };
        count = count.wrapping_add(1);
    }
    to.truncate(start.wrapping_add(count));
    reader.check(bits.is_done() && bits.is_at_the_end(), &"the bits of a row end elsewhere than its bytes");
    // A row without targets has no bytes.
    reader.check(count > 0, TARGETS);
    reader.done()
}

/// Steps of a row's floor.
const FLOORS: f32 = 32.0;
/// Steps between a power of two and the next, among the largest weights of rows.
const MANTISSAS: f32 = 32.0;
/// What the exponents of largest weights are counted from.
const LEAST_EXPONENT: i32 = -48;

/// How the numbers of a row are coded: what its bytes before the bits say.
#[derive(Clone, Copy)]
struct Shape {
    /// Order of the code of targets.
    order: u32,
    /// Whether a sign follows each level.
    signed: bool,
    /// Bits of a level.
    width: u32,
    /// Root of the smallest weight, in parts of the largest one's.
    floor: f32,
    /// Largest weight; 0 = weights are as they are, 32 bits each.
    top: f32,
}

impl Shape {
    fn of([shape, low, high]: [u8; 3]) -> Shape {
        let range = u16::from_le_bytes([low, high]);
        let (mantissa, exponent) = (range >> 5 & 31, i32::from(range >> 10));
        let power = f32::from_bits((exponent.saturating_add(LEAST_EXPONENT + 127) as u32) << 23);
        Shape {
            order: u32::from(shape & 15),
            signed: shape & 16 != 0,
            width: u32::from(shape >> 5).saturating_add(1),
            floor: f32::from(range & 31) / FLOORS,
            top: if range == 0 { 0.0 } else { (1.0 + f32::from(mantissa) / MANTISSAS) * power },
        }
    }

    /// The weight that `bits` stand for. Levels are even steps between the roots of the smallest and of the largest weight: that keeps the small
    /// weights of a long tail apart.
    #[inline(always)]
    fn weight(self, bits: u32) -> f32 {
        if self.top == 0.0 {
            let weight = f32::from_bits(bits);
            return if weight.is_finite() { weight } else { 0.0 };
        }
        let (level, sign) = (bits & (1u32 << self.width).saturating_sub(1), bits >> self.width);
        let root = self.floor + (1.0 - self.floor) * level as f32 / self.levels();
        let weight = self.top * (root * root);
        if sign == 1 { -weight } else { weight }
    }

    /// Bits of a weight: its level, then its sign where there are signs.
    fn bits(self) -> u32 {
        if self.top == 0.0 { 32 } else { self.width.saturating_add(u32::from(self.signed)) }
    }

    /// Steps between the smallest and the largest level.
    fn levels(self) -> f32 {
        (1u32 << self.width).saturating_sub(1) as f32
    }
}

#[cfg(feature = "write")]
impl Shape {
    /// The bytes of the shape that holds the weights of a row.
    fn bytes(row: &[(u32, f32)], order: u32, code: WeightCode) -> [u8; 3] {
        let WeightCode::Levels(bits) = code else { return [order as u8 & 15, 0, 0] };
        let sizes = || row.iter().map(|(_, weight)| weight.abs());
        let (largest, smallest) = (sizes().fold(0.0, f32::max), sizes().fold(f32::INFINITY, f32::min));
        let signed = row.iter().any(|&(_, weight)| weight < 0.0);
        let width = bits.saturating_sub(u8::from(signed)).clamp(1, 8);
        // Rounded up to five bits of mantissa, so that no weight exceeds the top; 0 stands for another thing.
        let steps = (largest.to_bits().saturating_add((1 << 18) - 1) >> 18).cast_signed();
        let range = (steps.saturating_sub((LEAST_EXPONENT + 127) << 5).clamp(1, 2047) as u16) << 5;
        let top = Shape::of([0, range as u8, (range >> 8) as u8]).top;
        let floor = ((smallest / top).sqrt() * FLOORS).clamp(0.0, FLOORS - 1.0) as u16;
        let [low, high] = (range | floor).to_le_bytes();
        [(order as u8 & 15) | u8::from(signed) << 4 | width.saturating_sub(1) << 5, low, high]
    }

    /// The writing side of [`Shape::weight`]: the level nearest on the companded scale.
    fn put_weight(self, weight: f32, to: &mut BitWriter) {
        if self.top == 0.0 {
            return to.bits(u64::from(weight.to_bits()), 32);
        }
        let root = ((weight.abs() / self.top).sqrt() - self.floor) / (1.0 - self.floor);
        let level = (root * self.levels()).round().clamp(0.0, self.levels());
        to.bits(level as u64, self.width);
        if self.signed {
            to.bits(u64::from(weight < 0.0), 1);
        }
    }
}

/// 0, -1, 1, -2, ... as 0, 1, 2, 3, ...
#[cfg(feature = "write")]
fn zigzag(value: i32) -> u32 {
    (value.wrapping_shl(1) ^ value.wrapping_shr(31)).cast_unsigned()
}

/// The other way.
fn unzigzag(value: u32) -> i32 {
    (value >> 1).cast_signed() ^ (value & 1).cast_signed().wrapping_neg()
}

/// How weights are stored.
#[cfg(feature = "write")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightCode {
    /// So many bits, 1 to 8, the sign among them where a row has signs: even steps between the roots of the row's smallest and
    /// largest weight.
    Levels(u8),
    /// As they are, 32 bits each: the reference that the others are judged by.
    Exact,
}

#[cfg(feature = "write")]
impl WeightCode {
    /// Bits of a weight.
    pub fn bits(self) -> u8 {
        match self {
            Self::Levels(bits) => bits,
            Self::Exact => 32,
        }
    }

    /// The code of so many bits: 1 to 8, or 32.
    pub fn of_bits(bits: u8) -> Option<Self> {
        match bits {
            1..=8 => Some(Self::Levels(bits)),
            32 => Some(Self::Exact),
            _ => None,
        }
    }
}

/// Encodes rows in slot order. Each row is `(target, weight)`, any order, at most [`MAX_TARGETS`], weights finite and not 0.
#[cfg(feature = "write")]
pub fn encode(base: u32, rows: &[Vec<(u32, f32)>], code: WeightCode) -> Vec<u8> {
    let mut offsets = Vec::new();
    let mut data = Vec::new();
    for (slot, row) in (0u32..).zip(rows) {
        if slot.is_multiple_of(BLOCK) {
            offsets.push(data.len() as u32);
        }
        let body = encode_row(base.wrapping_add(slot), row, code);
        put_varint(&mut data, body.len() as u64);
        data.extend_from_slice(&body);
    }
    let mut to = Vec::with_capacity(data.len().saturating_add(64));
    put_offsets(&mut to, &offsets);
    to.extend_from_slice(&data);
    to
}

#[cfg(feature = "write")]
fn encode_row(own: u32, row: &[(u32, f32)], code: WeightCode) -> Vec<u8> {
    let mut sorted = row.to_vec();
    sorted.sort_unstable_by_key(|&(target, _)| target);
    let numbers = numbers_of(own, &sorted);
    if numbers.is_empty() {
        return Vec::new();
    }
    let cost = |order: &u32| numbers.iter().map(|&number| exp_golomb_bits(number, *order)).sum::<u32>();
    let order = (0..=MAX_ORDER).min_by_key(cost).unwrap_or_default();
    let head = Shape::bytes(&sorted, order, code);
    let shape = Shape::of(head);
    let mut to = BitWriter::default();
    for (number, (_, weight)) in numbers.iter().zip(&sorted) {
        to.exp_golomb(*number, order);
        shape.put_weight(*weight, &mut to);
    }
    let mut body = head.to_vec();
    body.extend_from_slice(&to.into_bytes());
    body
}

/// What stands for the targets (ascending): the first as its way from the trigger, the others as gaps.
#[cfg(feature = "write")]
fn numbers_of(own: u32, sorted: &[(u32, f32)]) -> Vec<u32> {
    let first = sorted.first().map(|&(first, _)| zigzag(first.wrapping_sub(own).cast_signed()));
    let gaps = sorted.windows(2).filter_map(|pair| match pair {
        [(before, _), (after, _)] => Some(after.wrapping_sub(*before).wrapping_sub(1)),
        _ => None,
    });
    first.into_iter().chain(gaps).collect()
}

#[cfg(all(test, feature = "write"))]
#[path = "rows_tests.rs"]
mod tests;

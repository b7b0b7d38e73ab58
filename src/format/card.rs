//! Item cards (docs/FORMAT.md 11): what a profile keeps of an item that was viewed, so that later calls fetch nothing about it.
//!
//! Owns the bytes, alone (inlined in a page) and inside a profile. A row is copied from its shard as it is.

use crate::error::{FormatError, Part};
use crate::format::bytes::{Reader, put_varint};
use crate::format::checksum::Crc32c;
use crate::format::codes::MAX_DIM;
use crate::ids::{Epoch, Model, Ordinal};
use crate::listed::Listed;

/// First byte of a card that stands alone.
const VERSION: u8 = 1;
/// Most bytes of one row, and most rows: 255 targets of 5 bytes each with their weights, in a few tables.
const MAX_ROW_BYTES: usize = 2048;
const MAX_ROWS: usize = 8;

/// One item, as much of it as recall needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ItemCard {
    /// Where the item stands, in the epoch that the card's owner names.
    pub ordinal: u32,
    /// Factor that restores the vector's coordinates.
    pub scale: f32,
    /// The vector in 8 bits; empty where the item has none.
    pub codes: Vec<i8>,
    /// The rows of the tables, in manifest order, as in section `rows`; empty = not known or no targets.
    pub rows: Vec<Vec<u8>>,
}

impl ItemCard {
    /// A card without rows. An item whose vector is zero or unknown has no codes.
    pub fn new(item: Ordinal, vector: &[f32]) -> ItemCard {
        let top = vector.iter().fold(0f32, |top, x| top.max(x.abs()));
        let scale = top / 127.0;
        let code = |x: &f32| (x / scale).round().clamp(-127.0, 127.0) as i8;
        let codes = if scale > 0.0 { vector.iter().map(code).listed() } else { Vec::new() };
        ItemCard { ordinal: item.0, scale: if scale > 0.0 { scale } else { 0.0 }, codes, rows: Vec::new() }
    }

    /// The item.
    pub fn item(&self) -> Ordinal {
        Ordinal(self.ordinal)
    }

    /// The vector; `None` where the card has none of this dimension.
    pub fn vector(&self, dim: usize) -> Option<Vec<f32>> {
        let has = !self.codes.is_empty() && self.codes.len() == dim;
        let mut vector = Vec::new();
        for &code in &self.codes {
            vector.push(f32::from(code) * self.scale);
        }
        Some(vector).filter(|_| has)
    }

    /// Bytes of the card inside a profile, about.
    pub fn size(&self) -> usize {
        let mut size = self.codes.len().saturating_add(12);
        for row in &self.rows {
            size = size.saturating_add(row.len()).saturating_add(2);
        }
        size
    }

    /// Appends the card.
    pub(crate) fn put(&self, to: &mut Vec<u8>) {
        put_varint(to, u64::from(self.ordinal));
        to.extend_from_slice(&self.scale.to_le_bytes());
        put_varint(to, self.codes.len() as u64);
        for code in &self.codes {
            to.push(code.cast_unsigned());
        }
        put_varint(to, self.rows.len() as u64);
        for row in &self.rows {
            put_varint(to, row.len() as u64);
            to.extend_from_slice(row);
        }
    }

    /// Reads what [`ItemCard::put`] wrote. Rows are checked where they are used: only there is the catalogue known.
    pub(crate) fn read(reader: &mut Reader<'_>) -> ItemCard {
        let (ordinal, scale, dim) = (reader.varint(), reader.f32(), reader.varint() as usize);
        reader.check(scale.is_finite() && scale >= 0.0 && dim <= MAX_DIM, &"a card has no usable vector");
        let mut codes = Vec::new();
        for code in reader.take(dim) {
            codes.push(code.cast_signed());
        }
        let mut rows = Vec::new();
        reader.each(&mut |reader| {
            let length = reader.varint() as usize;
            reader.check(length <= MAX_ROW_BYTES && rows.len() < MAX_ROWS, &"a card has too many or too long rows");
            rows.push(reader.take(length).to_vec());
        });
        ItemCard { ordinal, scale, codes, rows }
    }

    /// The card alone, for a page to inline.
    pub fn encode(&self, epoch: Epoch, model: Model) -> Vec<u8> {
        let mut to = vec![VERSION];
        to.extend_from_slice(&epoch.0.to_le_bytes());
        to.extend_from_slice(&model.0.to_le_bytes());
        self.put(&mut to);
        let checksum = Crc32c::default().update(0, &to);
        to.extend_from_slice(&checksum.to_le_bytes());
        to
    }

    /// Reads a card that stands alone, with the epoch and model it belongs to.
    pub fn decode(bytes: &[u8]) -> Result<(Epoch, Model, ItemCard), FormatError> {
        let (body, checksum) = bytes.split_last_chunk::<4>().unwrap_or((&[], &[0; 4]));
        if Crc32c::default().update(0, body) != u32::from_le_bytes(*checksum) {
            return Err(FormatError::Checksum { section: Part::Card });
        }
        let mut reader = Reader::new(body, Part::Card);
        let version = reader.u8();
        reader.check(version == VERSION, &"unknown version");
        let (epoch, model) = (Epoch(reader.u64()), Model(reader.u64()));
        let card = ItemCard::read(&mut reader);
        reader.finish()?;
        Ok((epoch, model, card))
    }
}

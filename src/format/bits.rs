//! A stream of bits, least significant first, and the Exp-Golomb code of whole numbers. Owns the cursor that cannot run off the
//! end; knows no layout.
//!
//! Exp-Golomb of order `k` (Teuhola 1978): `x = value + 2^k` has `n` bits; `n - 1 - k` zeros, a one, then the low `n - 1` bits of
//! `x`. Numbers near `2^k` take `k + 1` to `k + 3` bits, and no number is out of reach.

/// Largest order of an Exp-Golomb code.
pub const MAX_ORDER: u32 = 15;
/// Bits that one look at the stream surely shows.
const WINDOW: u32 = 57;

/// A cursor over untrusted bits. Beyond the end it reads zeros, and [`BitReader::is_at_the_end`] tells.
pub struct BitReader<'a> {
    bytes: &'a [u8],
    /// Bits read so far, possibly beyond the end.
    place: usize,
}

impl<'a> BitReader<'a> {
    /// Reads `bytes` from their first bit.
    pub fn new(bytes: &'a [u8]) -> BitReader<'a> {
        BitReader { bytes, place: 0 }
    }

    /// The next bits, at least [`WINDOW`] of them, the next one lowest.
    #[inline(always)]
    fn look(&self) -> u64 {
        // Near the end the last whole word is moved down.
        let start = (self.place >> 3).min(self.bytes.len().saturating_sub(8));
        let rest = self.bytes.get(start..).unwrap_or_default();
        let word = match rest.first_chunk::<8>() {
            Some(word) => u64::from_le_bytes(*word),
            None => rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
        };
        let passed = self.place.wrapping_sub(start << 3);
        if passed < 64 { word >> passed } else { 0 }
    }

    /// The next `count` bits, at most 32.
    #[inline(always)]
    pub fn bits(&mut self, count: u32) -> u32 {
        let value = self.look() & mask(count);
        self.place = self.place.saturating_add(count as usize);
        value as u32
    }

    /// A number of an Exp-Golomb code of order `order`; numbers of more than 32 bits come out wrong, not unsafe.
    pub fn exp_golomb(&mut self, order: u32) -> u32 {
        let zeros = self.look().trailing_zeros().min(WINDOW);
        self.place = self.place.saturating_add(zeros as usize).saturating_add(1);
        let low = zeros.saturating_add(order).min(32);
        let x = 1u64 << low | u64::from(self.bits(low));
        x.wrapping_sub(1 << order) as u32
    }

    /// A number of an Exp-Golomb code of order `order` and the `width` bits behind it, at most 32; `None` where nothing but zeros
    /// is left. One look shows both, unless they are long.
    #[inline(always)]
    pub fn number_and_bits(&mut self, order: u32, width: u32) -> Option<(u32, u32)> {
        let word = self.look();
        let zeros = word.trailing_zeros();
        let low = zeros.wrapping_add(order);
        let used = zeros.wrapping_add(low).wrapping_add(width).wrapping_add(1);
        if used > WINDOW {
            return if self.is_done() { None } else { Some((self.exp_golomb(order), self.bits(width))) };
        }
        self.place = self.place.wrapping_add(used as usize);
        let rest = word.wrapping_shr(zeros).wrapping_shr(1);
        let x = mask(low).wrapping_add(1) | rest & mask(low);
        Some((x.wrapping_sub(1 << order) as u32, (rest.wrapping_shr(low) & mask(width)) as u32))
    }

    /// Whether nothing but zeros is left: no number of an Exp-Golomb code is all zeros.
    pub fn is_done(&self) -> bool {
        self.look() == 0 && self.bytes.get(self.place.div_ceil(8)..).unwrap_or_default().iter().all(|&byte| byte == 0)
    }

    /// Whether the last byte was reached and not left.
    pub fn is_at_the_end(&self) -> bool {
        self.place.div_ceil(8) == self.bytes.len()
    }
}

/// The lowest `count` bits, fewer than 64.
#[inline(always)]
fn mask(count: u32) -> u64 {
    1u64.wrapping_shl(count).wrapping_sub(1)
}

/// The writing side of [`BitReader`].
#[cfg(feature = "write")]
#[derive(Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    /// Bits in the last byte; 0 = it is full, or there is none.
    used: u32,
}

#[cfg(feature = "write")]
impl BitWriter {
    /// Appends the low `count` bits of `value`.
    pub fn bits(&mut self, value: u64, count: u32) {
        for place in 0..count {
            if self.used == 0 {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((value >> place & 1) as u8) << self.used;
            }
            self.used = self.used.wrapping_add(1) & 7;
        }
    }

    /// Appends a number by an Exp-Golomb code of order `order`.
    pub fn exp_golomb(&mut self, value: u32, order: u32) {
        let low = exp_golomb_low(value, order);
        let zeros = low.saturating_sub(order);
        self.bits(1 << zeros, zeros.saturating_add(1));
        self.bits(u64::from(value).saturating_add(1 << order), low);
    }

    /// The bytes; the unused bits of the last one are zero.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Bits that a number takes in an Exp-Golomb code of order `order`.
#[cfg(feature = "write")]
pub fn exp_golomb_bits(value: u32, order: u32) -> u32 {
    exp_golomb_low(value, order).saturating_mul(2).saturating_sub(order).saturating_add(1)
}

/// Bits of `value + 2^order` below the highest.
#[cfg(feature = "write")]
fn exp_golomb_low(value: u32, order: u32) -> u32 {
    u64::from(value).saturating_add(1 << order).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_out_and_back() {
        for order in 0..=MAX_ORDER {
            let numbers = [0, 1, 2, 3, 7, 8, 100, 4_095, 65_536, 1 << 31, u32::MAX - (1 << order)];
            let mut writer = BitWriter::default();
            let mut bits = 0;
            for (place, &number) in (0u64..).zip(&numbers) {
                writer.exp_golomb(number, order);
                writer.bits(place, 5);
                bits += exp_golomb_bits(number, order) + 5;
            }
            let bytes = writer.into_bytes();
            assert_eq!(bytes.len(), bits.div_ceil(8) as usize);
            let mut reader = BitReader::new(&bytes);
            for (place, &number) in (0u32..).zip(&numbers) {
                assert_eq!((reader.exp_golomb(order), reader.bits(5)), (number, place), "order {order}");
            }
            assert!(reader.is_done() && reader.is_at_the_end());
        }
    }

    #[test]
    fn the_code_by_hand() {
        // Order 1: 0 = 1,0; 1 = 1,1; 2 (x = 4) = 0,1,0,0; bits are written from the lowest.
        let mut writer = BitWriter::default();
        [0, 1, 2].into_iter().for_each(|number| writer.exp_golomb(number, 1));
        assert_eq!(writer.into_bytes(), [0b0010_1101]);
    }

    #[test]
    fn beyond_the_end_are_zeros() {
        let mut reader = BitReader::new(&[0xFF]);
        assert_eq!((reader.bits(12), reader.bits(32)), (0xFF, 0));
        let mut empty = BitReader::new(&[]);
        empty.exp_golomb(15);
        assert!(reader.is_done() && empty.is_done());
        assert!(!reader.is_at_the_end() && !empty.is_at_the_end());
        let mut long = BitReader::new(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        long.bits(1);
        assert!(!long.is_done());
        long.bits(32);
        (0..3).for_each(|_| assert_eq!(long.bits(15), 0));
        assert_eq!((long.is_done(), long.bits(3), long.is_done()), (false, 4, true));
    }
}

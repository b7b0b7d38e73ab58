//! Bytes from outside: aligned storage, shared ranges, and a cursor that cannot run off the end.
//!
//! Owns the only casts from bytes to typed slices; knows no layout.
#![expect(unsafe_code, reason = "the one place where bytes become typed slices; each block states why it is sound")]

use core::ops::{Deref, Range};
use std::sync::Arc;

use crate::error::{FormatError, Part, Thin};

#[cfg(target_endian = "big")]
compile_error!("edge-recall reads little-endian arrays in place; big-endian targets are not supported");

/// An immutable buffer that starts on a multiple of 8.
#[derive(Default)]
pub struct AlignedBytes {
    words: Vec<u64>,
    length: usize,
}

impl AlignedBytes {
    /// A zeroed buffer of `length` bytes that `fill` may write.
    pub fn with(length: usize, fill: impl FnOnce(&mut [u8])) -> AlignedBytes {
        let mut words = vec![0u64; length.div_ceil(8)];
        // SAFETY: the vector owns at least `length` initialised bytes, and any byte pattern is a valid u64.
        fill(unsafe { core::slice::from_raw_parts_mut(words.as_mut_ptr().cast::<u8>(), length) });
        AlignedBytes { words, length }
    }

    /// A copy of `bytes`.
    pub fn copy_of(bytes: &[u8]) -> AlignedBytes {
        AlignedBytes::with(bytes.len(), |to| to.copy_from_slice(bytes))
    }
}

impl Deref for AlignedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: as in `with`; u8 has no alignment and the vector outlives the borrow.
        unsafe { core::slice::from_raw_parts(self.words.as_ptr().cast::<u8>(), self.length) }
    }
}

/// A range of an aligned buffer that keeps the buffer alive, so that stores need no lifetimes.
#[derive(Clone, Default)]
pub struct SharedBytes {
    buffer: Arc<AlignedBytes>,
    range: Range<usize>,
}

impl SharedBytes {
    /// The whole buffer.
    pub fn whole(buffer: AlignedBytes) -> SharedBytes {
        let range = 0..buffer.len();
        SharedBytes { buffer: Arc::new(buffer), range }
    }

    /// A part of this range; `None` if it does not lie inside.
    pub fn part(&self, start: usize, length: usize) -> Option<SharedBytes> {
        let start = self.range.start.checked_add(start)?;
        let end = start.checked_add(length)?;
        (end <= self.range.end).then(|| SharedBytes { buffer: self.buffer.clone(), range: start..end })
    }

    /// Everything from `start` on; `None` if `start` lies beyond the end.
    pub fn tail(&self, start: usize) -> Option<SharedBytes> {
        self.part(start, self.len().checked_sub(start)?)
    }

    /// The bytes as `T`, if the range starts aligned and is a whole number of them.
    pub fn typed<T: Plain>(&self) -> Option<&[T]> {
        let bytes: &[u8] = self;
        // SAFETY: `Plain` types accept every bit pattern; the middle part of `align_to` is aligned by construction.
        let (before, middle, after) = unsafe { bytes.align_to::<T>() };
        (before.is_empty() && after.is_empty()).then_some(middle)
    }
}

impl Deref for SharedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.buffer.get(self.range.clone()).unwrap_or_default()
    }
}

/// Types for which every bit pattern is a value.
///
/// # Safety
/// The type must have no padding, no invalid bit patterns and no pointers.
pub unsafe trait Plain: Copy {}
// SAFETY: plain numbers.
unsafe impl Plain for i8 {}
// SAFETY: as above.
unsafe impl Plain for u16 {}
// SAFETY: as above.
unsafe impl Plain for u32 {}
// SAFETY: as above.
unsafe impl Plain for f32 {}

/// A cursor over untrusted bytes. Every read is checked; errors name the section.
pub struct Reader<'a> {
    rest: &'a [u8],
    section: Part,
}

impl<'a> Reader<'a> {
    /// Reads `bytes`, reporting errors as being in `section`.
    pub fn new(bytes: &'a [u8], section: Part) -> Reader<'a> {
        Reader { rest: bytes, section }
    }

    /// An error in this section.
    pub fn broken(&self, rule: Thin) -> FormatError {
        FormatError::Rule { section: self.section, rule }
    }

    /// Fails unless `holds`.
    pub fn check(&self, holds: bool, rule: Thin) -> Result<(), FormatError> {
        if holds { Ok(()) } else { Err(self.broken(rule)) }
    }

    /// Bytes not yet read.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The next `length` bytes.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], FormatError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(|| self.broken(&"it ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or_else(|| self.broken(&"it ends too early"))?;
        self.rest = rest;
        Ok(*taken)
    }

    /// `N` reserved bytes, which must be zero.
    pub fn zeros<const N: usize>(&mut self) -> Result<(), FormatError> {
        let reserved = self.array::<N>()?;
        self.check(reserved == [0; N], &"reserved bytes are not zero")
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, FormatError> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Two bytes.
    pub fn u16(&mut self) -> Result<u16, FormatError> {
        self.array().map(u16::from_le_bytes)
    }

    /// Four bytes.
    pub fn u32(&mut self) -> Result<u32, FormatError> {
        self.array().map(u32::from_le_bytes)
    }

    /// Eight bytes.
    pub fn u64(&mut self) -> Result<u64, FormatError> {
        self.array().map(u64::from_le_bytes)
    }

    /// Four bytes as a float.
    pub fn f32(&mut self) -> Result<f32, FormatError> {
        self.array().map(f32::from_le_bytes)
    }

    /// A 32-bit varint.
    pub fn varint(&mut self) -> Result<u32, FormatError> {
        let before = self.remaining();
        let value = self.varint64()?;
        self.check(before.saturating_sub(self.remaining()) <= 5, &"a 32-bit varint has more than 5 bytes")?;
        u32::try_from(value).map_err(|_| self.broken(&"a varint is wider than 32 bits"))
    }

    /// A 64-bit varint.
    pub fn varint64(&mut self) -> Result<u64, FormatError> {
        let mut value = 0u64;
        for shift in (0..64u32).step_by(7) {
            let byte = self.u8()?;
            let group = u64::from(byte & 0x7F);
            let placed = group.wrapping_shl(shift);
            self.check(placed.wrapping_shr(shift) == group, &"a varint is wider than 64 bits")?;
            value |= placed;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.broken(&"a varint does not end"))
    }

    /// A zigzag varint.
    pub fn zigzag(&mut self) -> Result<i32, FormatError> {
        let value = self.varint()?;
        Ok((value >> 1).cast_signed() ^ (value & 1).cast_signed().wrapping_neg())
    }

    /// A string with its length before it.
    pub fn string(&mut self) -> Result<&'a str, FormatError> {
        let length = self.varint()? as usize;
        let bytes = self.take(length)?;
        core::str::from_utf8(bytes).map_err(|_| self.broken(&"a string is not UTF-8"))
    }

    /// Succeeds only at the end of the bytes.
    pub fn finish(self) -> Result<(), FormatError> {
        self.check(self.rest.is_empty(), &"bytes are left over")
    }
}

/// Appends a varint: the writing side of [`Reader::varint64`].
pub fn put_varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push((value & 0x7F) as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// Appends a zigzag varint: the writing side of [`Reader::zigzag`].
pub fn put_zigzag(to: &mut Vec<u8>, value: i32) {
    put_varint(to, u64::from((value.wrapping_shl(1) ^ value.wrapping_shr(31)).cast_unsigned()));
}

/// Appends a string: the writing side of [`Reader::string`].
pub fn put_string(to: &mut Vec<u8>, text: &str) {
    put_varint(to, text.len() as u64);
    to.extend_from_slice(text.as_bytes());
}

/// Whether `key` may name an item: 1 to [`MAX_KEY_BYTES`] bytes without control characters.
pub fn is_item_key(key: &str) -> bool {
    !key.is_empty() && key.len() <= MAX_KEY_BYTES && !key.bytes().any(|byte| byte.is_ascii_control())
}

/// Longest item key.
pub const MAX_KEY_BYTES: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_go_out_and_back() {
        for value in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            let mut reader = Reader::new(&bytes, Part::Unknown);
            assert_eq!(reader.varint64(), Ok(value));
            assert!(reader.finish().is_ok());
        }
        for value in [0, 1, -1, i32::MAX, i32::MIN] {
            let mut bytes = Vec::new();
            put_zigzag(&mut bytes, value);
            assert_eq!(Reader::new(&bytes, Part::Unknown).zigzag(), Ok(value));
        }
    }

    #[test]
    fn hostile_varints_are_refused() {
        for bytes in [&[0x80u8][..], &[0xFF; 10], &[0xFF; 11], &[0x80; 20]] {
            assert!(Reader::new(bytes, Part::Unknown).varint64().is_err(), "{bytes:?}");
        }
        assert!(Reader::new(&[0xFF, 0xFF, 0xFF, 0xFF, 0x1F], Part::Unknown).varint().is_err());
    }

    #[test]
    fn parts_stay_inside() {
        let bytes = SharedBytes::whole(AlignedBytes::copy_of(&[1, 2, 3, 4]));
        assert_eq!(&*bytes.part(1, 2).unwrap(), &[2, 3]);
        assert!(bytes.part(1, 4).is_none());
        assert!(bytes.part(usize::MAX, 2).is_none());
        assert!(bytes.part(1, 2).unwrap().part(0, 3).is_none());
        assert_eq!(bytes.typed::<u16>(), Some(&[0x0201, 0x0403][..]));
        assert_eq!(bytes.part(1, 2).unwrap().typed::<u16>(), None);
    }
}

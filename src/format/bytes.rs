//! Bytes from outside: aligned storage, shared ranges, and a cursor that cannot run off the end.
//!
//! Owns the only casts from bytes to typed slices; knows no layout.
#![expect(unsafe_code, reason = "the one place where bytes become typed slices; each block states why it is sound")]

use core::ops::{Deref, Range};
use std::sync::Arc;

use crate::error::{FormatError, Part, Thin, told};

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

    /// The last `length` bytes; nothing if there are fewer.
    pub fn last(&self, length: usize) -> SharedBytes {
        self.part(self.len().saturating_sub(length), length).unwrap_or_default()
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

/// A cursor over untrusted bytes. Every read is checked. The first thing that is wrong is kept, everything after it reads
/// as nothing, and [`Reader::finish`] tells: a reader of a section is a third of the code that a `?` at every field takes.
pub struct Reader<'a> {
    rest: &'a [u8],
    section: Part,
    problem: Option<FormatError>,
}

impl<'a> Reader<'a> {
    /// Reads `bytes`, reporting errors as being in `section`.
    pub fn new(bytes: &'a [u8], section: Part) -> Reader<'a> {
        Reader { rest: bytes, section, problem: None }
    }

    /// Reports errors from here on as being in `section`.
    pub fn enter(&mut self, section: Part) {
        self.section = section;
    }

    /// Notes a broken rule unless `holds`; returns whether all is well so far. Loops end where it is not.
    pub fn check(&mut self, holds: bool, rule: Thin) -> bool {
        if !holds {
            self.fail(rule);
        }
        self.problem.is_none()
    }

    /// As [`Reader::check`], for what is worse than a broken rule.
    pub fn demand(&mut self, holds: bool, otherwise: FormatError) -> bool {
        if !holds {
            self.refuse(otherwise);
        }
        self.problem.is_none()
    }

    /// Whether all is well so far.
    pub fn is_well(&self) -> bool {
        self.problem.is_none()
    }

    #[cold]
    #[inline(never)]
    fn fail(&mut self, rule: Thin) {
        self.refuse(FormatError::Rule { section: self.section, rule: told(rule) });
    }

    #[cold]
    #[inline(never)]
    fn refuse(&mut self, problem: FormatError) {
        self.problem = self.problem.or(Some(problem));
        self.rest = &[];
    }

    /// Bytes not yet read.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The next `length` bytes.
    pub fn take(&mut self, length: usize) -> &'a [u8] {
        match self.rest.split_at_checked(length) {
            Some((taken, rest)) => {
                self.rest = rest;
                taken
            }
            None => {
                self.fail(&"it ends too early");
                &[]
            }
        }
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        self.take(N).try_into().unwrap_or([0; N])
    }

    /// `count` reserved bytes, which must be zero.
    pub fn zeros(&mut self, count: usize) {
        let zero = self.take(count).iter().all(|&byte| byte == 0);
        self.check(zero, &"padding or reserved bytes are not zero");
    }

    /// One byte.
    pub fn u8(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((&byte, rest)) => {
                self.rest = rest;
                byte
            }
            None => {
                self.fail(&"it ends too early");
                0
            }
        }
    }

    /// Two bytes. What is not read by the row is never inlined: a header has sixteen of these.
    #[inline(never)]
    pub fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.array())
    }

    /// Four bytes.
    #[inline(never)]
    pub fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    /// Eight bytes.
    #[inline(never)]
    pub fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    /// Four bytes as a float.
    pub fn f32(&mut self) -> f32 {
        f32::from_bits(self.u32())
    }

    /// A 32-bit varint.
    pub fn varint(&mut self) -> u32 {
        // The common case by itself: rows are made of small numbers.
        if let [byte @ ..0x80, rest @ ..] = self.rest {
            self.rest = rest;
            return u32::from(*byte);
        }
        self.varint_of(28, 0x0F) as u32
    }

    /// A 64-bit varint.
    pub fn varint64(&mut self) -> u64 {
        self.varint_of(63, 1)
    }

    /// A varint whose last group begins at bit `last` and is at most `most`.
    fn varint_of(&mut self, last: u32, most: u8) -> u64 {
        let mut value = 0u64;
        let mut shift = 0u32;
        loop {
            let byte = self.u8();
            value |= u64::from(byte & 0x7F).wrapping_shl(shift);
            if shift >= last {
                self.check(byte <= most, &"a varint is wider than its number");
                return value;
            }
            if byte < 0x80 {
                return value;
            }
            shift = shift.saturating_add(7);
        }
    }

    /// A string with its length before it.
    pub fn string(&mut self) -> &'a str {
        let length = self.varint() as usize;
        let text = utf8(self.take(length));
        self.check(text.is_some(), &"a string is not UTF-8");
        text.unwrap_or_default()
    }

    /// Reads a sequence: its length, and one entry after the other, as long as all is well.
    pub fn each(&mut self, read: &mut dyn FnMut(&mut Reader<'a>)) {
        for _ in 0..self.varint() {
            if !self.is_well() {
                break;
            }
            read(self);
        }
    }

    /// Succeeds only at the end of the bytes.
    pub fn finish(mut self) -> Result<(), FormatError> {
        self.check(self.rest.is_empty(), &"bytes are left over");
        self.done()
    }

    /// Succeeds if all is well so far.
    pub fn done(&self) -> Result<(), FormatError> {
        self.problem.map_or(Ok(()), Err)
    }
}

/// The bytes as text, if they are UTF-8.
///
/// The standard library's check is faster on long texts and 240 bytes more of download; texts here are names.
pub fn utf8(bytes: &[u8]) -> Option<&str> {
    // SAFETY: the bytes were checked to be UTF-8.
    if is_utf8(bytes) { Some(unsafe { core::str::from_utf8_unchecked(bytes) }) } else { None }
}

/// Whether bytes are UTF-8: every character in its shortest form, none a surrogate or beyond U+10FFFF.
fn is_utf8(bytes: &[u8]) -> bool {
    let mut bytes = bytes.iter();
    while let Some(&first) = bytes.next() {
        if first < 0x80 {
            continue;
        }
        let length = first.leading_ones();
        let mut code = u32::from(first) & 0x7F_u32.wrapping_shr(length);
        for _ in 1..length {
            match bytes.next() {
                Some(&byte) if byte & 0xC0 == 0x80 => code = code << 6 | u32::from(byte & 0x3F),
                _ => return false,
            }
        }
        // Nothing but a continuation has one bit set in front.
        if length == 1 || char::from_u32(code).is_none_or(|letter| letter.len_utf8() != length as usize) {
            return false;
        }
    }
    true
}

/// Appends a varint: the writing side of [`Reader::varint64`].
pub fn put_varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push((value & 0x7F) as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
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
            let mut reader = Reader::new(&bytes, Part::Card);
            assert_eq!(reader.varint64(), value);
            assert!(reader.finish().is_ok());
        }
    }

    #[test]
    fn hostile_varints_are_refused() {
        for bytes in [&[0x80u8][..], &[0xFF; 10], &[0xFF; 11], &[0x80; 20]] {
            let mut reader = Reader::new(bytes, Part::Card);
            reader.varint64();
            assert!(reader.done().is_err(), "{bytes:?}");
        }
        let mut reader = Reader::new(&[0xFF, 0xFF, 0xFF, 0xFF, 0x1F], Part::Card);
        reader.varint();
        assert!(reader.done().is_err());
    }

    #[test]
    fn text_is_what_the_standard_library_takes_for_utf8() {
        let same = |bytes: &[u8]| assert_eq!(utf8(bytes), core::str::from_utf8(bytes).ok(), "{bytes:X?}");
        same(b"");
        // Every sequence of two bytes; of longer ones, the bytes at every bound of the table and beside it.
        let edges = [0, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE];
        let edges = [&edges[..], &[0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF]].concat();
        for a in 0..=255 {
            for b in 0..=255 {
                same(&[a]);
                same(&[a, b]);
                for &c in &edges {
                    same(&[a, b, c]);
                    if edges.contains(&b) {
                        edges.iter().for_each(|&d| same(&[a, b, c, d]));
                        edges.iter().for_each(|&d| same(&[a, b, c, d, b'x']));
                    }
                }
            }
        }
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

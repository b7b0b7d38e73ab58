//! As `bound`, by the byte products of relaxed SIMD: four to a lane in one instruction, where the processor has such.
//!
//! What an engine makes of them where the second factor is above 127 is its own affair: it may read it with a sign or without one,
//! or let sums of two products overflow. So nothing is believed: every scan multiplies extreme bytes first, and unless the answer
//! is exact under one of the two readings, there is no bound. (Node 22 overflows; Node 20, by a flag, answers one thing before
//! it has optimised the code and another one afterwards; Node 24 and later are exact where the processor has the instruction.)
#![expect(unsafe_code, reason = "v128 loads take raw pointers; each block states its bound")]

use core::arch::wasm32::{
    i8x16, i32x4, i32x4_add, i32x4_all_true, i32x4_eq, i32x4_relaxed_dot_i8x16_i7x16_add, i32x4_splat, u8x16_splat,
    v128, v128_load, v128_xor,
};

use super::vectors::{WIDE, high, starts, totals, walk};
use crate::kernel::blocks::ROWS;

/// The high bytes of a query, and what they may fall short of it.
pub struct Bound {
    /// A byte a place, for every vector of a row but the last.
    high: Vec<[i8; WIDE]>,
    /// For the vector that ends with the row, and without what the others have.
    last: [i8; WIDE],
    dim: usize,
    /// Whether the engine reads the second factor without a sign.
    unsigned: bool,
    /// What sums begin with: the most that a product may be above them, less what they get too much, for where there is no sign
    /// the codes of rows are read as 128 more.
    first: i32,
}

impl Bound {
    /// Bounds the products of a query; `None` where a row is no vector long, where the sums might not fit, or where the engine's
    /// products are not exact.
    pub fn of(codes: &[i16]) -> Option<Bound> {
        let dim = codes.len();
        let unsigned = is_exact(true);
        if dim < WIDE || !(unsigned || is_exact(false)) {
            return None;
        }
        let (mut bytes, mut above, mut most, mut sum) = (Vec::with_capacity(dim / WIDE + 1), 0, 0, 0);
        for (start, covered) in starts(dim) {
            let mut vector = [0; WIDE];
            for at in covered..WIDE {
                let (byte, more) = high(codes[start + at]);
                vector[at] = byte as i8;
                above += more;
                most += i64::from(byte).abs() << 15;
                sum += i32::from(byte);
            }
            bytes.push(vector);
        }
        let last = bytes.pop().filter(|_| most + above <= i64::from(i32::MAX))?;
        let first = ((above + 255) >> 8) as i32 - if unsigned { 128 * sum } else { 0 };
        Some(Bound { high: bytes, last, dim, unsigned, first })
    }

    /// What the bounds count in.
    pub const UNIT: f64 = 256.0;

    /// Whether the engine's products are still the exact ones: it may have optimised the code since.
    #[inline(always)]
    pub fn holds(&self) -> bool {
        is_exact(self.unsigned)
    }

    /// Bytes of two blocks.
    #[inline(always)]
    pub fn bytes(&self) -> usize {
        2 * ROWS * self.dim
    }

    /// Numbers that the products of the rows of two blocks, in parts of 256, do not exceed.
    #[inline(always)]
    pub fn products(&self, rows: &[i8]) -> [v128; 2] {
        assert!(rows.len() == self.bytes());
        let (start, flip) = (rows.as_ptr(), flip(self.unsigned));
        let mut sums = [i32x4(self.first, 0, 0, 0); 2 * ROWS];
        walk(&self.high, &self.last, self.dim, |bytes, from| {
            // SAFETY: sixteen bytes are a vector.
            let bytes = unsafe { v128_load(bytes.as_ptr().cast()) };
            for (row, sum) in sums.iter_mut().enumerate() {
                // SAFETY: a row has `dim` codes, and sixteen from `from` on lie within it.
                let codes = unsafe { v128_load(start.add(row * self.dim + from).cast()) };
                *sum = i32x4_relaxed_dot_i8x16_i7x16_add(bytes, v128_xor(codes, flip), *sum);
            }
        });
        let [a, b, c, d, e, f, g, h] = sums;
        [totals([a, b, c, d]), totals([e, f, g, h])]
    }
}

/// What turns codes of rows into second factors.
#[inline(always)]
fn flip(unsigned: bool) -> v128 {
    u8x16_splat(if unsigned { 0x80 } else { 0 })
}

/// Whether products of the largest and smallest bytes are exact, with the second factor read without a sign or with one.
#[inline(always)]
fn is_exact(unsigned: bool) -> bool {
    let bytes = i8x16(127, 127, 127, 127, -128, -128, -128, -128, 127, -128, 127, -128, -128, -128, 3, 1);
    let codes = i8x16(127, 127, 127, 127, 127, 127, 127, 127, 127, -128, -128, 127, -128, -128, 5, -7);
    let found = i32x4_relaxed_dot_i8x16_i7x16_add(bytes, v128_xor(codes, flip(unsigned)), i32x4_splat(1 << 20));
    let exact = if unsigned {
        i32x4(4 * 127 * 255, -4 * 128 * 255, 127 * 255 - 128 * 255, 3 * 133 + 121)
    } else {
        i32x4(4 * 127 * 127, -4 * 128 * 127, 127 * 127 + 128 * 128 - 127 * 128 - 128 * 127, 2 * 128 * 128 + 15 - 7)
    };
    i32x4_all_true(i32x4_eq(found, i32x4_add(exact, i32x4_splat(1 << 20))))
}

//! An upper bound of the products of 8-bit rows with a query, from the high bytes of the query and the rows as they lie.
//!
//! Two codes of a row are one 16-bit number, `256 odd + even` with the even one taken as not negative. Its product with the
//! query's high byte for the odd place is 256 times what is wanted, plus something that cannot be less than a number known
//! beforehand; shifted by eight bits, the same two codes give the product of the even place. So codes are multiplied without being
//! widened, and what that leaves out or adds is bounded once a query.
#![expect(unsafe_code, reason = "v128 loads take raw pointers; each block states its bound")]

use core::arch::wasm32::{i16x8_shl, i32x4, i32x4_add, i32x4_dot_i16x8, v128, v128_load};

use super::vectors::{WIDE, high, starts, totals, walk};
use crate::kernel::blocks::ROWS;

/// The high bytes of a query, and what they may fall short of it.
pub struct Bound {
    /// For every vector of a row but the last: the bytes for its even places, then those for its odd ones.
    high: Vec<[i16; WIDE]>,
    /// For the vector that ends with the row, and without what the others have.
    last: [i16; WIDE],
    dim: usize,
    /// The most that a product may be above the sum.
    above: i32,
}

impl Bound {
    /// Bounds the products of a query; `None` where a row is no vector long, or where the sums might not fit.
    pub fn of(codes: &[i16]) -> Option<Bound> {
        let dim = codes.len();
        if dim < WIDE {
            return None;
        }
        let (mut bytes, mut above, mut most) = (Vec::with_capacity(dim / WIDE + 1), 0, 0);
        for (start, covered) in starts(dim) {
            let mut spread = [0; WIDE];
            for at in covered..WIDE {
                let (byte, more) = high(codes[start + at]);
                spread[at / 2 + at % 2 * (WIDE / 2)] = byte;
                // What the even code beside it adds to an odd place.
                let beside = if at % 2 == 1 { -255 * i64::from(byte).min(0) } else { 0 };
                above += more + beside;
                most += i64::from(byte).abs() << 15;
            }
            bytes.push(spread);
        }
        let last = bytes.pop().filter(|_| most + above <= i64::from(i32::MAX))?;
        Some(Bound { high: bytes, last, dim, above: above as i32 })
    }

    /// What the bounds count in.
    pub const UNIT: f64 = 1.0;

    /// Whether the processor computes what the bound relies on: here nothing is left to it.
    #[inline(always)]
    pub fn holds(&self) -> bool {
        true
    }

    /// Bytes of two blocks.
    #[inline(always)]
    pub fn bytes(&self) -> usize {
        2 * ROWS * self.dim
    }

    /// Numbers that the products of the rows of two blocks do not exceed.
    #[inline(always)]
    pub fn products(&self, rows: &[i8]) -> [v128; 2] {
        assert!(rows.len() == self.bytes());
        let start = rows.as_ptr();
        let mut sums = [i32x4(self.above, 0, 0, 0); 2 * ROWS];
        walk(&self.high, &self.last, self.dim, |bytes, from| {
            // SAFETY: sixteen 16-bit numbers are two vectors.
            let [even, odd] = [0, 1].map(|at| unsafe { v128_load(bytes.as_ptr().cast::<v128>().add(at)) });
            for (row, sum) in sums.iter_mut().enumerate() {
                // SAFETY: a row has `dim` codes, and sixteen from `from` on lie within it.
                let codes = unsafe { v128_load(start.add(row * self.dim + from).cast()) };
                *sum = i32x4_add(*sum, i32x4_dot_i16x8(codes, odd));
                *sum = i32x4_add(*sum, i32x4_dot_i16x8(i16x8_shl(codes, 8), even));
            }
        });
        let [a, b, c, d, e, f, g, h] = sums;
        [totals([a, b, c, d]), totals([e, f, g, h])]
    }
}

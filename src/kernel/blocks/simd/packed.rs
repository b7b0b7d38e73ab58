//! Blocks of packed rows: bytes are taken two at a time as 16-bit numbers, out of which shifts and masks leave one code a lane.
#![expect(unsafe_code, reason = "v128 loads take raw pointers; each block states its bound")]

use core::ops::Range;

use core::arch::wasm32::{
    f32x4_add, f32x4_convert_i32x4, f32x4_ge, f32x4_mul, f32x4_splat, i32x4_add, i32x4_dot_i16x8, i32x4_shl,
    i32x4_splat, i32x4_sub, u16x8_shr, u16x8_splat, u32x4_extend_low_u16x8, v128, v128_and, v128_any_true, v128_load,
    v128_load64_zero,
};

use super::vectors::{WIDE, starts, totals};
use crate::kernel::blocks::{Block, ROWS};
use crate::kernel::query::PackedQuery;
use crate::kernel::simd128::{lanes, widen};

/// The codes of a query in the order in which they meet those of a row.
pub struct Spread {
    /// For every vector of a row and every shift of its lanes: the codes of the places that it leaves.
    codes: Vec<[i16; WIDE / 2]>,
    bits: u32,
    /// Bytes of a row.
    bytes: usize,
}

impl Spread {
    /// Spreads the codes of a query, of which there are as many parts as a byte has codes of `bits` bits; `None` where a row is no
    /// vector long.
    pub fn of(codes: &[i16], bits: u32) -> Option<Spread> {
        let parts = 8 / bits as usize;
        let bytes = codes.len() / parts;
        if bytes < WIDE {
            return None;
        }
        let mut spread = Vec::new();
        for (start, covered) in starts(bytes) {
            for (odd, part) in (0..2).flat_map(|odd| (0..parts).map(move |part| (odd, part))) {
                spread.push(core::array::from_fn(|lane| {
                    let at = 2 * lane + odd;
                    if at < covered { 0 } else { codes[part * bytes + start + at] }
                }));
            }
        }
        Some(Spread { codes: spread, bits, bytes })
    }

    /// The first of these blocks of `rows` of which a row reaches `floor`:
    /// `offset + (query scale * row scale) * product`.
    #[inline(never)]
    pub fn next(
        &self,
        query: &PackedQuery,
        offset: f32,
        rows: &[u8],
        scales: &[u16],
        blocks: Range<usize>,
        floor: f32,
    ) -> Option<Block> {
        let (bias, whole) = (i32x4_splat(query.bias), f32x4_splat(query.scale));
        let (offset, floor) = (f32x4_splat(offset), f32x4_splat(floor));
        let bytes = ROWS * self.bytes;
        let (mut left, scales) = (&rows[blocks.start * bytes..], &scales.as_chunks::<ROWS>().0[blocks.clone()]);
        for (block, scales) in blocks.zip(scales) {
            let rows;
            (rows, left) = left.split_at(bytes);
            let sums = if self.bits == 4 { self.sums::<4>(rows) } else { self.sums::<2>(rows) };
            let products = i32x4_sub(i32x4_shl(sums, 1), bias);
            // SAFETY: four halves are exactly half a vector.
            let scales = unsafe { v128_load64_zero(scales.as_ptr().cast()) };
            let scales = f32x4_mul(whole, widen(u32x4_extend_low_u16x8(scales)));
            let scores = f32x4_add(offset, f32x4_mul(scales, f32x4_convert_i32x4(products)));
            if v128_any_true(f32x4_ge(scores, floor)) {
                let [a, b, c, d, ..] = lanes(scores, scores);
                return Some(Block { block, scores: [a, b, c, d] });
            }
        }
        None
    }

    /// Products with four rows, their codes taken as they are.
    #[inline(always)]
    fn sums<const BITS: u32>(&self, rows: &[u8]) -> v128 {
        assert!(rows.len() == ROWS * self.bytes);
        let (start, mask) = (rows.as_ptr(), u16x8_splat((1 << BITS) - 1));
        let mut sums = [i32x4_splat(0); ROWS];
        let mut place = 0;
        for spread in self.codes.chunks_exact(16 / BITS as usize) {
            let from = place.min(self.bytes - WIDE);
            let packed: [v128; ROWS] = core::array::from_fn(|row| {
                // SAFETY: a row has `bytes` bytes, and sixteen from `from` on lie within it.
                unsafe { v128_load(start.add(row * self.bytes + from).cast()) }
            });
            for (shift, codes) in spread.iter().enumerate() {
                // SAFETY: eight 16-bit numbers are one vector.
                let codes = unsafe { v128_load(codes.as_ptr().cast()) };
                for row in 0..ROWS {
                    let lanes = v128_and(u16x8_shr(packed[row], shift as u32 * BITS), mask);
                    sums[row] = i32x4_add(sums[row], i32x4_dot_i16x8(codes, lanes));
                }
            }
            place += WIDE;
        }
        totals(sums)
    }
}

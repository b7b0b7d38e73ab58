//! Blocks of half-precision rows, decoded in two operations a vector.
#![expect(unsafe_code, reason = "v128 loads take raw pointers; each block states its bound")]

use core::ops::Range;

use core::arch::wasm32::{
    f32x4, f32x4_add, f32x4_ge, f32x4_mul, f32x4_splat, i32x4_dot_i16x8, i32x4_shr, i32x4_shuffle, i32x4_splat,
    i64x2_shuffle, u32x4_splat, v128, v128_and, v128_any_true, v128_load,
};

use crate::kernel::blocks::{Block, ROWS};
use crate::kernel::scalar::{LANES, fold};
use crate::kernel::simd128::{lanes, load_f32};
use crate::numeric::from_f16;

/// A query times 2^112, the difference of the two biases of exponents, so that rows need not be multiplied by it: powers of two
/// change no rounding. Of every eight numbers those in even places come first, as they are decoded.
pub struct Lifted(Vec<f32>);

impl Lifted {
    /// Prepares a query; `None` where a coordinate would leave the range.
    pub fn of(query: &[f32]) -> Option<Lifted> {
        let mut lifted = Vec::with_capacity(query.len());
        for x in query {
            if x.abs() >= 32768.0 || x.is_nan() {
                return None;
            }
            lifted.push(x * f32::from_bits(0x7780_0000));
        }
        for chunk in lifted.as_chunks_mut::<LANES>().0 {
            let [a, b, c, d, e, f, g, h] = *chunk;
            *chunk = [a, c, e, g, b, d, f, h];
        }
        Some(Lifted(lifted))
    }

    /// Dot product with a row.
    #[inline(always)]
    pub fn dot(&self, row: &[u16]) -> f32 {
        let (q_chunks, q_rest) = self.0.as_chunks::<LANES>();
        let (r_chunks, r_rest) = row.as_chunks::<LANES>();
        let (mut even, mut odd) = (f32x4_splat(0.0), f32x4_splat(0.0));
        for (x, y) in q_chunks.iter().zip(r_chunks) {
            let [x0, x1] = load_f32(x);
            // SAFETY: `y` is exactly 16 bytes.
            let [y0, y1] = decoded(unsafe { v128_load(y.as_ptr().cast()) });
            even = f32x4_add(even, f32x4_mul(x0, y0));
            odd = f32x4_add(odd, f32x4_mul(x1, y1));
        }
        let [low, high] = [i32x4_shuffle::<0, 4, 1, 5>(even, odd), i32x4_shuffle::<2, 6, 3, 7>(even, odd)];
        fold(lanes(low, high), q_rest.iter().zip(r_rest).map(|(x, &y)| lowered(*x) * from_f16(y)))
    }

    /// The first of these blocks of `rows` of which a row reaches `floor`.
    #[inline(never)]
    pub fn next(&self, rows: &[u16], blocks: Range<usize>, floor: f32) -> Option<Block> {
        let (floor, halves) = (f32x4_splat(floor), ROWS * self.0.len());
        let mut left = &rows[blocks.start * halves..];
        for block in blocks {
            let rows;
            (rows, left) = left.split_at(halves);
            let scores = self.products(rows);
            if v128_any_true(f32x4_ge(scores, floor)) {
                let [a, b, c, d, ..] = lanes(scores, scores);
                return Some(Block { block, scores: [a, b, c, d] });
            }
        }
        None
    }

    /// Products with four rows. The sums of the four are folded together, in the order that `scalar::fold` has.
    #[inline(always)]
    fn products(&self, rows: &[u16]) -> v128 {
        let dim = self.0.len();
        assert!(rows.len() == ROWS * dim);
        let start = rows.as_ptr();
        let (chunks, rest) = self.0.as_chunks::<LANES>();
        let (mut even, mut odd) = ([f32x4_splat(0.0); ROWS], [f32x4_splat(0.0); ROWS]);
        let mut place = 0;
        for chunk in chunks {
            let [x0, x1] = load_f32(chunk);
            for row in 0..ROWS {
                // SAFETY: each row has as many halves as the query has numbers, and `place` begins eight of them.
                let [y0, y1] = decoded(unsafe { v128_load(start.add(row * dim + place).cast()) });
                even[row] = f32x4_add(even[row], f32x4_mul(x0, y0));
                odd[row] = f32x4_add(odd[row], f32x4_mul(x1, y1));
            }
            place += LANES;
        }
        // Lanes 0 + 4, 2 + 6, 1 + 5, 3 + 7 of the reference; then the first with the third, the second with the fourth.
        let [a, b, c, d] = core::array::from_fn(|row| halves_added(even[row], odd[row]));
        let (first, second) = (halves_added(a, b), halves_added(c, d));
        let [low, high] = [i32x4_shuffle::<0, 2, 4, 6>(first, second), i32x4_shuffle::<1, 3, 5, 7>(first, second)];
        let mut products = f32x4_add(low, high);
        for x in rest {
            let [a, b, c, d] = [0, dim, 2 * dim, 3 * dim].map(|start| lowered(*x) * from_f16(rows[start + place]));
            products = f32x4_add(products, f32x4(a, b, c, d));
            place += 1;
        }
        products
    }
}

/// The first two lanes of each vector, plus its last two.
#[inline(always)]
fn halves_added(a: v128, b: v128) -> v128 {
    f32x4_add(i64x2_shuffle::<0, 2>(a, b), i64x2_shuffle::<1, 3>(a, b))
}

/// Eight halves as floats of 2^-112 of their values, those in even places first: sign, exponent and mantissa are moved to where a
/// float has them, and the sign's copies and the neighbour masked away. A product with 2^13 moves an even one, extends its sign
/// and drops its neighbour at once.
#[inline(always)]
fn decoded(halves: v128) -> [v128; 2] {
    let kept = u32x4_splat(0x8FFF_E000);
    [v128_and(i32x4_dot_i16x8(halves, i32x4_splat(1 << 13)), kept), v128_and(i32x4_shr(halves, 3), kept)]
}

/// A number of the query as it was.
#[inline(always)]
fn lowered(lifted: f32) -> f32 {
    lifted * f32::from_bits(0x0780_0000)
}

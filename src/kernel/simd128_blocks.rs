//! What search adds to `simd128` and the core's download does without: rows scored four at a time, and half precision decoded in
//! three operations. Same bits as `scalar`.
#![expect(unsafe_code, reason = "v128 loads take raw pointers; each block states its bound")]

use core::arch::wasm32::{
    f32x4, f32x4_add, f32x4_convert_i32x4, f32x4_ge, f32x4_mul, f32x4_splat, i16x8_load_extend_i8x8, i16x8_shuffle,
    i32x4, i32x4_add, i32x4_dot_i16x8, i32x4_shr, i32x4_shuffle, i32x4_splat, i64x2_shuffle, u32x4_splat, v128,
    v128_and, v128_any_true, v128_load,
};

use super::IntegerQuery;
use super::scalar::{self, LANES, fold};
use super::simd128::{lanes, load_f32};
use crate::numeric::from_f16;

/// The query times 2^112, the difference of the two biases of exponents, so that rows need not be multiplied by it: powers of
/// two change no rounding. `None` where a coordinate would leave the range.
#[inline(always)]
pub fn lifted(query: &[f32]) -> Option<Vec<f32>> {
    let mut lifted = Vec::with_capacity(query.len());
    for x in query {
        if x.abs() >= 32768.0 || x.is_nan() {
            return None;
        }
        lifted.push(x * f32::from_bits(0x7780_0000));
    }
    Some(lifted)
}

/// Dot product of a lifted query with a half-precision row.
#[inline(always)]
pub fn dot_lifted(query: &[f32], row: &[u16]) -> f32 {
    let (q_chunks, q_rest) = query.as_chunks::<LANES>();
    let (r_chunks, r_rest) = row.as_chunks::<LANES>();
    let (mut low, mut high) = (f32x4_splat(0.0), f32x4_splat(0.0));
    for (x, y) in q_chunks.iter().zip(r_chunks) {
        let [x0, x1] = load_f32(x);
        // SAFETY: `y` is exactly 16 bytes.
        let halves = unsafe { v128_load(y.as_ptr().cast()) };
        let zero = f32x4_splat(0.0);
        low = f32x4_add(low, f32x4_mul(x0, placed(i16x8_shuffle::<8, 0, 9, 1, 10, 2, 11, 3>(halves, zero))));
        high = f32x4_add(high, f32x4_mul(x1, placed(i16x8_shuffle::<12, 4, 13, 5, 14, 6, 15, 7>(halves, zero))));
    }
    let lower = f32::from_bits(0x0780_0000);
    fold(lanes(low, high), q_rest.iter().zip(r_rest).map(|(x, &y)| (x * lower) * from_f16(y)))
}

/// Products of a lifted query with four half-precision rows, if any reaches `floor`. The sums of the four are folded together, in
/// the order that `scalar::fold` has.
#[inline(always)]
pub fn block_lifted(query: &[f32], rows: &[u16], floor: f32) -> Option<[f32; 4]> {
    let dim = query.len();
    assert!(rows.len() == 4 * dim);
    let starts = [0, dim, 2 * dim, 3 * dim].map(|start| rows[start..].as_ptr());
    let (chunks, rest) = query.as_chunks::<LANES>();
    let zero = f32x4_splat(0.0);
    let (mut low, mut high) = ([zero; 4], [zero; 4]);
    let mut place = 0;
    for chunk in chunks {
        let [x0, x1] = load_f32(chunk);
        for row in 0..4 {
            // SAFETY: each row has as many halves as the query has numbers, and `place` begins eight of them.
            let halves = unsafe { v128_load(starts[row].add(place).cast()) };
            let first = placed(i16x8_shuffle::<8, 0, 9, 1, 10, 2, 11, 3>(halves, zero));
            let second = placed(i16x8_shuffle::<12, 4, 13, 5, 14, 6, 15, 7>(halves, zero));
            low[row] = f32x4_add(low[row], f32x4_mul(x0, first));
            high[row] = f32x4_add(high[row], f32x4_mul(x1, second));
        }
        place += LANES;
    }
    let [a, b, c, d]: [v128; 4] = core::array::from_fn(|row| f32x4_add(low[row], high[row]));
    let first = f32x4_add(i32x4_shuffle::<0, 4, 2, 6>(a, b), i32x4_shuffle::<1, 5, 3, 7>(a, b));
    let second = f32x4_add(i32x4_shuffle::<0, 4, 2, 6>(c, d), i32x4_shuffle::<1, 5, 3, 7>(c, d));
    let mut scores = f32x4_add(i64x2_shuffle::<0, 2>(first, second), i64x2_shuffle::<1, 3>(first, second));
    let lower = f32::from_bits(0x0780_0000);
    for x in rest {
        let [a, b, c, d] = [0, dim, 2 * dim, 3 * dim].map(|start| (x * lower) * from_f16(rows[start + place]));
        scores = f32x4_add(scores, f32x4(a, b, c, d));
        place += 1;
    }
    if !v128_any_true(f32x4_ge(scores, f32x4_splat(floor))) {
        return None;
    }
    let [a, b, c, d, ..] = lanes(scores, scores);
    Some([a, b, c, d])
}

/// Dimensions whose loads have fixed distances: engines then compute one address a row for all of them.
const RUN: usize = 32;

/// Scores of four 8-bit rows, if any reaches `floor`: see `scalar::block_int8`. One load of the query serves all four, and their sums are folded together.
#[inline(always)]
pub fn block_int8(query: &IntegerQuery, offset: f32, rows: &[i8], scales: &[f32; 4], floor: f32) -> Option<[f32; 4]> {
    let codes = query.codes.as_slice();
    let dim = codes.len();
    assert!(rows.len() == 4 * dim);
    let starts = [0, dim, 2 * dim, 3 * dim].map(|start| rows[start..].as_ptr());
    let mut sums = [i32x4_splat(0); 4];
    let (runs, rest) = codes.as_chunks::<RUN>();
    let mut place = 0;
    for run in runs {
        // SAFETY: a run is four vectors of 16 bytes.
        let q: [v128; 4] = core::array::from_fn(|at| unsafe { v128_load(run.as_ptr().add(at * LANES).cast()) });
        for row in 0..4 {
            for at in 0..4 {
                // SAFETY: each row has as many codes as the query, and `place` begins a run of them.
                let r = unsafe { i16x8_load_extend_i8x8(starts[row].add(place + at * LANES)) };
                sums[row] = i32x4_add(sums[row], i32x4_dot_i16x8(q[at], r));
            }
        }
        place += RUN;
    }
    let (chunks, rest) = rest.as_chunks::<LANES>();
    for chunk in chunks {
        // SAFETY: `chunk` is exactly 16 bytes.
        let q = unsafe { v128_load(chunk.as_ptr().cast()) };
        for row in 0..4 {
            // SAFETY: as above, with a chunk for a run.
            let r = unsafe { i16x8_load_extend_i8x8(starts[row].add(place)) };
            sums[row] = i32x4_add(sums[row], i32x4_dot_i16x8(q, r));
        }
        place += LANES;
    }
    let mut products = transposed_total(sums);
    if !rest.is_empty() {
        let more = [1, 2, 3, 4].map(|end| scalar::dot_int8(rest, &rows[end * dim - rest.len()..]));
        products = i32x4_add(products, i32x4(more[0], more[1], more[2], more[3]));
    }
    // SAFETY: four floats are exactly one vector.
    let scales = f32x4_mul(f32x4_splat(query.scale), unsafe { v128_load(scales.as_ptr().cast()) });
    let scores = f32x4_add(f32x4_splat(offset), f32x4_mul(scales, f32x4_convert_i32x4(products)));
    if !v128_any_true(f32x4_ge(scores, f32x4_splat(floor))) {
        return None;
    }
    let [a, b, c, d, ..] = lanes(scores, scores);
    Some([a, b, c, d])
}

/// The sum of the lanes of each vector, in a lane each.
#[inline(always)]
fn transposed_total([a, b, c, d]: [v128; 4]) -> v128 {
    let low = i32x4_add(i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<2, 6, 3, 7>(a, b));
    let high = i32x4_add(i32x4_shuffle::<0, 4, 1, 5>(c, d), i32x4_shuffle::<2, 6, 3, 7>(c, d));
    i32x4_add(i64x2_shuffle::<0, 2>(low, high), i64x2_shuffle::<1, 3>(low, high))
}

/// Four halves, each in the high half of a lane, with sign, exponent and mantissa where a float has them: 2^-112 of their values.
#[inline(always)]
fn placed(halves: v128) -> v128 {
    v128_and(i32x4_shr(halves, 3), u32x4_splat(0x8FFF_E000))
}

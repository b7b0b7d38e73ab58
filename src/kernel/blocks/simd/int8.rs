//! Blocks of 8-bit rows: most are dismissed by an upper bound of their products, which is cheaper than the products.
#![expect(unsafe_code, reason = "v128 loads take raw pointers; each block states its bound")]

use core::ops::Range;

use core::arch::wasm32::{
    f32x4_add, f32x4_convert_i32x4, f32x4_ge, f32x4_mul, f32x4_splat, i16x8_load_extend_i8x8, i32x4, i32x4_add,
    i32x4_dot_i16x8, i32x4_splat, v128, v128_any_true, v128_load, v128_or,
};

use super::bound::Bound;
use super::vectors::totals;
use crate::kernel::blocks::{Block, ROWS};
use crate::kernel::query::Int8Query;
use crate::kernel::scalar::{self, LANES};
use crate::kernel::simd128::lanes;

/// The first of these blocks of `rows` of which a row reaches `floor`:
/// `offset + (query scale * row scale) * product`.
#[inline(never)]
pub fn next(
    query: &Int8Query,
    offset: f32,
    rows: &[i8],
    scales: &[f32],
    mut blocks: Range<usize>,
    floor: f32,
) -> Option<Block> {
    let codes = query.integer().codes.as_slice();
    let (bytes, scales) = (ROWS * codes.len(), scales.as_chunks::<ROWS>().0);
    let bounded = query.bound.as_ref().and_then(|bound| Some((bound, bar(query, offset, floor)?)));
    let (whole, offset, floor) = (f32x4_splat(query.integer().scale), f32x4_splat(offset), f32x4_splat(floor));
    loop {
        if let Some((bound, bar)) = bounded {
            blocks.start = candidate(bound, bar, rows, scales, blocks.clone());
        }
        let block = blocks.next()?;
        // SAFETY: four floats are exactly one vector.
        let scales = unsafe { v128_load(scales[block].as_ptr().cast()) };
        let products = f32x4_convert_i32x4(products(codes, &rows[block * bytes..][..bytes]));
        let scores = f32x4_add(offset, f32x4_mul(f32x4_mul(whole, scales), products));
        if v128_any_true(f32x4_ge(scores, floor)) {
            let [a, b, c, d, ..] = lanes(scores, scores);
            return Some(Block { block, scores: [a, b, c, d] });
        }
    }
}

/// Where, among these blocks, bounds do not dismiss two in a row: at the first of them, or at the end. A function by itself, so that
/// its loop has all registers, and two blocks at a time, so that one load of the query serves them both.
#[inline(never)]
fn candidate(bound: &Bound, bar: f32, rows: &[i8], scales: &[[f32; ROWS]], blocks: Range<usize>) -> usize {
    // Asked here, because engines optimise function by function.
    if !bound.holds() {
        return blocks.start;
    }
    let (bar, bytes) = (f32x4_splat(bar), bound.bytes());
    let mut left = &rows[blocks.start * bytes / 2..];
    let (pairs, rest) = scales[blocks.clone()].as_chunks::<2>();
    for (pair, scales) in pairs.iter().enumerate() {
        let rows;
        (rows, left) = left.split_at(bytes);
        let [first, second] = bound.products(rows);
        let reach = |scales: &[f32; ROWS], products| {
            // SAFETY: four floats are exactly one vector.
            let scales = unsafe { v128_load(scales.as_ptr().cast()) };
            f32x4_ge(f32x4_mul(scales, f32x4_convert_i32x4(products)), bar)
        };
        if v128_any_true(v128_or(reach(&scales[0], first), reach(&scales[1], second))) {
            return blocks.start + 2 * pair;
        }
    }
    blocks.end - rest.len()
}

/// What a row's scale times its bound must reach, so that its score may reach `floor`; `None` where that tells nothing.
fn bar(query: &Int8Query, offset: f32, floor: f32) -> Option<f32> {
    let [floor, offset, scale] = [floor, offset, query.integer().scale].map(f64::from);
    // Seven roundings, of 2^-24 each, lie between scores and bounds; products of tiny scales lose digits, and large scores overflow.
    let least = floor - offset - 1e-6 * (floor.abs() + offset.abs());
    let bar = least / (scale * Bound::UNIT);
    let bar = bar - 1e-6 * bar.abs() - 1e-20;
    (scale > 1e-10 && least < 3e38 && bar.abs() < 1e30).then_some(bar as f32)
}

/// The exact products.
#[inline(always)]
fn products(codes: &[i16], rows: &[i8]) -> v128 {
    let dim = codes.len();
    assert!(rows.len() == ROWS * dim);
    let starts = [0, dim, 2 * dim, 3 * dim].map(|start| rows[start..].as_ptr());
    let mut sums = [i32x4_splat(0); ROWS];
    let (chunks, rest) = codes.as_chunks::<LANES>();
    let mut place = 0;
    for chunk in chunks {
        // SAFETY: `chunk` is exactly 16 bytes.
        let q = unsafe { v128_load(chunk.as_ptr().cast()) };
        for row in 0..ROWS {
            // SAFETY: each row has as many codes as the query, and `place` begins eight of them.
            let r = unsafe { i16x8_load_extend_i8x8(starts[row].add(place)) };
            sums[row] = i32x4_add(sums[row], i32x4_dot_i16x8(q, r));
        }
        place += LANES;
    }
    let products = totals(sums);
    if rest.is_empty() {
        return products;
    }
    let [a, b, c, d] = [1, 2, 3, 4].map(|end| scalar::dot_int8(rest, &rows[end * dim - rest.len()..]));
    i32x4_add(products, i32x4(a, b, c, d))
}

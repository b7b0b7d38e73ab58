//! The inner loops: dot products over rows of codes. Safe entry points; the one place that chooses an implementation.
//!
//! `scalar` is the reference and defines the order of additions (docs/FORMAT.md 5.8); `simd128` and `blocks`
//! must agree to the bit.

mod blocks;
mod query;
pub mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub mod simd128;

use core::ops::Range;

use blocks::{Block, ROWS};
pub use query::{HalfQuery, Int8Query, IntegerQuery, PackedQuery};
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use scalar as chosen;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use simd128 as chosen;

/// Whether 8-bit rows are scored in blocks: where search is compiled in.
const BLOCKS: bool = cfg!(feature = "search");

/// Dot product of two float vectors of equal length.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    chosen::dot(a, b)
}

/// `sum[k] += scale * x[k]` for as many as both have.
#[inline(always)]
pub fn add_scaled(sum: &mut [f64], scale: f64, x: &[f32]) {
    chosen::add_scaled(sum, scale, x);
}

/// Scores every row of `rows` (half-precision, as long as the query) and calls `visit(row, score)`, in order, for those of at
/// least `floor`. What `visit` returns is the floor from there on, so that a selection of the best closes its own door.
#[inline(always)]
pub fn scan_f16(query: &HalfQuery<'_>, rows: &[u16], floor: f32, mut visit: impl FnMut(usize, f32) -> f32) {
    let dim = query.vector.len().max(1);
    let score = |row: usize| query.score(&rows[row * dim..][..dim]);
    let (mut rest, mut least) = (0..rows.len() / dim, floor);
    if let Some(lifted) = &query.lifted {
        (rest, least) = in_blocks(rest.end, floor, &mut visit, |blocks, floor| lifted.next(rows, blocks, floor));
    }
    one_by_one(rest, score, least, &mut visit);
}

/// As [`scan_f16`] over 8-bit rows with one of `scales` a row: `offset + (query scale * row scale) * integer product`.
#[inline(always)]
pub fn scan_int8(
    query: &Int8Query,
    offset: f32,
    rows: &[i8],
    scales: &[f32],
    floor: f32,
    mut visit: impl FnMut(usize, f32) -> f32,
) {
    let dim = query.integer().codes.len().max(1);
    let scales = &scales[..scales.len().min(rows.len() / dim)];
    let score = |row: usize| offset + query.score(&rows[row * dim..][..dim], scales[row]);
    let (mut rest, mut least) = (0..scales.len(), floor);
    if BLOCKS {
        let next = |blocks, floor| blocks::int8(query, offset, rows, scales, blocks, floor);
        (rest, least) = in_blocks(rest.end, floor, &mut visit, next);
    }
    one_by_one(rest, score, least, &mut visit);
}

/// As [`scan_f16`] over packed codes of `bits` bits with a half-precision scale a row:
/// `offset + (query scale * row scale) * integer product`.
#[inline(always)]
pub fn scan_packed(
    query: &PackedQuery,
    offset: f32,
    rows: &[u8],
    scales: &[u16],
    floor: f32,
    mut visit: impl FnMut(usize, f32) -> f32,
) {
    let scales = &scales[..scales.len().min(rows.len() / query.bytes)];
    let score = |row: usize| offset + query.score(&rows[row * query.bytes..][..query.bytes], scales[row]);
    let (mut rest, mut least) = (0..scales.len(), floor);
    if let Some(spread) = &query.spread {
        let next = |blocks, floor| spread.next(query, offset, rows, scales, blocks, floor);
        (rest, least) = in_blocks(rest.end, floor, &mut visit, next);
    }
    one_by_one(rest, score, least, &mut visit);
}

/// Visits the rows of these that reach the floor.
#[inline(always)]
fn one_by_one(
    rows: Range<usize>,
    score: impl Fn(usize) -> f32,
    mut floor: f32,
    visit: &mut impl FnMut(usize, f32) -> f32,
) {
    for row in rows {
        let score = score(row);
        if score >= floor {
            floor = visit(row, score);
        }
    }
}

/// As [`one_by_one`] for as many of the first `count` rows as make whole blocks. `next(blocks, floor)` finds the first of these
/// blocks of which a row reaches the floor. Returns the rows that are left over, and the floor from there on.
#[inline(always)]
fn in_blocks(
    count: usize,
    mut floor: f32,
    visit: &mut impl FnMut(usize, f32) -> f32,
    next: impl Fn(Range<usize>, f32) -> Option<Block>,
) -> (Range<usize>, f32) {
    let mut blocks = 0..count / ROWS;
    while let Some(Block { block, scores }) = next(blocks.clone(), floor) {
        for (place, score) in scores.into_iter().enumerate() {
            if score >= floor {
                floor = visit(block * ROWS + place, score);
            }
        }
        blocks.start = block + 1;
    }
    (blocks.end * ROWS..count, floor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scans_visit_every_row_in_order() {
        let one = 0x3C00u16;
        let mut seen = Vec::new();
        let mut see = |row, score| {
            seen.push((row, score));
            f32::NEG_INFINITY
        };
        scan_f16(&HalfQuery::of(&[1.0, 2.0]), &[one, 0, 0, one], f32::NEG_INFINITY, &mut see);
        let query = Int8Query::of(IntegerQuery { codes: vec![100, -50], scale: 0.5 });
        scan_int8(&query, 3.0, &[1, 2, -1, 0], &[2.0, 1.0], f32::NEG_INFINITY, &mut see);
        assert_eq!(seen, [(0, 1.0), (1, 2.0), (0, 3.0), (1, -47.0)]);
    }

    #[test]
    fn the_floor_that_a_visit_returns_holds_from_there_on() {
        let query = Int8Query::of(IntegerQuery { codes: vec![1], scale: 1.0 });
        let mut seen = Vec::new();
        scan_int8(&query, 0.0, &[3, 5, 4, 5, 6, 7], &[1.0; 6], 4.0, |row, score| {
            seen.push(row);
            score
        });
        assert_eq!(seen, [1, 3, 4, 5], "ties reach the floor");
    }
}

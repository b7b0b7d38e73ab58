//! Blocks where there is no SIMD to say: 8-bit rows one after another, which compilers make vectors of, and nothing else.

use core::ops::Range;

use super::{Block, ROWS};
use crate::kernel::query::{Int8Query, IntegerQuery, PackedQuery};
use crate::kernel::scalar;

/// A query for blocks of half-precision rows: here there is none.
pub enum Lifted {}

impl Lifted {
    #[inline(always)]
    pub fn of(_: &[f32]) -> Option<Lifted> {
        None
    }

    pub fn dot(&self, _: &[u16]) -> f32 {
        match *self {}
    }

    pub fn next(&self, _: &[u16], _: Range<usize>, _: f32) -> Option<Block> {
        match *self {}
    }
}

/// What tells rows from the best without their exact products: here nothing does.
pub enum Bound {}

impl Bound {
    #[inline(always)]
    pub fn of(_: &[i16]) -> Option<Bound> {
        None
    }
}

/// A query for blocks of packed rows: here there is none.
pub enum Spread {}

impl Spread {
    #[inline(always)]
    pub fn of(_: &[i16], _: u32) -> Option<Spread> {
        None
    }

    pub fn next(&self, _: &PackedQuery, _: f32, _: &[u8], _: &[u16], _: Range<usize>, _: f32) -> Option<Block> {
        match *self {}
    }
}

/// The first of these blocks of 8-bit rows of which a row reaches `floor`: `offset + (query scale * row scale) * product`.
#[inline(always)]
pub fn int8(
    query: &Int8Query,
    offset: f32,
    rows: &[i8],
    scales: &[f32],
    blocks: Range<usize>,
    floor: f32,
) -> Option<Block> {
    let IntegerQuery { codes, scale } = query.integer();
    let (codes, bytes) = (codes.as_slice(), ROWS * codes.len());
    let mut left = &rows[blocks.start * bytes..];
    for (block, scales) in blocks.clone().zip(&scales.as_chunks::<ROWS>().0[blocks]) {
        let rows;
        (rows, left) = left.split_at(bytes);
        let mut scores = [offset; ROWS];
        for (row, score) in scores.iter_mut().enumerate() {
            let product = scalar::dot_int8(codes, &rows[row * codes.len()..][..codes.len()]);
            *score += (scale * scales[row]) * product as f32;
        }
        if scores.iter().any(|&score| score >= floor) {
            return Some(Block { block, scores });
        }
    }
    None
}

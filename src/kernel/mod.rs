//! The inner loops: dot products over rows of codes. Safe entry points; the one place that chooses an implementation.
//!
//! `scalar` is the reference and defines the order of additions (docs/FORMAT.md 5.8); `simd128` must agree to the bit.

pub mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub mod simd128;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128", feature = "search"))]
mod simd128_blocks;

use crate::listed::Listed;
use crate::numeric::from_f16;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128", feature = "search")))]
use scalar as blocks;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use scalar as chosen;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use simd128 as chosen;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128", feature = "search"))]
use simd128_blocks as blocks;

/// A query quantised to 16-bit integers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IntegerQuery {
    /// One code a dimension.
    pub codes: Vec<i16>,
    /// Factor that restores the coordinates.
    pub scale: f32,
}

impl IntegerQuery {
    /// Quantises `query` by its largest magnitude. A zero or non-finite query becomes zero.
    pub fn of(query: &[f32]) -> IntegerQuery {
        let top = query.iter().fold(0f32, |top, x| top.max(x.abs()));
        let scale = top / 32767.0;
        if scale > 0.0 && scale.is_finite() {
            IntegerQuery { codes: query.iter().map(|x| (x / scale).round() as i16).listed(), scale }
        } else {
            IntegerQuery { codes: vec![0; query.len()], scale: 0.0 }
        }
    }
}

/// Whether rows are scored four at a time and queries spare half-precision rows a step: worth 600 bytes of download where
/// searching is all that is downloaded.
const BLOCKS: bool = cfg!(feature = "search");

/// A query as half-precision rows want it.
pub struct HalfQuery<'a> {
    vector: &'a [f32],
    lifted: Option<Vec<f32>>,
}

impl HalfQuery<'_> {
    /// A query for rows in half precision.
    pub fn of(query: &[f32]) -> HalfQuery<'_> {
        HalfQuery { vector: query, lifted: if BLOCKS { blocks::lifted(query) } else { None } }
    }
}

/// A query as packed rows want it: its codes in as many parts as a byte has.
pub struct PackedQuery {
    codes: Vec<i16>,
    scale: f32,
    bits: u32,
    /// Bytes of a row, at least 1.
    bytes: usize,
    /// What every row has too much: a code `c` stands for the level `2 c - (2^b - 1)`, and the second part is the same for all.
    bias: i32,
}

impl PackedQuery {
    /// A query for rows of `bits` bits, 4 or 2.
    pub fn of(query: &IntegerQuery, bits: u32) -> PackedQuery {
        let bytes = (query.codes.len() * bits as usize).div_ceil(8).max(1);
        let mut codes = query.codes.clone();
        codes.resize(bytes * (8 / bits) as usize, 0);
        let bias = ((1 << bits) - 1) * codes.iter().map(|&q| i32::from(q)).sum::<i32>();
        PackedQuery { codes, scale: query.scale, bits, bytes, bias }
    }
}

/// Dot product of two float vectors of equal length.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    chosen::dot(a, b)
}

/// `sum[k] += scale * x[k]` for as many as both have.
#[inline(always)]
pub fn add_scaled(sum: &mut [f64], scale: f64, x: &[f32]) {
    chosen::add_scaled(sum, scale, x);
}

/// Rows that are scored together, so that one load of the query serves all of them.
const BLOCK: usize = 4;

/// Scores every row of `rows` (half-precision, as long as the query) and calls `visit(row, score)`, in order, for those of at
/// least `floor`. What `visit` returns is the floor from there on, so that a selection of the best closes its own door.
#[inline(always)]
pub fn scan_f16(query: &HalfQuery<'_>, rows: &[u16], mut floor: f32, mut visit: impl FnMut(usize, f32) -> f32) {
    let dim = query.vector.len().max(1);
    let mut row = 0;
    if let Some(lifted) = query.lifted.as_ref().filter(|_| BLOCKS) {
        for block in rows.chunks_exact(BLOCK * dim) {
            if let Some(scores) = blocks::block_lifted(lifted, block, floor) {
                floor = offered(scores, row, floor, &mut visit);
            }
            row += BLOCK;
        }
    }
    for codes in rows[row * dim..].chunks_exact(dim) {
        let score = match &query.lifted {
            Some(lifted) if BLOCKS => blocks::dot_lifted(lifted, codes),
            _ => chosen::dot_f16(query.vector, codes),
        };
        if score >= floor {
            floor = visit(row, score);
        }
        row += 1;
    }
}

/// Visits the rows of a block that reach the floor; returns the floor from there on.
#[inline(always)]
fn offered(scores: [f32; BLOCK], first: usize, mut floor: f32, visit: &mut impl FnMut(usize, f32) -> f32) -> f32 {
    for (place, score) in scores.into_iter().enumerate() {
        if score >= floor {
            floor = visit(first + place, score);
        }
    }
    floor
}

/// As [`scan_f16`] over 8-bit rows with one of `scales` a row: `offset + (query scale * row scale) * integer product`.
#[inline(always)]
pub fn scan_int8(
    query: &IntegerQuery,
    offset: f32,
    rows: &[i8],
    scales: &[f32],
    mut floor: f32,
    mut visit: impl FnMut(usize, f32) -> f32,
) {
    let (dim, codes) = (query.codes.len().max(1), query.codes.as_slice());
    let scales = &scales[..scales.len().min(rows.len() / dim)];
    let (full, rest) = scales.split_at(if BLOCKS { scales.len() / BLOCK * BLOCK } else { 0 });
    for (block, (scales, rows)) in full.as_chunks::<BLOCK>().0.iter().zip(rows.chunks_exact(BLOCK * dim)).enumerate() {
        if let Some(scores) = blocks::block_int8(query, offset, rows, scales, floor) {
            floor = offered(scores, block * BLOCK, floor, &mut visit);
        }
    }
    for (place, scale) in rest.iter().enumerate() {
        let row = full.len() + place;
        let score = offset + (query.scale * scale) * chosen::dot_int8(codes, &rows[row * dim..][..dim]) as f32;
        if score >= floor {
            floor = visit(row, score);
        }
    }
}

/// As [`scan_f16`] over packed codes of `bits` bits with a half-precision scale a row:
/// `offset + (query scale * row scale) * integer product`.
#[inline(always)]
pub fn scan_packed(
    query: &PackedQuery,
    offset: f32,
    rows: &[u8],
    scales: &[u16],
    mut floor: f32,
    mut visit: impl FnMut(usize, f32) -> f32,
) {
    for row in 0..(rows.len() / query.bytes).min(scales.len()) {
        let product =
            2 * chosen::dot_packed(&query.codes, &rows[row * query.bytes..][..query.bytes], query.bits) - query.bias;
        let score = offset + (query.scale * from_f16(scales[row])) * product as f32;
        if score >= floor {
            floor = visit(row, score);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_keep_their_direction() {
        let query = IntegerQuery::of(&[0.5, -1.0, 0.0]);
        assert_eq!(query.codes, [16384, -32767, 0]);
        assert_eq!(IntegerQuery::of(&[0.0; 3]).codes, [0; 3]);
        assert_eq!(IntegerQuery::of(&[f32::INFINITY, 1.0]).scale, 0.0);
    }

    #[test]
    fn scans_visit_every_row_in_order() {
        let one = 0x3C00u16;
        let mut seen = Vec::new();
        let mut see = |row, score| {
            seen.push((row, score));
            f32::NEG_INFINITY
        };
        scan_f16(&HalfQuery::of(&[1.0, 2.0]), &[one, 0, 0, one], f32::NEG_INFINITY, &mut see);
        let query = IntegerQuery { codes: vec![100, -50], scale: 0.5 };
        scan_int8(&query, 3.0, &[1, 2, -1, 0], &[2.0, 1.0], f32::NEG_INFINITY, &mut see);
        assert_eq!(seen, [(0, 1.0), (1, 2.0), (0, 3.0), (1, -47.0)]);
    }

    #[test]
    fn the_floor_that_a_visit_returns_holds_from_there_on() {
        let query = IntegerQuery { codes: vec![1], scale: 1.0 };
        let mut seen = Vec::new();
        scan_int8(&query, 0.0, &[3, 5, 4, 5, 6, 7], &[1.0; 6], 4.0, |row, score| {
            seen.push(row);
            score
        });
        assert_eq!(seen, [1, 3, 4, 5], "ties reach the floor");
    }
}

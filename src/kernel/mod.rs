//! The inner loops: dot products over rows of codes. Safe entry points; the one place that chooses an implementation.
//!
//! `scalar` is the reference and defines the order of additions (docs/FORMAT.md 5.8); `simd128` must agree to the bit.

pub mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub mod simd128;

use crate::listed::Listed;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use scalar as chosen;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use simd128 as chosen;

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

/// Dot product of two float vectors of equal length.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    chosen::dot(a, b)
}

/// `sum[k] += scale * x[k]` for as many as both have.
#[inline(always)]
pub fn add_scaled(sum: &mut [f64], scale: f64, x: &[f32]) {
    chosen::add_scaled(sum, scale, x);
}

/// Scores every row of `rows` (half-precision, `query.len()` a row): calls `visit(row, score)` in order.
pub fn scan_f16(query: &[f32], rows: &[u16], mut visit: impl FnMut(usize, f32)) {
    let dim = query.len().max(1);
    for row in 0..rows.len() / dim {
        visit(row, chosen::dot_f16(query, &rows[row * dim..][..dim]));
    }
}

/// Scores every row of `rows` (8-bit, one of `scales` a row): `offset + (query scale * row scale) * integer product`.
pub fn scan_int8(query: &IntegerQuery, offset: f32, rows: &[i8], scales: &[f32], mut visit: impl FnMut(usize, f32)) {
    let (dim, query_codes) = (query.codes.len().max(1), query.codes.as_slice());
    for row in 0..(rows.len() / dim).min(scales.len()) {
        let product = chosen::dot_int8(query_codes, &rows[row * dim..][..dim]);
        visit(row, offset + (query.scale * scales[row]) * product as f32);
    }
}

/// Scores every row of `rows` (packed codes of `bits` bits, a half-precision scale a row):
/// `offset + (query scale * row scale) * integer product`.
pub fn scan_packed(
    query: &IntegerQuery,
    bits: u32,
    offset: f32,
    rows: &[u8],
    scales: &[u16],
    mut visit: impl FnMut(usize, f32),
) {
    let bytes = (query.codes.len() * bits as usize).div_ceil(8).max(1);
    let mut codes = query.codes.clone();
    codes.resize(bytes * (8 / bits) as usize, 0);
    // A code `c` stands for the level `2 c - (2^b - 1)`: the second part is the same for every row.
    let bias = ((1 << bits) - 1) * codes.iter().map(|&q| i32::from(q)).sum::<i32>();
    for row in 0..(rows.len() / bytes).min(scales.len()) {
        let product = 2 * chosen::dot_packed(&codes, &rows[row * bytes..][..bytes], bits) - bias;
        visit(row, offset + (query.scale * from_f16(scales[row])) * product as f32);
    }
}

/// The level that part `part` of a byte of packed codes stands for.
pub fn packed_level(byte: u8, bits: u32, part: u32) -> i32 {
    let largest = (1 << bits) - 1;
    2 * (i32::from(byte) >> (bits * part) & largest) - largest
}

/// Value of a half-precision number.
pub fn from_f16(half: u16) -> f32 {
    scalar::from_f16(half)
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
        scan_f16(&[1.0, 2.0], &[one, 0, 0, one], |row, score| seen.push((row, score)));
        assert_eq!(seen, [(0, 1.0), (1, 2.0)]);
        seen.clear();
        let query = IntegerQuery { codes: vec![100, -50], scale: 0.5 };
        scan_int8(&query, 3.0, &[1, 2, -1, 0], &[2.0, 1.0], |row, score| seen.push((row, score)));
        assert_eq!(seen, [(0, 3.0), (1, -47.0)]);
    }
}

//! WebAssembly SIMD versions of `scalar`, same signatures, same bits: lanes 0..4 and 4..8 of the reference are two vectors.
#![expect(unsafe_code, reason = "v128 loads take raw pointers; each block states its bound")]

use core::arch::wasm32::{
    f32x4_add, f32x4_extract_lane, f32x4_mul, f32x4_splat, f64x2_add, f64x2_mul, f64x2_promote_low_f32x4, f64x2_splat,
    i16x8_extend_high_u8x16, i16x8_extend_low_u8x16, i16x8_load_extend_i8x8, i32x4_add, i32x4_dot_i16x8,
    i32x4_extract_lane, i32x4_splat, u8x16_splat, u16x8_shr, u32x4_extend_high_u16x8, u32x4_extend_low_u16x8,
    u32x4_shl, u32x4_splat, v128, v128_and, v128_load, v128_load64_zero, v128_or, v128_store,
};

use super::scalar::{self, LANES, fold};
use crate::numeric::from_f16;

/// Dot product of two float vectors.
#[inline(always)]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    let (mut low, mut high) = (f32x4_splat(0.0), f32x4_splat(0.0));
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        let ([x0, x1], [y0, y1]) = (load_f32(x), load_f32(y));
        low = f32x4_add(low, f32x4_mul(x0, y0));
        high = f32x4_add(high, f32x4_mul(x1, y1));
    }
    fold(lanes(low, high), a_rest.iter().zip(b_rest).map(|(x, y)| x * y))
}

/// `sum[k] += scale * x[k]` for as many as both have.
#[inline(always)]
pub fn add_scaled(sum: &mut [f64], scale: f64, x: &[f32]) {
    let (sums, rest) = sum.as_chunks_mut::<2>();
    let (pairs, _) = x.as_chunks::<2>();
    for (sum, pair) in sums.iter_mut().zip(pairs) {
        let pointer = sum.as_mut_ptr().cast::<v128>();
        // SAFETY: `pair` is exactly 8 bytes and `sum` exactly 16.
        unsafe {
            let wide = f64x2_promote_low_f32x4(v128_load64_zero(pair.as_ptr().cast()));
            v128_store(pointer, f64x2_add(v128_load(pointer), f64x2_mul(f64x2_splat(scale), wide)));
        }
    }
    scalar::add_scaled(rest, scale, x.get(2 * sums.len()..).unwrap_or_default());
}

/// Dot product of a float query with a half-precision row.
#[inline(always)]
pub fn dot_f16(query: &[f32], row: &[u16]) -> f32 {
    let (q_chunks, q_rest) = query.as_chunks::<LANES>();
    let (r_chunks, r_rest) = row.as_chunks::<LANES>();
    let (mut low, mut high) = (f32x4_splat(0.0), f32x4_splat(0.0));
    for (x, y) in q_chunks.iter().zip(r_chunks) {
        let [x0, x1] = load_f32(x);
        // SAFETY: `y` is exactly 16 bytes.
        let halves = unsafe { v128_load(y.as_ptr().cast()) };
        low = f32x4_add(low, f32x4_mul(x0, widen(u32x4_extend_low_u16x8(halves))));
        high = f32x4_add(high, f32x4_mul(x1, widen(u32x4_extend_high_u16x8(halves))));
    }
    fold(lanes(low, high), q_rest.iter().zip(r_rest).map(|(x, &y)| x * from_f16(y)))
}

/// Integer product of a quantised query with an 8-bit row.
#[inline(always)]
pub fn dot_int8(query: &[i16], row: &[i8]) -> i32 {
    let (q_chunks, q_rest) = query.as_chunks::<LANES>();
    let (r_chunks, r_rest) = row.as_chunks::<LANES>();
    let mut sum = i32x4_splat(0);
    for (q, r) in q_chunks.iter().zip(r_chunks) {
        // SAFETY: `q` is exactly 16 bytes and `r` exactly 8.
        let (q, r) = unsafe { (v128_load(q.as_ptr().cast()), i16x8_load_extend_i8x8(r.as_ptr())) };
        sum = i32x4_add(sum, i32x4_dot_i16x8(q, r));
    }
    total(sum) + scalar::dot_int8(q_rest, r_rest)
}

/// Integer product of a quantised query with a row of packed codes: see `scalar::dot_packed`.
#[inline(always)]
pub fn dot_packed(query: &[i16], row: &[u8], bits: u32) -> i32 {
    let (chunks, rest) = row.as_chunks::<16>();
    let mask = u8x16_splat(((1 << bits) - 1) as u8);
    let mut sum = i32x4_splat(0);
    let mut whole = 0;
    for part in 0..8 / bits {
        let shift = part * bits;
        let (q_chunks, q_rest) = query[part as usize * row.len()..][..row.len()].as_chunks::<16>();
        for (q, r) in q_chunks.iter().zip(chunks) {
            let pointer = q.as_ptr().cast::<v128>();
            // SAFETY: `r` is exactly 16 bytes and `q` exactly 32.
            let (r, low, high) =
                unsafe { (v128_load(r.as_ptr().cast()), v128_load(pointer), v128_load(pointer.add(1))) };
            // Bits that come over from the neighbour are masked away; engines have no shift of bytes.
            let codes = v128_and(u16x8_shr(r, shift), mask);
            sum = i32x4_add(sum, i32x4_dot_i16x8(low, i16x8_extend_low_u8x16(codes)));
            sum = i32x4_add(sum, i32x4_dot_i16x8(high, i16x8_extend_high_u8x16(codes)));
        }
        for (&q, byte) in q_rest.iter().zip(rest) {
            whole += i32::from(q) * (i32::from(byte >> shift) & ((1 << bits) - 1));
        }
    }
    whole + total(sum)
}

/// The four lanes together: integer additions commute, so any order gives the reference's sum.
#[inline(always)]
fn total(sum: v128) -> i32 {
    i32x4_extract_lane::<0>(sum)
        + i32x4_extract_lane::<1>(sum)
        + i32x4_extract_lane::<2>(sum)
        + i32x4_extract_lane::<3>(sum)
}

/// Four halves, each in the low half of a lane, as floats: see `numeric::from_f16`.
#[inline(always)]
pub(super) fn widen(halves: v128) -> v128 {
    let magnitude = u32x4_shl(v128_and(halves, u32x4_splat(0x7FFF)), 13);
    let magnitude = f32x4_mul(magnitude, f32x4_splat(f32::from_bits(0x7780_0000)));
    v128_or(magnitude, u32x4_shl(v128_and(halves, u32x4_splat(0x8000)), 16))
}

#[inline(always)]
pub(super) fn load_f32(chunk: &[f32; LANES]) -> [v128; 2] {
    let pointer = chunk.as_ptr().cast::<v128>();
    // SAFETY: eight floats are exactly two vectors; wasm loads need no alignment.
    unsafe { [v128_load(pointer), v128_load(pointer.add(1))] }
}

#[inline(always)]
pub(super) fn lanes(low: v128, high: v128) -> [f32; LANES] {
    [
        f32x4_extract_lane::<0>(low),
        f32x4_extract_lane::<1>(low),
        f32x4_extract_lane::<2>(low),
        f32x4_extract_lane::<3>(low),
        f32x4_extract_lane::<0>(high),
        f32x4_extract_lane::<1>(high),
        f32x4_extract_lane::<2>(high),
        f32x4_extract_lane::<3>(high),
    ]
}

//! The reference: plain loops in the normative order of additions, never deleted. Every faster kernel is held against it.

use crate::numeric::from_f16;

/// Lanes of a float sum.
pub const LANES: usize = 8;

/// Folds the lanes of a float sum, then adds what was left over.
#[inline(always)]
pub fn fold(lanes: [f32; LANES], rest: impl Iterator<Item = f32>) -> f32 {
    let [a, b, c, d, e, f, g, h] = lanes;
    let whole = ((a + e) + (b + f)) + ((c + g) + (d + h));
    rest.fold(whole, |sum, product| sum + product)
}

/// Dot product of two float vectors.
#[inline(always)]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    let mut lanes = [0f32; LANES];
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..LANES {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    fold(lanes, a_rest.iter().zip(b_rest).map(|(x, y)| x * y))
}

/// `sum[k] += scale * x[k]` for as many as both have.
#[inline(always)]
pub fn add_scaled(sum: &mut [f64], scale: f64, x: &[f32]) {
    for (sum, &x) in sum.iter_mut().zip(x) {
        *sum += scale * f64::from(x);
    }
}

/// Dot product of a float query with a half-precision row.
#[inline(always)]
pub fn dot_f16(query: &[f32], row: &[u16]) -> f32 {
    let (q_chunks, q_rest) = query.as_chunks::<LANES>();
    let (r_chunks, r_rest) = row.as_chunks::<LANES>();
    let mut lanes = [0f32; LANES];
    for (x, y) in q_chunks.iter().zip(r_chunks) {
        for lane in 0..LANES {
            lanes[lane] += x[lane] * from_f16(y[lane]);
        }
    }
    fold(lanes, q_rest.iter().zip(r_rest).map(|(x, &y)| x * from_f16(y)))
}

/// Integer product of a quantised query with an 8-bit row; exact for up to 512 dimensions.
#[inline(always)]
pub fn dot_int8(query: &[i16], row: &[i8]) -> i32 {
    let mut sum = 0;
    for (&q, &r) in query.iter().zip(row) {
        sum += i32::from(q) * i32::from(r);
    }
    sum
}

/// Integer product of a quantised query with a row of packed codes of 4 or 2 bits, taken as they are (not negative). Each
/// part of the query is as long as the row.
#[inline(always)]
pub fn dot_packed(query: &[i16], row: &[u8], bits: u32) -> i32 {
    let mask = (1 << bits) - 1;
    let mut sum = 0;
    for part in 0..8 / bits {
        for (&q, &byte) in query[part as usize * row.len()..].iter().zip(row) {
            sum += i32::from(q) * (i32::from(byte) >> (part * bits) & mask);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_additions_is_the_one_of_the_specification() {
        // 2^24 + 1 is not a float: the result tells which sums were made first.
        let big = 16_777_216.0;
        let mut a = [0f32; 17];
        a[0] = big;
        a[8] = 1.0;
        assert_eq!(dot(&a, &[1.0; 17]), big, "same lane: the one is lost");
        a[8] = 0.0;
        a[1] = 1.0;
        a[5] = 1.0;
        assert_eq!(dot(&a, &[1.0; 17]), big + 2.0, "lanes 1 and 5 meet before they meet lane 0");
        a[5] = 0.0;
        a[16] = 1.0;
        assert_eq!(dot(&a, &[1.0; 17]), big, "the rest comes last: it cannot help lane 1");
    }
}

//! What blocks of integer rows share: where the vectors of a row begin, the high byte of a query's code, and the totals of four sums.

use core::arch::wasm32::{i32x4_add, i32x4_shuffle, i64x2_shuffle, v128};

use crate::kernel::blocks::ROWS;

/// Bytes of a vector.
pub const WIDE: usize = 16;

/// Where the vectors of a row of `length` bytes begin: side by side, the last one so that it ends with the row. With each comes
/// how many of its bytes the one before it has covered.
pub fn starts(length: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..length.div_ceil(WIDE)).map(move |at| {
        let start = (at * WIDE).min(length - WIDE);
        (start, at * WIDE - start)
    })
}

/// Calls `step` with what there is for each vector of a row of `length` bytes and with where it begins: `last` is for the one that ends
/// with the row, at least [`WIDE`] long, and `others` for those before it.
#[inline(always)]
pub fn walk<T>(others: &[T], last: &T, length: usize, mut step: impl FnMut(&T, usize)) {
    let mut from = 0;
    for other in others {
        step(other, from);
        from += WIDE;
    }
    step(last, length - WIDE);
}

/// The high byte of a code, and the most that what is left of the code adds to its product with a code of a row.
pub fn high(code: i16) -> (i16, i64) {
    let byte = ((i32::from(code) + 128) >> 8).min(127);
    let rest = i64::from(i32::from(code) - 256 * byte);
    (byte as i16, if rest > 0 { 127 * rest } else { -128 * rest })
}

/// The sum of the lanes of each vector, in a lane each.
#[inline(always)]
pub fn totals([a, b, c, d]: [v128; ROWS]) -> v128 {
    let low = i32x4_add(i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<2, 6, 3, 7>(a, b));
    let high = i32x4_add(i32x4_shuffle::<0, 4, 1, 5>(c, d), i32x4_shuffle::<2, 6, 3, 7>(c, d));
    i32x4_add(i64x2_shuffle::<0, 2>(low, high), i64x2_shuffle::<1, 3>(low, high))
}

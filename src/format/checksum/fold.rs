//! Many bytes as few with the same remainder: without tables, and by nothing but exclusive or. Owns the sparse multiple of the
//! polynomial; the remainder of what is left is taken by `checksum`.
//!
//! After Russell, "Chorba: a novel CRC32 implementation" (arXiv 2412.16398). With `y = x^128`, a vector of sixteen bytes,
//! `y^209 + y^144 + y^54 + y^39 + y^14 + 1` is a multiple of the polynomial of CRC32C, because squaring seven times makes it of the one
//! in `x`. Multiples have an even number of terms, the least of four is of a degree beyond 5,000 (what is summed has Hamming distance
//! 6 up to there, Castagnoli et al. 1993), and this is the least of six: found by a table of all sums of two powers and one, into
//! which the sums of three powers were looked up. So a vector may be added to those 65, 155, 170, 195 and 209 places after it
//! instead of being divided, and what remains after all are added onwards is the end of the bytes.

use core::array;

/// Words of a vector.
const VECTOR: usize = 2;

/// How many words after it a word is added, nearest first.
const AFTER: [usize; 5] = [65 * VECTOR, 155 * VECTOR, 170 * VECTOR, 195 * VECTOR, 209 * VECTOR];

/// Words that one of them reaches: so many are left over.
pub const WINDOW: usize = AFTER[4];

/// Words that do not reach each other.
const STRIDE: usize = AFTER[0];

/// Words between two times that the window is moved back to the beginning: few enough for the nearest cache.
const RUN: usize = 16 * STRIDE;

/// Words from which on this is faster than dividing.
const LONG: usize = 4 * WINDOW;

/// Where there are many bytes: words that have the remainder of their beginning, with the register `crc` in it, and the bytes after
/// that beginning.
pub fn long(bytes: &[u8], crc: u32) -> Option<([u64; WINDOW], &[u8])> {
    let (words, rest) = bytes.as_chunks::<8>();
    if words.len() < LONG {
        return None;
    }
    let (mut onward, last) = words.split_at(words.len() - WINDOW);
    let mut past = vec![0; WINDOW + RUN];
    let mut first = u64::from(crc);
    while !onward.is_empty() {
        let run;
        (run, onward) = onward.split_at(onward.len().min(RUN));
        for (stride, words) in run.chunks(STRIDE).enumerate() {
            let (before, now) = past.split_at_mut(WINDOW + stride * STRIDE);
            add(before, words, &mut now[..words.len()]);
            now[0] ^= core::mem::take(&mut first);
        }
        past.copy_within(run.len()..run.len() + WINDOW, 0);
    }
    // Nothing is added onwards from the last ones.
    past[WINDOW..].fill(0);
    let left = array::from_fn(|word| {
        AFTER.iter().fold(u64::from_le_bytes(last[word]), |sum, after| sum ^ past[WINDOW + word - after])
    });
    Some((left, rest))
}

/// Words with what reaches them from those before.
fn add(before: &[u64], words: &[[u8; 8]], to: &mut [u64]) {
    let [a, b, c, d, e] = AFTER.map(|after| &before[before.len() - after..][..to.len()]);
    for (place, (to, word)) in to.iter_mut().zip(words).enumerate() {
        *to = u64::from_le_bytes(*word) ^ a[place] ^ b[place] ^ c[place] ^ d[place] ^ e[place];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::checksum::{Crc32c, POLYNOMIAL};

    #[test]
    fn the_sparse_polynomial_is_a_multiple() {
        // Reflected: the highest power is the lowest bit. Multiplies by x.
        let onward = |power: u32| (power >> 1) ^ (POLYNOMIAL & (power & 1).wrapping_neg());
        let after = |words: usize| (0..64 * words).fold(1 << 31, |power, _| onward(power));
        // y^(209 - after) for each place after, and y^209 itself.
        let sum = AFTER.iter().fold(after(WINDOW), |sum, places| sum ^ after(WINDOW - places));
        assert_eq!(sum, 0);
    }

    fn some_bytes(count: u32) -> Vec<u8> {
        (0..count).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
    }

    #[test]
    fn folding_changes_no_checksum() {
        let (crc, bytes) = (Crc32c::default(), some_bytes(90_000));
        let borders = [LONG, WINDOW + STRIDE * 10, WINDOW + RUN, WINDOW + 2 * RUN].map(|words| 8 * words);
        let lengths = borders.into_iter().flat_map(|border| border - 17..border + 18);
        for (length, seed) in lengths.chain([61_003, 90_000]).zip((0..).map(|i: u32| i.wrapping_mul(0x9E37_79B9))) {
            let bytes = &bytes[90_000 - length..];
            // Too short to be folded.
            let parts = bytes.chunks(1000).fold(seed, |seed, part| crc.update(seed, part));
            assert_eq!(crc.update(seed, bytes), parts, "{length} bytes after {seed:#x}");
        }
    }

    #[test]
    fn what_was_folded_goes_on_and_is_gone_on_with() {
        let (crc, bytes) = (Crc32c::default(), some_bytes(50_000));
        let whole = bytes.chunks(1000).fold(0, |seed, part| crc.update(seed, part));
        for cut in (0..bytes.len()).step_by(997) {
            assert_eq!(crc.update(crc.update(0, &bytes[..cut]), &bytes[cut..]), whole, "cut at {cut}");
        }
    }
}

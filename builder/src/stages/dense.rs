//! Dense inner loops over contiguous `f32` rows. Owns one order of additions; owns no formula.

use rayon::prelude::*;

/// Lanes of partial sums: enough for the widest vectors of common machines.
const LANES: usize = 8;

/// Rows summed by one task of [`gram`]; fixed, so that the order of additions does not follow the threads.
const BLOCK: usize = 1024;

/// Inner product, in eight interleaved partial sums.
#[inline]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// `y += factor * x`.
#[inline]
pub fn add_scaled(y: &mut [f32], factor: f32, x: &[f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += factor * x;
    }
}

/// `y += sign * rows^T x`: row after row, to the bit as [`add_scaled`] would, but `y` is loaded and stored once for four.
pub fn add_rows(y: &mut [f32], x: &[f32], rows: &[f32], sign: f32) {
    let dim = y.len();
    let fours = x.len() / 4 * 4;
    for (x, rows) in x.chunks_exact(4).zip(rows.chunks_exact(4 * dim)) {
        let ((one, two), (three, four)) = (rows[..2 * dim].split_at(dim), rows[2 * dim..].split_at(dim));
        for ((((y, one), two), three), four) in y.iter_mut().zip(one).zip(two).zip(three).zip(four) {
            *y = *y + sign * x[0] * one + sign * x[1] * two + sign * x[2] * three + sign * x[3] * four;
        }
    }
    for (&factor, row) in x[fours..].iter().zip(rows[fours * dim..].chunks_exact(dim)) {
        add_scaled(y, sign * factor, row);
    }
}

/// `rows^T rows` of row-major `rows x dim`: `dim x dim`, symmetric. Sums in `f64`, block by block in row order.
pub fn gram(rows: &[f32], dim: usize) -> Vec<f32> {
    let blocks: Vec<Vec<f64>> = rows
        .par_chunks(BLOCK * dim)
        .map(|block| {
            let mut sums = vec![0.0; dim * dim];
            for row in block.chunks_exact(dim) {
                for (&factor, sums) in row.iter().zip(sums.chunks_exact_mut(dim)) {
                    for (sum, &value) in sums.iter_mut().zip(row) {
                        *sum += f64::from(factor) * f64::from(value);
                    }
                }
            }
            sums
        })
        .collect();
    let mut total = vec![0.0; dim * dim];
    for block in blocks {
        for (total, part) in total.iter_mut().zip(block) {
            *total += part;
        }
    }
    total.into_iter().map(|sum| sum as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::fixture::on_threads;

    #[test]
    fn products_of_every_length() {
        for length in 0..40 {
            let a: Vec<f32> = (0..length).map(|n| n as f32).collect();
            let expected: f32 = (0..length).map(|n| (n * n) as f32).sum();
            assert_eq!(dot(&a, &a), expected);
        }
        let mut y = [1.0, 2.0];
        add_scaled(&mut y, 2.0, &[3.0, 4.0]);
        assert_eq!(y, [7.0, 10.0]);
    }

    #[test]
    fn rows_four_at_a_time_are_rows_one_at_a_time() {
        for dim in [1, 3, 4, 9, 64] {
            let rows: Vec<f32> = (0..dim * dim).map(|n| 1.0 / (n as f32 + 0.7)).collect();
            let x: Vec<f32> = (0..dim).map(|n| (n as f32 * 1.3).sin()).collect();
            for sign in [1.0, -1.0] {
                let (mut fast, mut slow) = (x.clone(), x.clone());
                add_rows(&mut fast, &x, &rows, sign);
                x.iter().zip(rows.chunks_exact(dim)).for_each(|(&x, row)| add_scaled(&mut slow, sign * x, row));
                assert_eq!(fast, slow);
            }
        }
    }

    #[test]
    fn a_gram_matrix_by_hand() {
        assert_eq!(gram(&[1.0, 2.0, 3.0, 4.0], 2), [10.0, 14.0, 14.0, 20.0]);
        assert_eq!(gram(&[], 2), [0.0; 4]);
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let rows: Vec<f32> = (0..3 * 5000_u32).map(|n| (n % 97) as f32 * 0.01).collect();
        let [one, three] = on_threads(|| gram(&rows, 3));
        assert_eq!(one, three);
    }
}

//! One fixed random rotation of a model. Owns the matrix; it spreads what a vector says evenly over its coordinates, so
//! that one scale a row suits all of them, and leaves every inner product as it was.

use rayon::prelude::*;

use super::dense::dot;
use crate::splitmix;

/// The seed of every build: vectors of two builds then differ by what was learnt alone.
const SEED: u64 = 1;

/// An orthonormal matrix that depends on its dimension and seed alone: the same bits on every machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Rotation {
    dim: usize,
    /// Row-major `dim x dim`.
    matrix: Vec<f32>,
}

impl Rotation {
    /// The rotation of all builds of a dimension.
    pub fn of_builds(dim: usize) -> Self {
        Self::new(dim, SEED)
    }

    /// Gram-Schmidt over random rows, each freed of those before it twice: once leaves the rounding of long sums behind.
    pub fn new(dim: usize, seed: u64) -> Self {
        let mut state = seed;
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(dim);
        while rows.len() < dim {
            let mut row: Vec<f64> = (0..dim).map(|_| normal(&mut state)).collect();
            for _ in 0..2 {
                for known in &rows {
                    let share = product(&row, known);
                    row.iter_mut().zip(known).for_each(|(x, known)| *x -= share * known);
                }
                let length = product(&row, &row).sqrt();
                row.iter_mut().for_each(|x| *x /= length);
            }
            // a row that lay in the span of the others divides by nothing; the next one is another
            if row.iter().all(|x| x.is_finite()) {
                rows.push(row);
            }
        }
        Self { dim, matrix: rows.concat().into_iter().map(|x| x as f32).collect() }
    }

    /// Rotates row-major rows in place.
    pub fn apply(&self, rows: &mut [f32]) {
        if self.dim == 0 {
            return;
        }
        rows.par_chunks_exact_mut(self.dim).with_min_len(256).for_each_init(Vec::new, |turned, row| {
            turned.clear();
            turned.extend(self.matrix.chunks_exact(self.dim).map(|axis| dot(axis, row)));
            row.copy_from_slice(turned);
        });
    }
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Normal, as the sum of twelve uniform numbers: no logarithm, whose last bit platforms disagree about.
fn normal(state: &mut u64) -> f64 {
    (0..12).map(|_| (splitmix::next(state) >> 11) as f64 / (1_u64 << 53) as f64).sum::<f64>() - 6.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::fixture::on_threads;

    fn noise(count: usize) -> Vec<f32> {
        let mut state = 9;
        (0..count).map(|_| normal(&mut state) as f32).collect()
    }

    #[test]
    fn rows_are_orthonormal() {
        for dim in [1, 2, 3, 64, 130] {
            let rotation = Rotation::new(dim, 1);
            for (i, a) in rotation.matrix.chunks_exact(dim).enumerate() {
                for (j, b) in rotation.matrix.chunks_exact(dim).enumerate() {
                    let expected = if i == j { 1.0 } else { 0.0 };
                    assert!((dot(a, b) - expected).abs() < 1e-6, "{dim}: {i} {j}: {}", dot(a, b));
                }
            }
        }
    }

    #[test]
    fn inner_products_stay() {
        let rows = noise(40 * 64);
        let mut turned = rows.clone();
        Rotation::new(64, 7).apply(&mut turned);
        for (a, b) in rows.chunks_exact(64).zip(turned.chunks_exact(64)) {
            for (c, d) in rows.chunks_exact(64).zip(turned.chunks_exact(64)) {
                let lengths = (dot(a, a) * dot(c, c)).sqrt();
                assert!((dot(a, c) - dot(b, d)).abs() < 1e-5 * lengths);
            }
        }
    }

    #[test]
    fn a_single_coordinate_is_spread() {
        let mut row = vec![0.0; 64];
        row[5] = 1.0;
        Rotation::new(64, 1).apply(&mut row);
        assert!(row.iter().all(|x| x.abs() < 0.5));
    }

    #[test]
    fn the_matrix_is_the_same_everywhere() {
        let rotation = Rotation::new(2, 1);
        let bits: Vec<u32> = rotation.matrix.iter().map(|x| x.to_bits()).collect();
        assert_eq!(bits, [1063963373, 3201043208, 1053559560, 1063963373], "drawn once and written down");
        assert_ne!(rotation, Rotation::new(2, 2));
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let [one, three] = on_threads(|| {
            let mut rows = noise(2000 * 8);
            Rotation::new(8, 3).apply(&mut rows);
            rows
        });
        assert_eq!(one, three);
    }

    #[test]
    fn nothing_to_rotate() {
        Rotation::new(0, 1).apply(&mut []);
        Rotation::new(4, 1).apply(&mut []);
    }
}

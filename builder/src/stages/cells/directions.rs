//! Rows taken as directions, without a copy of them. Owns what a direction is and what the middle of several is.

use rayon::prelude::*;

use crate::stages::dense::dot;

/// The rows of a matrix, each compared at length 1.
pub struct Directions<'a> {
    dim: usize,
    rows: &'a [f32],
    /// `1 / |row|`; 0 for a row without direction.
    inverse: Vec<f32>,
}

impl<'a> Directions<'a> {
    /// Measures every row. A row of zeros, or one whose length is not finite, has no direction.
    pub fn new(rows: &'a [f32], dim: usize) -> Self {
        let inverse = |row: &[f32]| {
            let inverse = 1.0 / row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt() as f32;
            if inverse.is_finite() { inverse } else { 0.0 }
        };
        Self { dim, rows, inverse: rows.par_chunks_exact(dim.max(1)).with_min_len(1024).map(inverse).collect() }
    }

    /// Length of a row.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Whether a row has a direction; rows beyond the matrix have none.
    pub fn known(&self, row: u32) -> bool {
        self.inverse.get(row as usize).is_some_and(|&inverse| inverse > 0.0)
    }

    /// Inner product of a row's direction and any vector.
    pub fn dot(&self, row: u32, other: &[f32]) -> f32 {
        dot(self.row(row), other) * self.inverse[row as usize]
    }

    /// The direction of the rows' sum; zeros where they cancel out.
    ///
    /// Rows count by their length: where scores are inner products, long rows are the ones that get recommended, and
    /// cells that follow them let a visitor find the same items in fewer files than cells where all rows count alike.
    pub fn middle(&self, rows: impl Iterator<Item = u32>) -> Vec<f32> {
        let mut sum = vec![0.0; self.dim];
        for row in rows {
            sum.iter_mut().zip(self.row(row)).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        let length = sum.iter().map(|x| x * x).sum::<f64>().sqrt();
        sum.iter().map(|x| if length > 0.0 { (x / length) as f32 } else { 0.0 }).collect()
    }

    fn row(&self, row: u32) -> &[f32] {
        &self.rows[row as usize * self.dim..(row as usize + 1) * self.dim]
    }
}

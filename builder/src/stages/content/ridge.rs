//! Ridge regression from sparse rows to dense ones. Owns the solver: conjugate gradients on the normal equations, all
//! dimensions side by side.

use rayon::prelude::*;

use crate::sparse::Csr;
use crate::stages::dense::add_scaled;

/// What was learnt: `middle + features * weights`.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    dim: usize,
    /// Mean of the targets.
    middle: Vec<f32>,
    /// Row-major `features x dim`.
    weights: Vec<f32>,
}

impl Model {
    /// The dense row that belongs to a sparse one.
    pub fn predict(&self, features: &Csr, row: usize) -> Vec<f32> {
        let mut guess = self.middle.clone();
        add_row(&mut guess, features.row(row), &self.weights);
        guess
    }
}

/// Sparse rows and the targets they should lead to.
pub struct Lesson {
    dim: usize,
    rows: Csr,
    columns: Csr,
    middle: Vec<f32>,
    /// Targets less their middle, row-major.
    targets: Vec<f32>,
}

impl Lesson {
    /// The given rows of `features`; `targets` holds one dense row for each.
    pub fn new(features: &Csr, teachers: &[usize], mut targets: Vec<f32>, dim: usize) -> Self {
        let mut rows = Csr { offsets: vec![0], width: features.width, ..Csr::default() };
        for &teacher in teachers {
            let (columns, values) = features.row(teacher);
            rows.columns.extend_from_slice(columns);
            rows.values.extend_from_slice(values);
            rows.offsets.push(rows.columns.len());
        }
        let sums = sums(&targets, &vec![1.0; targets.len()], dim);
        let middle: Vec<f32> = sums.iter().map(|sum| (sum / teachers.len() as f64) as f32).collect();
        targets.chunks_exact_mut(dim).for_each(|row| add_scaled(row, -1.0, &middle));
        Self { dim, columns: rows.transpose(), rows, middle, targets }
    }

    /// A model that predicts the middle whatever the features.
    pub fn start(&self) -> Model {
        Model { dim: self.dim, middle: self.middle.clone(), weights: vec![0.0; self.rows.width * self.dim] }
    }

    /// Moves a model towards the optimum for this penalty, at most `steps` steps from where it is.
    pub fn improve(&self, model: &mut Model, penalty: f32, steps: usize) {
        let dim = model.dim;
        let mut errors = self.through(&model.weights);
        errors.iter_mut().zip(&self.targets).for_each(|(error, target)| *error = target - *error);
        let mut residual = times(&self.columns, &errors, dim);
        add_scaled(&mut residual, -penalty, &model.weights);
        let mut direction = residual.clone();
        let mut left = sums(&residual, &residual, dim);
        let enough: Vec<f64> = left.iter().map(|left| left * NEGLIGIBLE).collect();
        for _ in 0..steps {
            if left.iter().zip(&enough).all(|(left, enough)| left <= enough) {
                return;
            }
            let mut product = times(&self.columns, &self.through(&direction), dim);
            add_scaled(&mut product, penalty, &direction);
            let curve = sums(&direction, &product, dim);
            let lengths = ratios(&left, &curve);
            scaled(&mut model.weights, &lengths, &direction);
            scaled(&mut residual, &lengths.iter().map(|length| -length).collect::<Vec<_>>(), &product);
            let now = sums(&residual, &residual, dim);
            let carry = ratios(&now, &left);
            for (direction, residual) in direction.chunks_exact_mut(dim).zip(residual.chunks_exact(dim)) {
                for ((direction, residual), carry) in direction.iter_mut().zip(residual).zip(&carry) {
                    *direction = residual + carry * *direction;
                }
            }
            left = now;
        }
    }

    fn through(&self, weights: &[f32]) -> Vec<f32> {
        times(&self.rows, weights, self.dim)
    }
}

/// Share of the first squared residual that is good enough.
const NEGLIGIBLE: f64 = 1e-10;

/// Sparse times dense.
fn times(sparse: &Csr, dense: &[f32], dim: usize) -> Vec<f32> {
    let mut product = vec![0.0; sparse.rows() * dim];
    product
        .par_chunks_exact_mut(dim)
        .enumerate()
        .with_min_len(64)
        .for_each(|(row, sum)| add_row(sum, sparse.row(row), dense));
    product
}

fn add_row(sum: &mut [f32], (columns, values): (&[u32], &[f32]), dense: &[f32]) {
    let dim = sum.len();
    for (&column, &value) in columns.iter().zip(values) {
        add_scaled(sum, value, &dense[column as usize * dim..(column as usize + 1) * dim]);
    }
}

/// Inner product of two matrices, column by column.
fn sums(a: &[f32], b: &[f32], dim: usize) -> Vec<f64> {
    let mut sums = vec![0.0; dim];
    for (a, b) in a.chunks_exact(dim).zip(b.chunks_exact(dim)) {
        for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
            *sum += f64::from(a) * f64::from(b);
        }
    }
    sums
}

/// Quotients; 0 where there is nothing to divide by: that dimension is solved.
fn ratios(over: &[f64], under: &[f64]) -> Vec<f32> {
    over.iter().zip(under).map(|(over, under)| if *under > 0.0 { (over / under) as f32 } else { 0.0 }).collect()
}

/// `to += from`, each column by its own factor.
fn scaled(to: &mut [f32], factors: &[f32], from: &[f32]) {
    for (to, from) in to.chunks_exact_mut(factors.len()).zip(from.chunks_exact(factors.len())) {
        for ((to, factor), from) in to.iter_mut().zip(factors).zip(from) {
            *to += factor * from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_feature_by_hand() {
        // two rows with x = 1 and two with x = 0; targets 3, 3, 1, 1: middle 2, and w = (1 + 1) / (2 + penalty)
        let rows = Csr { offsets: vec![0, 1, 2, 2, 2], columns: vec![0, 0], values: vec![1.0, 1.0], width: 1 };
        let lesson = Lesson::new(&rows, &[0, 1, 2, 3], vec![3.0, 3.0, 1.0, 1.0], 1);
        let mut model = lesson.start();
        assert_eq!(model.predict(&rows, 0), [2.0]);
        lesson.improve(&mut model, 2.0, 5);
        assert!((model.predict(&rows, 0)[0] - 2.5).abs() < 1e-6);
        assert_eq!(model.predict(&rows, 3), [2.0]);
        lesson.improve(&mut model, 0.0, 5);
        assert!((model.predict(&rows, 1)[0] - 3.0).abs() < 1e-5, "a model goes on from where it is");
    }

    #[test]
    fn the_optimum_leaves_no_gradient() {
        let value = |n: usize| ((n * 37 + 11) % 23) as f32 / 23.0 - 0.4;
        let rows = Csr {
            offsets: (0..=30).map(|row| row * 4).collect(),
            columns: (0..30 * 4).map(|n| (n % 4 * 3 + n / 4 % 3) as u32).collect(),
            values: (0..30 * 4).map(value).collect(),
            width: 12,
        };
        let targets: Vec<f32> = (0..60).map(|n| value(n * 7 + 3)).collect();
        let lesson = Lesson::new(&rows, &(0..30).collect::<Vec<_>>(), targets, 2);
        let mut model = lesson.start();
        lesson.improve(&mut model, 0.5, 100);
        let mut errors = lesson.through(&model.weights);
        errors.iter_mut().zip(&lesson.targets).for_each(|(error, target)| *error = target - *error);
        let mut gradient = times(&lesson.columns, &errors, 2);
        add_scaled(&mut gradient, -0.5, &model.weights);
        assert!(gradient.iter().all(|slope| slope.abs() < 1e-4), "{gradient:?}");
    }
}

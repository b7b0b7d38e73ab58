//! Closed-form fold-in of implicit ALS: the user vector of someone the training never saw, items held fixed.
//!
//! Hu, Koren, Volinsky 2008, equation 4: `x = (YᵀY + λI + Σ (c - 1) y yᵀ)⁻¹ Σ c y` with `c = 1 + α w` over the triggers.

use super::cholesky::{Cholesky, start};
use crate::kernel;
use crate::listed::Listed;

/// The factored system of one user.
pub struct FoldIn {
    alpha: f32,
    factor: Cholesky,
}

impl FoldIn {
    /// Builds and factors the system; `None` if it is not positive definite, which only damaged numbers can cause.
    ///
    /// `gram`: lower triangle of `YᵀY`; `triggers`: weight and vector of each.
    pub fn new<'a>(
        gram: &[f32],
        alpha: f32,
        lambda: f32,
        triggers: impl Iterator<Item = (f32, &'a [f32])>,
    ) -> Option<FoldIn> {
        let mut system: Vec<f64> = gram.iter().map(|&x| f64::from(x)).listed();
        let mut size = 0;
        for (weight, vector) in triggers {
            size = vector.len();
            let extra = f64::from(alpha) * f64::from(weight);
            for (row, &y) in vector.iter().enumerate() {
                let scaled = extra * f64::from(y);
                kernel::add_scaled(system.get_mut(start(row)..=start(row) + row)?, scaled, vector);
            }
        }
        for row in 0..size {
            *system.get_mut(start(row) + row)? += f64::from(lambda);
        }
        Some(FoldIn { alpha, factor: Cholesky::new(size, system)? })
    }

    /// Confidence of a trigger: `c = 1 + α w`.
    pub fn confidence(&self, weight: f32) -> f32 {
        1.0 + self.alpha * weight
    }

    /// The user vector.
    pub fn solve<'a>(&self, triggers: impl Iterator<Item = (f32, &'a [f32])>) -> Vec<f32> {
        let mut right: Vec<f64> = Vec::new();
        for (weight, vector) in triggers {
            right.resize(vector.len(), 0.0);
            let confidence = f64::from(self.confidence(weight));
            for (sum, &y) in right.iter_mut().zip(vector) {
                *sum += confidence * f64::from(y);
            }
        }
        self.factor.solve(right).into_iter().map(|x| x as f32).listed()
    }

    /// `A⁻¹ target`: its dot product with a trigger's vector, times the confidence, is what the trigger gives to the score.
    pub fn explain(&self, target: &[f32]) -> Vec<f32> {
        let right = target.iter().map(|&x| f64::from(x)).listed();
        self.factor.solve(right).into_iter().map(|x| x as f32).listed()
    }
}

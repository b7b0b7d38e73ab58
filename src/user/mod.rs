//! From weighted triggers to the query vector, on the device: pooling or fold-in. Owns no search.

pub mod cholesky;
pub mod fold_in;

use crate::candidate::Trigger;
use crate::format::manifest::{TowerKind, TowerSpec};
use crate::ids::Ordinal;
use crate::listed::Listed;
use fold_in::FoldIn;

/// A query vector that can say where a score comes from.
pub struct UserVector {
    values: Vec<f32>,
    triggers: Vec<(Trigger, Vec<f32>)>,
    fold_in: Option<FoldIn>,
}

impl UserVector {
    /// Makes a user vector by the tower's recipe; `None` where no trigger has a vector.
    ///
    /// `gram` is the lower triangle of the items' Gram matrix; without it fold-in falls back to pooling. `vector_of` gives
    /// the vector of an item, where one is at hand.
    pub fn new(
        tower: &TowerSpec,
        gram: Option<&[f32]>,
        vector_of: &dyn Fn(Ordinal) -> Option<Vec<f32>>,
        triggers: &[Trigger],
    ) -> Option<UserVector> {
        let triggers: Vec<(Trigger, Vec<f32>)> =
            triggers.iter().filter_map(|&trigger| Some((trigger, vector_of(trigger.item)?))).listed();
        let dim = triggers.first()?.1.len();
        let fold_in = match (tower.kind, gram) {
            (TowerKind::FoldIn { alpha, lambda }, Some(gram)) => {
                FoldIn::new(gram, alpha, lambda, triggers.iter().map(|(t, v)| (t.weight, v.as_slice())))
            }
            _ => None,
        };
        let values = match &fold_in {
            Some(fold_in) => fold_in.solve(triggers.iter().map(|(t, v)| (t.weight, v.as_slice()))),
            None => pool(dim, triggers.iter().map(|(t, v)| (t.weight, v.as_slice()))),
        };
        Some(UserVector { values, triggers, fold_in })
    }

    /// The query vector.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// What each trigger gives to the score of an item with vector `target`. The amounts add up to the score, because
    /// both recipes are linear in the triggers (for fold-in: Hu, Koren, Volinsky 2008, section 5).
    pub fn contributions(&self, target: &[f32]) -> Vec<(Trigger, f32)> {
        let (direction, scale) = match &self.fold_in {
            Some(fold_in) => (fold_in.explain(target), None),
            None => (target.to_vec(), Some(total_weight(self.triggers.iter().map(|(t, _)| t.weight)))),
        };
        let amount = |trigger: &Trigger, vector: &[f32]| {
            let weight = match (&self.fold_in, scale) {
                (Some(fold_in), _) => fold_in.confidence(trigger.weight),
                (None, scale) => trigger.weight / scale.unwrap_or(1.0),
            };
            weight * crate::kernel::dot(vector, &direction)
        };
        self.triggers.iter().map(|(trigger, vector)| (*trigger, amount(trigger, vector))).listed()
    }
}

/// Weighted mean of vectors.
fn pool<'a>(dim: usize, vectors: impl Iterator<Item = (f32, &'a [f32])> + Clone) -> Vec<f32> {
    let total = total_weight(vectors.clone().map(|(weight, _)| weight));
    let mut mean = vec![0f32; dim];
    for (weight, vector) in vectors {
        let share = weight / total;
        for (sum, x) in mean.iter_mut().zip(vector) {
            *sum += share * x;
        }
    }
    mean
}

fn total_weight(weights: impl Iterator<Item = f32>) -> f32 {
    weights.sum::<f32>().max(f32::MIN_POSITIVE)
}

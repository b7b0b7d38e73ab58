//! How many bits a stored coordinate needs: the fewest whose held-out quality is as good as half precision's. Owns the rule.

use anyhow::Result;
use edge_recall::format::codes::Code;
use edge_recall::ids::ChannelId;

use super::holdout::HeldOut;
use super::{Trials, UserAttributes};
use crate::learn::Learned;
use crate::model::{I2iTable, Interactions, ItemVectors};
use crate::pack::{Material, Memory, pack_numbered};
use crate::recipe::Recipe;

/// Share of the reference's NDCG that fewer bits may cost.
const TOLERATED: f64 = 0.005;
/// Products of users and items that a trial scores at most.
const MAX_SCORES: usize = 300_000_000;

impl Trials {
    /// Stores the vectors in the cells that would ship, once for each code, and keeps the coarsest that holds.
    pub(super) fn bits(
        &mut self,
        train: &Interactions,
        users: &UserAttributes,
        groups: &[Vec<HeldOut>],
        vectors: ItemVectors,
        recipe: &mut Recipe,
    ) -> Result<()> {
        // Only the vectors are on trial: tables would be packed and attached for nothing.
        let rows = vec![Vec::new(); train.items.len()];
        let learned = Learned { i2i: I2iTable { rows }, vectors: Some(vectors), ..Learned::default() };
        let numbering = Material::bare(train, &learned, recipe).number(&recipe.shards);
        let step = (groups.iter().map(Vec::len).sum::<usize>() * train.items.len()).div_ceil(MAX_SCORES).max(1);
        let mut reference = None;
        for code in [Code::F16, Code::Int2, Code::Int4, Code::Int8] {
            let trial = Recipe { code, ..recipe.clone() };
            let sink = Memory::default();
            let manifest = pack_numbered(Material::bare(train, &learned, &trial), &numbering, &sink)?;
            let recaller = sink.packed(manifest).attach()?;
            let case = |held: &HeldOut| held.case(train, users, &recaller);
            self.cases = groups.iter().map(|group| group.iter().step_by(step).map(case).collect()).collect();
            self.measure(&recaller, ChannelId::U2i, format!("vectors as {}", code.name()));
            let ndcg: Vec<f64> = self.report.trials.last().map(|trial| trial.ndcg.clone()).unwrap_or_default();
            recipe.code = code;
            let reference = reference.get_or_insert_with(|| ndcg.clone());
            let kept = ndcg.iter().zip(reference.iter()).map(|(found, best)| (found + 1e-6) / (best + 1e-6));
            let kept = kept.sum::<f64>() / ndcg.len().max(1) as f64;
            if code != Code::F16 && kept >= 1.0 - TOLERATED {
                break;
            }
        }
        Ok(())
    }
}

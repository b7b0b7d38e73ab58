//! What was tried and what came of it. Owns the record and what quality means.

use edge_recall::ids::ChannelId;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::bench::CHUNK;
use crate::recipe::Recipe;

/// What was tried and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TuneReport {
    /// Users replayed; 0 = nothing was learnt, the defaults hold.
    pub users: usize,
    /// What was found of the log and what follows from it, a sentence each.
    pub findings: Vec<String>,
    /// Every trial in order.
    pub trials: Vec<Trial>,
}

/// One trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// What was tried.
    pub what: String,
    /// NDCG@20 in each group of the hold-out.
    pub ndcg: Vec<f64>,
    /// Recall@20 in each group of the hold-out.
    pub recall: Vec<f64>,
}

/// NDCG@20 and recall@20 in each group of the hold-out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// NDCG@20.
    pub ndcg: Vec<f64>,
    /// Recall@20.
    pub recall: Vec<f64>,
}

impl Scores {
    /// Adds a group: `judge` gives NDCG and recall of a case and its place in the group.
    pub fn add_group<T: Sync>(&mut self, cases: &[T], judge: impl Fn(usize, &T) -> [f64; 2] + Sync) {
        let judge = |(place, case)| judge(place, case);
        // Collected before they are added: sums must not depend on the number of threads.
        let all: Vec<[f64; 2]> = cases.par_iter().with_min_len(CHUNK).enumerate().map(judge).collect();
        let mean = |metric: usize| all.iter().map(|found| found[metric]).sum::<f64>() / all.len().max(1) as f64;
        self.ndcg.push(mean(0));
        self.recall.push(mean(1));
    }

    /// One number to compare trials by: the sum over groups of the logarithm of NDCG plus recall.
    pub fn quality(&self) -> f64 {
        // The small constant keeps a group that finds nothing from hiding all differences in the others.
        self.ndcg.iter().zip(&self.recall).map(|(ndcg, recall)| (ndcg + recall + 1e-4).ln()).sum()
    }
}

impl TuneReport {
    /// Records a trial and returns its quality.
    pub(super) fn add(&mut self, what: String, scores: Scores) -> f64 {
        let quality = scores.quality();
        self.trials.push(Trial { what, ndcg: scores.ndcg, recall: scores.recall });
        quality
    }

    /// Records that an earlier trial was tried once more.
    pub(super) fn repeat(&mut self, what: String, trial: usize) -> f64 {
        let Trial { ndcg, recall, .. } = self.trials[trial].clone();
        self.add(what, Scores { ndcg, recall })
    }
}

/// What became of visitors who return.
pub(super) fn returning(recipe: &Recipe) -> String {
    let then = match recipe.serving.repeat {
        Some(_) => "items of the history are offered again",
        None => "but to offer them again finds no more, so that only new items are offered",
    };
    format!("visitors come back to items that they met: {then}")
}

/// What was chosen, in a sentence.
pub fn summary(recipe: &Recipe) -> String {
    let weight = |channel: ChannelId| {
        recipe.serving.fusion.weights.iter().find(|w| w.channel == channel).map_or(0.0, |w| w.weight)
    };
    let table = |table: &crate::recipe::TableRecipe| {
        let channel = table.family.channel();
        format!("{} of {} targets (weight {:.2})", channel.name(), table.family.targets(), weight(channel))
    };
    let mut parts: Vec<String> = recipe.tables.iter().map(table).collect();
    if let Some(als) = &recipe.als {
        parts.push(format!(
            "u2i of {} dimensions as {} (weight {:.2})",
            als.dim,
            recipe.code.name(),
            weight(ChannelId::U2i)
        ));
    }
    let free = [ChannelId::Walk, ChannelId::Repeat].into_iter().filter(|&channel| weight(channel) > 0.0);
    parts.extend(free.map(|channel| format!("{} (weight {:.2})", channel.name(), weight(channel))));
    if parts.is_empty() {
        return "chosen: the popular items alone, since nothing personal fits; a larger --budget has room for it"
            .into();
    }
    format!("chosen: {}", parts.join(", "))
}

//! What the tuner tried, as `build --json` tells it. Owns the reading of that answer and its order of decisions.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// The part of a build's answer that says how it was tuned.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
pub struct Tuning {
    /// Users replayed.
    pub users: usize,
    /// Every trial in order.
    pub trials: Vec<Trial>,
}

/// One trial.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Trial {
    /// What was tried; the first word names the decision.
    pub what: String,
    /// NDCG@20 in each group of the hold-out.
    pub ndcg: Vec<f64>,
    /// Recall@20 in each group of the hold-out.
    pub recall: Vec<f64>,
}

#[derive(Deserialize)]
struct BuildAnswer {
    tuning: Tuning,
}

impl Tuning {
    /// Reads what `build --json` printed.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let text = fs::read_to_string(path).with_context(|| format!("cannot open {shown}"))?;
        let answer: BuildAnswer = serde_json::from_str(&text)
            .with_context(|| format!("{shown} is not what `edge-recall build --json` prints"))?;
        Ok(answer.tuning)
    }

    /// Consecutive trials of the same decision.
    pub fn stretches(&self) -> Vec<&[Trial]> {
        let word = |trial: &Trial| trial.what.split(' ').next().unwrap_or_default().to_owned();
        self.trials.chunk_by(|one, next| word(one) == word(next)).collect()
    }
}

impl Trial {
    /// What was decided.
    pub fn decision(&self) -> &str {
        self.what.split(' ').next().unwrap_or_default()
    }

    /// Mean NDCG over the groups.
    pub fn mean_ndcg(&self) -> f64 {
        mean(&self.ndcg)
    }

    /// Mean recall over the groups.
    pub fn mean_recall(&self) -> f64 {
        mean(&self.recall)
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::testing::Files;

    #[test]
    fn trials_are_read_and_put_by_decision() {
        let files = Files::empty();
        let answer = r#"{"out":"x","tuning":{"users":9,"more":1,"trials":[
            {"what":"u2i a","ndcg":[0.1,0.3],"recall":[0.5]},
            {"what":"u2i b","ndcg":[0.2],"recall":[0.5]},
            {"what":"fusion c","ndcg":[],"recall":[]}]}}"#;
        let tuning = Tuning::read(&files.file("build.json", answer)).unwrap();
        let stretches: Vec<(&str, usize)> =
            tuning.stretches().iter().map(|stretch| (stretch[0].decision(), stretch.len())).collect();
        assert_eq!(stretches, [("u2i", 2), ("fusion", 1)]);
        assert_eq!((tuning.trials[0].mean_ndcg(), tuning.trials[2].mean_ndcg()), (0.2, 0.0));
        let message = format!("{:#}", Tuning::read(&files.file("other.json", "{}")).unwrap_err());
        assert!(message.contains("other.json is not what `edge-recall build --json` prints"), "{message}");
    }
}

//! What ships against the rest, user by user. Owns the paired comparisons.

use std::collections::BTreeMap;

use serde::Serialize;

use super::PerSystem;
use crate::metrics::{Estimate, Evaluation, Metric, Z95};

/// Fused minus another system.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Mean over the users.
    pub difference: f64,
    /// Paired standard error of it.
    pub error: f64,
    /// 95 % confidence interval of it.
    pub interval: [f64; 2],
}

impl From<Estimate> for Difference {
    fn from(Estimate { mean, error }: Estimate) -> Self {
        Self { difference: mean, error, interval: [mean - Z95 * error, mean + Z95 * error] }
    }
}

/// Fused minus the channel that is the best alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgainstBest {
    /// That channel.
    pub channel: &'static str,
    /// How far the fused answer is above it.
    #[serde(flatten)]
    pub by: Difference,
}

/// Against the best channel of each metric. Empty where no channel proposes anything.
pub fn best(systems: &PerSystem<Evaluation>) -> BTreeMap<String, AgainstBest> {
    let fused = &systems.fused;
    let against = |(name, metric, k): (String, Metric, usize)| {
        let mean = |evaluation: &Evaluation| evaluation.estimate(metric, k).mean;
        let (channel, best) = systems.channels.iter().max_by(|(_, a), (_, b)| mean(a).total_cmp(&mean(b)))?;
        Some((name, AgainstBest { channel, by: fused.difference(best, metric, k).into() }))
    };
    figures(fused).filter_map(against).collect()
}

/// Against each baseline, by its name and the metric.
pub fn baselines(systems: &PerSystem<Evaluation>) -> BTreeMap<&'static str, BTreeMap<String, Difference>> {
    let fused = &systems.fused;
    let all = |baseline: &Evaluation| {
        let each = |(name, metric, k)| (name, fused.difference(baseline, metric, k).into());
        figures(fused).map(each).collect()
    };
    systems.baselines.iter().map(|(name, baseline)| (*name, all(baseline))).collect()
}

/// Every metric at every `k`, with its name in reports.
pub fn figures(of: &Evaluation) -> impl Iterator<Item = (String, Metric, usize)> {
    let name = |metric: Metric, k: usize| (format!("{}@{k}", metric.name()), metric, k);
    of.ks().iter().flat_map(move |&k| Metric::ALL.map(|metric| name(metric, k)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three users, of whom each of these finds the ones with a true.
    fn finds(found: [bool; 3]) -> Evaluation {
        let mut evaluation = Evaluation::new(&[1], 2);
        found.iter().for_each(|&found| evaluation.add(&[u32::from(!found)], &[0]));
        evaluation
    }

    #[test]
    fn differences_are_paired_and_the_best_channel_is_chosen_by_metric() {
        let systems = PerSystem {
            fused: finds([true, true, false]),
            channels: [("i2i", finds([true, false, false])), ("crowd", finds([false; 3]))].into(),
            baselines: [("popularity", finds([false, false, true]))].into(),
        };
        let best = &best(&systems)["recall@1"];
        assert_eq!((best.channel, best.by.difference), ("i2i", 1.0 / 3.0));
        // Differences 0, 1, 0: variance 1/3, over three users.
        assert!((best.by.error - 1.0 / 3.0).abs() < 1e-12);
        assert!((best.by.interval[0] - (1.0 - Z95) / 3.0).abs() < 1e-12);
        let popularity = &baselines(&systems)["popularity"]["hit_rate@1"];
        // Differences 1, 1, -1: mean 1/3, variance 4/3, over three users.
        assert!((popularity.difference - 1.0 / 3.0).abs() < 1e-12 && (popularity.error - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(baselines(&systems)["popularity"].len(), Metric::ALL.len());
    }
}

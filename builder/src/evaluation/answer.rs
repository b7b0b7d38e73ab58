//! The answer of `evaluate` for machines. Owns its names and shape; scripts rely on them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::against::{AgainstBest, Difference, baselines, best, figures as each_figure};
use super::budgets::AtBudget;
use super::lengths::groups;
use super::protocol::Protocol;
use super::users::{Unknown, Users};
use super::{Measured, PerSystem};
use crate::baselines::source::Source;
use crate::input::history::ReplaySummary;
use crate::metrics::Evaluation;
use crate::progress::StageTime;

/// Metrics by their names with `@k`.
pub type Figures = BTreeMap<String, f64>;
/// 95 % confidence intervals by the names of their metrics.
pub type Intervals = BTreeMap<String, [f64; 2]>;

/// Steps of a Lorenz curve.
pub const LORENZ_STEPS: usize = 100;

/// The answer of the command. A metric stands under its name with `@k`.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// Means over all users.
    #[serde(flatten)]
    pub figures: PerSystem<Figures>,
    /// Their 95 % confidence intervals.
    pub intervals: PerSystem<Intervals>,
    /// Mean share of the fused scores that each channel gave, over the longest list.
    pub shares: BTreeMap<&'static str, f64>,
    /// Why the other channels have no figures.
    pub absent: BTreeMap<&'static str, String>,
    /// Median microseconds of a request: of the answer and of each channel alone; empty unless channels were asked for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub latency_us: BTreeMap<&'static str, f64>,
    /// Fused minus the best channel alone, user by user.
    pub against_best: BTreeMap<String, AgainstBest>,
    /// Fused minus each baseline, user by user.
    pub against_baselines: BTreeMap<&'static str, BTreeMap<String, Difference>>,
    /// The same figures of users with histories of about one length.
    pub by_history_length: Vec<OfLength>,
    /// Lorenz curves of how often each item was recommended within the longest list, in hundredths of the catalogue.
    pub lorenz: PerSystem<Vec<f64>>,
    /// What the baselines learnt from; popularity for `novelty` is of this log, too.
    pub baselines_from: Source,
    /// How the files were cut, where `split` cut them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<Protocol>,
    /// Users replayed.
    pub users: usize,
    /// Those that the build can do little for.
    pub unknown: Unknown,
    /// Lengths of the lists.
    pub k: Vec<usize>,
    /// Whether the items of the history were left out of the lists.
    pub masked: bool,
    /// Mean bytes of the manifest and the files of a visit by a device that holds the cards of its history and no file.
    pub bytes_per_visit: u64,
    /// Mean requests for them.
    pub requests_per_visit: f64,
    /// What such visits find.
    pub visit: VisitAnswer,
    /// What visits under other budgets find, smallest first; empty unless asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub budgets: Vec<AtBudget>,
    /// What was found in the files.
    pub input: ReplaySummary,
    /// What it took.
    pub stages: Vec<StageTime>,
}

/// Figures of users with histories of about one length.
#[derive(Clone, Debug, Serialize)]
pub struct OfLength {
    /// Positive events of their histories: `0`, `2-4`, `50+`.
    pub events: String,
    /// How many users they are.
    pub users: usize,
    /// Means over them.
    #[serde(flatten)]
    pub figures: PerSystem<Figures>,
    /// 95 % confidence intervals; empty for a single user, who says nothing of others.
    pub intervals: PerSystem<Intervals>,
}

/// What visits under the budget of the build find.
#[derive(Clone, Debug, Serialize)]
pub struct VisitAnswer {
    /// Users replayed.
    pub users: usize,
    /// Mean dependent rounds after the manifest.
    pub rounds: f64,
    /// What they find.
    pub fused: Figures,
    /// The same users with every file attached.
    pub whole: Figures,
}

/// Everything that an evaluation says of all of its users.
pub struct Said {
    /// Means.
    pub figures: PerSystem<Figures>,
    /// Intervals.
    pub intervals: PerSystem<Intervals>,
    /// Against the best channel.
    pub against_best: BTreeMap<String, AgainstBest>,
    /// Against the baselines.
    pub against_baselines: BTreeMap<&'static str, BTreeMap<String, Difference>>,
    /// By length of history.
    pub by_history_length: Vec<OfLength>,
    /// Lorenz curves.
    pub lorenz: PerSystem<Vec<f64>>,
}

impl Said {
    /// Puts what was measured into names.
    pub fn of(measured: &Measured, users: &Users) -> Self {
        let systems = &measured.systems;
        let mut all = systems.map(|evaluation| {
            let novelty = |&k: &usize| (format!("novelty@{k}"), evaluation.spread(k).novelty(&measured.information));
            figures(evaluation).into_iter().chain(evaluation.ks().iter().map(novelty)).collect::<Figures>()
        });
        for (name, channel) in &mut all.channels {
            let ks = systems.fused.ks().iter();
            let unique = measured.unique.get(name).into_iter().flatten();
            channel.extend(ks.zip(unique).map(|(k, &share)| (format!("unique@{k}"), share)));
        }
        let longest = systems.fused.ks().iter().copied().max().unwrap_or(0);
        Self {
            figures: all,
            intervals: systems.map(intervals),
            against_best: best(systems),
            against_baselines: baselines(systems),
            by_history_length: by_length(systems, &users.lengths),
            lorenz: systems.map(|evaluation| evaluation.spread(longest).lorenz(LORENZ_STEPS)),
        }
    }
}

/// All means of one system.
pub fn figures(evaluation: &Evaluation) -> Figures {
    evaluation.report().into_iter().collect()
}

/// All intervals of one system.
pub fn intervals(evaluation: &Evaluation) -> Intervals {
    each_figure(evaluation).map(|(name, metric, k)| (name, evaluation.estimate(metric, k).interval())).collect()
}

fn by_length(systems: &PerSystem<Evaluation>, lengths: &[usize]) -> Vec<OfLength> {
    let of = |group: super::lengths::Group| {
        let estimates = systems.map(|evaluation| {
            let each = |(name, metric, k)| (name, evaluation.estimate_among(&group.users, metric, k));
            each_figure(evaluation).map(each).collect::<BTreeMap<_, _>>()
        });
        OfLength {
            users: group.users.len(),
            figures: estimates.map(|of| of.iter().map(|(name, it)| (name.clone(), it.mean)).collect()),
            intervals: estimates.map(|of| {
                let several = of.iter().filter(|_| group.users.len() > 1);
                several.map(|(name, it)| (name.clone(), it.interval())).collect()
            }),
            events: group.events,
        }
    };
    groups(lengths).into_iter().map(of).collect()
}

//! Measuring a build: what is measured, of whom and against what. Owns the answer of `evaluate` and how it is said;
//! metrics, baselines and the replay through the runtime lie elsewhere.

pub mod absent;
pub mod against;
pub mod alone;
pub mod answer;
pub mod budgets;
pub mod lengths;
pub mod protocol;
pub mod text;
pub mod unique;
pub mod users;

use std::collections::BTreeMap;

use anyhow::Result;
use edge_recall::Recaller;
use edge_recall::candidate::CandidateList;
use edge_recall::ids::ChannelId;
use serde::Serialize;

use crate::baselines::Baselines;
use crate::metrics::Evaluation;
use crate::model::Interactions;
use crate::progress::Progress;
use crate::replay::{answers, channel_alone};
use users::Users;

/// The same thing of every system that is measured.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PerSystem<T> {
    /// Of what ships: all channels, merged.
    pub fused: T,
    /// Of each channel alone, by its name.
    pub channels: BTreeMap<&'static str, T>,
    /// Of each baseline, by its name.
    pub baselines: BTreeMap<&'static str, T>,
}

impl<T> PerSystem<T> {
    /// What follows from it for every system.
    pub fn map<U>(&self, of: impl Fn(&T) -> U) -> PerSystem<U> {
        let each = |systems: &BTreeMap<&'static str, T>| systems.iter().map(|(name, it)| (*name, of(it))).collect();
        PerSystem { fused: of(&self.fused), channels: each(&self.channels), baselines: each(&self.baselines) }
    }

    /// That of the system with this name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.all().find(|(system, _)| *system == name).map(|(_, it)| it)
    }

    /// All systems with their names: fused, the channels, the baselines.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &T)> {
        let rest = self.channels.iter().chain(&self.baselines).map(|(name, it)| (*name, it));
        [("fused", &self.fused)].into_iter().chain(rest)
    }
}

/// Everything that was measured of all users.
pub struct Measured {
    /// Rankings against tests.
    pub systems: PerSystem<Evaluation>,
    /// Mean share of the fused scores that each channel gave, over the longest list.
    pub shares: BTreeMap<&'static str, f64>,
    /// For each channel and each `k` the part of all channels' hits that no other channel has.
    pub unique: BTreeMap<&'static str, Vec<f64>>,
    /// Median microseconds of a request: of the answer and of each channel alone. Empty unless asked for.
    pub latency: BTreeMap<&'static str, f64>,
    /// Self-information of each item in the log of the baselines, in bits.
    pub information: Vec<f64>,
}

/// Replays all users through the runtime and the baselines. `recaller` has everything attached; `log` is what the baselines
/// learn from. Requests are timed if `timed`.
pub fn measure(
    recaller: &Recaller,
    users: &Users,
    log: &Interactions,
    ks: &[usize],
    timed: bool,
    progress: &Progress,
) -> Result<Measured> {
    let stage = progress.spinner("channels alone");
    let items = recaller.manifest().items as usize;
    let depth = ks.iter().copied().max().unwrap_or(0);
    let lists = alone::lists(recaller, &users.cases, depth)?;
    let proposes = |channel: &ChannelId| {
        let own = |list: &CandidateList| list.channel == *channel && !list.candidates.is_empty();
        lists.iter().flatten().any(own)
    };
    let served: Vec<ChannelId> = ChannelId::ALL.into_iter().filter(proposes).collect();
    let of_channel = |&channel: &ChannelId| (channel.name(), channel_alone(&lists, &users.cases, channel, ks, items));
    let channels = served.iter().map(of_channel).collect();
    // What fills up is no part of the fusion, and takes no hit from what is.
    let fused: Vec<ChannelId> = served.iter().copied().filter(|&channel| channel != ChannelId::Popular).collect();
    let unique = unique::unique(&lists, &users.cases, &fused, ks);
    drop((lists, stage));
    let stage = progress.spinner("what ships");
    let fused = answers(recaller, &users.cases, ks)?;
    drop(stage);
    let latency = match timed {
        true => alone::latency(recaller, &users.cases, &served, depth)?,
        false => BTreeMap::new(),
    };
    let _stage = progress.spinner("baselines");
    let baselines = Baselines::new(log, items, |key| recaller.find(key).map(|item| item.0));
    let information = baselines.information();
    let baselines = Baselines::NAMES.into_iter().zip(baselines.evaluate(&users.asked, ks)).collect();
    let systems = PerSystem { fused: fused.evaluation, channels, baselines };
    Ok(Measured { systems, shares: fused.shares, unique, latency, information })
}

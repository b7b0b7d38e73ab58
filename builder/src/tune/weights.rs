//! Fusion weights by coordinate ascent on held-out users, through the runtime's own fusion. Owns the search, not the merge.

use std::collections::BTreeMap;

use edge_recall::candidate::CandidateList;
use edge_recall::format::manifest::ChannelWeight;
use edge_recall::ids::ChannelId;

use super::{K, TuneReport};
use crate::replay::{Case, fused};

/// Weights that a channel may get, besides 0; relative to the strongest channel's 1.
const STEPS: [f32; 10] = [0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.5, 2.5];
/// Rounds over all channels; the search stops earlier when a round changes nothing.
const ROUNDS: usize = 4;
/// The crowd always takes part a little: it fills lists that the personal channels leave short.
const CROWD_FLOOR: f32 = 0.01;

/// Learns the weights. Starts from the best channel alone, so that the answer never loses to it on the hold-out.
pub fn learn(lists: &[Vec<CandidateList>], cases: &[Case], items: usize, report: &mut TuneReport) -> Vec<ChannelWeight> {
    let mut quality = |weights: &BTreeMap<ChannelId, f32>| {
        let weight_of = |channel| floor(channel, weights.get(&channel).copied().unwrap_or(0.0));
        let what = format!("fusion {}", text(weights));
        report.add(what, &fused(lists, cases, weight_of, &[K], items))
    };
    let mut best: (f64, BTreeMap<ChannelId, f32>) = (f64::NEG_INFINITY, BTreeMap::new());
    for channel in ChannelId::ALL {
        let alone = BTreeMap::from([(channel, 1.0)]);
        let found = quality(&alone);
        if found > best.0 {
            best = (found, alone);
        }
    }
    for _ in 0..ROUNDS {
        let before = best.0;
        for channel in ChannelId::ALL {
            for step in STEPS {
                let mut trial = best.1.clone();
                trial.insert(channel, step);
                let found = if trial == best.1 { best.0 } else { quality(&trial) };
                if found > best.0 {
                    best = (found, trial);
                }
            }
        }
        if best.0 <= before {
            break;
        }
    }
    let strongest = best.1.values().copied().fold(0.0, f32::max);
    let weight = |channel| floor(channel, best.1.get(&channel).copied().unwrap_or(0.0) / strongest);
    ChannelId::ALL.map(|channel| ChannelWeight { channel, weight: weight(channel) }).to_vec()
}

fn floor(channel: ChannelId, weight: f32) -> f32 {
    if channel == ChannelId::Crowd { weight.max(CROWD_FLOOR) } else { weight }
}

fn text(weights: &BTreeMap<ChannelId, f32>) -> String {
    let parts: Vec<String> = weights.iter().map(|(channel, weight)| format!("{}={weight}", channel.name())).collect();
    parts.join(" ")
}

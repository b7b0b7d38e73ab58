//! How channels are merged, as `recall.json` says it: names and numbers. The arithmetic is that of the module `fusion`.

use crate::ids::ChannelId;

/// How channels are merged.
#[derive(Clone, Debug, PartialEq)]
pub struct FusionSpec {
    /// Candidates that each channel proposes.
    pub depth: u32,
    /// Calibrated weights; a channel without one takes no part.
    pub weights: Vec<ChannelWeight>,
    /// What makes one list of many.
    pub policy: Policy,
    /// Factors of [`Policy::Mic`]: of the weighted sum, of the channels that agree, of the other categories.
    pub mic: [f32; 3],
}

impl Default for FusionSpec {
    fn default() -> FusionSpec {
        FusionSpec { depth: 0, weights: Vec::new(), policy: Policy::Weighted, mic: Policy::MIC }
    }
}

/// Weight of one channel in the fused score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChannelWeight {
    /// The channel.
    pub channel: ChannelId,
    /// Factor of its normalised score, not negative.
    pub weight: f32,
}

/// What makes one list of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The calibrated weighted sum.
    Weighted,
    /// The weighted sum of reciprocal ranks.
    Reciprocal,
    /// Every channel gives an item in turn.
    Rounds,
    /// Every channel gives as many items as its weight is part of all weights.
    Quota,
    /// The weighted sum, the channels that agree and the other categories.
    Mic,
}

impl Policy {
    /// All policies.
    pub const ALL: [Policy; 5] = [Policy::Weighted, Policy::Reciprocal, Policy::Rounds, Policy::Quota, Policy::Mic];
    /// Their names, as in the manifest.
    pub const NAMES: [&str; 5] = ["weighted", "rrf", "rounds", "quota", "mic"];
    /// The factors of [`Policy::Mic`] where nothing else is said.
    pub const MIC: [f32; 3] = [1.0, 0.5, 0.2];

    /// Its name.
    pub fn name(self) -> &'static str {
        Policy::NAMES.get(self as usize).copied().unwrap_or_default()
    }
}

//! Reciprocal rank fusion: places count, scores do not. Owns the formula of one policy.
//!
//! `score(j) = Σ w_c / (60 + rank_c(j))` over the channels that propose `j`, the best of a list having rank 1 (Cormack, Clarke,
//! Büttcher 2009, "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods", with their 60; weights
//! are ours). No channel's scale matters, not even the shape of its scores.

use crate::ids::ChannelId;

use super::Fused;

/// What keeps the first places from being worth all: the larger, the more alike are all ranks.
pub const SMOOTHING: u16 = 60;

/// Gives every candidate the parts of its ranks.
pub fn score(merged: &mut [Fused], weight_of: &dyn Fn(ChannelId) -> f32) {
    for fused in merged {
        fused.regive(&|channel, _, rank| weight_of(channel) / (f32::from(SMOOTHING) + f32::from(rank)));
    }
}

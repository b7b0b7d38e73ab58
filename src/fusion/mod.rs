//! Merges candidate lists into one by a calibrated weighted sum; every answer keeps what each channel gave.
//!
//! Scores of different channels share no unit, so each list is divided by its own best score first (max normalisation).
//! The weights are learnt by the builder on held-out data. Knows candidates, not channels.

use crate::candidate::{Candidate, CandidateList};
use crate::ids::{ChannelId, ChannelMask, Ordinal};
use crate::topk::TopK;

/// Number of channels.
const CHANNELS: usize = ChannelId::ALL.len();

/// One merged candidate.
#[derive(Clone, Debug, PartialEq)]
pub struct Fused {
    /// The item.
    pub item: Ordinal,
    /// Sum of the parts.
    pub score: f32,
    /// Channels that proposed it with a positive weight.
    pub channels: ChannelMask,
    /// What each channel gave, in the order of [`ChannelId::ALL`].
    pub parts: [f32; CHANNELS],
}

/// Merges lists; the result is in the total order of `topk`, each item once.
pub fn weighted(lists: &[CandidateList], weight_of: impl Fn(ChannelId) -> f32, limit: usize) -> Vec<Fused> {
    let mut proposals: Vec<(Ordinal, ChannelId, f32)> = Vec::new();
    for list in lists {
        let weight = weight_of(list.channel);
        let Some(best) = list.candidates.first().filter(|best| weight > 0.0 && best.score > 0.0) else { continue };
        let scale = weight / best.score;
        proposals.extend(list.candidates.iter().map(|c| (c.item, list.channel, scale * c.score)));
    }
    // The channel takes part in the order so that floats are always added in the same sequence.
    proposals.sort_unstable_by_key(|&(item, channel, _)| (item, channel));
    let mut merged: Vec<Fused> = Vec::new();
    for (item, channel, part) in proposals {
        if merged.last().is_none_or(|last| last.item != item) {
            merged.push(Fused { item, score: 0.0, channels: ChannelMask::default(), parts: [0.0; CHANNELS] });
        }
        if let Some(fused) = merged.last_mut() {
            fused.score += part;
            fused.channels = fused.channels.with(channel);
            fused.parts[channel as usize] += part;
        }
    }
    let mut top = TopK::new(limit);
    merged.iter().for_each(|fused| top.push(Candidate { item: fused.item, score: fused.score }));
    let ranked = top.into_sorted().into_iter();
    let found = ranked.filter_map(|c| merged.binary_search_by_key(&c.item, |fused| fused.item).ok());
    found.map(|place| merged[place].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(channel: ChannelId, candidates: &[(u32, f32)]) -> CandidateList {
        let candidates = candidates.iter().map(|&(item, score)| Candidate { item: Ordinal(item), score }).collect();
        CandidateList { channel, candidates }
    }

    #[test]
    fn lists_are_normalised_weighted_and_summed() {
        let lists = [
            list(ChannelId::I2i, &[(7, 200.0), (3, 100.0)]),
            list(ChannelId::U2i, &[(3, 0.5), (9, 0.25)]),
            list(ChannelId::Crowd, &[(1, 1.0)]),
        ];
        let weight = |channel| match channel {
            ChannelId::I2i => 1.0,
            ChannelId::U2i => 0.75,
            _ => 0.0,
        };
        let fused = weighted(&lists, weight, 10);
        let ranked: Vec<(u32, f32)> = fused.iter().map(|f| (f.item.0, f.score)).collect();
        assert_eq!(ranked, [(3, 1.25), (7, 1.0), (9, 0.375)]);
        assert_eq!(fused[0].parts, [0.5, 0.0, 0.75, 0.0]);
        assert_eq!(fused[0].channels, ChannelMask::of(ChannelId::I2i).with(ChannelId::U2i));
        assert_eq!(weighted(&lists, weight, 1).len(), 1);
    }

    #[test]
    fn empty_and_worthless_lists_take_no_part() {
        assert!(weighted(&[], |_| 1.0, 5).is_empty());
        assert!(weighted(&[list(ChannelId::I2i, &[]), list(ChannelId::U2i, &[(1, 0.0)])], |_| 1.0, 5).is_empty());
    }
}

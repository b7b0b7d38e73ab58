//! Merges candidate lists into one by a calibrated weighted sum; every answer keeps what each channel gave.
//!
//! Scores of different channels share no unit, so each list is divided by its own best score first (max normalisation).
//! The weights are learnt by the builder on held-out data. Knows candidates, not channels.

use crate::candidate::{Candidate, CandidateList, Fused, ItemSet};
use crate::ids::ChannelId;
use crate::topk::TopK;

/// Merges lists; the result is in the total order of `topk`, each item once.
pub fn weighted(lists: &[CandidateList], weight_of: impl Fn(ChannelId) -> f32, limit: usize) -> Vec<Fused> {
    let weighed = || lists.iter().filter_map(|list| scale_of(list, weight_of(list.channel)).map(|scale| (list, scale)));
    let items: ItemSet =
        weighed().flat_map(|(list, _)| list.candidates.iter().map(|candidate| candidate.item)).collect();
    let mut merged: Vec<Fused> = items.as_slice().iter().map(|&item| Fused::of(item)).collect();
    // Lists come in a fixed order of channels, so that floats are always added in the same sequence.
    for (list, scale) in weighed() {
        for candidate in &list.candidates {
            if let Some(fused) = items.place(candidate.item).and_then(|place| merged.get_mut(place)) {
                let part = scale * candidate.score;
                fused.score += part;
                fused.parts[list.channel as usize] += part;
                fused.channels = fused.channels.with(list.channel);
            }
        }
    }
    let mut top = TopK::new(limit);
    // A score of nothing cannot be split into shares, nor can one that extreme numbers in a shard drove beyond all floats.
    let usable = merged.iter().filter(|fused| fused.score > 0.0 && fused.score.is_finite());
    usable.for_each(|fused| top.push(Candidate { item: fused.item, score: fused.score }));
    let ranked = top.into_sorted().into_iter();
    ranked.filter_map(|candidate| items.place(candidate.item)).map(|place| merged[place].clone()).collect()
}

/// What takes a list's best score to its weight; `None` where the list has nothing to give.
fn scale_of(list: &CandidateList, weight: f32) -> Option<f32> {
    let best = list.candidates.first().map_or(0.0, |best| best.score);
    (weight > 0.0 && best > 0.0).then_some(weight / best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ChannelMask, Ordinal};

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
        assert_eq!(fused[0].parts, [0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.75, 0.0]);
        assert_eq!(fused[0].channels, ChannelMask::of(ChannelId::I2i).with(ChannelId::U2i));
        assert_eq!(weighted(&lists, weight, 1).len(), 1);
    }

    #[test]
    fn empty_and_worthless_lists_take_no_part() {
        assert!(weighted(&[], |_| 1.0, 5).is_empty());
        assert!(weighted(&[list(ChannelId::I2i, &[]), list(ChannelId::U2i, &[(1, 0.0)])], |_| 1.0, 5).is_empty());
    }
}

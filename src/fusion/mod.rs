//! Merges candidate lists into one; every answer keeps what each channel gave and at which rank.
//!
//! Scores of different channels share no unit, so each list is divided by its own best score first (max normalisation).
//! The calibrated weighted sum, whose weights the builder learns on held-out data, is the default and says which items there
//! are; the other policies score the same items anew. Knows candidates, not channels.

mod draft;
mod mic;
pub mod ranks;

use crate::candidate::{Candidate, CandidateList, Fused, ItemSet};
use crate::format::manifest::Policy;
use crate::ids::{ChannelId, Ordinal};
use crate::topk::TopK;

/// Number of channels.
const CHANNELS: usize = ChannelId::ALL.len();

/// A list that takes part.
struct Given<'a> {
    list: &'a CandidateList,
    weight: f32,
    /// Candidates that a draft is done with, and how many of them this list was credited with.
    next: usize,
    taken: f32,
}

/// Merges lists, one of a channel; the result is in the total order of `topk`, each item once.
///
/// `factors` and `category_of` matter to [`Policy::Mic`] alone; equal numbers are equal categories, and an item of unknown
/// category (`None`) differs from all others.
pub fn merge(
    policy: Policy,
    factors: [f32; 3],
    lists: &[CandidateList],
    weight_of: &dyn Fn(ChannelId) -> f32,
    category_of: &dyn Fn(Ordinal) -> Option<u32>,
    limit: usize,
) -> Vec<Fused> {
    let (mut given, mut items) = (Vec::new(), Vec::new());
    for list in lists {
        let weight = weight_of(list.channel);
        if weight > 0.0 && best_of(list) > 0.0 {
            given.push(Given { list, weight, next: 0, taken: 0.0 });
            for candidate in &list.candidates {
                items.push(candidate.item);
            }
        }
    }
    let items = ItemSet::from(items);
    let mut merged = weighted_sums(&given, &items);
    match policy {
        Policy::Weighted => {}
        Policy::Reciprocal => ranks::score(&mut merged, weight_of),
        Policy::Rounds | Policy::Quota => draft::score(&mut merged, &items, &mut given, policy == Policy::Quota, limit),
        Policy::Mic => mic::score(&mut merged, given.len(), factors, category_of),
    }
    let mut top = TopK::new(limit);
    for fused in &merged {
        if fused.is_usable() {
            top.push(Candidate { item: fused.item, score: fused.score });
        }
    }
    let mut ranked = Vec::new();
    for candidate in top.into_sorted() {
        if let Some(place) = items.place(candidate.item) {
            ranked.push(merged[place]);
        }
    }
    ranked
}

/// Merges lists by the calibrated weighted sum, as [`merge`] does by default.
pub fn weighted(lists: &[CandidateList], weight_of: impl Fn(ChannelId) -> f32, limit: usize) -> Vec<Fused> {
    merge(Policy::Weighted, Policy::MIC, lists, &weight_of, &|_| None, limit)
}

/// Every item with its weighted sum; without one it has no ranks either, so that no policy sees it anywhere.
fn weighted_sums(lists: &[Given<'_>], items: &ItemSet) -> Vec<Fused> {
    let mut merged = Vec::new();
    for &item in items.as_slice() {
        merged.push(Fused::of(item));
    }
    // Lists come in a fixed order of channels, so that floats are always added in the same sequence.
    for Given { list, weight, .. } in lists {
        let (channel, scale) = (list.channel as usize, weight / best_of(list));
        for (rank, candidate) in (1..).zip(&list.candidates) {
            if let Some(fused) = items.place(candidate.item).and_then(|place| merged.get_mut(place)) {
                let part = scale * candidate.score;
                fused.score += part;
                fused.parts[channel] += part;
                fused.ranks[channel] = rank;
                fused.channels = fused.channels.with(list.channel);
            }
        }
    }
    for fused in &mut merged {
        if !fused.is_usable() {
            (fused.score, fused.ranks) = (0.0, [0; CHANNELS]);
        }
    }
    merged
}

fn best_of(list: &CandidateList) -> f32 {
    list.candidates.first().map_or(0.0, |best| best.score)
}

impl Fused {
    /// A score of nothing cannot be split into shares, nor can one that extreme numbers in a shard drove beyond all floats.
    fn is_usable(&self) -> bool {
        self.score > 0.0 && self.score.is_finite()
    }

    /// Puts another part in the place of each: made of the channel, the part that it gave, and its rank there.
    fn regive(&mut self, part_of: &dyn Fn(ChannelId, f32, u16) -> f32) {
        self.score = 0.0;
        for channel in ChannelId::ALL {
            let (part, rank) = (&mut self.parts[channel as usize], self.ranks[channel as usize]);
            if rank > 0 {
                *part = part_of(channel, *part, rank);
                self.score += *part;
            }
        }
    }
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
        let given = |channel| (fused[0].parts[channel as usize], fused[0].ranks[channel as usize]);
        assert_eq!([ChannelId::I2i, ChannelId::U2i, ChannelId::Crowd].map(given), [(0.5, 2), (0.75, 1), (0.0, 0)]);
        assert_eq!(fused[0].parts.iter().sum::<f32>(), 1.25);
        assert_eq!(fused[0].channels, ChannelMask::of(ChannelId::I2i).with(ChannelId::U2i));
        assert_eq!(weighted(&lists, weight, 1).len(), 1);
    }

    #[test]
    fn empty_and_worthless_lists_take_no_part() {
        assert!(weighted(&[], |_| 1.0, 5).is_empty());
        assert!(weighted(&[list(ChannelId::I2i, &[]), list(ChannelId::U2i, &[(1, 0.0)])], |_| 1.0, 5).is_empty());
    }
}

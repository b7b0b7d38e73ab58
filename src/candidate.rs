//! The words that cross layers: triggers go down to the channels, candidates come up. Owns no arithmetic.

use crate::ids::{ChannelId, ChannelMask, Ordinal};
use crate::listed::{Listed, sift_down, sort_heap};

/// An item the user recently touched, as one channel sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trigger {
    /// The item.
    pub item: Ordinal,
    /// Strength after decay, positive.
    pub weight: f32,
    /// Place of its newest event in the request's history, so that the answer can name it.
    pub source: u32,
}

/// An item proposed by one channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The item.
    pub item: Ordinal,
    /// Score in the channel's own unit: higher is better, never NaN.
    pub score: f32,
}

/// What one channel proposes, best first.
#[derive(Clone, Debug, PartialEq)]
pub struct CandidateList {
    /// The channel.
    pub channel: ChannelId,
    /// Candidates in the total order of `topk`.
    pub candidates: Vec<Candidate>,
}

/// One candidate of all channels, merged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fused {
    /// The item.
    pub item: Ordinal,
    /// Sum of the parts; 0 where nothing proposed it.
    pub score: f32,
    /// Channels that proposed it with a positive weight.
    pub channels: ChannelMask,
    /// What each channel gave, in the order of [`ChannelId::ALL`].
    pub parts: [f32; ChannelId::ALL.len()],
    /// Its rank in each channel's list, 1 being the best; 0 where that did not propose it.
    pub ranks: [u16; ChannelId::ALL.len()],
}

impl Fused {
    /// An item that nothing has proposed so far.
    pub fn of(item: Ordinal) -> Fused {
        let (parts, ranks) = ([0.0; ChannelId::ALL.len()], [0; ChannelId::ALL.len()]);
        Fused { item, score: 0.0, channels: ChannelMask::default(), parts, ranks }
    }

    /// The items of candidates.
    pub fn items(all: &[Fused]) -> ItemSet {
        let mut items = Vec::new();
        for fused in all {
            items.push(fused.item);
        }
        ItemSet::from(items)
    }
}

/// Whether an item may be proposed. Channels and indexes ask it of what would enter their lists, so that a list is full where
/// enough items may enter.
pub type Admits<'a> = dyn Fn(Ordinal) -> bool + 'a;

/// A set of items: ascending, each once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ItemSet {
    sorted: Vec<Ordinal>,
}

impl ItemSet {
    /// Place of an item in ascending order.
    pub fn place(&self, item: Ordinal) -> Option<usize> {
        self.sorted.binary_search(&item).ok()
    }

    /// Whether an item is in the set.
    pub fn contains(&self, item: Ordinal) -> bool {
        self.place(item).is_some()
    }

    /// The items in ascending order.
    pub fn as_slice(&self) -> &[Ordinal] {
        &self.sorted
    }
}

impl From<Vec<Ordinal>> for ItemSet {
    fn from(items: Vec<Ordinal>) -> ItemSet {
        // Turned, for heaps sort in descending order.
        let mut numbers = items.iter().map(|item| !u64::from(item.0)).listed();
        for root in (0..numbers.len() / 2).rev() {
            sift_down(&mut numbers, root);
        }
        sort_heap(&mut numbers);
        let mut sorted = Vec::new();
        for number in numbers {
            let item = Ordinal(!number as u32);
            if sorted.last() != Some(&item) {
                sorted.push(item);
            }
        }
        ItemSet { sorted }
    }
}

impl FromIterator<Ordinal> for ItemSet {
    fn from_iter<I: IntoIterator<Item = Ordinal>>(items: I) -> ItemSet {
        ItemSet::from(items.into_iter().listed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_sorted_and_distinct() {
        for length in 0..200u32 {
            let items: Vec<Ordinal> = (0..length).map(|n| Ordinal(n.wrapping_mul(2_654_435_761) % 97)).collect();
            let mut expected = items.clone();
            expected.sort_unstable();
            expected.dedup();
            assert_eq!(items.into_iter().collect::<ItemSet>().as_slice(), expected);
        }
    }
}

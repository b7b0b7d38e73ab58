//! The words that cross layers: triggers go down to the channels, candidates come up. Owns no arithmetic.

use crate::ids::{ChannelId, Ordinal};

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

/// Items that must not come back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExclusionSet {
    sorted: Vec<Ordinal>,
}

impl ExclusionSet {
    /// Whether an item is excluded.
    pub fn contains(&self, item: Ordinal) -> bool {
        self.sorted.binary_search(&item).is_ok()
    }

    /// Number of excluded items.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether nothing is excluded.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }
}

impl FromIterator<Ordinal> for ExclusionSet {
    fn from_iter<I: IntoIterator<Item = Ordinal>>(items: I) -> ExclusionSet {
        let mut sorted: Vec<Ordinal> = items.into_iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        ExclusionSet { sorted }
    }
}

//! What everybody meets, for lists that all else leaves short. Needs neither a history nor lists, only cells.

use crate::candidate::{Admits, Candidate, CandidateList, Trigger};
use crate::channel::RecallChannel;
use crate::ids::{ChannelId, Ordinal};
use crate::store::catalog::Catalog;
use crate::topk::TopK;

/// The channel over the items whose keys are at hand.
pub struct PopularChannel<'a> {
    catalog: &'a Catalog,
}

impl<'a> PopularChannel<'a> {
    /// A channel that proposes the items of `catalog`.
    pub fn new(catalog: &'a Catalog) -> PopularChannel<'a> {
        PopularChannel { catalog }
    }
}

impl RecallChannel for PopularChannel<'_> {
    fn id(&self) -> ChannelId {
        ChannelId::Popular
    }

    /// Scores of `(gain + 1) / 257`, so that whatever is filled in stands below what was found; a gain that is not told is 0.
    fn recall(&self, limit: usize, admits: &Admits<'_>) -> CandidateList {
        let mut top = TopK::new(limit);
        self.catalog.for_each(&mut |item| {
            let score = f32::from(u16::from(self.catalog.gain(item).unwrap_or(0)) + 1) / 257.0;
            if top.admits(score) && admits(item) {
                top.push(Candidate { item, score });
            }
        });
        CandidateList { channel: ChannelId::Popular, candidates: top.into_sorted() }
    }

    fn explain(&self, _targets: &[Ordinal], _visit: &mut dyn FnMut(usize, Trigger, f32)) {}
}

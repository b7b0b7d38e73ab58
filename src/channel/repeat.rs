//! Items of the history itself, for catalogues whose visitors come back to what they met: songs, groceries, pages of a session.

use crate::candidate::{Admits, CandidateList, Trigger};
use crate::channel::RecallChannel;
use crate::channel::sums;
use crate::ids::{ChannelId, Ordinal};

/// The channel over the weighted triggers of a history.
pub struct RepeatChannel {
    triggers: Vec<Trigger>,
}

impl RepeatChannel {
    /// A channel that proposes every trigger with its own weight.
    pub fn new(triggers: Vec<Trigger>) -> RepeatChannel {
        RepeatChannel { triggers }
    }
}

impl RecallChannel for RepeatChannel {
    fn id(&self) -> ChannelId {
        ChannelId::Repeat
    }

    fn recall(&self, limit: usize, admits: &Admits<'_>) -> CandidateList {
        sums::recall(self.id(), limit, admits, &|visit| self.triggers.iter().for_each(|t| visit(*t, t.item, t.weight)))
    }

    fn explain(&self, targets: &[Ordinal], visit: &mut dyn FnMut(usize, Trigger, f32)) {
        sums::explain(targets, visit, &|visit| self.triggers.iter().for_each(|t| visit(*t, t.item, t.weight)));
    }
}

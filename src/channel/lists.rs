//! Recall by ranked lists: of the visitor's crowd, of the nearest cohorts, of what the history's items are, of what is new. Which
//! lists a request has is the recaller's.

use crate::candidate::{Admits, CandidateList, Trigger};
use crate::channel::RecallChannel;
use crate::channel::sums::{self, Visit};
use crate::format::crowds::Crowd;
use crate::ids::{ChannelId, Ordinal};

/// The channel over any number of weighted lists.
pub struct ListsChannel<'a> {
    id: ChannelId,
    /// What led to each list, with its weight.
    lists: Vec<(Trigger, &'a Crowd)>,
}

impl<'a> ListsChannel<'a> {
    /// A channel of that name that sums what `lists` say of an item, each times its weight. Of triggers only the weight
    /// counts, except for `tags`, which alone has triggers to name.
    pub fn new(id: ChannelId, lists: Vec<(Trigger, &'a Crowd)>) -> ListsChannel<'a> {
        ListsChannel { id, lists }
    }

    fn each(&self, visit: &mut Visit<'_>) {
        for (trigger, list) in &self.lists {
            for candidate in &list.items {
                visit(*trigger, candidate.item, trigger.weight * candidate.score);
            }
        }
    }
}

impl RecallChannel for ListsChannel<'_> {
    fn id(&self) -> ChannelId {
        self.id
    }

    fn recall(&self, limit: usize, admits: &Admits<'_>) -> CandidateList {
        sums::recall(self.id, limit, admits, &|visit| self.each(visit))
    }

    fn explain(&self, targets: &[Ordinal], visit: &mut dyn FnMut(usize, Trigger, f32)) {
        if self.id == ChannelId::Tags {
            sums::explain(targets, visit, &|visit| self.each(visit));
        }
    }
}

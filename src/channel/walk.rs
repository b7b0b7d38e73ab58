//! Two steps over one item-to-item table: from the newest items to what goes with them, and on to what goes with that. Reaches
//! items that share no user with the history, and those that many paths lead to.

use crate::candidate::{Admits, Candidate, CandidateList, Trigger};
use crate::channel::RecallChannel;
use crate::channel::i2i::TableRows;
use crate::channel::sums::{self, Visit};
use crate::ids::{ChannelId, Ordinal};
use crate::topk::TopK;

/// The channel over one table.
pub struct WalkChannel<'a> {
    rows: TableRows<'a>,
    triggers: Vec<Trigger>,
    fan: usize,
}

impl<'a> WalkChannel<'a> {
    /// A channel that walks from `triggers` over the `fan` heaviest targets of each.
    pub fn new(rows: TableRows<'a>, triggers: Vec<Trigger>, fan: usize) -> WalkChannel<'a> {
        WalkChannel { rows, triggers, fan }
    }

    /// `score(k) = sum over triggers i of w_i * sum over the heaviest targets j of i of s_ij * s_jk`.
    fn each(&self, visit: &mut Visit<'_>) {
        for trigger in &self.triggers {
            let mut first = TopK::new(self.fan);
            self.rows.for_each(trigger.item, &mut |item, score| {
                if score > 0.0 {
                    first.push(Candidate { item, score });
                }
            });
            for step in first.into_sorted() {
                let weight = trigger.weight * step.score;
                self.rows.for_each(step.item, &mut |target, score| visit(*trigger, target, weight * score));
            }
        }
    }
}

impl RecallChannel for WalkChannel<'_> {
    fn id(&self) -> ChannelId {
        ChannelId::Walk
    }

    fn recall(&self, limit: usize, admits: &Admits<'_>) -> CandidateList {
        sums::recall(self.id(), limit, admits, &|visit| self.each(visit))
    }

    fn explain(&self, targets: &[Ordinal], visit: &mut dyn FnMut(usize, Trigger, f32)) {
        sums::explain(targets, visit, &|visit| self.each(visit));
    }
}

//! Item-to-item recall: the rows of the triggers, summed per target. Serves both the two-hop and the next-item table.

use crate::candidate::{CandidateList, ItemSet, Trigger};
use crate::channel::RecallChannel;
use crate::channel::sums::Sums;
use crate::ids::{ChannelId, Ordinal};
use crate::store::cards::Cards;
use crate::store::i2i::I2iStore;
use crate::topk::TopK;

/// The channel over one table.
pub struct I2iChannel<'a> {
    id: ChannelId,
    rows: TableRows<'a>,
    triggers: Vec<Trigger>,
}

/// The rows of one table: of cells that are attached, else of the profile's cards.
pub struct TableRows<'a> {
    /// The attached cells.
    pub table: &'a I2iStore,
    /// The cards of the request.
    pub cards: &'a Cards<'a>,
    /// Place of the table in the manifest.
    pub place: usize,
}

impl TableRows<'_> {
    fn for_each(&self, trigger: Ordinal, visit: &mut dyn FnMut(Ordinal, f32)) {
        if !self.table.for_each(trigger, visit) {
            self.cards.for_each(self.place, trigger, visit);
        }
    }
}

impl<'a> I2iChannel<'a> {
    /// A channel that sums the rows of `triggers`, in their order.
    pub fn new(id: ChannelId, rows: TableRows<'a>, triggers: Vec<Trigger>) -> I2iChannel<'a> {
        I2iChannel { id, rows, triggers }
    }
}

impl RecallChannel for I2iChannel<'_> {
    fn id(&self) -> ChannelId {
        self.id
    }

    fn recall(&self, limit: usize, exclude: &ItemSet) -> CandidateList {
        let mut sums = Sums::default();
        for trigger in &self.triggers {
            self.rows.for_each(trigger.item, &mut |target, weight| sums.add(target, trigger.weight * weight));
        }
        let mut top = TopK::new(limit);
        for candidate in sums.iter() {
            if top.admits(candidate.score) && !exclude.contains(candidate.item) {
                top.push(candidate);
            }
        }
        CandidateList { channel: self.id, candidates: top.into_sorted() }
    }

    fn explain(&self, targets: &[Ordinal], visit: &mut dyn FnMut(usize, Trigger, f32)) {
        for trigger in &self.triggers {
            self.rows.for_each(trigger.item, &mut |item, weight| {
                if let Ok(place) = targets.binary_search(&item) {
                    visit(place, *trigger, trigger.weight * weight);
                }
            });
        }
    }
}

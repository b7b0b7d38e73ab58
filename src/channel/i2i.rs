//! Item-to-item recall: the rows of the triggers, summed per target. Serves every table.

use crate::candidate::{Admits, CandidateList, Trigger};
use crate::channel::RecallChannel;
use crate::channel::sums::{self, Visit};
use crate::ids::{ChannelId, Ordinal};
use crate::store::cards::Cards;
use crate::store::i2i::I2iStore;

/// The channel over one table.
pub struct I2iChannel<'a> {
    id: ChannelId,
    rows: TableRows<'a>,
    triggers: Vec<Trigger>,
}

/// The rows of one table: of cells that are attached, else of the profile's cards.
#[derive(Clone, Copy)]
pub struct TableRows<'a> {
    /// The attached cells.
    pub table: &'a I2iStore,
    /// The cards of the request.
    pub cards: &'a Cards<'a>,
    /// Place of the table in the manifest.
    pub place: usize,
}

impl TableRows<'_> {
    /// Calls `visit(target, weight)` for every target of a trigger whose row is at hand.
    pub fn for_each(&self, trigger: Ordinal, visit: &mut dyn FnMut(Ordinal, f32)) {
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

    fn each(&self, visit: &mut Visit<'_>) {
        for trigger in &self.triggers {
            self.rows.for_each(trigger.item, &mut |target, weight| visit(*trigger, target, trigger.weight * weight));
        }
    }
}

impl RecallChannel for I2iChannel<'_> {
    fn id(&self) -> ChannelId {
        self.id
    }

    fn recall(&self, limit: usize, admits: &Admits<'_>) -> CandidateList {
        sums::recall(self.id, limit, admits, &|visit| self.each(visit))
    }

    fn explain(&self, targets: &[Ordinal], visit: &mut dyn FnMut(usize, Trigger, f32)) {
        sums::explain(targets, visit, &|visit| self.each(visit));
    }
}

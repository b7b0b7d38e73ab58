//! Item-to-item recall: the rows of the triggers, summed per target. Serves every table.

use crate::candidate::{Candidate, Trigger};
use crate::channel::sums::SumsChannel;
use crate::ids::{ChannelId, Ordinal};
use crate::store::cards::Cards;
use crate::store::i2i::I2iStore;

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
    /// Puts every target of a trigger whose row is at hand at the end of a list, with its weight.
    pub fn append(&self, trigger: Ordinal, to: &mut Vec<Candidate>) {
        if !self.table.append(trigger, to) {
            self.cards.append(self.place, trigger, to);
        }
    }
}

/// A channel that sums the rows of `triggers`, in their order.
pub fn channel<'a>(id: ChannelId, rows: TableRows<'_>, triggers: &[Trigger]) -> SumsChannel<'a> {
    let mut channel = SumsChannel::new(id, true);
    for trigger in triggers {
        channel.add_own(*trigger, &|to| rows.append(trigger.item, to));
    }
    channel
}

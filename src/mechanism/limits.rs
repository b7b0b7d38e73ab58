//! How much of the same an answer may hold: shares of channels and products, which are strict, and the spread of attributes over
//! the page, which gives way before a place stays empty.

use crate::candidate::Fused;
use crate::ids::{ChannelId, Ordinal, Value};
use crate::mechanism::select::Order;
use crate::store::prints::alike;

/// What may still be shown. It only ever grows less, so that what does not fit never fits again.
pub struct Limits<'a> {
    order: &'a Order<'a>,
    /// Results that each channel may still propose.
    left: [usize; ChannelId::ALL.len()],
    /// Column and bound of each spread, and every value that the page shows in it.
    spread: Vec<(usize, usize, Vec<Value>)>,
    /// Fingerprints of what the page shows.
    prints: Vec<u64>,
}

impl<'a> Limits<'a> {
    /// The limits of an answer, with what is on the page already.
    pub fn new(order: &'a Order<'a>) -> Limits<'a> {
        let mut limits =
            Limits { order, left: [usize::MAX; ChannelId::ALL.len()], spread: Vec::new(), prints: Vec::new() };
        for (left, &share) in limits.left.iter_mut().zip(&order.shares) {
            if share < 1.0 {
                // A hair less, so that 0.004 of 750 results, which is more than 3 in floats, is 3.
                *left = (share * 0.999_999 * order.limit as f32).ceil().max(1.0) as usize;
            }
        }
        for spread in &order.rules.spread {
            if let Some(column) = order.attributes.column(&spread.attribute) {
                limits.spread.push((column, spread.most as usize, Vec::new()));
            }
        }
        for &item in &order.page {
            limits.count(item);
        }
        limits
    }

    /// Whether no channel that proposed a candidate has used up its share.
    pub fn is_within_shares(&self, fused: &Fused) -> bool {
        ChannelId::ALL.into_iter().all(|channel| !fused.channels.has(channel) || self.left[channel as usize] > 0)
    }

    /// Whether the page shows no product that this is, too.
    pub fn is_another(&self, item: Ordinal) -> bool {
        let own = self.order.prints.of(item);
        for &shown in &self.prints {
            if alike(own, shown, self.order.bits) {
                return false;
            }
        }
        true
    }

    /// Whether the page may show one more item with each value of this one.
    pub fn is_spread(&self, item: Ordinal) -> bool {
        self.spread.iter().all(|(column, most, shown)| {
            let mut spread = true;
            self.each_value(item, *column, &mut |value| {
                spread &= shown.iter().filter(|known| **known == value).count() < *most;
            });
            spread
        })
    }

    /// Counts a result.
    pub fn take(&mut self, fused: &Fused) {
        for channel in ChannelId::ALL {
            if fused.channels.has(channel) {
                self.left[channel as usize] = self.left[channel as usize].saturating_sub(1);
            }
        }
        self.count(fused.item);
    }

    fn count(&mut self, item: Ordinal) {
        if self.order.bits > 0 {
            self.prints.push(self.order.prints.of(item));
        }
        let mut spread = std::mem::take(&mut self.spread);
        for (column, _, shown) in &mut spread {
            self.each_value(item, *column, &mut |value| shown.push(value));
        }
        self.spread = spread;
    }

    /// What an item has in a column; of numbers, which are names now and then, their bits.
    fn each_value(&self, item: Ordinal, column: usize, visit: &mut dyn FnMut(Value)) {
        let attributes = self.order.attributes;
        for &value in attributes.values(item, column) {
            visit(value);
        }
        if let Some(number) = attributes.number(item, column) {
            visit(Value(number.to_bits()));
        }
    }
}

//! How much of the same an answer may hold: shares of channels, which are strict, and the spread of attributes over the page,
//! which gives way before a place stays empty.

use crate::candidate::Fused;
use crate::ids::{ChannelId, Ordinal, Value};
use crate::listed::Listed;
use crate::mechanism::select::Order;

/// What may still be shown. It only ever grows less, so that what does not fit never fits again.
pub struct Limits<'a> {
    order: &'a Order<'a>,
    /// Results that each channel may still propose.
    left: [usize; ChannelId::ALL.len()],
    /// Column and bound of each spread, and every value that the page shows in it.
    spread: Vec<(usize, usize, Vec<Value>)>,
}

impl<'a> Limits<'a> {
    /// The limits of an answer, with what is on the page already.
    pub fn new(order: &'a Order<'a>) -> Limits<'a> {
        let left = order.shares.map(|share| match share {
            // A hair less, so that 0.004 of 750 results, which is more than 3 in floats, is 3.
            share if share < 1.0 => (share * 0.999_999 * order.limit as f32).ceil().max(1.0) as usize,
            _ => usize::MAX,
        });
        let column = |name| order.attributes.column(name);
        let known =
            order.rules.spread.iter().filter_map(|s| Some((column(&s.attribute)?, s.most as usize, Vec::new())));
        let mut limits = Limits { order, left, spread: known.listed() };
        order.page.iter().for_each(|&item| limits.count(item));
        limits
    }

    /// Whether no channel that proposed a candidate has used up its share.
    pub fn is_within_shares(&self, fused: &Fused) -> bool {
        ChannelId::ALL.into_iter().all(|channel| !fused.channels.has(channel) || self.left[channel as usize] > 0)
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
        for channel in ChannelId::ALL.into_iter().filter(|&channel| fused.channels.has(channel)) {
            self.left[channel as usize] = self.left[channel as usize].saturating_sub(1);
        }
        self.count(fused.item);
    }

    fn count(&mut self, item: Ordinal) {
        let mut spread = std::mem::take(&mut self.spread);
        for (column, _, shown) in &mut spread {
            self.each_value(item, *column, &mut |value| shown.push(value));
        }
        self.spread = spread;
    }

    /// What an item has in a column; of numbers, which are names now and then, their bits.
    fn each_value(&self, item: Ordinal, column: usize, visit: &mut dyn FnMut(Value)) {
        let attributes = self.order.attributes;
        attributes.values(item, column).iter().for_each(|&value| visit(value));
        attributes.number(item, column).into_iter().for_each(|number| visit(Value(number.to_bits())));
    }
}

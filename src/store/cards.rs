//! The item cards of one request by ordinal: what stands in for cells that are not attached.

use crate::candidate::Candidate;
use crate::format::card::ItemCard;
use crate::format::rows;
use crate::ids::Ordinal;
use crate::listed::Listed;

/// Cards of a profile, found by ordinal.
#[derive(Clone, Default)]
pub struct Cards<'a> {
    cards: Vec<&'a ItemCard>,
    /// Items of the catalogue: rows may name no others.
    items: u32,
    dim: usize,
}

impl<'a> Cards<'a> {
    /// Cards for a catalogue of `items` items with vectors of `dim` dimensions.
    pub fn new(cards: impl Iterator<Item = &'a ItemCard>, items: u32, dim: usize) -> Cards<'a> {
        Cards { cards: cards.listed(), items, dim }
    }

    /// The vector that the card of an item holds.
    pub fn vector(&self, item: Ordinal) -> Option<Vec<f32>> {
        self.find(item)?.vector(self.dim)
    }

    /// Whether the card of an item holds its rows.
    pub fn has_rows(&self, item: Ordinal) -> bool {
        self.find(item).is_some_and(|card| !card.rows.is_empty())
    }

    /// Puts every target that the card of an item holds for a table at the end of a list, with its weight.
    pub fn append(&self, table: usize, item: Ordinal, to: &mut Vec<Candidate>) {
        if let Some(row) = self.find(item).and_then(|card| card.rows.get(table)) {
            rows::append_row(row, item, self.items, to);
        }
    }

    /// A profile holds few cards; looking through them is faster than any map.
    fn find(&self, item: Ordinal) -> Option<&'a ItemCard> {
        self.cards.iter().find(|card| card.ordinal == item.0).copied()
    }
}

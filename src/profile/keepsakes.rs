//! The item cards of a profile. Owns their caps, and what becomes of them when the build changes under them.

use crate::format::card::ItemCard;
use crate::ids::{Epoch, Model};

/// Most cards that are kept; the oldest go first.
pub const MAX_CARDS: usize = 200;
/// Most bytes of cards that are kept.
pub const MAX_CARD_TOTAL: usize = 20 * 1024;

/// Cards by item key, oldest first, all of one epoch and model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keepsakes {
    /// Numbering that the ordinals and rows belong to.
    pub epoch: Epoch,
    /// Space that the vectors belong to.
    pub model: Model,
    cards: Vec<(String, ItemCard)>,
}

impl Keepsakes {
    /// All cards, oldest first.
    pub fn all(&self) -> &[(String, ItemCard)] {
        &self.cards
    }

    /// How many cards of the present size there is room for, and a few less: else the newest would push out what was asked for.
    pub fn room(&self) -> usize {
        match self.bytes() / self.cards.len().max(1) {
            0 => MAX_CARDS,
            mean => MAX_CARDS.min(MAX_CARD_TOTAL / 8 * 7 / mean),
        }
    }

    fn bytes(&self) -> usize {
        let mut bytes = 0;
        for (key, card) in &self.cards {
            bytes += key.len() + card.size();
        }
        bytes
    }

    /// Keeps a card, unless the one that is kept has rows already.
    pub fn keep(&mut self, key: &str, card: ItemCard) -> bool {
        match self.find(key) {
            Some(place) if !self.cards[place].1.rows.is_empty() || self.cards[place].1 == card => return false,
            Some(place) => drop(self.cards.remove(place)),
            None => {}
        }
        self.cards.push((key.into(), card));
        self.trim();
        true
    }

    /// Drops the card of an item.
    pub fn forget(&mut self, key: &str) {
        if let Some(place) = self.find(key) {
            self.cards.remove(place);
        }
    }

    /// Takes what still holds under another build: vectors survive a new numbering, and nothing survives a new space.
    pub fn settle(&mut self, epoch: Epoch, model: Model) -> bool {
        let changed = !self.cards.is_empty() && (self.epoch, self.model) != (epoch, model);
        if self.model != model {
            self.cards.clear();
        } else if self.epoch != epoch {
            // No catalogue has that many items: the card is found by its key, and stands for no item of the build.
            for ((_, card), ordinal) in self.cards.iter_mut().zip((0..u32::MAX).rev()) {
                card.ordinal = ordinal;
                card.rows.clear();
            }
        }
        (self.epoch, self.model) = (epoch, model);
        changed
    }

    fn find(&self, key: &str) -> Option<usize> {
        self.cards.iter().position(|(known, _)| known == key)
    }

    /// Drops the oldest cards until the caps hold.
    pub fn trim(&mut self) {
        let mut total = self.bytes();
        let mut excess = self.cards.len().saturating_sub(MAX_CARDS);
        for (place, (key, card)) in self.cards.iter().enumerate() {
            if place >= excess && total <= MAX_CARD_TOTAL {
                break;
            }
            total -= key.len() + card.size();
            excess = excess.max(place + 1);
        }
        self.cards.drain(..excess);
    }
}

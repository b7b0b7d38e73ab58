//! What pages have shown and what the visitor has bought, as hashes of item keys: short, and enough to turn to something else.
//! Owns their caps; what they do to an answer is `mechanism`'s.

use super::EventKind;
use crate::ids::hash;

/// Most exposures that are kept; the oldest go first.
pub const MAX_EXPOSURES: usize = 200;
/// Most items bought that are kept; the oldest go first.
pub const MAX_PURCHASED: usize = 2000;

/// Exposures and purchases of one visitor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traces {
    /// Pages shown since the newest event.
    pub turn: u32,
    /// Hash of the item's key, and the minute; in the order they came.
    pub exposures: Vec<(u32, u32)>,
    /// Hashes of the keys of what was bought, each once.
    pub purchased: Vec<u32>,
}

impl Traces {
    /// Notes that a page has shown items.
    pub fn show(&mut self, keys: &[String], minute: u32) {
        self.turn = self.turn.saturating_add(1);
        for key in keys {
            self.exposures.push((hash(&[key]), minute));
        }
        self.trim();
    }

    /// Notes what an event says of them: who acts on an item is not tired of it, and who acts at all gets a first page.
    pub fn observe(&mut self, kind: EventKind, key: &str) {
        self.turn = 0;
        if matches!(kind, EventKind::Click | EventKind::Like | EventKind::Cart | EventKind::Purchase) {
            self.tire_no_more(hash(&[key]));
        }
        if kind == EventKind::Purchase {
            self.unbuy(hash(&[key]));
            self.purchased.push(hash(&[key]));
            self.trim();
        }
    }

    /// Removes every trace of an item.
    pub fn forget(&mut self, key: &str) {
        self.tire_no_more(hash(&[key]));
        self.unbuy(hash(&[key]));
    }

    /// Drops the oldest until the caps hold.
    pub fn trim(&mut self) {
        self.exposures.drain(..self.exposures.len().saturating_sub(MAX_EXPOSURES));
        self.purchased.drain(..self.purchased.len().saturating_sub(MAX_PURCHASED));
    }

    fn tire_no_more(&mut self, item: u32) {
        self.exposures.retain(|&(shown, _)| shown != item);
    }

    fn unbuy(&mut self, item: u32) {
        if let Some(place) = self.purchased.iter().position(|&bought| bought == item) {
            self.purchased.remove(place);
        }
    }
}

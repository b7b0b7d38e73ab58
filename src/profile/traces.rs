//! What pages have shown and what the visitor has bought, as hashes of item keys: short, and enough to turn to something else.
//! Owns their caps; what they do to an answer is `mechanism`'s.

use super::EventKind;
use crate::ids::hash;

/// Most exposures that are kept; the oldest go first.
pub const MAX_EXPOSURES: usize = 200;
/// Most items bought that are kept; the oldest go first.
pub const MAX_PURCHASED: usize = 2000;

/// Exposures and purchases of one visitor. Both are lists of one type, so that there is one copy of the code for lists.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traces {
    /// Pages shown since the newest event.
    pub turn: u32,
    /// Of each exposure the hash of the item's key ([`hash`]), and the minute; or, in a request, its age in minutes. In the order
    /// they came.
    pub exposures: Vec<(u32, u32)>,
    /// Of each item bought the hash of its key, and 0. The newest last.
    pub purchased: Vec<(u32, u32)>,
}

impl Traces {
    /// Notes that a page has shown items.
    pub(super) fn show(&mut self, keys: &[String], minute: u32) {
        self.turn = self.turn.saturating_add(1);
        for key in keys {
            push(&mut self.exposures, (hash(&[key]), minute), MAX_EXPOSURES);
        }
    }

    /// Notes what an event says of them: who acts on an item is not tired of it, and who acts at all gets a first page.
    pub(super) fn observe(&mut self, kind: EventKind, key: &str) {
        self.turn = 0;
        let item = hash(&[key]);
        if !matches!(kind, EventKind::View | EventKind::Hide) {
            drop_all(&mut self.exposures, item);
        }
        if kind == EventKind::Purchase {
            drop_all(&mut self.purchased, item);
            push(&mut self.purchased, (item, 0), MAX_PURCHASED);
        }
    }

    /// Removes every trace of an item.
    pub(super) fn forget(&mut self, key: &str) {
        drop_all(&mut self.exposures, hash(&[key]));
        drop_all(&mut self.purchased, hash(&[key]));
    }
}

/// Puts an entry at the end of a list; the first goes where there are too many.
pub(super) fn push(list: &mut Vec<(u32, u32)>, entry: (u32, u32), most: usize) {
    if list.len() >= most {
        list.remove(0);
    }
    list.push(entry);
}

fn drop_all(list: &mut Vec<(u32, u32)>, item: u32) {
    while let Some(place) = list.iter().position(|entry| entry.0 == item) {
        list.remove(place);
    }
}

//! The local event log: what the user did on this device. One postcard blob, alike on every host.
//!
//! Owns events, caps, expiry, context and the blob; stores nothing anywhere and reads no clock (minutes are arguments).

mod blob;
mod event;
mod keepsakes;
mod traces;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::format::bytes::is_item_key;
use crate::format::card::ItemCard;
use crate::ids::{Epoch, Model, hash};
use keepsakes::Keepsakes;

pub use event::EventKind;
pub use traces::{MAX_EXPOSURES, MAX_PURCHASED, Traces};

/// Most events that are kept; the oldest go first.
pub const MAX_EVENTS: usize = 500;
/// Most hidden items that are kept.
pub const MAX_HIDDEN: usize = 2000;
/// Most bytes of event keys that are kept. With the next two caps, those of the cards and of what was shown and bought a profile
/// stays below 64 KB.
pub const MAX_KEY_TOTAL: usize = 16 * 1024;
/// Most bytes of hidden keys that are kept.
pub const MAX_HIDDEN_TOTAL: usize = 8 * 1024;
/// Most attributes that are kept; names and values of up to [`MAX_ATTRIBUTE_BYTES`] bytes, others are left out.
pub const MAX_ATTRIBUTES: usize = 16;
/// Most bytes of an attribute's name or value.
pub const MAX_ATTRIBUTE_BYTES: usize = 64;
/// Events older than this are gone.
pub const EXPIRY_MINUTES: u32 = 90 * MINUTES_A_DAY;
/// Events of one item that count on one day.
pub const EVENTS_A_DAY: usize = 3;

/// Minutes of a day.
pub const MINUTES_A_DAY: u32 = 24 * 60;

/// One event of the past, as a request needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEvent {
    /// Item key.
    pub key: String,
    /// What happened.
    pub kind: EventKind,
    /// Minutes ago; `None` where the order of events is unknown.
    pub age: Option<u32>,
}

#[derive(Clone, Debug, PartialEq)]
struct Event {
    key: String,
    kind: EventKind,
    minute: u32,
}

/// The event log and the coarse attributes of one user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Oldest first.
    events: Vec<Event>,
    /// Hidden items outlive the event ring: a promise never to show an item again must not fall off its end.
    hidden: Vec<String>,
    context: Context,
    traces: Traces,
    cards: Keepsakes,
}

impl Profile {
    /// Records one event for each item at `minute` (since the Unix epoch): all of them or, if a key is bad, none.
    pub fn observe_all(&mut self, kind: EventKind, keys: &[String], minute: u32) -> Result<()> {
        for key in keys {
            check_key(key)?;
        }
        for key in keys {
            self.observe(kind, key, minute)?;
        }
        Ok(())
    }

    /// Records an event at `minute` (since the Unix epoch).
    pub fn observe(&mut self, kind: EventKind, key: &str, minute: u32) -> Result<()> {
        check_key(key)?;
        if kind == EventKind::Hide && !self.hidden.iter().any(|hidden| hidden == key) {
            self.hidden.push(key.into());
        }
        // A clock that was set back must not bring events out of order, nor keep those from the future for ever.
        for event in &mut self.events {
            event.minute = event.minute.min(minute);
        }
        self.events.push(Event { key: key.into(), kind, minute });
        self.traces.observe(kind, key);
        self.trim();
        Ok(())
    }

    /// Replaces the coarse attributes that choose a crowd, within the caps.
    pub fn set_context(&mut self, context: Context) {
        let short = |text: &str| text.len() <= MAX_ATTRIBUTE_BYTES;
        self.context = context;
        self.context.retain(&|name, value| short(name) && short(value), MAX_ATTRIBUTES);
    }

    /// The coarse attributes.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Items that must never come back.
    pub fn hidden(&self) -> &[String] {
        &self.hidden
    }

    /// Events that still count at minute `now`, newest first.
    pub fn history(&self, now: u32) -> Vec<HistoryEvent> {
        let (mut history, mut hashes): (Vec<HistoryEvent>, Vec<u32>) = (Vec::new(), Vec::new());
        // Events are in order of time, so those of one day stand together: `today` is where the day begins in `history`.
        let (mut today, mut day) = (0, u32::MAX);
        for event in self.events.iter().rev() {
            if event.minute / MINUTES_A_DAY != day {
                (today, day) = (history.len(), event.minute / MINUTES_A_DAY);
            }
            // A busy day compares every event with every other: numbers before letters.
            let (hash, mut counted) = (hash(&[&event.key]), 0);
            for (newer, &other) in history[today..].iter().zip(&hashes[today..]) {
                counted += usize::from(other == hash && newer.key == event.key);
            }
            let age = now.saturating_sub(event.minute);
            if counted < EVENTS_A_DAY && age < EXPIRY_MINUTES {
                hashes.push(hash);
                history.push(HistoryEvent { key: event.key.clone(), kind: event.kind, age: Some(age) });
            }
        }
        history
    }

    /// Removes every trace of an item.
    pub fn forget(&mut self, key: &str) {
        self.events.retain(|event| event.key != key);
        self.hidden.retain(|hidden| hidden != key);
        self.traces.forget(key);
        self.cards.forget(key);
    }

    /// Notes that a page has shown items at `minute`.
    pub fn show(&mut self, keys: &[String], minute: u32) {
        self.traces.show(keys, minute);
    }

    /// What pages have shown, with its age at minute `now`, and what was bought.
    pub fn traces(&self, now: u32) -> Traces {
        let mut traces = self.traces.clone();
        traces.exposures.iter_mut().for_each(|(_, minute)| *minute = now.saturating_sub(*minute));
        traces
    }

    /// What is kept of viewed items: key and card.
    pub fn cards(&self) -> &[(String, ItemCard)] {
        self.cards.all()
    }

    /// Says which build the cards are for; those of another one lose what no longer holds. True where that changed anything.
    pub fn settle(&mut self, epoch: Epoch, model: Model) -> bool {
        self.cards.settle(epoch, model)
    }

    /// Keeps the card of an item, unless a fuller one is kept. True where that changed anything: what names no item changes
    /// nothing, or the blob could not be read again.
    pub fn keep(&mut self, key: &str, card: ItemCard) -> bool {
        is_item_key(key) && self.cards.keep(key, card)
    }

    /// Keys whose card is lacking or has no rows, of as many of the newest items as cards have room for; the newest item last, so
    /// that its card goes last.
    pub fn without_card(&self) -> Vec<String> {
        let (mut full, room) = (Vec::new(), self.cards.room());
        for (key, card) in self.cards.all() {
            if !card.rows.is_empty() {
                full.push(hash(&[key]));
            }
        }
        // Of two items with one hash the other does without a card.
        let (mut keys, mut met) = (Vec::new(), Vec::new());
        for event in self.events.iter().rev() {
            let hash = hash(&[&event.key]);
            if met.len() < room && event.kind.weight() > 0.0 && !met.contains(&hash) {
                met.push(hash);
                if !full.contains(&hash) {
                    keys.push(event.key.clone());
                }
            }
        }
        keys.reverse();
        keys
    }

    /// Drops the oldest events until every cap holds.
    fn trim(&mut self) {
        let (mut events, mut bytes) = (0, 0);
        for event in self.events.iter().rev() {
            bytes += event.key.len();
            if events < MAX_EVENTS && bytes <= MAX_KEY_TOTAL {
                events += 1;
            }
        }
        self.events.drain(..self.events.len() - events);
        let (mut hidden, mut bytes) = (0, 0);
        for key in self.hidden.iter().rev() {
            bytes += key.len();
            if hidden < MAX_HIDDEN && bytes <= MAX_HIDDEN_TOTAL {
                hidden += 1;
            }
        }
        self.hidden.drain(..self.hidden.len() - hidden);
    }
}

fn check_key(key: &str) -> Result<()> {
    if is_item_key(key) {
        return Ok(());
    }
    Err(Error::Request { problem: "an item id is 1 to 512 bytes without control characters".into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Ordinal;

    const DAY: u32 = MINUTES_A_DAY;

    fn keys(history: &[HistoryEvent]) -> Vec<(&str, u32)> {
        history.iter().map(|e| (e.key.as_str(), e.age.unwrap())).collect()
    }

    #[test]
    fn history_is_newest_first_and_expires() {
        let mut profile = Profile::default();
        profile.observe(EventKind::View, "old", DAY).unwrap();
        profile.observe(EventKind::Click, "new", 95 * DAY).unwrap();
        assert_eq!(keys(&profile.history(95 * DAY)), [("new", 0)]);
        assert_eq!(keys(&profile.history(90 * DAY)), [("new", 0), ("old", 89 * DAY)], "a clock behind the events");
    }

    #[test]
    fn only_three_events_of_an_item_count_on_a_day() {
        let mut profile = Profile::default();
        for minute in [10, 11, 12, 13, 14, DAY + 1] {
            profile.observe(EventKind::View, "a", minute).unwrap();
        }
        assert_eq!(profile.history(DAY + 1).len(), 4);
    }

    #[test]
    fn caps_drop_the_oldest() {
        let mut profile = Profile::default();
        for n in 0..MAX_EVENTS as u32 + 7 {
            profile.observe(EventKind::View, &format!("item-{n}"), n).unwrap();
        }
        assert_eq!(profile.events.len(), MAX_EVENTS);
        assert_eq!(profile.events[0].key, "item-7");
        for n in 0..MAX_EVENTS as u32 {
            profile.observe(EventKind::Hide, &format!("{n}-{}", "x".repeat(500)), 1000 + n).unwrap();
        }
        assert!(profile.events.iter().map(|e| e.key.len()).sum::<usize>() <= MAX_KEY_TOTAL);
        let hidden = profile.hidden();
        assert!(hidden.len() >= 15 && hidden.iter().map(String::len).sum::<usize>() <= MAX_HIDDEN_TOTAL);
        assert!(hidden.last().is_some_and(|key| key.starts_with("499-")), "the oldest go first");
        profile.set_context((0..50).map(|n| (format!("{n}-{}", "n".repeat(120)), "v".repeat(128))).collect());
        assert!(profile.encode().len() < 64 * 1024);
    }

    #[test]
    fn cards_come_to_rest_with_the_newest_items() {
        let mut profile = Profile::default();
        for n in 0..400u32 {
            profile.observe(EventKind::View, &format!("item-{n}"), n).unwrap();
        }
        let card = |n: u32| {
            let mut card = ItemCard::new(Ordinal(n), &[0.5; 64]);
            card.rows.push(vec![7; 20 + n as usize % 150]);
            card
        };
        let mut fill = || {
            let lacking = profile.without_card();
            lacking.iter().filter(|key| profile.keep(key, card(key[5..].parse().unwrap()))).count()
        };
        assert!(fill() > 100);
        assert!((0..3).any(|_| fill() == 0), "the cards push each other out for ever");
        let kept = |n: u32| profile.cards().iter().any(|(key, _)| *key == format!("item-{n}"));
        assert!((320..400).all(kept), "the newest have theirs");
    }

    #[test]
    fn a_clock_set_back_takes_the_later_events_along() {
        let mut profile = Profile::default();
        profile.observe(EventKind::View, "a", 1000 * DAY).unwrap();
        profile.observe(EventKind::View, "b", 5).unwrap();
        assert_eq!(keys(&profile.history(7)), [("b", 2), ("a", 2)]);
    }

    #[test]
    fn acting_on_an_item_ends_its_exposures_and_any_event_the_turn() {
        let items = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let hash = |name: &str| crate::ids::hash(&[name]);
        let mut profile = Profile::default();
        profile.show(&items(&["a", "b"]), 5);
        profile.show(&items(&["b"]), 7);
        assert_eq!(profile.traces(10).exposures, [(hash("a"), 5), (hash("b"), 5), (hash("b"), 3)]);
        assert_eq!(profile.traces(6).exposures, [(hash("a"), 1), (hash("b"), 1), (hash("b"), 0)], "a clock set back");
        assert_eq!(profile.traces(8).turn, 2);
        for (kind, left) in [(EventKind::View, 3), (EventKind::Hide, 3), (EventKind::Click, 1), (EventKind::Like, 1)] {
            profile.observe(kind, "b", 8).unwrap();
            assert_eq!((profile.traces(8).exposures.len(), profile.traces(8).turn), (left, 0), "{kind:?}");
        }
        profile.show(&(0..MAX_EXPOSURES).map(|n| format!("s{n}")).collect::<Vec<_>>(), 9);
        assert_eq!(
            (profile.traces(9).exposures.len(), profile.traces(9).exposures[0].0),
            (MAX_EXPOSURES, hash("s0")),
            "a is gone"
        );
    }

    #[test]
    fn what_was_bought_is_known_longer_than_the_event() {
        let hash = |name: &str| crate::ids::hash(&[name]);
        let mut profile = Profile::default();
        for (minute, name) in (0..).zip(["a", "b", "a"]) {
            profile.observe(EventKind::Purchase, name, minute).unwrap();
        }
        assert_eq!(profile.traces(0).purchased, [(hash("b"), 0), (hash("a"), 0)], "each once, the newest last");
        for n in 0..MAX_PURCHASED as u32 - 1 {
            profile.observe(EventKind::Purchase, &format!("{n}"), 9 + n).unwrap();
        }
        assert_eq!((profile.traces(0).purchased.len(), profile.traces(0).purchased[0].0), (MAX_PURCHASED, hash("a")));
        assert!(profile.history(9).iter().all(|event| event.key != "a"));
    }

    #[test]
    fn forgotten_items_leave_no_trace() {
        let mut profile = Profile::default();
        profile.observe(EventKind::View, "a", 5).unwrap();
        profile.observe(EventKind::Purchase, "a", 5).unwrap();
        profile.observe(EventKind::Hide, "a", 6).unwrap();
        profile.show(&["a".to_owned()], 6);
        profile.observe(EventKind::View, "a", 7).unwrap();
        profile.forget("a");
        assert_eq!(profile, Profile::default());
        assert!(profile.observe(EventKind::View, "a\n", 1).is_err());
        let keys = ["a", "b\n"].map(String::from);
        assert!(profile.observe_all(EventKind::View, &keys, 1).is_err());
        assert_eq!(profile, Profile::default(), "one bad key, and nothing is recorded");
    }
}

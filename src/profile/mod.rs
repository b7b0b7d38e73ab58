//! The local event log: what the user did on this device. One postcard blob, alike on every host.
//!
//! Owns events, caps, expiry, context and the blob; stores nothing anywhere and reads no clock (minutes are arguments).

mod blob;
mod event;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::format::bytes::is_item_key;

pub use event::EventKind;

/// Most events that are kept; the oldest go first.
pub const MAX_EVENTS: usize = 500;
/// Most hidden items that are kept.
pub const MAX_HIDDEN: usize = 2000;
/// Most bytes of keys that are kept, so that a profile stays below 64 KB.
pub const MAX_KEY_TOTAL: usize = 48 * 1024;
/// Events older than this are gone.
pub const EXPIRY_MINUTES: u32 = 90 * MINUTES_A_DAY;
/// Events of one item that count on one day.
pub const EVENTS_A_DAY: usize = 3;

const MINUTES_A_DAY: u32 = 24 * 60;

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
}

impl Profile {
    /// Records an event at `minute` (since the Unix epoch).
    pub fn observe(&mut self, kind: EventKind, key: &str, minute: u32) -> Result<()> {
        if !is_item_key(key) {
            return Err(Error::Request { problem: "an item id is 1 to 512 bytes without control characters".into() });
        }
        if kind == EventKind::Hide && !self.hidden.iter().any(|hidden| hidden == key) {
            self.hidden.push(key.into());
        }
        // A clock that was set back must not bring events out of order.
        let minute = self.events.last().map_or(minute, |last| minute.max(last.minute));
        self.events.push(Event { key: key.into(), kind, minute });
        self.trim();
        Ok(())
    }

    /// Replaces the coarse attributes that choose a crowd.
    pub fn set_context(&mut self, context: Context) {
        self.context = context;
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
        let mut history: Vec<HistoryEvent> = Vec::new();
        // Events are in order of time, so those of one day stand together: `today` is where the day begins in `history`.
        let (mut today, mut day) = (0, u32::MAX);
        for event in self.events.iter().rev() {
            if event.minute / MINUTES_A_DAY != day {
                (today, day) = (history.len(), event.minute / MINUTES_A_DAY);
            }
            let counted = history[today..].iter().filter(|newer| newer.key == event.key).count();
            let age = now.saturating_sub(event.minute);
            if counted < EVENTS_A_DAY && age < EXPIRY_MINUTES {
                history.push(HistoryEvent { key: event.key.clone(), kind: event.kind, age: Some(age) });
            }
        }
        history
    }

    /// Removes every trace of an item.
    pub fn forget(&mut self, key: &str) {
        self.events.retain(|event| event.key != key);
        self.hidden.retain(|hidden| hidden != key);
    }

    /// Drops the oldest events until every cap holds.
    fn trim(&mut self) {
        let excess = self.events.len().saturating_sub(MAX_EVENTS);
        self.events.drain(..excess);
        self.hidden.drain(..self.hidden.len().saturating_sub(MAX_HIDDEN));
        let mut total: usize = self.events.iter().map(|event| event.key.len()).sum();
        let too_many = self.events.iter().take_while(|event| {
            let over = total > MAX_KEY_TOTAL;
            total -= event.key.len();
            over
        });
        let too_many = too_many.count();
        self.events.drain(..too_many);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(profile.hidden().len(), MAX_EVENTS, "hidden items outlive the ring");
    }

    #[test]
    fn forgotten_items_leave_no_trace() {
        let mut profile = Profile::default();
        profile.observe(EventKind::View, "a", 5).unwrap();
        profile.observe(EventKind::Hide, "a", 6).unwrap();
        profile.forget("a");
        assert_eq!(profile, Profile::default());
        assert!(profile.observe(EventKind::View, "a\n", 1).is_err());
    }
}

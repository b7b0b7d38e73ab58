//! Cuts a training log into a smaller one and what the tuner should find. Owns who and what is held out.
//!
//! A site meets its users in two ways, and they favour different channels: in the middle of a visit (what comes next?) and
//! on the next visit (what of all that is new?). Where the log has an order, both are held out, each as a group of its own:
//! *newest* = a user's newest item, *later* = what users with a past met after a cut in time. Without an
//! order there is one group, a tenth of each user's items chosen by a hash, the same on every run. All users lose something, even
//! if only some of them are replayed: where the others kept all they have, rare items would look better known than they are.
//!
//! Times that merely count the events of each user (all users start at once) are an order, but no calendar: a cut would only
//! tell long histories from short ones, and there is no *later*.
//!
//! Where the newest event is often of an item that its user had met before, visitors *return*: then what they return to is to be
//! found too, and nothing is hidden because it was seen.

use std::collections::BTreeSet;

use edge_recall::Recaller;

use super::bench::history_of;
use crate::model::{Event, Exposure, Interactions, UserAttributes};
use crate::replay::Case;
use crate::splitmix;

/// A user needs this many distinct items to lose some.
const MIN_ITEMS: usize = 2;
/// A user needs this many distinct items before a cut in time to be replayed after it.
const MIN_PAST: usize = 4;
/// Users below which a group says nothing: its answer would be noise.
const MIN_GROUP: usize = 20;
/// Share of the events that lie after the cut in time.
const LATER_SHARE: f64 = 0.15;
/// Share of users who start at the log's very first minute, from which on times are no calendar.
const AT_ONCE: f64 = 0.1;
/// Share of newest events with an item that was met before, from which on visitors are said to return.
const RETURNING: f64 = 0.1;

/// What one user should be recommended.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldOut {
    /// Row of the user.
    pub user: usize,
    /// Events that the device would know, oldest first.
    pub history: Vec<Event>,
    /// Item rows to find.
    pub test: Vec<u32>,
}

/// A smaller log, and groups of at least [`MIN_GROUP`] users; no group where there is too little to learn from.
#[derive(Clone, Debug)]
pub struct HoldOut {
    /// The log without anything that is to be found.
    pub train: Interactions,
    /// Each group is one way of meeting users.
    pub groups: Vec<Vec<HeldOut>>,
    /// Whether visitors come back to items that they met.
    pub returning: bool,
}

impl HeldOut {
    /// The case to replay. Unless `keep_seen`, the history must not come back.
    pub fn case(&self, log: &Interactions, users: &UserAttributes, recaller: &Recaller, keep_seen: bool) -> Case {
        let test = self.test.iter().map(|&item| log.items[item as usize].as_str());
        Case::new(recaller, history_of(log, &self.history), users.context(self.user), test, keep_seen)
    }
}

/// Who loses what: a user, and the items to find, by row.
type Lost = (usize, Vec<u32>);

/// Holds out part of the log, for at most `limit` users a group, spread evenly over all that qualify.
pub fn hold_out(log: &Interactions, limit: usize) -> HoldOut {
    let returning = is_returned_to(log);
    let (past, later) = hold_out_later(log, returning);
    let later = group(&past, &later, limit);
    let (mut train, newest) = hold_out_newest(past, returning);
    let exposures = std::mem::take(&mut train.exposures);
    train.exposures = exposures.into_iter().filter(|shown| !tells(shown, log, &train)).collect();
    // What is left of a user's log is the history that the device would know.
    let newest = group(&train, &newest, limit);
    HoldOut { train, groups: [newest, later].into_iter().flatten().collect(), returning }
}

/// Whether an exposure is of an item that its user met and is to be found: its click would tell.
fn tells(shown: &Exposure, log: &Interactions, train: &Interactions) -> bool {
    let (user, item) = (shown.user as usize, shown.item);
    let met = |log: &Interactions| log.user(user).iter().any(|event| event.item == item);
    user < log.users.len() && met(log) && !met(train)
}

/// Whether the newest event of a user is often of an item that the user had met before. Users of a single item (a page that
/// everybody loads again and again) had no choice and say nothing of that.
fn is_returned_to(log: &Interactions) -> bool {
    let (mut visitors, mut back) = (0usize, 0usize);
    for user in (0..log.users.len()).filter(|_| log.ordered) {
        if let [past @ .., newest] = log.user(user)
            && let Some(first) = past.first()
            && log.user(user).iter().any(|event| event.item != first.item)
        {
            visitors += 1;
            back += usize::from(past.iter().any(|event| event.item == newest.item));
        }
    }
    visitors >= MIN_GROUP && back as f64 >= RETURNING * visitors as f64
}

/// At most `limit` of those who lose something, with what the log still knows of them; `None` for too few.
fn group(known: &Interactions, lost: &[Lost], limit: usize) -> Option<Vec<HeldOut>> {
    let held = |(user, test): &Lost| HeldOut { user: *user, history: known.user(*user).to_vec(), test: test.clone() };
    (lost.len() >= MIN_GROUP).then(|| spread(lost.len(), limit).map(|place| held(&lost[place])).collect())
}

/// At most `limit` of `all` places, evenly spread.
pub fn spread(all: usize, limit: usize) -> impl Iterator<Item = usize> {
    let count = all.min(limit);
    (0..count).map(move |place| place * all / count)
}

/// Cuts a log in time: what lies before, and for users with a past what they met after (unless they are `returning`, new items
/// alone). The whole log and nothing to find, where there is no order or where too few users came back.
fn hold_out_later(log: &Interactions, returning: bool) -> (Interactions, Vec<Lost>) {
    let mut minutes: Vec<u32> = log.events.iter().filter_map(|event| event.minute).collect();
    let place = (minutes.len() as f64 * (1.0 - LATER_SHARE)) as usize;
    if !has_calendar(log) || place >= minutes.len() {
        return (log.clone(), Vec::new());
    }
    let cut = *minutes.select_nth_unstable(place).1;
    let before = |event: &&Event| event.minute.is_some_and(|minute| minute < cut);
    let lost = |user: usize| {
        let known: BTreeSet<u32> = log.user(user).iter().filter(before).map(|event| event.item).collect();
        let after = log.user(user).iter().filter(|event| !before(event)).map(|event| event.item);
        let test: BTreeSet<u32> = after.filter(|item| returning || !known.contains(item)).collect();
        let enough = known.len() >= MIN_PAST && !test.is_empty();
        enough.then(|| (user, test.into_iter().collect()))
    };
    let later: Vec<Lost> = (0..log.users.len()).filter_map(lost).collect();
    if later.len() < MIN_GROUP {
        return (log.clone(), Vec::new());
    }
    (filtered(log.clone(), |_, event| before(&event)), later)
}

/// Whether times tell when things happened, and not merely in which order.
fn has_calendar(log: &Interactions) -> bool {
    let starts: Vec<u32> = (0..log.users.len()).filter_map(|user| log.user(user).first()?.minute).collect();
    let first = starts.iter().min();
    let at_once = starts.iter().filter(|start| Some(*start) == first).count();
    log.ordered && (at_once <= 1 || at_once as f64 <= AT_ONCE * starts.len() as f64)
}

/// Takes the newest item (without an order: a hashed tenth) of users who can spare it; of those who return, the newest event.
fn hold_out_newest(log: Interactions, returning: bool) -> (Interactions, Vec<Lost>) {
    let mut newest: Vec<Lost> = Vec::new();
    for user in 0..log.users.len() {
        let mut order = if returning { items_newest_first(&log, user) } else { distinct_newest_first(&log, user) };
        if order.len() >= MIN_ITEMS {
            order.truncate(if log.ordered { 1 } else { (order.len() / 10).max(1) });
            newest.push((user, order));
        }
    }
    let taken: Vec<(usize, usize)> = newest.iter().map(|(user, order)| (*user, order.len())).collect();
    for (_, order) in &mut newest {
        order.sort_unstable();
        order.dedup();
        order.shrink_to_fit();
    }
    let mut tests = newest.iter().zip(taken).peekable();
    let ends: Vec<usize> = log.offsets.get(1..).unwrap_or_default().to_vec();
    let mut place = 0;
    let kept = |user: usize, event: &Event| {
        place += 1;
        // Users come in the order of their rows, in both.
        while tests.next_if(|(lost, _)| lost.0 < user).is_some() {}
        let own = tests.peek().filter(|(lost, _)| lost.0 == user);
        own.is_none_or(|(lost, (_, events))| match returning {
            true => place <= ends[user] - events,
            false => lost.1.binary_search(&event.item).is_err(),
        })
    };
    let train = filtered(log, kept);
    (train, newest)
}

/// Items of all events of a user.
fn items_newest_first(log: &Interactions, user: usize) -> Vec<u32> {
    log.user(user).iter().rev().map(|event| event.item).collect()
}

/// Distinct items of a user; an item counts where it was met last. In hash order where the log has none.
fn distinct_newest_first(log: &Interactions, user: usize) -> Vec<u32> {
    let mut met = BTreeSet::new();
    let newest_first = log.user(user).iter().rev().map(|event| event.item);
    let mut order: Vec<u32> = newest_first.filter(|&item| met.insert(item)).collect();
    if !log.ordered {
        order.sort_unstable_by_key(|&item| mix(user as u64, u64::from(item)));
    }
    order
}

/// The same users and items with some events only.
fn filtered(mut log: Interactions, mut keep: impl FnMut(usize, &Event) -> bool) -> Interactions {
    let mut kept = 0;
    for user in 0..log.users.len() {
        let events = log.offsets[user]..log.offsets[user + 1];
        log.offsets[user] = kept;
        for place in events {
            if keep(user, &log.events[place]) {
                log.events[kept] = log.events[place];
                kept += 1;
            }
        }
    }
    if let Some(end) = log.offsets.last_mut() {
        *end = kept;
    }
    log.events.truncate(kept);
    log.events.shrink_to_fit();
    log
}

/// A hash of a pair (splitmix64).
fn mix(user: u64, item: u64) -> u64 {
    splitmix::next(&mut (user << 32 ^ item))
}

#[cfg(test)]
#[path = "holdout_tests.rs"]
mod tests;

//! The users who are replayed, as the runtime and the baselines are to see them. Owns the way from a row of the history file
//! to a request; both sides get the same history, mask and test.

use edge_recall::{Context as Visitor, EventKind, HistoryEvent, Recaller};
use serde::Serialize;

use crate::baselines::Asked;
use crate::input::history::{Replay, Replays};
use crate::model::UserAttributes;
use crate::replay::Case;

/// All users, in the order of the files. The vectors run in parallel.
#[derive(Clone, Debug, Default)]
pub struct Users {
    /// What the device would ask.
    pub cases: Vec<Case>,
    /// What the baselines are asked.
    pub asked: Vec<Asked>,
    /// Positive events of each history, repetitions counted.
    pub lengths: Vec<usize>,
    /// Those that the build can do little for.
    pub unknown: Unknown,
}

/// Users that count although the build can do little for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// Users with a history of which the build has no item: they are answered like new visitors.
    pub histories: usize,
    /// Users of whose test the build has no item: every metric is zero.
    pub tests: usize,
    /// Items to find that the build does not have, over all users.
    pub test_items: usize,
}

impl Users {
    /// Reads them off the replays. Unless `keep_seen`, the items of the history must not come back. `about` is what is known of
    /// the users, in the order of the replays, or empty.
    pub fn new(recaller: &Recaller, replays: &Replays, about: &UserAttributes, keep_seen: bool) -> Self {
        let numbers: Vec<Option<u32>> = replays.items.iter().map(|key| recaller.find(key).map(|item| item.0)).collect();
        let mut users = Self::default();
        for (place, user) in replays.users.iter().enumerate() {
            let case = case(recaller, replays, user, about.context(place), keep_seen);
            let of = |wanted: &dyn Fn(f32) -> bool| {
                let events = user.history.iter().filter(|event| wanted(event.weight));
                let mut items: Vec<u32> = events.filter_map(|event| numbers[event.item as usize]).collect();
                items.sort_unstable();
                items.dedup();
                items
            };
            // What was only shown (weight 0) says nothing; what was hidden is masked and leads to nothing.
            let masked = if keep_seen { Vec::new() } else { of(&|weight| weight != 0.0) };
            let asked = Asked { history: of(&|weight| weight > 0.0), masked, test: case.test.clone() };
            let unknown = user.test.iter().filter(|&&item| numbers[item as usize].is_none()).count();
            users.unknown.histories += usize::from(!user.history.is_empty() && of(&|_| true).is_empty());
            users.unknown.tests += usize::from(unknown == user.test.len());
            users.unknown.test_items += unknown;
            users.lengths.push(user.history.iter().filter(|event| event.weight > 0.0).count());
            users.cases.push(case);
            users.asked.push(asked);
        }
        users
    }
}

/// The request of a replayed user: `now` is the last event of the history.
fn case(recaller: &Recaller, replays: &Replays, user: &Replay, context: Visitor, keep_seen: bool) -> Case {
    let now = user.history.iter().filter_map(|event| event.minute).max();
    let counted = user.history.iter().rev().filter(|event| event.weight != 0.0);
    let history = counted.map(|event| HistoryEvent {
        key: replays.items[event.item as usize].clone(),
        kind: EventKind::parse(&replays.kinds[event.kind as usize]).unwrap_or(EventKind::View),
        age: now.zip(event.minute).map(|(now, minute)| now - minute),
    });
    let test = user.test.iter().map(|&item| replays.items[item as usize].as_str());
    Case::new(recaller, history.collect(), context, test, keep_seen)
}

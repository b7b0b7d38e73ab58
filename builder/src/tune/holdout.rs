//! Cuts a training log into a smaller one and what the tuner should find. Owns who and what is held out.
//!
//! Ordered logs: the newest tenth of a user's items, at least one, because a device always recommends forward in time.
//! Unordered logs: a tenth chosen by a hash, the same on every run.

use std::collections::{BTreeMap, BTreeSet};

use edge_recall::Recaller;

use super::history_of;
use crate::model::{Interactions, UserAttributes};
use crate::replay::Case;

/// A user needs this many distinct items to lose some.
const MIN_ITEMS: usize = 4;

/// What one user should be recommended.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldOut {
    /// Row of the user.
    pub user: usize,
    /// Item rows to find.
    pub test: Vec<u32>,
}

impl HeldOut {
    /// The case to replay, the history taken from what is left of the log.
    pub fn case(&self, train: &Interactions, users: &UserAttributes, recaller: &Recaller) -> Case {
        let test = self.test.iter().map(|&item| train.items[item as usize].as_str());
        Case::new(recaller, history_of(train, self.user), context_of(users, self.user), test, false)
    }
}

/// The known attributes of a user.
pub fn context_of(users: &UserAttributes, user: usize) -> BTreeMap<String, String> {
    let values = users.values.get(user).map(Vec::as_slice).unwrap_or_default();
    let pairs = users.names.iter().zip(values).filter(|(_, value)| !value.is_empty());
    pairs.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Holds out part of the log: the log without it, and at most `limit` users spread evenly over all that qualify.
pub fn hold_out(log: &Interactions, limit: usize) -> (Interactions, Vec<HeldOut>) {
    let distinct = |user: usize| log.user(user).iter().map(|event| event.item).collect::<BTreeSet<_>>();
    let qualified: Vec<usize> = (0..log.users.len()).filter(|&user| distinct(user).len() >= MIN_ITEMS).collect();
    let step = qualified.len().div_ceil(limit.max(1)).max(1);
    let chosen: Vec<usize> = qualified.into_iter().step_by(step).collect();
    let held: BTreeMap<usize, BTreeSet<u32>> = chosen.iter().map(|&user| (user, newest_or_hashed(log, user))).collect();
    let mut train = Interactions { offsets: vec![0], events: Vec::new(), ..log.clone() };
    for user in 0..log.users.len() {
        let out = held.get(&user);
        train.events.extend(log.user(user).iter().filter(|event| out.is_none_or(|out| !out.contains(&event.item))));
        train.offsets.push(train.events.len());
    }
    let held_out = held.into_iter().map(|(user, test)| HeldOut { user, test: test.into_iter().collect() });
    (train, held_out.collect())
}

fn newest_or_hashed(log: &Interactions, user: usize) -> BTreeSet<u32> {
    let mut order: Vec<u32> = Vec::new();
    let mut met = BTreeSet::new();
    // Newest first; an item counts where it was met last.
    for event in log.user(user).iter().rev() {
        if met.insert(event.item) {
            order.push(event.item);
        }
    }
    if !log.ordered {
        order.sort_unstable_by_key(|&item| mix(user as u64, u64::from(item)));
    }
    let count = (order.len() / 10).max(1);
    order.into_iter().take(count).collect()
}

/// A hash of a pair (splitmix64).
fn mix(user: u64, item: u64) -> u64 {
    let mut state = (user << 32 ^ item).wrapping_add(0x9E37_79B9_7F4A_7C15);
    state = (state ^ state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ state >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ state >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::fixture::log;

    #[test]
    fn the_newest_items_are_held_out_and_gone_from_the_history() {
        let log = log(12, &[&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], &[1, 2], &[3, 4, 5, 3, 6]]);
        let (train, held) = hold_out(&log, 100);
        assert_eq!(held, [HeldOut { user: 0, test: vec![9] }, HeldOut { user: 2, test: vec![6] }]);
        let items = |user| train.user(user).iter().map(|event| event.item).collect::<Vec<_>>();
        assert_eq!(items(0), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(items(1), [1, 2], "who has little loses nothing");
        assert_eq!(items(2), [3, 4, 5, 3]);
    }

    #[test]
    fn unordered_logs_lose_a_fixed_choice() {
        let mut unordered = log(20, &[&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]]);
        unordered.ordered = false;
        let (_, held) = hold_out(&unordered, 100);
        assert_eq!(held[0].test.len(), 2);
        assert_eq!(hold_out(&unordered, 100).1, held);
    }

    #[test]
    fn the_limit_spreads_over_all_users() {
        let rows: Vec<Vec<u32>> = (0..50).map(|_| vec![0, 1, 2, 3]).collect();
        let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
        let users: Vec<usize> = hold_out(&log(4, &rows), 10).1.iter().map(|held| held.user).collect();
        assert_eq!(users, [0, 5, 10, 15, 20, 25, 30, 35, 40, 45]);
    }
}

//! Tests of `holdout.rs`: who loses what, and what stays.

use super::*;
use crate::stages::fixture::log;

fn items(events: &[Event]) -> Vec<u32> {
    events.iter().map(|event| event.item).collect()
}

#[test]
fn the_newest_items_are_gone_from_history_and_log() {
    let log = log(12, &[&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], &[1], &[3, 4, 5, 3, 6]]);
    let (train, lost) = hold_out_newest(log, false);
    assert_eq!(lost, [(0, vec![9]), (2, vec![6])]);
    assert_eq!(items(train.user(2)), [3, 4, 5, 3]);
    assert_eq!(items(train.user(0)), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(items(train.user(1)), [1], "who has little loses nothing");
}

#[test]
fn all_lose_something_even_if_few_are_replayed() {
    let rows: Vec<&[u32]> = vec![&[0, 1, 2, 3, 4]; 90];
    let held = hold_out(&Interactions { ordered: false, ..log(5, &rows) }, 30);
    assert_eq!((held.groups[0].len(), held.train.events.len()), (30, 90 * 4));
}

#[test]
fn those_who_return_are_to_find_what_they_return_to() {
    let rows: Vec<&[u32]> = vec![&[0, 1, 2, 0, 1]; 30];
    let held = hold_out(&log(3, &rows), 100);
    assert!(held.returning);
    let newest = &held.groups[0][0];
    assert_eq!((items(&newest.history), &newest.test), (vec![0, 1, 2, 0], &vec![1]));
    assert!(!hold_out(&log(6, &[&[0u32, 1, 2, 3][..]; 30]), 100).returning);
    let alone = hold_out(&log(1, &[&[0u32, 0, 0][..]; 30]), 100);
    assert!(!alone.returning && alone.groups.is_empty(), "one item is no choice");
}

#[test]
fn clicks_do_not_tell_what_is_to_be_found() {
    let mut log = log(5, &[&[0u32, 1, 2, 3][..]; 30]);
    let shown = |item, user, clicked| Exposure { trigger: Some(0), item, user, clicked };
    // Item 3 is held out of everybody; nobody met item 4; user 99 did nothing else.
    log.exposures = vec![shown(1, 0, true), shown(3, 0, true), shown(3, 99, false), shown(4, 0, false)];
    let train = hold_out(&log, 100).train;
    assert_eq!(train.exposures, [shown(1, 0, true), shown(3, 99, false), shown(4, 0, false)]);
}

#[test]
fn unordered_logs_lose_a_fixed_choice() {
    let mut unordered = log(20, &[&[0u32, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19][..]; 30]);
    unordered.ordered = false;
    let held = hold_out(&unordered, 100);
    assert_eq!(held.groups.len(), 1);
    assert!(held.groups[0].iter().all(|held| held.test.len() == 2));
    assert_eq!(hold_out(&unordered, 100).groups, held.groups);
    let tests: BTreeSet<&[u32]> = held.groups[0].iter().map(|held| held.test.as_slice()).collect();
    assert!(tests.len() > 10, "users lose different items");
}

#[test]
fn those_who_come_back_are_a_group_of_their_own() {
    // Minutes count from the start of each row: long rows reach beyond the cut.
    let mut rows: Vec<Vec<u32>> = (0..60).map(|_| (0..9).collect()).collect();
    rows.extend((0..30).map(|_| (0..24).collect()));
    let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
    let mut log = log(24, &rows);
    // All at once: an order and no calendar.
    assert_eq!(hold_out(&log, 30).groups.len(), 1);
    for user in 0..log.users.len() {
        for place in log.offsets[user]..log.offsets[user + 1] {
            log.events[place].minute = log.events[place].minute.map(|minute| minute * 100 + user as u32);
        }
    }
    let held = hold_out(&log, 30);
    assert_eq!(held.groups.iter().map(Vec::len).collect::<Vec<_>>(), [30, 30]);
    for later in &held.groups[1] {
        assert!(later.user >= 60);
        let past = later.history.len() as u32;
        assert_eq!(items(&later.history), (0..past).collect::<Vec<_>>());
        assert_eq!(later.test, (past..24).collect::<Vec<_>>());
    }
}

#[test]
fn too_few_users_make_no_group() {
    assert!(hold_out(&log(5, &[&[0u32, 1, 2, 3, 4][..]; 19]), 100).groups.is_empty());
}

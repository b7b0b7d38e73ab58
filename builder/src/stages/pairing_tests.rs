//! Every option on logs of three users, by hand, in both tables that count pairs.

use super::*;
use crate::model::{I2iTable, Pairing};
use crate::stages::directional::{DirectionalParams, directional};
use crate::stages::ease::{EaseParams, ease};
use crate::stages::family::Family;
use crate::stages::fixture::log;
use crate::stages::two_hop::{TwoHopParams, two_hop};

const DAY: u32 = 24 * 60;

/// Events at these days.
fn at(items: usize, rows: &[&[(u32, u32)]], pairing: Pairing) -> Interactions {
    let plain: Vec<Vec<u32>> = rows.iter().map(|row| row.iter().map(|event| event.0).collect()).collect();
    let mut log = log(items, &plain.iter().map(Vec::as_slice).collect::<Vec<_>>());
    for (event, (_, day)) in log.events.iter_mut().zip(rows.iter().copied().flatten()) {
        event.minute = Some(day * DAY);
    }
    Interactions { pairing, ..log }
}

/// Plain sums of votes: nothing damped, one user is enough.
fn co_visits(log: &Interactions) -> I2iTable {
    let plain = TwoHopParams {
        trigger_exponent: 0.0,
        target_exponent: 0.0,
        user_exponent: 0.0,
        min_users: 1,
        ..Default::default()
    };
    two_hop(log, &plain)
}

fn follows(log: &Interactions) -> I2iTable {
    let plain = DirectionalParams {
        trigger_exponent: 0.0,
        target_exponent: 0.0,
        distance_exponent: 0.0,
        backward: 0.0,
        min_users: 1,
        ..Default::default()
    };
    directional(log, &plain)
}

#[test]
fn an_old_pair_counts_half() {
    // The newest event is of day 10; the pair 0, 1 was completed on day 0 and again, by another user, on day 10.
    let pairing = Pairing { half_life_days: Some(10.0), ..Pairing::default() };
    let log = at(3, &[&[(0, 0), (1, 0)], &[(0, 0), (1, 10)], &[(0, 0), (2, 0)]], pairing);
    assert_eq!(co_visits(&log).rows[0], [(1, 1.5), (2, 0.5)]);
    assert_eq!(follows(&log).rows[0], [(1, 1.5), (2, 0.5)]);
    assert_eq!(co_visits(&Interactions { pairing: Pairing::default(), ..log }).rows[0], [(1, 2.0), (2, 1.0)]);
}

#[test]
fn what_is_older_than_the_window_is_out() {
    let pairing = Pairing { window_days: Some(5), ..Pairing::default() };
    let log = at(3, &[&[(0, 4), (1, 6)], &[(0, 5), (1, 7)], &[(0, 6), (2, 10)]], pairing);
    for table in [co_visits(&log), follows(&log)] {
        assert_eq!(table.rows[0], [(1, 1.0), (2, 1.0)], "the first user's item 0 is of day 4");
    }
}

#[test]
fn pairs_across_categories_are_out() {
    let categories = vec![Some(7), Some(7), Some(8), None];
    let pairing = Pairing { categories, ..Pairing::default() };
    let log = at(4, &[&[(0, 0), (1, 1), (2, 2), (3, 3)][..]; 3], pairing);
    let targets = |table: &I2iTable, item: usize| {
        let mut targets: Vec<u32> = table.rows[item].iter().map(|cell| cell.0).collect();
        targets.sort_unstable();
        targets
    };
    let ease = Family::Ease(EaseParams { lambda: 1.0, ..EaseParams::default() }).table(&log);
    for table in [co_visits(&log), ease] {
        assert_eq!(targets(&table, 0), [1, 3]);
        assert_eq!(targets(&table, 2), [3]);
        assert_eq!(targets(&table, 3), [0, 1, 2], "what is unknown goes with all");
    }
    assert_eq!(targets(&follows(&log), 0), [1, 3]);
}

#[test]
fn a_robots_pairs_are_out() {
    let pairing = Pairing { max_per_minute: Some(2), ..Pairing::default() };
    // Three events within a minute are too many; two are not.
    let rows: [&[(u32, u32)]; 3] = [&[(0, 0), (1, 0), (2, 0)], &[(0, 0), (1, 0), (2, 1)], &[(0, 3), (1, 4)]];
    let log = at(3, &rows, pairing);
    for table in [co_visits(&log), follows(&log)] {
        assert_eq!(table.rows[0], [(1, 2.0), (2, 1.0)]);
    }
    let params = EaseParams { lambda: 1.0, min_users: 2, ..EaseParams::default() };
    assert_eq!(ease(&log, &params).rows[2], [], "but one person met item 2");
}

#[test]
fn without_times_there_is_nothing_to_tell_by() {
    let pairing =
        Pairing { window_days: Some(1), half_life_days: Some(1.0), max_per_minute: Some(1), ..Pairing::default() };
    let log = Interactions { ordered: false, ..at(2, &[&[(0, 0), (1, 9)]], pairing) };
    assert_eq!(co_visits(&log).rows[0], [(1, 1.0)]);
}

//! The directional table: the formula by hand, repetition, windows, determinism.

use super::*;
use crate::stages::fixture::{checkerboard, log, on_threads};

fn weight(table: &I2iTable, trigger: usize, target: u32) -> f64 {
    let cell = table.rows[trigger].iter().find(|cell| cell.0 == target);
    cell.map_or(0.0, |cell| f64::from(cell.1))
}

fn assert_close(got: f64, want: f64) {
    assert!((got - want).abs() < 1e-6, "{got} against {want}");
}

#[test]
fn the_formula_by_hand() {
    // n = [2, 2, 1]: item 1 follows item 0 at distance 2 and at distance 1
    let params = DirectionalParams { min_users: 1, ..Default::default() };
    let table = directional(&log(3, &[&[0, 2, 1], &[0, 1]]), &params);
    let near = 2_f64.powf(-0.75);
    assert_close(weight(&table, 0, 1), 2_f64.powf(-0.8) * 2_f64.powf(-0.3) * (near + 1.0));
    assert_close(weight(&table, 1, 0), 2_f64.powf(-0.8) * 2_f64.powf(-0.3) * 0.3 * (near + 1.0));
    assert_close(weight(&table, 2, 1), 2_f64.powf(-0.3));
    assert_close(weight(&table, 2, 0), 2_f64.powf(-0.3) * 0.3);
}

#[test]
fn buckets_of_distance_have_factors_of_their_own() {
    assert_eq!([1, 2, 3, 4, 31, 32, 50].map(bucket), [0, 1, 1, 2, 4, 5, 5]);
    // Item 1 follows item 0 at distance 2 and at distance 1, as above; item 2 at distance 1.
    let mut params = DirectionalParams { min_users: 1, ..Default::default() };
    let rows: [&[u32]; 2] = [&[0, 2, 1], &[0, 1]];
    let plain = directional(&log(3, &rows), &params);
    params.buckets[1] = 2.0;
    let table = directional(&log(3, &rows), &params);
    let near = 2_f64.powf(-0.75);
    assert_close(weight(&table, 0, 1), weight(&plain, 0, 1) * (2.0 * near + 1.0) / (near + 1.0));
    assert_close(weight(&table, 0, 2), weight(&plain, 0, 2));
}

#[test]
fn what_comes_later_weighs_more() {
    let table = directional(&log(2, &[&[0, 1], &[0, 1]]), &DirectionalParams::default());
    assert_close(weight(&table, 1, 0), weight(&table, 0, 1) * 0.3);
}

#[test]
fn one_user_cannot_outvote_others() {
    let params = DirectionalParams { min_users: 1, ..Default::default() };
    let table = directional(&log(2, &[&[0, 1, 0, 1, 0, 1, 0, 1]]), &params);
    assert_close(weight(&table, 0, 1), 1.0);
    assert_close(weight(&table, 1, 0), 1.0);
    let hidden = directional(&log(2, &[&[0, 1, 0, 1, 0, 1]]), &DirectionalParams::default());
    assert!(hidden.rows.iter().all(Vec::is_empty), "repetition does not make a second user");
}

#[test]
fn the_window_ends_and_histories_do_not_run_into_each_other() {
    let params = DirectionalParams { window: 2, min_users: 1, ..Default::default() };
    let table = directional(&log(5, &[&[0, 1, 2, 3], &[4]]), &params);
    let targets = |item: usize| table.rows[item].iter().map(|cell| cell.0).collect::<Vec<_>>();
    assert_eq!(targets(0), [1, 2]);
    assert_eq!(targets(3), [2, 1]);
    assert!(targets(4).is_empty());
    let closed = directional(&log(2, &[&[0, 1]]), &DirectionalParams { window: 0, min_users: 1, ..Default::default() });
    assert!(closed.rows.iter().all(Vec::is_empty));
}

#[test]
fn without_backward_pairs_only_later_items_are_targets() {
    let params = DirectionalParams { backward: 0.0, min_users: 1, ..Default::default() };
    let table = directional(&log(2, &[&[0, 1]]), &params);
    assert_eq!(table.rows, [vec![(1, 1.0)], vec![]]);
}

#[test]
fn one_users_pair_is_not_published() {
    let table = directional(&log(3, &[&[0, 1, 2], &[0, 1]]), &DirectionalParams::default());
    assert_eq!(table.rows.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 0]);
}

#[test]
fn communities_that_never_meet_do_not_leak() {
    let table = directional(&checkerboard(40, 20), &DirectionalParams::default());
    for (item, row) in table.rows.iter().enumerate() {
        assert_eq!(row.len(), 9, "the other nine of its half");
        assert!(row.iter().all(|cell| cell.0 as usize % 2 == item % 2));
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let [one, three] = on_threads(|| directional(&checkerboard(300, 400), &DirectionalParams::default()));
    assert!(one.rows.iter().any(|row| row.len() > 50));
    assert_eq!(one, three);
}

#[test]
fn without_time_there_is_no_direction() {
    let unordered = Interactions { ordered: false, ..log(2, &[&[0, 1], &[0, 1]]) };
    assert_eq!(directional(&unordered, &DirectionalParams::default()).rows, [vec![], vec![]]);
}

#[test]
fn small_logs() {
    let params = DirectionalParams::default();
    let empty = Interactions { ordered: true, ..Default::default() };
    assert!(directional(&empty, &params).rows.is_empty());
    assert_eq!(directional(&log(1, &[&[0, 0], &[0]]), &params).rows, [vec![]]);
    assert_eq!(directional(&log(2, &[&[], &[1]]), &params).rows, [vec![], vec![]]);
}

//! The EASE table: small systems by hand, an independent solver, what stays unpublished, determinism.

use super::*;
use crate::stages::fixture::{checkerboard, log, on_threads};

/// Everything that one user shows, undamped.
fn all(lambda: f32) -> EaseParams {
    EaseParams { lambda, target_exponent: 0.0, min_users: 1, ..Default::default() }
}

/// Three of items 0 and 2, three of items 1 and 2, one of all: `n = [4, 4, 7]`.
const SEVEN: [&[u32]; 7] = [&[0, 2], &[0, 2], &[0, 2], &[1, 2], &[1, 2], &[1, 2], &[0, 1, 2]];

fn close(row: &[(u32, f32)], expected: &[(u32, f64)]) {
    assert_eq!(row.len(), expected.len(), "{row:?} against {expected:?}");
    for (got, want) in row.iter().zip(expected) {
        assert_eq!(got.0, want.0, "{row:?}");
        assert!((f64::from(got.1) - want.1).abs() < 1e-5, "{got:?} against {want:?}");
    }
}

#[test]
fn two_items_are_a_simple_regression() {
    // n = [3, 2], two users of both: each weight is 2 over the users of its trigger plus lambda
    let table = ease(&log(2, &[&[0, 1], &[1, 0], &[0]]), &all(0.5));
    close(&table.rows[0], &[(1, 2.0 / 3.5)]);
    close(&table.rows[1], &[(0, 2.0 / 2.5)]);
}

#[test]
fn three_items_by_hand() {
    // [[5, 1, 4], [1, 5, 4], [4, 4, 8]]^-1 = [[24, 8, -16], [8, 24, -16], [-16, -16, 24]] / 64
    let table = ease(&log(3, &SEVEN), &all(1.0));
    close(&table.rows[0], &[(2, 2.0 / 3.0), (1, -1.0 / 3.0)]);
    close(&table.rows[1], &[(2, 2.0 / 3.0), (0, -1.0 / 3.0)]);
    close(&table.rows[2], &[(0, 2.0 / 3.0), (1, 2.0 / 3.0)]);
}

#[test]
fn frequent_triggers_and_targets_are_damped() {
    let params = EaseParams { trigger_exponent: 0.5, target_exponent: 0.25, ..all(1.0) };
    let table = ease(&log(3, &SEVEN), &params);
    let weight = |weight: f64, trigger: f64, target: f64| weight * trigger.powf(-0.5) * target.powf(-0.25);
    close(&table.rows[0], &[(2, weight(2.0 / 3.0, 4.0, 7.0)), (1, weight(-1.0 / 3.0, 4.0, 4.0))]);
    close(&table.rows[2], &[(0, weight(2.0 / 3.0, 7.0, 4.0)), (1, weight(2.0 / 3.0, 7.0, 4.0))]);
}

#[test]
fn one_users_pair_is_not_published_whatever_its_sign() {
    let strict = ease(&log(3, &SEVEN), &EaseParams { min_users: 2, ..all(1.0) });
    close(&strict.rows[0], &[(2, 2.0 / 3.0)]);
    let whole = ease(&checkerboard(200, 40), &EaseParams { min_users: 2, ..all(0.1) });
    assert!(whole.rows.iter().flatten().any(|cell| cell.1 < 0.0), "a fixture with negative weights");
    let none = EaseParams { min_users: 0, ..all(1.0) };
    let apart = ease(&log(2, &[&[0], &[1]]), &none);
    assert!(apart.rows.iter().all(Vec::is_empty), "nobody's pair is not published either");
}

#[test]
fn every_item_is_its_own_ridge_regression() {
    let (log, lambda) = (checkerboard(60, 24), 3.0);
    let table = ease(&log, &EaseParams { targets: usize::MAX, ..all(lambda) });
    let common = common_users(&log, &all(lambda));
    let size = common.items.len();
    for target in 0..size {
        // the normal equations of all the others, solved in f64 by elimination
        let others: Vec<usize> = (0..size).filter(|&item| item != target).collect();
        let shared = |a: usize, b: usize| f64::from(common.counts[a * size + b]);
        let mut system: Vec<Vec<f64>> =
            others.iter().map(|&a| others.iter().map(|&b| shared(a, b)).chain([shared(a, target)]).collect()).collect();
        system.iter_mut().enumerate().for_each(|(at, row)| row[at] += f64::from(lambda));
        for (&trigger, weight) in others.iter().zip(eliminated(system)) {
            let cell = table.rows[trigger].iter().find(|cell| cell.0 as usize == target);
            match cell {
                Some(cell) => assert!((f64::from(cell.1) - weight).abs() < 1e-4, "{cell:?} against {weight}"),
                None => assert_eq!(shared(trigger, target), 0.0),
            }
        }
    }
}

/// Gauss and Jordan, on rows that end with their right-hand side.
fn eliminated(mut system: Vec<Vec<f64>>) -> Vec<f64> {
    for at in 0..system.len() {
        let pivot = system[at].clone();
        for (_, row) in system.iter_mut().enumerate().filter(|(other, _)| *other != at) {
            let factor = row[at] / pivot[at];
            row.iter_mut().zip(&pivot).for_each(|(cell, pivot)| *cell -= factor * pivot);
        }
    }
    system.iter().enumerate().map(|(at, row)| row[row.len() - 1] / row[at]).collect()
}

#[test]
fn the_steps_one_by_one_are_the_whole() {
    let (log, params) = (checkerboard(60, 24), all(3.0));
    let common = common_users(&log, &params);
    let steps = rows(&common, &precision(&common, params.lambda), &params);
    assert_eq!(steps, ease(&log, &params));
    let other = EaseParams { lambda: 30.0, target_exponent: 0.3, targets: 4, ..params };
    assert_eq!(rows(&common, &precision(&common, 30.0), &other), ease(&log, &other));
}

#[test]
fn common_users_count_people_and_not_events() {
    let params = EaseParams { min_users: 1, max_user_items: 3, ..Default::default() };
    let common = common_users(&log(5, &[&[3, 0, 3, 3], &[0, 3], &[3], &[0, 1, 2, 3]]), &params);
    assert_eq!((common.items, common.width), (vec![0, 1, 2, 3], 5));
    assert_eq!(common.counts, [2, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 3], "the robot of four items is left out");
}

#[test]
fn only_the_most_popular_items_take_part() {
    let popular = EaseParams { max_items: 2, ..all(1.0) };
    // n = [1, 2, 3, 2]: of the two that two users met, the lower row
    let table = ease(&log(4, &[&[0, 1, 2, 3], &[1, 2], &[2, 3]]), &popular);
    assert_eq!(table.rows.iter().map(Vec::len).collect::<Vec<_>>(), [0, 1, 1, 0]);
    let met = EaseParams { min_users: 2, ..all(1.0) };
    assert_eq!(common_users(&log(4, &[&[0, 1, 2, 3], &[1, 2], &[2, 3]]), &met).items, [1, 2, 3]);
}

#[test]
fn communities_that_never_meet_do_not_leak() {
    let table = ease(&checkerboard(40, 20), &EaseParams { lambda: 1.0, ..Default::default() });
    for (item, row) in table.rows.iter().enumerate() {
        assert_eq!(row.len(), 9, "the other nine of its half");
        assert!(row.iter().all(|cell| cell.0 as usize % 2 == item % 2));
    }
}

#[test]
fn rows_are_cut_by_absolute_weight() {
    let log = checkerboard(200, 40);
    let whole = ease(&log, &EaseParams { targets: usize::MAX, ..all(0.1) });
    let short = ease(&log, &EaseParams { targets: 12, ..all(0.1) });
    let cells = |table: &I2iTable| table.rows.iter().map(Vec::len).sum::<usize>();
    assert_eq!(cells(&short), 12 * short.rows.len());
    for (short, long) in short.rows.iter().zip(&whole.rows) {
        assert_eq!(short[..], long[..short.len()]);
        assert!(long.windows(2).all(|pair| pair[0].1.abs() >= pair[1].1.abs()));
    }
    assert!(short.rows.iter().flatten().any(|cell| cell.1 < 0.0));
}

#[test]
fn the_strongest_cells_of_the_table_stay() {
    let mut table = I2iTable { rows: vec![vec![(1, 3.0), (2, -2.0), (3, 0.5)], vec![(0, -4.0), (2, 0.5)], vec![]] };
    let whole = table.clone();
    keep_strongest(&mut table, 3);
    assert_eq!(table, whole);
    keep_strongest(&mut table, 2);
    assert_eq!(table, whole, "two weigh .5: both or none");
    keep_strongest(&mut table, 1);
    assert_eq!(table.rows, [vec![(1, 3.0)], vec![(0, -4.0)], vec![]]);
    keep_strongest(&mut table, 0);
    assert!(table.rows.iter().all(Vec::is_empty));
}

#[test]
fn threads_do_not_change_a_bit() {
    let [one, three] = on_threads(|| ease(&checkerboard(300, 400), &EaseParams::default()));
    assert!(one.rows.iter().any(|row| row.len() > 100));
    assert_eq!(one, three);
}

#[test]
fn cost_grows_with_the_cube_and_the_square() {
    assert_eq!(cost(1000), Cost { flops: 1e9, bytes: 16_000_000 });
    assert_eq!(cost(0), Cost { flops: 0.0, bytes: 0 });
}

#[test]
fn a_penalty_lost_in_rounding_gives_weights_all_the_same() {
    // 3 + 1e-8 is 3 in f32, and all items are the same to everyone; exact weights would be equal shares of 1
    let everything: Vec<u32> = (0..100).collect();
    for items in [2, 3, 100] {
        let table = ease(&log(items, &[&everything[..items]; 3]), &all(1e-8));
        for row in &table.rows {
            assert_eq!(row.len(), items - 1);
            let sum: f32 = row.iter().map(|cell| cell.1).sum();
            assert!((0.5..2.0).contains(&sum) && row[0].1.abs() <= 1.0, "{items} items: {sum}, {:?}", row[0]);
        }
    }
}

#[test]
#[should_panic(expected = "must be a positive number")]
fn without_a_penalty_there_may_be_no_inverse() {
    let _ = ease(&log(2, &[&[0, 1]]), &all(0.0));
}

#[test]
fn small_logs() {
    let params = EaseParams::default();
    assert!(ease(&Interactions::default(), &params).rows.is_empty());
    assert_eq!(ease(&log(1, &[&[0], &[0]]), &params).rows, [vec![]]);
    assert_eq!(ease(&log(3, &[]), &params).rows, [vec![], vec![], vec![]]);
}

//! Item vectors: a scalar case by hand, an independent solver, separation, determinism.

use super::*;
use crate::stages::fixture::{checkerboard, log, on_threads};

/// The objective, with every user at the optimum: an independent dense solve in f64.
fn fold_in(vectors: &ItemVectors, history: &[(u32, f32)], params: &AlsParams) -> Vec<f64> {
    let (dim, items) = (vectors.dim, vectors.rows.len() / vectors.dim);
    let y = |item: usize| vectors.row(item).iter().map(|&v| f64::from(v)).collect::<Vec<_>>();
    let mut a = vec![vec![0.0; dim + 1]; dim];
    for item in 0..items {
        let met = history.iter().find(|met| met.0 as usize == item);
        let c = 1.0 + f64::from(params.alpha) * met.map_or(0.0, |met| f64::from(met.1));
        let y = y(item);
        for (row, &left) in a.iter_mut().zip(&y) {
            row.iter_mut().zip(&y).for_each(|(cell, &right)| *cell += c * left * right);
            row[dim] += if met.is_some() { c * left } else { 0.0 };
        }
    }
    for (p, row) in a.iter_mut().enumerate() {
        row[p] += f64::from(params.lambda);
    }
    for p in 0..dim {
        let pivot = a[p].clone();
        for row in a.iter_mut().enumerate().filter(|(q, _)| *q != p).map(|(_, row)| row) {
            let factor = row[p] / pivot[p];
            row.iter_mut().zip(&pivot).for_each(|(cell, value)| *cell -= factor * value);
        }
    }
    (0..dim).map(|p| a[p][dim] / a[p][p]).collect()
}

fn score(vectors: &ItemVectors, user: &[f64], item: usize) -> f64 {
    vectors.row(item).iter().zip(user).map(|(&y, x)| f64::from(y) * x).sum()
}

fn small() -> AlsParams {
    AlsParams { dim: 8, alpha: 2.0, lambda: 0.1, min_users: 1, ..Default::default() }
}

#[test]
fn one_dimension_by_hand() {
    // One user, one item, one event: both factors reach the fixed point x y^2 (1 + a) + l x = (1 + a) y.
    let params = AlsParams { dim: 1, iterations: 60, alpha: 1.0, lambda: 0.5, min_users: 1, ..Default::default() };
    let vectors = als(&log(1, &[&[0]]), &params);
    // at the fixed point x = y up to sign: (1 + a)(1 - y^2) = l
    assert!((vectors.rows[0].powi(2) - 0.75).abs() < 1e-4, "{:?}", vectors.rows);
}

#[test]
fn as_many_steps_as_dimensions_solve_a_row_exactly() {
    let params = AlsParams { steps: 30, iterations: 1, ..small() };
    let log = checkerboard(30, 16);
    let (by_user, items) = (Csr::from_log(&log), als(&log, &params));
    let mut users = vec![0.0; by_user.rows() * params.dim];
    solve_rows(&mut users, &items.rows, &by_user, &params);
    for user in 0..by_user.rows() {
        let (columns, values) = by_user.row(user);
        let history: Vec<(u32, f32)> = columns.iter().copied().zip(values.iter().copied()).collect();
        for (got, want) in users[user * 8..].iter().zip(fold_in(&items, &history, &params)) {
            assert!((f64::from(*got) - want).abs() < 1e-4, "{got} against {want}");
        }
    }
}

#[test]
fn communities_that_never_meet_do_not_leak() {
    let params = AlsParams { dim: 2, ..small() };
    let vectors = als(&checkerboard(60, 20), &params);
    for half in 0..2 {
        let user = fold_in(&vectors, &[(half, 1.0), (half + 2, 1.0), (half + 4, 1.0)], &params);
        let lowest = (half as usize..20).step_by(2).map(|item| score(&vectors, &user, item)).fold(f64::MAX, f64::min);
        let strangers = (1 - half as usize..20).step_by(2).map(|item| score(&vectors, &user, item));
        assert!(strangers.fold(f64::MIN, f64::max) < lowest - 0.1, "half {half}");
    }
}

#[test]
fn weight_times_alpha_is_the_confidence() {
    let mut log = checkerboard(40, 12);
    let heavy = als(&log, &AlsParams { alpha: 10.0, ..small() });
    log.events.iter_mut().for_each(|event| event.weight = 5.0);
    assert_eq!(als(&log, &AlsParams { alpha: 2.0, ..small() }), heavy);
}

#[test]
fn threads_do_not_change_a_bit() {
    let params = AlsParams { iterations: 3, ..small() };
    let [one, three] = on_threads(|| als(&checkerboard(300, 200), &params));
    assert_eq!(one, three);
}

#[test]
fn a_log_suggests_its_parameters() {
    // two users with events, two distinct items each, and two items that anybody met
    let mut log = log(8, &[&[0, 1], &[1, 0, 0, 0], &[]]);
    log.events.iter_mut().for_each(|event| event.weight = 2.0);
    let params = AlsParams::for_log(&log); // r = (2 + 2 + 6 + 2) / 4 = 3
    assert!((params.alpha - 1.0 / 3.0).abs() < 1e-6, "{params:?}");
    assert!((params.lambda - 0.05 * 2.0).abs() < 1e-6, "{params:?}");
    assert_eq!(AlsParams::for_log(&Interactions::default()), AlsParams::default());
}

#[test]
fn what_one_user_alone_met_gets_no_vector() {
    let vectors = als(&log(4, &[&[0, 1, 2, 3], &[0, 1], &[1, 0]]), &AlsParams { min_users: 2, ..small() });
    for (item, shared) in [true, true, false, false].into_iter().enumerate() {
        assert_eq!(vectors.row(item).iter().any(|&value| value != 0.0), shared, "{item}");
    }
}

#[test]
fn a_log_teaches_where_somebody_met_two_shared_items() {
    let shared = AlsParams::default();
    assert!(teaches(&log(3, &[&[0, 1], &[0], &[1]]), &shared));
    assert!(!teaches(&log(3, &[&[0, 1], &[0], &[2]]), &shared), "nobody else met item 1");
    assert!(!teaches(&log(3, &[&[0, 0], &[1], &[1]]), &shared));
    assert!(!teaches(&Interactions::default(), &shared));
}

#[test]
fn seeds_differ() {
    let log = checkerboard(30, 16);
    assert_ne!(als(&log, &small()), als(&log, &AlsParams { seed: 2, ..small() }));
}

#[test]
fn small_logs() {
    assert!(als(&Interactions::default(), &small()).rows.is_empty());
    let vectors = als(&log(3, &[&[0, 1]]), &small());
    assert!(vectors.row(0).iter().any(|&value| value != 0.0));
    assert_eq!(vectors.row(2), [0.0; 8], "nobody met it");
    assert_eq!(als(&log(2, &[]), &small()).rows, [0.0; 16]);
    let crowded: Vec<&[u32]> = vec![&[0]; 50];
    assert!(als(&log(1, &crowded), &small()).rows.iter().all(|value| value.is_finite()));
    assert!(als(&log(2, &[&[0, 1]]), &AlsParams { dim: 0, ..small() }).rows.is_empty());
}

//! Vectors for items that came after an epoch was frozen, from who met them. Owns the two solves; their formula is
//! that of `als`.

use super::als::{AlsParams, solve_rows};
use crate::model::{Interactions, ItemVectors};
use crate::sparse::Csr;

/// Conjugate-gradient steps of a solve: from zeros, enough for what `f32` can hold.
const STEPS: usize = 24;

/// Fills the rows of items that are not `known` and that `min_users` users met; known rows stay to the bit, others get
/// zeros.
///
/// Users are folded in from the known items alone, as on a device, and stand still while the new items are solved: a
/// half round of the training, in which nothing that is published already moves.
pub fn item_fold_in(log: &Interactions, vectors: &ItemVectors, known: &[bool], params: &AlsParams) -> ItemVectors {
    let dim = vectors.dim;
    let params = AlsParams { dim, steps: STEPS, ..params.clone() };
    let by_user = Csr::from_log(log).without_rare_columns(params.min_users);
    let is_known = |item: usize| known.get(item).copied().unwrap_or(false);
    let mut filled = vectors.clone();
    filled.rows.resize(log.items.len() * dim, 0.0);
    for item in (0..log.items.len()).filter(|&item| !is_known(item)) {
        filled.rows[item * dim..(item + 1) * dim].fill(0.0);
    }
    // Zeros add nothing to a sum, so the new items' own events leave the users' solves untouched.
    let mut users = vec![0.0; by_user.rows() * dim];
    solve_rows(&mut users, &filled.rows, &by_user, &params);
    let by_item = by_user.transpose();
    let fresh: Vec<usize> = (0..log.items.len()).filter(|&item| !is_known(item) && by_item.row_len(item) > 0).collect();
    let mut met = Csr { offsets: vec![0], width: by_item.width, ..Csr::default() };
    for &item in &fresh {
        let (columns, values) = by_item.row(item);
        met.columns.extend_from_slice(columns);
        met.values.extend_from_slice(values);
        met.offsets.push(met.columns.len());
    }
    let mut solved = vec![0.0; fresh.len() * dim];
    solve_rows(&mut solved, &users, &met, &params);
    for (item, row) in fresh.into_iter().zip(solved.chunks_exact(dim.max(1))) {
        filled.rows[item * dim..(item + 1) * dim].copy_from_slice(row);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::als::als;
    use crate::stages::dense::dot;
    use crate::stages::fixture::{checkerboard, log, on_threads};

    fn params() -> AlsParams {
        AlsParams { dim: 8, alpha: 2.0, lambda: 0.5, ..AlsParams::default() }
    }

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    }

    #[test]
    fn what_was_known_comes_back_from_its_events() {
        let log = checkerboard(200, 24);
        let vectors = als(&log, &params());
        let known: Vec<bool> = (0..24).map(|item| item != 5 && item != 8).collect();
        let filled = item_fold_in(&log, &vectors, &known, &params());
        for (item, &frozen) in known.iter().enumerate() {
            if frozen {
                assert_eq!(filled.row(item), vectors.row(item));
            } else {
                let others = (0..24).filter(|&other| known[other]);
                let near = others.max_by(|&a, &b| {
                    let near = |other: usize| cosine(filled.row(item), vectors.row(other));
                    near(a).total_cmp(&near(b))
                });
                assert_eq!(near.unwrap() % 2, item % 2, "it is at home in its half");
                let truth = vectors.row(item);
                assert!(cosine(filled.row(item), truth) > 0.8, "{}", cosine(filled.row(item), truth));
                let share = dot(filled.row(item), filled.row(item)) / dot(truth, truth);
                assert!((0.25..4.0).contains(&share), "{share}");
            }
        }
    }

    #[test]
    fn both_solves_are_exact() {
        // one user, two known items and a new one, one dimension: everything by hand
        let params = AlsParams { dim: 1, alpha: 1.0, lambda: 0.5, min_users: 1, ..AlsParams::default() };
        let vectors = ItemVectors { dim: 1, rows: vec![1.0, 2.0, 9.0] };
        let filled = item_fold_in(&log(3, &[&[0, 2]]), &vectors, &[true, true, false], &params);
        // x (1 + 4 + 1 + 0.5) = 2 and y (x^2 + x^2 + 0.5) = 2 x
        let x = 2.0 / 6.5_f32;
        assert!((filled.rows[2] - 2.0 * x / (2.0 * x * x + 0.5)).abs() < 1e-6, "{:?}", filled.rows);
    }

    #[test]
    fn new_items_that_too_few_met_get_nothing() {
        let vectors = ItemVectors { dim: 1, rows: vec![1.0, 2.0, 3.0] };
        let met = log(4, &[&[0, 2, 3], &[0, 1, 3], &[1]]);
        let filled = item_fold_in(&met, &vectors, &[true, true, false, false], &params());
        assert_eq!((filled.rows.len(), filled.rows[2]), (4, 0.0), "one user met item 2");
        assert!(filled.rows[3] > 0.0);
    }

    #[test]
    fn nothing_to_fold_in() {
        let vectors = als(&checkerboard(50, 10), &params());
        assert_eq!(item_fold_in(&checkerboard(50, 10), &vectors, &[true; 10], &params()), vectors);
        let empty = item_fold_in(&Interactions::default(), &ItemVectors::default(), &[], &params());
        assert_eq!(empty, ItemVectors::default());
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let log = checkerboard(300, 40);
        let vectors = als(&log, &params());
        let known: Vec<bool> = (0..40).map(|item| item % 3 != 0).collect();
        let [one, three] = on_threads(|| item_fold_in(&log, &vectors, &known, &params()));
        assert_eq!(one, three);
    }
}

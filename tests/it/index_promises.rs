//! What searches of an index file promise: the exact ones everything that brute force says, the others what a list must be in any
//! case. Asks a search only through a function, so that other crates' tests can include this file by path (with `dice.rs`).

use std::collections::HashMap;

use edge_recall::candidate::{Candidate, ItemSet};
use edge_recall::format::codes::Code;
use edge_recall::ids::Ordinal;
use edge_recall::index::VectorIndex;
use edge_recall::index::cells::ExactScan;
use edge_recall::kernel::{self, IntegerQuery};
use edge_recall::store::vectors::VectorStore;
use edge_recall::topk::rank_order;

use crate::dice::Dice;

/// A search: a query of one or several interests, how many are wanted, what is excluded.
pub type Search<'a> = dyn Fn(&[f32], usize, &ItemSet) -> Vec<Candidate> + 'a;

/// All promises of an exact search.
pub fn holds_exactly(store: &VectorStore, search: &Search<'_>) {
    finds_what_brute_force_finds(store, search);
    finds_what_the_scan_finds(store, search);
    longer_lists_begin_with_the_shorter(store, search);
    ties_go_to_the_smaller_id(store, search);
    odd_queries_have_answers(store, search);
}

/// All promises of a search that may miss some of the best. Of these it finds nine of ten on clustered rows.
pub fn holds_nearly(store: &VectorStore, search: &Search<'_>) {
    let (mut found, mut wanted) = (0, 0);
    for (query, exclude) in cases(store) {
        let truth = scan(store, &query, store.rows(), &exclude);
        let scores: HashMap<Ordinal, f32> = truth.iter().map(|one| (one.item, one.score)).collect();
        for limit in [0, 1, 10, 100, store.rows() - 1, store.rows(), 5_000] {
            let list = search(&query, limit, &exclude);
            assert_eq!(list.len(), limit.min(truth.len()), "as many as are wanted and there");
            assert!(list.is_sorted_by(|a, b| rank_order(a, b).is_lt()), "in the total order, each once");
            for one in &list {
                let score = scores.get(&one.item).expect("an id that is there and not excluded");
                assert_eq!(score.to_bits(), one.score.to_bits(), "{one:?} and {score}");
            }
            if limit == 10 || limit == 100 {
                let best = &truth[..limit.min(truth.len())];
                wanted += best.len();
                found += list.iter().filter(|one| best.contains(one)).count();
            }
        }
    }
    assert!(found * 10 >= wanted * 9, "{found} of {wanted}");
    odd_queries_have_answers(store, search);
}

/// Scores over decoded vectors bound what may be found and what may be left out.
pub fn finds_what_brute_force_finds(store: &VectorStore, search: &Search<'_>) {
    for (query, exclude) in cases(store).into_iter().take(8) {
        let scores = by_brute_force(store, &query);
        for limit in [0, 1, 7, store.rows(), 5_000] {
            let list = search(&query, limit, &exclude);
            let allowed: Vec<u32> = scores.keys().copied().filter(|&id| !exclude.contains(Ordinal(id))).collect();
            assert_eq!(list.len(), limit.min(allowed.len()), "as many as are wanted and there");
            for one in &list {
                let (score, tolerance) = scores[&one.item.0];
                assert!((one.score - score).abs() <= tolerance, "{one:?} and {score}");
            }
            let worst = list.last().map_or(f32::INFINITY, |one| one.score);
            let listed: Vec<u32> = list.iter().map(|one| one.item.0).collect();
            for id in allowed.into_iter().filter(|id| limit > 0 && !listed.contains(id)) {
                let (score, tolerance) = scores[&id];
                assert!(score - tolerance <= worst, "id {id} of score {score} was left out");
            }
        }
    }
}

/// The same ids and, to the bit, the same scores as the scan of everything.
pub fn finds_what_the_scan_finds(store: &VectorStore, search: &Search<'_>) {
    for (query, exclude) in cases(store) {
        for limit in [0, 1, 10, 33, store.rows() - 1, store.rows(), 5_000] {
            let (found, wanted) = (search(&query, limit, &exclude), scan(store, &query, limit, &exclude));
            assert!(found.is_sorted_by(|a, b| rank_order(a, b).is_lt()), "in the total order, each once");
            let bits =
                |list: &[Candidate]| list.iter().map(|one| (one.item.0, one.score.to_bits())).collect::<Vec<_>>();
            assert_eq!(bits(&found), bits(&wanted), "the best {limit}");
        }
    }
}

/// A longer list begins with the shorter.
pub fn longer_lists_begin_with_the_shorter(store: &VectorStore, search: &Search<'_>) {
    let (query, exclude) = &cases(store)[1];
    let all = search(query, store.rows(), exclude);
    for limit in (0..all.len()).step_by(23) {
        assert_eq!(search(query, limit, exclude), all[..limit]);
    }
}

/// Equal scores are in the order of ids, which is not that of rows.
pub fn ties_go_to_the_smaller_id(store: &VectorStore, search: &Search<'_>) {
    let mut ids: Vec<u32> = (0..store.rows()).map(|row| store.id(row)).collect();
    ids.sort_unstable();
    let all = search(&vec![0.0; store.dim()], 50, &ItemSet::default());
    let found: Vec<u32> = all.iter().map(|one| one.item.0).collect();
    assert_eq!(found, ids[..50.min(ids.len())], "a zero query ties with everything");
}

/// What is no number is no answer, and no interest finds nothing.
pub fn odd_queries_have_answers(store: &VectorStore, search: &Search<'_>) {
    for odd in [f32::NAN, f32::INFINITY, f32::MAX, f32::MIN_POSITIVE] {
        let found = search(&vec![odd; store.dim()], 200, &ItemSet::default());
        assert!(found.iter().all(|one| !one.score.is_nan()));
        assert!(found.is_sorted_by(|a, b| rank_order(a, b).is_lt()));
    }
    assert_eq!(search(&[], 9, &ItemSet::default()), []);
}

/// Queries of one to three interests near rows and far from all, and what they exclude: nothing, some, nearly everything near.
fn cases(store: &VectorStore) -> Vec<(Vec<f32>, ItemSet)> {
    let mut dice = Dice::new(0x5EA2C4);
    (0..24usize)
        .map(|case| {
            let mut query = Vec::new();
            for _ in 0..[1, 1, 2, 3][case % 4] {
                let near = store.vector(dice.below(store.rows())).expect("a row");
                let share = if case < 16 { 1.0 } else { 0.0 };
                query.extend(near.iter().map(|x| x * share + 0.3 * dice.signed()));
            }
            let near = scan(store, &query, [0, 30, 300][case % 3], &ItemSet::default());
            let exclude = near.iter().map(|one| one.item).filter(|_| dice.below(8) > 0);
            (query, exclude.chain([Ordinal(u32::MAX)]).collect())
        })
        .collect()
}

fn scan(store: &VectorStore, query: &[f32], limit: usize, exclude: &ItemSet) -> Vec<Candidate> {
    ExactScan(store).search(query, limit, &|item| !exclude.contains(item))
}

/// The best score of each id over all interests, and how far an index may be from it: the rounding of the query.
fn by_brute_force(store: &VectorStore, query: &[f32]) -> HashMap<u32, (f32, f32)> {
    let of_row = |row| {
        let vector = store.vector(row).expect("a row");
        let length: f32 = vector.iter().map(|x| x.abs()).sum();
        let (mut best, mut tolerance) = (f32::NEG_INFINITY, 0f32);
        for interest in query.chunks_exact(store.dim()) {
            best = best.max(kernel::dot(interest, &vector));
            if store.finest_code() != Code::F16 {
                tolerance = tolerance.max(IntegerQuery::of(interest).scale * (length + 20.0) + 1e-4);
            }
        }
        (store.id(row), (best, tolerance))
    };
    (0..store.rows()).map(of_row).collect()
}

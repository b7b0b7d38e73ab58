//! Plain item CF: what shares users with the items of the history. Owns the formula; has no parameter that is learnt.

use edge_recall::candidate::Candidate;
use edge_recall::ids::Ordinal;
use edge_recall::topk::TopK;
use rayon::prelude::*;

use super::Asked;
use crate::sparse::{Csr, Scatter};

/// Neighbours that an item keeps.
const NEIGHBOURS: usize = 200;
/// A user with more distinct items than this is taken for a robot and says nothing: the work grows with the square.
const MAX_USER_ITEMS: usize = 10_000;

/// Neighbours of every item of the histories.
pub(super) struct ItemCf {
    /// `rows[item]` = the nearest items and their cosines; empty for items that no history holds, since nobody asks.
    rows: Vec<Vec<(u32, f32)>>,
}

impl ItemCf {
    /// Finds the neighbours. `cos(i, j) = users of both / sqrt(users of i * users of j)`; ties by lower number.
    pub(super) fn new(by_user: &Csr, counts: &[u32], asked: &[Asked]) -> Self {
        let by_item = by_user.transpose();
        let mut wanted = vec![false; counts.len()];
        asked.iter().flat_map(|asked| &asked.history).for_each(|&item| wanted[item as usize] = true);
        let row = |both: &mut Scatter<u32>, item: usize| {
            let users = if wanted[item] { by_item.row(item).0 } else { &[] };
            let rows = users.iter().map(|&user| by_user.row(user as usize).0);
            for others in rows.filter(|others| others.len() <= MAX_USER_ITEMS) {
                others.iter().for_each(|&other| *both.slot(other) += 1);
            }
            let mut top = TopK::new(NEIGHBOURS);
            both.drain(|other, both| {
                if other as usize != item {
                    let norm = (f64::from(counts[item]) * f64::from(counts[other as usize])).sqrt();
                    top.push(Candidate { item: Ordinal(other), score: (f64::from(both) / norm) as f32 });
                }
            });
            top.into_sorted().into_iter().map(|near| (near.item.0, near.score)).collect()
        };
        let items = (0..counts.len()).into_par_iter().with_min_len(64);
        Self { rows: items.map_init(|| Scatter::new(counts.len()), row).collect() }
    }

    /// What [`Self::rank`] sums in, to be used again.
    pub(super) fn sums(&self) -> Scatter<f32> {
        Scatter::new(self.rows.len())
    }

    /// The best `limit` that are not masked, by the sum of their cosines with all items of the history.
    pub(super) fn rank(&self, sums: &mut Scatter<f32>, asked: &Asked, limit: usize) -> Vec<u32> {
        for &(near, cosine) in asked.history.iter().flat_map(|&item| &self.rows[item as usize]) {
            *sums.slot(near) += cosine;
        }
        let mut top = TopK::new(limit);
        sums.drain(|item, score| {
            if top.admits(score) && asked.masked.binary_search(&item).is_err() {
                top.push(Candidate { item: Ordinal(item), score });
            }
        });
        top.into_sorted().into_iter().map(|found| found.item.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::fixture::{log, on_threads};

    fn asked(history: &[u32], masked: &[u32]) -> Asked {
        Asked { history: history.to_vec(), masked: masked.to_vec(), test: Vec::new() }
    }

    fn item_cf(asked: &[Asked]) -> ItemCf {
        // n = [3, 2, 2, 1]; a repeated item counts once
        let by_user = Csr::from_log(&log(4, &[&[0, 1, 2, 1], &[0, 1], &[0, 2, 3]]));
        ItemCf::new(&by_user, &by_user.column_counts(), asked)
    }

    #[test]
    fn cosines_by_hand() {
        let item_cf = item_cf(&[asked(&[0, 1], &[])]);
        let close = |row: &[(u32, f32)], want: &[(u32, f64)]| {
            assert_eq!(row.len(), want.len(), "{row:?}");
            for (got, want) in row.iter().zip(want) {
                assert!(got.0 == want.0 && (f64::from(got.1) - want.1).abs() < 1e-6, "{got:?} against {want:?}");
            }
        };
        let root = f64::sqrt;
        close(&item_cf.rows[0], &[(1, 2.0 / root(6.0)), (2, 2.0 / root(6.0)), (3, 1.0 / root(3.0))]);
        close(&item_cf.rows[1], &[(0, 2.0 / root(6.0)), (2, 0.5)]);
        assert!(item_cf.rows[2].is_empty() && item_cf.rows[3].is_empty(), "no history asks for them");
    }

    #[test]
    fn all_of_the_history_votes_and_the_mask_holds() {
        let cases = [asked(&[1, 3], &[1, 3]), asked(&[1, 3], &[0, 1, 3]), asked(&[1], &[]), asked(&[], &[])];
        let item_cf = item_cf(&cases);
        let mut sums = item_cf.sums();
        // 1 gives 0: 0.816, 2: 0.5; 3 gives 2: 0.707, 0: 0.577. Nothing links 1 and 3.
        let ranked: Vec<Vec<u32>> = cases.iter().map(|case| item_cf.rank(&mut sums, case, 5)).collect();
        assert_eq!(ranked, [vec![0, 2], vec![2], vec![0, 2], vec![]]);
        assert_eq!(item_cf.rank(&mut sums, &cases[0], 1), [0]);
    }

    #[test]
    fn the_number_of_threads_does_not_matter() {
        let cases: Vec<Asked> = (0..4).map(|item| asked(&[item], &[])).collect();
        let [one, three] = on_threads(|| item_cf(&cases).rows);
        assert_eq!(one, three);
    }
}

//! What any recommender must beat: popularity and plain item CF. Owns their formulas and nothing that ships; they are here so
//! that the figures of a build never stand alone.

mod item_cf;
mod popularity;
pub mod source;

use rayon::prelude::*;

use crate::metrics::Evaluation;
use crate::metrics::spread::information;
use crate::model::Interactions;
use crate::sparse::Csr;
use item_cf::ItemCf;
use popularity::Popularity;

/// What a baseline is asked: the same as the recommender, in numbers of the build.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// Distinct items of the history, ascending.
    pub history: Vec<u32>,
    /// Items that must not come back, ascending.
    pub masked: Vec<u32>,
    /// Items to find.
    pub test: Vec<u32>,
}

/// The training log in numbers of the build.
pub struct Baselines {
    /// Distinct items of each user. Items that the build does not have are left out: nobody may recommend them.
    by_user: Csr,
    /// Distinct users of each item.
    counts: Vec<u32>,
}

impl Baselines {
    /// Names, in the order of reports.
    pub const NAMES: [&str; 2] = ["popularity", "item_cf"];

    /// Takes what the log says of the `items` items of a build; `find` gives the number of a key.
    pub fn new(log: &Interactions, items: usize, find: impl Fn(&str) -> Option<u32>) -> Self {
        let rows = Csr::from_log(log);
        let numbers: Vec<Option<u32>> = log.items.iter().map(|key| find(key)).collect();
        let mut by_user = Csr { offsets: vec![0], width: items, ..Csr::default() };
        for user in 0..rows.rows() {
            let from = by_user.columns.len();
            by_user.columns.extend(rows.row(user).0.iter().filter_map(|&item| numbers[item as usize]));
            by_user.columns[from..].sort_unstable();
            by_user.offsets.push(by_user.columns.len());
        }
        by_user.values = vec![1.0; by_user.columns.len()];
        let counts = by_user.column_counts();
        Self { by_user, counts }
    }

    /// Self-information of each item in bits, by the share of its users in the log.
    pub fn information(&self) -> Vec<f64> {
        self.counts.iter().map(|&users| information(users, self.by_user.rows())).collect()
    }

    /// Ranks for everybody and measures, in the order of [`Self::NAMES`].
    pub fn evaluate(&self, asked: &[Asked], ks: &[usize]) -> [Evaluation; 2] {
        let popularity = Popularity::new(&self.counts);
        let item_cf = ItemCf::new(&self.by_user, &self.counts, asked);
        let longest = ks.iter().copied().max().unwrap_or(0);
        [
            measure(asked, ks, self.counts.len(), || (), |(), asked| popularity.rank(asked, longest)),
            measure(asked, ks, self.counts.len(), || item_cf.sums(), |sums, asked| item_cf.rank(sums, asked, longest)),
        ]
    }
}

/// Users that one thread takes at a time.
const CHUNK: usize = 64;

/// Ranks in parallel, counts in order.
fn measure<S>(
    asked: &[Asked],
    ks: &[usize],
    items: usize,
    state: impl Fn() -> S + Sync + Send,
    rank: impl Fn(&mut S, &Asked) -> Vec<u32> + Sync + Send,
) -> Evaluation {
    let ranked: Vec<Vec<u32>> = asked.par_iter().with_min_len(CHUNK).map_init(state, rank).collect();
    let mut evaluation = Evaluation::new(ks, items);
    ranked.iter().zip(asked).for_each(|(ranked, asked)| evaluation.add(ranked, &asked.test));
    evaluation
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metric;
    use crate::stages::fixture::log;

    /// Three users of i0 to i3; the build numbers them from behind and does not have i3.
    fn baselines() -> Baselines {
        let log = log(4, &[&[0, 1], &[0, 1, 2, 3], &[0, 3, 3]]);
        Baselines::new(&log, 3, |key| ["i2", "i1", "i0"].iter().position(|known| *known == key).map(|at| at as u32))
    }

    #[test]
    fn the_log_is_told_in_numbers_of_the_build() {
        let baselines = baselines();
        assert_eq!(baselines.counts, [1, 2, 3]);
        assert_eq!(baselines.by_user.row(1).0, [0, 1, 2]);
        assert_eq!(baselines.by_user.row(2).0, [2]);
        assert_eq!(baselines.information(), [f64::log2(3.0), f64::log2(1.5), 0.0]);
    }

    #[test]
    fn both_are_measured_like_the_rest() {
        let asked = [
            Asked { history: vec![1], masked: vec![1], test: vec![0] },
            Asked { history: vec![], masked: vec![], test: vec![2, u32::MAX] },
        ];
        let [popularity, item_cf] = baselines().evaluate(&asked, &[1, 2]);
        // The first: 2 before 0 by users and by cosine (2 / sqrt 6 against 1 / sqrt 2). The second: 2 at once, or nothing.
        assert_eq!(popularity.estimate(Metric::Recall, 1).mean, 0.25);
        assert_eq!(popularity.estimate(Metric::Recall, 2).mean, 0.75);
        assert_eq!(item_cf.estimate(Metric::Mrr, 2).mean, 0.25);
        assert_eq!(item_cf.estimate_among(&[1], Metric::HitRate, 2).mean, 0.0);
        assert_eq!((popularity.users(), item_cf.users()), (2, 2));
    }

    #[test]
    fn an_empty_log_recommends_nothing() {
        let baselines = Baselines::new(&Interactions::default(), 3, |_| None);
        let asked = [Asked { history: vec![1], masked: vec![1], test: vec![0] }];
        for evaluation in baselines.evaluate(&asked, &[5]) {
            assert_eq!((evaluation.users(), evaluation.spread(5).coverage()), (1, 0.0));
        }
        assert_eq!(baselines.information(), [0.0; 3]);
    }
}

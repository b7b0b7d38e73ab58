//! Ranking metrics over the whole catalogue, user by user. Owns their definitions; does not rank, mask or split.

pub mod spread;

use std::ops::Add;

use spread::Spread;

/// A metric of one ranked list against one user's test items. All lie between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// `recall@k = hits / |test|`.
    Recall,
    /// `ndcg@k = sum over hits of 1 / log2(rank + 1)`, divided by the same sum for the best possible list, which has
    /// `min(|test|, k)` hits.
    Ndcg,
    /// `hit_rate@k`: 1 when there is a hit.
    HitRate,
    /// `mrr@k = 1 / rank` of the first hit, 0 without one.
    Mrr,
    /// `precision@k = hits / k`, also for a list shorter than `k`.
    Precision,
}

impl Metric {
    /// All metrics, in the order of reports.
    pub const ALL: [Self; 5] = [Self::Recall, Self::Ndcg, Self::HitRate, Self::Mrr, Self::Precision];

    /// The name in reports; `@k` is added by [`Evaluation::report`].
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recall => "recall",
            Self::Ndcg => "ndcg",
            Self::HitRate => "hit_rate",
            Self::Mrr => "mrr",
            Self::Precision => "precision",
        }
    }

    /// The metric of one list. `ranked` holds distinct items, best first; `test` distinct items, ascending, at least
    /// one.
    pub fn of(self, ranked: &[u32], test: &[u32], k: usize) -> f64 {
        let seen = &ranked[..k.min(ranked.len())];
        let mut hits =
            seen.iter().zip(0..).filter(|(item, _)| test.binary_search(item).is_ok()).map(|(_, place)| place);
        match self {
            Self::Recall => hits.count() as f64 / test.len() as f64,
            Self::Ndcg => {
                hits.map(discount).fold(0.0, Add::add) / (0..test.len().min(k) as u32).map(discount).sum::<f64>()
            }
            Self::HitRate => f64::from(u8::from(hits.next().is_some())),
            Self::Mrr => hits.next().map_or(0.0, |place: u32| 1.0 / f64::from(place + 1)),
            Self::Precision => hits.count() as f64 / k as f64,
        }
    }
}

/// The gain of a hit at a place counted from 0.
fn discount(place: u32) -> f64 {
    1.0 / f64::from(place + 2).log2()
}

/// Standard errors on either side of a mean that a 95 % confidence interval spans.
pub const Z95: f64 = 1.96;

/// A mean over users, and how far it may be off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Mean over the users.
    pub mean: f64,
    /// Standard error of that mean; 0 for fewer than two users.
    pub error: f64,
}

impl Estimate {
    /// Mean and standard error (sample standard deviation over `sqrt n`); zeros when there is nothing.
    pub fn of(values: impl ExactSizeIterator<Item = f64> + Clone) -> Self {
        let n = values.len() as f64;
        if n == 0.0 {
            return Self { mean: 0.0, error: 0.0 };
        }
        let mean = values.clone().sum::<f64>() / n;
        let squares: f64 = values.map(|value| (value - mean).powi(2)).sum();
        Self { mean, error: if n > 1.0 { (squares / (n - 1.0) / n).sqrt() } else { 0.0 } }
    }

    /// The 95 % confidence interval of a mean of values from 0 to 1: 1.96 standard errors either way, within those bounds.
    pub fn interval(&self) -> [f64; 2] {
        [(self.mean - Z95 * self.error).max(0.0), (self.mean + Z95 * self.error).min(1.0)]
    }
}

/// The results of one system, user by user, for several `k` at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    ks: Vec<usize>,
    /// `[user][k][metric]`, flat.
    values: Vec<f64>,
    users: usize,
    /// `recommended[k][item]`: how often the item stood in a top k.
    recommended: Vec<Vec<u32>>,
}

impl Evaluation {
    /// An empty evaluation over a catalogue of `items` items.
    pub fn new(ks: &[usize], items: usize) -> Self {
        Self { ks: ks.to_vec(), values: Vec::new(), users: 0, recommended: vec![vec![0; items]; ks.len()] }
    }

    /// Adds one user: `ranked` distinct items, best first; `test` in any order, repetitions count once. A user
    /// without test items is not counted; one for whom nothing was recommended is, with zeros.
    pub fn add(&mut self, ranked: &[u32], test: &[u32]) {
        let mut test = test.to_vec();
        test.sort_unstable();
        test.dedup();
        if test.is_empty() {
            return;
        }
        for (&k, recommended) in self.ks.iter().zip(&mut self.recommended) {
            self.values.extend(Metric::ALL.map(|metric| metric.of(ranked, &test, k)));
            for &item in &ranked[..k.min(ranked.len())] {
                recommended[item as usize] += 1;
            }
        }
        self.users += 1;
    }

    /// Users counted.
    pub fn users(&self) -> usize {
        self.users
    }

    /// The cut-offs, as given.
    pub fn ks(&self) -> &[usize] {
        &self.ks
    }

    /// One metric over all users.
    ///
    /// # Panics
    /// When `k` is none of the evaluation's.
    pub fn estimate(&self, metric: Metric, k: usize) -> Estimate {
        Estimate::of(self.per_user(metric, k))
    }

    /// Mean of `self - other`, user by user, with its paired standard error: far smaller than the errors of the two
    /// means, since users differ more than systems.
    ///
    /// # Panics
    /// When the two did not count the same number of users, or `k` is none of theirs.
    pub fn difference(&self, other: &Self, metric: Metric, k: usize) -> Estimate {
        assert_eq!(self.users, other.users, "a paired comparison needs the same users in the same order");
        Estimate::of(self.per_user(metric, k).zip(other.per_user(metric, k)).map(|(a, b)| a - b))
    }

    /// One metric over some of the users, by their places in the order in which they were added.
    ///
    /// # Panics
    /// When `k` is none of the evaluation's or a place is none of its users.
    pub fn estimate_among(&self, users: &[usize], metric: Metric, k: usize) -> Estimate {
        let stride = self.ks.len() * Metric::ALL.len();
        let first = self.place(k) * Metric::ALL.len() + metric as usize;
        Estimate::of(users.iter().map(|user| self.values[user * stride + first]))
    }

    /// How what was recommended within `k` spreads over the catalogue.
    ///
    /// # Panics
    /// When `k` is none of the evaluation's.
    pub fn spread(&self, k: usize) -> Spread<'_> {
        Spread { times: &self.recommended[self.place(k)] }
    }

    /// Every mean by its name, `recall@10` first; ends with `coverage@k` and `gini@k` of every `k`.
    pub fn report(&self) -> Vec<(String, f64)> {
        let means = self
            .ks
            .iter()
            .flat_map(|&k| Metric::ALL.map(|metric| (format!("{}@{k}", metric.name()), self.estimate(metric, k).mean)));
        let spreads = self.ks.iter().flat_map(|&k| {
            let spread = self.spread(k);
            [(format!("coverage@{k}"), spread.coverage()), (format!("gini@{k}"), spread.gini())]
        });
        means.chain(spreads).collect()
    }

    fn place(&self, k: usize) -> usize {
        self.ks.iter().position(|&known| known == k).unwrap_or_else(|| panic!("k = {k} was not evaluated"))
    }

    fn per_user(&self, metric: Metric, k: usize) -> impl ExactSizeIterator<Item = f64> + Clone {
        let first = self.place(k) * Metric::ALL.len() + metric as usize;
        let stride = self.ks.len() * Metric::ALL.len();
        (0..self.users).map(move |user| self.values[user * stride + first])
    }
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;

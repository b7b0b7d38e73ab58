//! Which sets are measured, in how many bytes, and what has to come out. Owns the numbers; measures nothing.

use clap::ValueEnum;

/// A research set, by the name of its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Set {
    /// Check-ins: 29,858 users, 40,981 items, sparse, no order.
    #[value(name = "gowalla")]
    Gowalla,
    /// MovieLens 1M, a random fifth of every user's films to find: 6,022 users, 3,043 items, dense, no order.
    #[value(name = "ml-1m-8020")]
    MovieLens8020,
    /// MovieLens 1M in order: 6,040 users, 3,706 items, the last film of each to find.
    #[value(name = "ml-1m")]
    MovieLens1M,
    /// MovieLens 100K with times, titles and people: 943 users, 1,682 items, the last fifth of the time to find.
    #[value(name = "ml-100k")]
    MovieLens100K,
}

/// Recall (or hit rate) and NDCG.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// `recall@20`, or `hit_rate@10`.
    pub recall: f64,
    /// `ndcg@20`, or `ndcg@10`; `None` where a goal names the first alone.
    pub ndcg: Option<f64>,
}

/// What a build of so many bytes has to find.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    /// Bytes of `recall.json` and the shards, in megabytes of 10^6.
    pub megabytes: f64,
    /// Below this something is broken.
    pub must: Option<Pair>,
    /// What is wished for.
    pub aim: Option<Pair>,
}

impl Set {
    /// The name of its folder.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Length of the list that is measured, and the metric beside NDCG.
    pub fn metric(self) -> (usize, &'static str) {
        match self {
            Set::MovieLens1M => (10, "hit_rate"),
            _ => (20, "recall"),
        }
    }

    /// The builds to make, small ones first.
    pub fn goals(self) -> Vec<Goal> {
        match self {
            Set::Gowalla => vec![
                goal(2.0, pair(0.173, 0.145), None),
                goal(2.5, None, Some(Pair { recall: 0.185, ndcg: None })),
                goal(4.0, pair(0.182, 0.151), None),
                goal(7.5, pair(0.1855, 0.154), None),
                goal(8.0, None, pair(0.194, 0.160)),
            ],
            Set::MovieLens8020 => vec![goal(0.8, pair(0.270, 0.262), pair(0.279, 0.269))],
            Set::MovieLens1M => {
                vec![goal(0.25, pair(0.243, 0.142), None), goal(1.0, pair(0.264, 0.153), pair(0.275, 0.160))]
            }
            Set::MovieLens100K => vec![goal(0.5, None, None)],
        }
    }

    /// The builds to make where only `megabytes` is asked for: that goal, or a build without one.
    pub fn goals_of(self, megabytes: Option<f64>) -> Vec<Goal> {
        let Some(megabytes) = megabytes else { return self.goals() };
        let known = self.goals().into_iter().find(|goal| goal.megabytes == megabytes);
        vec![known.unwrap_or(goal(megabytes, None, None))]
    }
}

impl Pair {
    /// Whether `found` reaches both.
    pub fn is_met_by(self, found: Pair) -> bool {
        found.recall >= self.recall && self.ndcg.is_none_or(|least| found.ndcg.is_some_and(|ndcg| ndcg >= least))
    }
}

fn goal(megabytes: f64, must: Option<Pair>, aim: Option<Pair>) -> Goal {
    Goal { megabytes, must, aim }
}

fn pair(recall: f64, ndcg: f64) -> Option<Pair> {
    Some(Pair { recall, ndcg: Some(ndcg) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_needs_both_figures() {
        let least = Pair { recall: 0.2, ndcg: Some(0.1) };
        assert!(least.is_met_by(least));
        assert!(!least.is_met_by(Pair { recall: 0.3, ndcg: Some(0.09) }));
        assert!(!least.is_met_by(Pair { recall: 0.19, ndcg: Some(0.2) }));
        assert!(Pair { ndcg: None, ..least }.is_met_by(Pair { recall: 0.2, ndcg: Some(0.0) }));
    }

    #[test]
    fn a_size_without_a_goal_is_built_all_the_same() {
        assert_eq!(Set::Gowalla.goals_of(Some(4.0)), [Set::Gowalla.goals()[2]]);
        assert_eq!(Set::Gowalla.goals_of(Some(3.0)), [goal(3.0, None, None)]);
        assert_eq!(Set::Gowalla.goals_of(None).len(), 5);
    }
}

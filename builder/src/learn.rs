//! Runs every stage of a recipe over a log. Owns their order; the formulas live in `stages/`.

use anyhow::Result;

use crate::model::{CrowdList, I2iTable, Interactions, ItemVectors, UserAttributes};
use crate::recipe::Recipe;
use crate::resume::Run;
use crate::stages::als::{AlsParams, als, teaches};
use crate::stages::crowd::crowd_lists;
use crate::stages::directional::directional;
use crate::stages::rotation::Rotation;
use crate::stages::two_hop::two_hop;

/// One rotation for every build: vectors of two builds then differ by what was learnt alone.
const ROTATION_SEED: u64 = 1;

/// What the stages made, in the log's own item rows.
#[derive(Clone, Debug, Default)]
pub struct Learned {
    /// The two-hop table.
    pub i2i: I2iTable,
    /// The directional table, where the log has an order.
    pub next: Option<I2iTable>,
    /// Item vectors, where the log can teach any.
    pub vectors: Option<ItemVectors>,
    /// Crowd lists, everyone's among them.
    pub crowds: Vec<CrowdList>,
}

impl Learned {
    /// Keeps the heaviest `targets` of every row.
    pub fn truncate(&mut self, targets: usize) {
        for table in [Some(&mut self.i2i), self.next.as_mut()].into_iter().flatten() {
            table.rows.iter_mut().for_each(|row| row.truncate(targets));
        }
    }

    /// What visitors will miss because too few users share anything; `None` where some can be answered personally.
    pub fn shortfall(&self, min_users: u32) -> Option<String> {
        let pairs = |table: &I2iTable| table.rows.iter().any(|row| !row.is_empty());
        if self.vectors.is_some() || pairs(&self.i2i) || self.next.as_ref().is_some_and(pairs) {
            return None;
        }
        let rest = match self.crowds.iter().any(|crowd| !crowd.items.is_empty()) {
            true => "visitors get the crowd's list and nothing personal",
            false => "and no item was met by two users: this build recommends nothing",
        };
        Some(format!("no two items share {min_users} users ([model] i2i.min_users), so no pair is published; {rest}"))
    }
}

/// Runs the stages, or takes what an earlier run kept of them.
pub fn learn<'a>(
    log: &Interactions,
    users: &UserAttributes,
    recipe: &Recipe,
    run: impl Into<Run<'a>>,
) -> Result<Learned> {
    let run = run.into();
    let tables = learn_tables(log, users, recipe, run)?;
    let vectors = || item_vectors(log, &recipe.als);
    let vectors = teaches(log, &recipe.als).then(|| run.about(log).stage("item vectors", &recipe.als, vectors));
    Ok(Learned { vectors, ..tables })
}

/// Trains item vectors and turns the whole model, so that few bits lose little of any coordinate. A device makes its user
/// vector out of item vectors, so it need not know of the turn.
pub fn item_vectors(log: &Interactions, params: &AlsParams) -> ItemVectors {
    let mut vectors = als(log, params);
    Rotation::new(vectors.dim, ROTATION_SEED).apply(&mut vectors.rows);
    vectors
}

/// Runs the stages that make tables and lists.
pub fn learn_tables(log: &Interactions, users: &UserAttributes, recipe: &Recipe, run: Run<'_>) -> Result<Learned> {
    let about = run.about(log);
    let i2i = about.stage("two-hop table", &recipe.two_hop, || two_hop(log, &recipe.two_hop));
    let next = recipe.directional.as_ref();
    let next = next.map(|params| about.stage("next-item table", params, || directional(log, params)));
    let _bar = run.stage("crowd lists");
    let crowds = crowd_lists(log, users, &recipe.crowd)?;
    Ok(Learned { i2i, next, vectors: None, crowds })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::progress::Progress;
    use crate::stages::fixture::{checkerboard, log};

    fn learned(log: &Interactions) -> Learned {
        let users = UserAttributes::default();
        learn(log, &users, &Recipe::new(&Config::default(), log, &users), &Progress::hidden()).unwrap()
    }

    #[test]
    fn a_log_without_order_has_no_next_item_table() {
        let mut log = checkerboard(20, 8);
        assert!(learned(&log).next.is_some());
        log.ordered = false;
        let learned = learned(&log);
        assert!(learned.next.is_none() && learned.vectors.is_some() && learned.shortfall(2).is_none());
    }

    #[test]
    fn truncating_keeps_the_heaviest_of_every_table() {
        let whole = learned(&checkerboard(20, 8));
        let mut short = whole.clone();
        short.truncate(1);
        for (short, whole) in [(&short.i2i, &whole.i2i), (short.next.as_ref().unwrap(), whole.next.as_ref().unwrap())] {
            let heaviest: Vec<_> = whole.rows.iter().map(|row| &row[..1]).collect();
            assert_eq!(short.rows, heaviest);
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        let alone = learned(&log(3, &[&[0, 1, 2]])).shortfall(2).unwrap();
        assert!(alone.ends_with("no item was met by two users: this build recommends nothing"), "{alone}");
        let single = learned(&log(2, &[&[0], &[0], &[1]])).shortfall(2).unwrap();
        assert!(single.contains("share 2 users ([model] i2i.min_users)"), "{single}");
        assert!(single.ends_with("visitors get the crowd's list and nothing personal"), "{single}");
    }
}

//! Runs every stage of a recipe over a log. Owns their order; the formulas live in `stages/`.

use anyhow::Result;

use crate::model::{CrowdList, I2iTable, Interactions, ItemVectors, UserAttributes};
use crate::progress::Progress;
use crate::recipe::Recipe;
use crate::stages::als::als;
use crate::stages::crowd::crowd_lists;
use crate::stages::directional::directional;
use crate::stages::two_hop::two_hop;

/// What the stages made, in the log's own item rows.
#[derive(Clone, Debug, Default)]
pub struct Learned {
    /// The two-hop table.
    pub i2i: I2iTable,
    /// The directional table, where the log has an order.
    pub next: Option<I2iTable>,
    /// Item vectors, where any item was met by enough users.
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
}

/// Runs the stages.
pub fn learn(log: &Interactions, users: &UserAttributes, recipe: &Recipe, progress: &Progress) -> Result<Learned> {
    let stage = |name: &str| progress.spinner(name);
    let i2i = {
        let _bar = stage("two-hop table");
        two_hop(log, &recipe.two_hop)
    };
    let next = recipe.directional.as_ref().map(|params| {
        let _bar = stage("next-item table");
        directional(log, params)
    });
    let vectors = {
        let _bar = stage("item vectors");
        Some(als(log, &recipe.als)).filter(|vectors| vectors.rows.iter().any(|&value| value != 0.0))
    };
    let _bar = stage("crowd lists");
    let crowds = crowd_lists(log, users, &recipe.crowd)?;
    Ok(Learned { i2i, next, vectors, crowds })
}

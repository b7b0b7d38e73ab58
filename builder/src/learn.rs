//! Runs every stage of a recipe over a log. Owns their order; the formulas live in `stages/`.

use anyhow::Result;
use edge_recall::ids::ChannelId;

use crate::lists::Lists;
use crate::model::{CrowdList, I2iTable, Interactions, ItemVectors, UserAttributes};
use crate::recipe::{Recipe, TableRecipe};
use crate::resume::Run;
use crate::stages::als::{AlsParams, als, teaches};
use crate::stages::crowd::crowd_lists;
use crate::stages::ease::keep_strongest;
use crate::stages::rotation::Rotation;

/// What the stages made, in the log's own item rows.
#[derive(Clone, Debug, Default)]
pub struct Learned {
    /// Item-to-item tables, in the order of the recipe.
    pub tables: Vec<Table>,
    /// Item vectors, where the recipe wants them and the log can teach any.
    pub vectors: Option<ItemVectors>,
    /// Crowd lists, everyone's among them.
    pub crowds: Vec<CrowdList>,
    /// The other lists, where they were made.
    pub lists: Lists,
}

/// A table and the channel that reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The channel.
    pub channel: ChannelId,
    /// The rows.
    pub rows: I2iTable,
}

impl Table {
    /// Keeps the heaviest `targets` of every row, or in the mean where weights of all rows are in one unit.
    pub fn truncate(&mut self, targets: usize) {
        if self.channel == ChannelId::Ease {
            keep_strongest(&mut self.rows, targets);
        } else {
            self.rows.rows.iter_mut().for_each(|row| row.truncate(targets));
        }
    }

    /// Whether any pair is published.
    fn has_pairs(&self) -> bool {
        self.rows.rows.iter().any(|row| !row.is_empty())
    }
}

impl Learned {
    /// The table that a channel reads.
    pub fn table(&self, channel: ChannelId) -> Option<&I2iTable> {
        self.tables.iter().find(|table| table.channel == channel).map(|table| &table.rows)
    }

    /// What visitors will miss because too few users share anything; `None` where some can be answered personally.
    pub fn shortfall(&self, min_users: u32) -> Option<String> {
        if self.vectors.is_some() || self.tables.iter().any(Table::has_pairs) {
            return None;
        }
        let rest = match self.crowds.iter().any(|crowd| !crowd.items.is_empty()) {
            true => "visitors get the crowd's list and nothing personal",
            false => "and no item was met by two users: visitors get the catalogue, whoever they are",
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
    let teaching = recipe.als.as_ref().filter(|params| teaches(log, params));
    let vectors = teaching.map(|params| run.about(log).stage("item vectors", params, || item_vectors(log, params)));
    Ok(Learned { vectors, ..tables })
}

/// Trains item vectors and turns the whole model, so that few bits lose little of any coordinate. A device makes its user
/// vector out of item vectors, so it need not know of the turn.
pub fn item_vectors(log: &Interactions, params: &AlsParams) -> ItemVectors {
    let mut vectors = als(log, params);
    Rotation::of_builds(vectors.dim).apply(&mut vectors.rows);
    vectors
}

/// Runs the stages that make tables and lists.
pub fn learn_tables(log: &Interactions, users: &UserAttributes, recipe: &Recipe, run: Run<'_>) -> Result<Learned> {
    let about = run.about(log);
    let table = |table: &TableRecipe| Table {
        channel: table.family.channel(),
        rows: about.stage(table.family.name(), &table.family, || table.family.table(log)),
    };
    let tables = recipe.tables.iter().map(table).collect();
    let _bar = run.stage("crowd lists");
    let crowds = crowd_lists(log, users, &recipe.crowd)?;
    Ok(Learned { tables, vectors: None, crowds, lists: Lists::default() })
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
        assert!(learned(&log).table(ChannelId::Next).is_some());
        log.ordered = false;
        let learned = learned(&log);
        assert!(learned.table(ChannelId::Next).is_none() && learned.vectors.is_some());
        assert_eq!(learned.shortfall(2), None);
    }

    #[test]
    fn truncating_keeps_the_heaviest_of_a_table() {
        for whole in learned(&checkerboard(20, 8)).tables {
            let mut short = whole.clone();
            short.truncate(1);
            let heaviest: Vec<_> = whole.rows.rows.iter().map(|row| &row[..1]).collect();
            assert_eq!(short.rows.rows, heaviest);
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        let alone = learned(&log(3, &[&[0, 1, 2]])).shortfall(2).unwrap();
        assert!(
            alone.ends_with("no item was met by two users: visitors get the catalogue, whoever they are"),
            "{alone}"
        );
        let single = learned(&log(2, &[&[0], &[0], &[1]])).shortfall(2).unwrap();
        assert!(single.contains("share 2 users ([model] i2i.min_users)"), "{single}");
        assert!(single.ends_with("visitors get the crowd's list and nothing personal"), "{single}");
    }
}

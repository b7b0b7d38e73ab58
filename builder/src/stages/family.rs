//! The families of item-to-item tables under one name each. Owns what they have in common: a channel, a minimum of users, a
//! number of targets; the formulas are in files of their own.

use edge_recall::ids::ChannelId;
use serde::{Deserialize, Serialize};

use super::directional::{DirectionalParams, directional};
use super::ease::{EaseParams, ease};
use super::rank::{RankParams, rank};
use super::two_hop::{TwoHopParams, two_hop};
use crate::model::{I2iTable, Interactions};

/// One way to make a table, with its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "family", rename_all = "kebab-case")]
pub enum Family {
    /// Items that share users: channel `i2i`.
    TwoHop(TwoHopParams),
    /// Ridge regression of items on items: channel `ease`.
    Ease(EaseParams),
    /// What follows within a window: channel `next`.
    Window(DirectionalParams),
    /// What follows at once: channel `last`.
    Last(DirectionalParams),
    /// What is clicked where it is shown: channel `rank`.
    Rank(RankParams),
}

impl Family {
    /// The channel that reads the table.
    pub fn channel(&self) -> ChannelId {
        match self {
            Self::TwoHop(_) => ChannelId::I2i,
            Self::Ease(_) => ChannelId::Ease,
            Self::Window(_) => ChannelId::Next,
            Self::Last(_) => ChannelId::Last,
            Self::Rank(_) => ChannelId::Rank,
        }
    }

    /// The name of the stage.
    pub fn name(&self) -> &'static str {
        match self {
            Self::TwoHop(_) => "two-hop table",
            Self::Ease(_) => "ease table",
            Self::Window(_) => "next-item table",
            Self::Last(_) => "last-item table",
            Self::Rank(_) => "rank table",
        }
    }

    /// Makes the table.
    pub fn table(&self, log: &Interactions) -> I2iTable {
        match self {
            Self::TwoHop(params) => two_hop(log, params),
            // The regression is on all items; only what is published is of one category.
            Self::Ease(params) => {
                let mut table = ease(log, params);
                for (item, row) in table.rows.iter_mut().enumerate() {
                    row.retain(|cell| log.pairing.allows(item, cell.0 as usize));
                }
                table
            }
            Self::Window(params) | Self::Last(params) => directional(log, params),
            Self::Rank(params) => rank(log, params),
        }
    }

    /// `T`: the targets that a trigger keeps at most.
    pub fn targets(&self) -> usize {
        match self {
            Self::TwoHop(params) => params.targets,
            Self::Ease(params) => params.targets,
            Self::Window(params) | Self::Last(params) => params.targets,
            Self::Rank(params) => params.targets,
        }
    }

    /// The same with other targets.
    #[must_use]
    pub fn with_targets(mut self, targets: usize) -> Self {
        match &mut self {
            Self::TwoHop(params) => params.targets = targets,
            Self::Ease(params) => params.targets = targets,
            Self::Window(params) | Self::Last(params) => params.targets = targets,
            Self::Rank(params) => params.targets = targets,
        }
        self
    }
}

//! The table of what is clicked where it is shown: two-hop neighbours, weighed by how often the target was taken beside the trigger.
//! Owns the formula; does not choose its parameters. What was shown or taken is counted in `counts`.

mod counts;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::keep_heaviest;
use super::two_hop::{TwoHopParams, two_hop};
use crate::model::{I2iTable, Interactions};
pub use counts::{Counts, Evidence, Tally, evidence_of};

/// Parameters of [`rank`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankParams {
    /// What it is told by.
    pub evidence: Evidence,
    /// The table that it weighs anew; its `targets` are the candidates, its `min_users` hold for all counts.
    pub base: TwoHopParams,
    /// `m`: users of a pair that the rate of the target alone is worth.
    pub pair_prior: f32,
    /// `m0`: users of a target that the rate of everything is worth.
    pub item_prior: f32,
    /// `T`: targets kept per trigger.
    pub targets: usize,
}

impl Default for RankParams {
    fn default() -> Self {
        let base = TwoHopParams::default();
        Self { evidence: Evidence::Exposures, targets: base.targets, base, pair_prior: 20.0, item_prior: 20.0 }
    }
}

/// Builds the table (Ranki2i, the trigger's recall weighed by the click rate of the target beside it).
///
/// `R_ij = S_ij * (clicks_ij + m ctr_j) / (shown_ij + m)` with `ctr_j = (clicks_j + m0 ctr) / (shown_j + m0)`, where `S` is the
/// two-hop table, `shown_ij` the users who were shown `j` beside `i`, `clicks_ij` those of them who clicked it, and `ctr` the rate
/// of everything. Where nothing tells what was shown, users who met `j` soon after `i` stand for those who were shown it, and those
/// who put it into the cart or bought it then for those who clicked. A count of fewer than `min_users` users is taken for none:
/// what one person clicked must not be readable from a public table. Where nothing was clicked at all, `R` is `S`.
pub fn rank(log: &Interactions, params: &RankParams) -> I2iTable {
    let base = two_hop(log, &params.base);
    let counts = Counts::of(log, params.evidence, &base);
    weighed(&base, &counts, params)
}

/// The click rate of every item, wherever it was shown: `ctr_j` as in [`rank`]. `None` where nothing that was shown was clicked.
pub fn item_rates(log: &Interactions, min_users: u32, prior: f32) -> Option<Vec<f32>> {
    evidence_of(log).filter(|evidence| *evidence == Evidence::Exposures)?;
    let counts = Counts::of(log, Evidence::Exposures, &I2iTable::default());
    let overall = counts.all.rate()?;
    let known = |tally: Tally| if tally.shown < min_users { Tally::default() } else { tally };
    Some(counts.items.iter().map(|&tally| known(tally).towards(overall, prior)).collect())
}

/// The table out of its parts, which trials make but once.
pub fn weighed(base: &I2iTable, counts: &Counts, params: &RankParams) -> I2iTable {
    let least = params.base.min_users;
    let known = |tally: Tally| if tally.shown < least { Tally::default() } else { tally };
    let Some(overall) = counts.all.rate() else { return cut(base.clone(), params.targets) };
    let items: Vec<f32> = counts.items.iter().map(|&tally| known(tally).towards(overall, params.item_prior)).collect();
    let row = |(row, counts): (&Vec<(u32, f32)>, &Vec<Tally>)| {
        let weigh = |(&(other, weight), &tally): (&(u32, f32), &Tally)| {
            (other, weight * known(tally).towards(items[other as usize], params.pair_prior))
        };
        row.iter().zip(counts).map(weigh).collect()
    };
    cut(I2iTable { rows: base.rows.par_iter().zip(&counts.pairs).map(row).collect() }, params.targets)
}

fn cut(mut table: I2iTable, targets: usize) -> I2iTable {
    table.rows.par_iter_mut().for_each(|row| keep_heaviest(row, targets));
    table
}

#[cfg(test)]
#[path = "rank_tests.rs"]
mod tests;

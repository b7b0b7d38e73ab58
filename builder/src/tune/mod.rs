//! Learns what a build should be, on data held out of the training log and never on anything else.
//!
//! Owns the order of decisions: what kind of log this is (`shape`), the exponents of each family (`tables`), the item vectors
//! (`vectors`), what of it all is worth its bytes (`portfolio`), how channels are merged (`weights`). Trials of families score rows
//! directly, because a table is tried in a dozen variants; what they choose is packed, and the merging is learnt on the shards that
//! would ship, through the runtime that would serve them. The quality of a trial is the geometric mean over the groups of the
//! hold-out, so that no group is bought with another's.

mod bench;
mod bytes;
mod effort;
mod holdout;
mod offer;
mod portfolio;
mod report;
mod rules;
mod search;
mod serve;
mod shape;
mod tables;
mod vectors;
mod walk;
mod weights;

use anyhow::Result;
use edge_recall::ids::ChannelId;

use crate::config::Config;
use crate::layout::Cut;
use crate::lists::Described;
use crate::model::{Interactions, UserAttributes};
use crate::numbering::Numbering;
use crate::recipe::Recipe;
use crate::resume::Run;
use bench::Bench;
use effort::Effort;
use holdout::hold_out;
use offer::Offer;
use portfolio::Terms;
use shape::Shape;

pub use report::{Trial, TuneReport, summary};

/// Rank at which everything is tuned.
const K: usize = 20;

/// Learns what a recipe leaves open. With too little data to hold any out, the recipe stays as it is, and the report says so.
/// `budget` = most bytes of the build; without one the size of the catalogue suggests it.
pub fn tune<'a>(
    log: &Interactions,
    users: &UserAttributes,
    described: Described<'_>,
    config: &Config,
    recipe: &Recipe,
    budget: Option<u64>,
    run: impl Into<Run<'a>>,
) -> Result<(Recipe, TuneReport)> {
    let run = run.into();
    let mut report = TuneReport::default();
    let shape = Shape::of(log);
    report.findings.extend(shape.findings(log));
    let held = hold_out(log, bench::cases(log));
    report.users = held.groups.iter().map(Vec::len).sum();
    if held.groups.is_empty() {
        // Where nobody met two items, that is said already, and more of the same would not help.
        if shape.informative > 0 {
            report.findings.extend([shape.too_small(), report::summary(recipe)]);
        }
        return Ok((recipe.clone(), report));
    }
    let (fine, bench) = (Bench::fine(&held, users), Bench::coarse(&held, users));
    let mut effort = Effort::of_seconds(f64::from(config.model.tune_seconds));
    let mut recipe = recipe.clone();

    let tables = tables::fit(&fine, config.model.i2i.min_users, &shape, &mut effort, &mut report, run);
    let mut vectors = vectors::fit(&bench, config, &recipe, &shape, &mut effort, &mut report, run)?;
    let bar = run.stage("weighing what to ship");
    let numbering = vectors.as_ref().and_then(|vectors| vectors.numbering().cloned());
    let numbering = numbering.unwrap_or_else(|| Numbering::by_popularity(log, Cut { cells: 1, leaves: 1 }));
    let mut offers: Vec<Offer> = walk::fit(&bench, &tables, &mut report).into_iter().collect();
    offers.extend(held.returning.then(|| Offer::repeat(&bench, &mut report)));
    offers.extend(tables.into_iter().map(|fitted| Offer::table(fitted, &numbering, recipe.weights)));
    offers.extend(vectors.as_mut().map(|fitted| Offer::vectors(fitted, log.items.len())));
    let bytes = budget.unwrap_or_else(|| shape.budget()) as f64 - bytes::of_frame(&log.items);
    // Cells of a large catalogue are made of vectors. And where bytes are not counted, the channels that others stand on are
    // always there: similar items and cards on tables, new items and the builds of the days to come on vectors.
    let needs = match budget {
        None => vec![ChannelId::I2i, ChannelId::Next, ChannelId::U2i],
        Some(_) if numbering.cells.len() > 1 => vec![ChannelId::U2i],
        Some(_) => Vec::new(),
    };
    let terms = Terms { bytes, needs };
    let chosen = portfolio::choose(&bench, &offers, &terms, &mut report);
    chosen.write_to(&mut recipe, &offers, vectors.as_ref());
    drop((offers, bar));

    let bar = run.stage("learning to serve");
    serve::learn(&bench, described, vectors, &mut recipe, &mut report, run)?;
    drop(bar);
    if held.returning {
        report.findings.push(report::returning(&recipe));
    }
    report.findings.push(report::summary(&recipe));
    Ok((recipe, report))
}

#[cfg(test)]
mod tests;

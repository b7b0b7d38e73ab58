//! The exponents of each family of tables, fitted on the hold-out. Owns which families are tried for which log, and what trials
//! of all of them need: their costs, the rules of their triggers.

mod counted;
mod rank;
mod ridge;

use std::sync::Arc;

use edge_recall::format::manifest::TriggerSpec;
use edge_recall::ids::ChannelId;

use super::bench::Bench;
use super::effort::{Effort, SCATTERED};
use super::report::TuneReport;
use super::rules::{self, text};
use super::shape::Shape;
use crate::model::I2iTable;
use crate::recipe::TableRecipe;
use crate::resume::Run;
use crate::sparse::Csr;
use crate::stages::directional::DirectionalParams;
use crate::stages::family::Family;
use crate::stages::pairing::paired;

/// Targets of a row in a trial.
const TARGETS: usize = 200;
/// Items above which a trial makes the rows of its own triggers alone.
pub const MANY_ITEMS: usize = 200_000;
/// Share of the quality of a group that a step away from the literature must gain: about the standard error of the difference.
const LEAST_GAIN: f64 = 0.01;

/// A family with the exponents that suit the log, and its table of the hold-out's log.
pub struct Fitted {
    /// How it is made and served.
    pub recipe: TableRecipe,
    /// The table.
    pub table: I2iTable,
}

/// Fits every family that has a chance with this log.
pub fn fit(
    bench: &Bench<'_>,
    min_users: u32,
    shape: &Shape,
    effort: &mut Effort,
    report: &mut TuneReport,
    run: Run<'_>,
) -> Vec<Fitted> {
    let mut fitter = Fitter::new(bench, shape, report);
    let mut all = Vec::new();
    let mut try_part =
        |name: &str, share: f64, trial: &mut dyn FnMut(&mut Fitter<'_>, &mut Effort) -> Option<Fitted>| {
            let _bar = run.stage(name);
            let mut part = effort.share(share);
            all.extend(trial(&mut fitter, &mut part));
            effort.give_back(part);
        };
    try_part("trying two-hop tables", 0.2, &mut |fitter, part| fitter.two_hop(min_users, part));
    if shape.ordered {
        let window = DirectionalParams { min_users, targets: TARGETS, ..DirectionalParams::default() };
        let last = DirectionalParams { window: 3, distance_exponent: 1.5, backward: 0.1, ..window.clone() };
        try_part("trying next-item tables", 0.25, &mut |fitter, part| {
            fitter.directional(&window, Family::Window, part)
        });
        try_part("trying last-item tables", 0.1, &mut |fitter, part| fitter.directional(&last, Family::Last, part));
    }
    try_part("trying ridge regression", 0.4, &mut |fitter, part| fitter.ridge(min_users, part));
    let bar = run.stage("trying rank tables");
    let ranked = all.iter().find_map(|fitted| fitter.rank(fitted, effort));
    drop(bar);
    all.extend(ranked);
    all
}

struct Fitter<'a> {
    bench: &'a Bench<'a>,
    shape: &'a Shape,
    report: &'a mut TuneReport,
    /// Distinct users of every item.
    met: Vec<u32>,
    /// Whether a trial opens the row of an item.
    wanted: Arc<[bool]>,
}

impl<'a> Fitter<'a> {
    fn new(bench: &'a Bench<'a>, shape: &'a Shape, report: &'a mut TuneReport) -> Fitter<'a> {
        let met = Csr::from_log(&paired(bench.train())).column_counts();
        let wanted = if shape.catalogue > MANY_ITEMS { bench.opened() } else { vec![true; met.len()] };
        Fitter { bench, shape, report, met, wanted: wanted.into() }
    }

    /// Seconds that counting all rows takes, for the rows that are wanted.
    fn seconds(&self, additions: f64) -> f64 {
        let wanted = self.wanted.iter().zip(&self.met).filter(|(wanted, _)| **wanted).map(|(_, &met)| f64::from(met));
        let all: f64 = self.met.iter().map(|&met| f64::from(met)).sum();
        additions / SCATTERED * wanted.sum::<f64>() / all.max(1.0)
    }

    /// Seconds that weighing a table anew and one pass over the cases take.
    fn pass(&self, rule: TriggerSpec) -> f64 {
        let cells = (self.wanted.iter().filter(|&&wanted| wanted).count() * TARGETS) as f64;
        cells / (SCATTERED / 2.0) + self.opening(rule)
    }

    /// Seconds that opening the rows of all triggers takes.
    fn opening(&self, rule: TriggerSpec) -> f64 {
        (self.bench.triggers(rule.window) * TARGETS) as f64 / SCATTERED
    }

    /// Which items of a history the literature opens a table by.
    fn usual(&self, channel: ChannelId) -> TriggerSpec {
        rules::usual(channel, self.shape.ordered)
    }

    /// Which items of a history a table should be opened by.
    fn rule(&mut self, channel: ChannelId, table: &I2iTable, effort: &mut Effort) -> TriggerSpec {
        let usual = self.usual(channel);
        let others = rules::rules(self.shape.ordered).into_iter().filter(|rule| *rule != usual);
        let mut best = (f64::NEG_INFINITY, usual);
        for rule in [usual].into_iter().chain(others) {
            if !effort.affords(self.opening(rule)) {
                continue;
            }
            let lists = self.bench.of_table(channel, table, rule);
            let what = format!("{} from {}", channel.name(), text(rule));
            let quality = self.report.add(what, self.bench.judge(&lists));
            if quality > best.0 + least(self.bench) / 2.0 {
                best = (quality, rule);
            }
        }
        best.1
    }
}

/// What a step away from the literature must gain.
fn least(bench: &Bench<'_>) -> f64 {
    LEAST_GAIN * bench.groups() as f64
}

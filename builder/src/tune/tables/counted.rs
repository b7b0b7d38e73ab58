//! Families whose rows are counts times powers of popularity: two-hop, window and last-item tables.
//!
//! Counting pairs is dear and weighing what was counted is cheap: a table is counted once for each user exponent (or distance
//! exponent), and all other exponents are tried on the counts.

use rayon::prelude::*;

use super::super::effort::Effort;
use super::super::rules::text;
use super::super::search::{Axis, descend};
use super::{Fitted, Fitter, TARGETS, least};
use crate::model::I2iTable;
use crate::recipe::TableRecipe;
use crate::stages::directional::{BUCKETS, DirectionalParams, bucket, directional_of};
use crate::stages::family::Family;
use crate::stages::two_hop::{TwoHopParams, two_hop_of};
use crate::stages::{damping, keep_heaviest};

/// Exponent of targets that counted tables are cut by: in the middle of what is tried.
const CUT_EXPONENT: f32 = 0.25;

const TWO_HOP: [Axis<TwoHopParams>; 4] = [
    Axis { values: &[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6], of: |p| &mut p.target_exponent },
    Axis { values: &[0.3, 0.5, 0.7, 0.9, 1.1], of: |p| &mut p.trigger_exponent },
    Axis { values: &[0.8, 1.0, 1.3, 1.6, 2.0], of: |p| &mut p.power },
    Axis { values: &[0.3, 0.5, 0.75, 1.0, 1.25], of: |p| &mut p.user_exponent },
];
/// Factors of a bucket of distances.
const FACTORS: &[f32] = &[0.5, 0.7, 1.0, 1.4, 2.0];
/// Exponents, then factors of buckets, near ones first.
const DIRECTIONAL: [Axis<DirectionalParams>; 4 + BUCKETS] = [
    Axis { values: &[0.1, 0.2, 0.3, 0.4, 0.5], of: |p| &mut p.target_exponent },
    Axis { values: &[0.4, 0.6, 0.8, 1.0], of: |p| &mut p.trigger_exponent },
    Axis { values: &[0.0, 0.1, 0.3, 0.6, 1.0], of: |p| &mut p.backward },
    Axis { values: &[0.25, 0.5, 0.75, 1.0, 1.5, 2.5], of: |p| &mut p.distance_exponent },
    Axis { values: FACTORS, of: |p| &mut p.buckets[0] },
    Axis { values: FACTORS, of: |p| &mut p.buckets[1] },
    Axis { values: FACTORS, of: |p| &mut p.buckets[2] },
    Axis { values: FACTORS, of: |p| &mut p.buckets[3] },
    Axis { values: FACTORS, of: |p| &mut p.buckets[4] },
    Axis { values: FACTORS, of: |p| &mut p.buckets[5] },
];

/// A family whose rows are counts times powers of popularity.
struct Counted<'a, P: 'static> {
    axes: &'static [Axis<P>],
    /// Whether two choices are made of the same counts.
    count_alike: fn(&P, &P) -> bool,
    /// Exponents of triggers and targets, and the power of all.
    exponents: fn(&P) -> [f32; 3],
    text: fn(&P) -> String,
    wrap: fn(P) -> Family,
    /// Rows with triggers not damped, targets by [`CUT_EXPONENT`].
    counted: &'a dyn Fn(&P) -> I2iTable,
    /// Seconds of a count.
    seconds: f64,
}

impl Fitter<'_> {
    /// Fits the table of items that share users.
    pub fn two_hop(&mut self, min_users: u32, effort: &mut Effort) -> Option<Fitted> {
        let start = TwoHopParams { min_users, targets: TARGETS, ..TwoHopParams::default() };
        let (bench, seconds) = (self.bench, self.seconds(self.shape.squares));
        let wanted = self.wanted.clone();
        let counted = move |params: &TwoHopParams| {
            let neutral = TwoHopParams {
                trigger_exponent: 0.0,
                target_exponent: CUT_EXPONENT,
                power: 1.0,
                targets: TARGETS * 3 / 2,
                ..params.clone()
            };
            two_hop_of(bench.train(), &neutral, |item| wanted[item])
        };
        let family = Counted {
            axes: &TWO_HOP,
            count_alike: |p, q| p.user_exponent == q.user_exponent,
            exponents: |p| [p.trigger_exponent, p.target_exponent, p.power],
            text: |p| format!("a={} b={} g={} p={}", p.trigger_exponent, p.target_exponent, p.user_exponent, p.power),
            wrap: Family::TwoHop,
            counted: &counted,
            seconds,
        };
        self.fit(start, family, effort)
    }

    /// Fits a table of what follows.
    pub fn directional(
        &mut self,
        start: &DirectionalParams,
        wrap: fn(DirectionalParams) -> Family,
        effort: &mut Effort,
    ) -> Option<Fitted> {
        let seconds = self.seconds((self.shape.events * 2 * start.window) as f64);
        let (bench, wanted) = (self.bench, self.wanted.clone());
        let counted = move |params: &DirectionalParams| {
            let neutral = DirectionalParams {
                trigger_exponent: 0.0,
                target_exponent: CUT_EXPONENT,
                targets: TARGETS * 3 / 2,
                ..params.clone()
            };
            directional_of(bench.train(), &neutral, |item| wanted[item])
        };
        let family = Counted {
            axes: &DIRECTIONAL[..=4 + bucket(start.window as u32)],
            count_alike: |p, q| {
                (p.distance_exponent, p.backward, p.buckets) == (q.distance_exponent, q.backward, q.buckets)
            },
            exponents: |p| [p.trigger_exponent, p.target_exponent, 1.0],
            text: |p| {
                format!(
                    "a={} b={} distance^-{} by {:?} backward={}",
                    p.trigger_exponent, p.target_exponent, p.distance_exponent, p.buckets, p.backward
                )
            },
            wrap,
            counted: &counted,
            seconds,
        };
        self.fit(start.clone(), family, effort)
    }

    /// Fits a family whose rows are counts times powers of popularity.
    fn fit<P: Clone + PartialEq + 'static>(
        &mut self,
        start: P,
        family: Counted<'_, P>,
        effort: &mut Effort,
    ) -> Option<Fitted> {
        let channel = (family.wrap)(start.clone()).channel();
        if !effort.affords(family.seconds + self.pass(self.usual(channel))) {
            let text = format!("{} of a log this large is made with the exponents of the literature", channel.name());
            self.report.findings.push(text);
            return self.untried(start, &family);
        }
        let mut counted = start.clone();
        let mut table = (family.counted)(&start);
        if table.rows.iter().all(Vec::is_empty) {
            return None;
        }
        let rule = self.rule(channel, &weighed(&table, &self.met, (family.exponents)(&start)), effort);
        let (bench, met, pass) = (self.bench, self.met.as_slice(), self.pass(rule));
        let report = &mut *self.report;
        let best = descend(start, family.axes, 2, least(bench), |params| {
            let known = (family.count_alike)(params, &counted);
            let cost = if known { pass } else { family.seconds + pass };
            if !effort.affords(cost) {
                return None;
            }
            if !known {
                (counted, table) = (params.clone(), (family.counted)(params));
            }
            let lists = bench.of_table(channel, &weighed(&table, met, (family.exponents)(params)), rule);
            let what = format!("{} with {} from {}", channel.name(), (family.text)(params), text(rule));
            Some(report.add(what, bench.judge(&lists)))
        });
        let (params, _) = best?;
        if !(family.count_alike)(&params, &counted) {
            table = (family.counted)(&params);
        }
        let table = weighed(&table, &self.met, (family.exponents)(&params));
        Some(Fitted { recipe: TableRecipe { family: (family.wrap)(params), triggers: rule }, table })
    }

    /// The defaults, where not even one table can be tried apart.
    fn untried<P: Clone + 'static>(&self, start: P, family: &Counted<'_, P>) -> Option<Fitted> {
        let table = weighed(&(family.counted)(&start), &self.met, (family.exponents)(&start));
        let wrapped = (family.wrap)(start);
        let triggers = self.usual(wrapped.channel());
        let has_pairs = table.rows.iter().any(|row| !row.is_empty());
        has_pairs.then_some(Fitted { recipe: TableRecipe { family: wrapped, triggers }, table })
    }
}

/// What the stage would make of the counts with other exponents, but for targets that the counts were cut of.
fn weighed(counted: &I2iTable, met: &[u32], [trigger, target, power]: [f32; 3]) -> I2iTable {
    let (triggers, targets) = (damping(met, trigger), damping(met, target - CUT_EXPONENT));
    let row = |(item, row): (usize, &Vec<(u32, f32)>)| {
        let weigh = |&(other, weight): &(u32, f32)| {
            let weight = weight * triggers[item] * targets[other as usize];
            (other, if power == 1.0 { weight } else { libm::powf(weight, power) })
        };
        let mut row: Vec<(u32, f32)> = row.iter().map(weigh).collect();
        keep_heaviest(&mut row, TARGETS);
        row
    };
    I2iTable { rows: counted.rows.par_iter().enumerate().map(row).collect() }
}

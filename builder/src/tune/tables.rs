//! The exponents of each family of tables, fitted on the hold-out. Owns what is tried for which log.
//!
//! Counting pairs is dear and weighing what was counted is cheap: a table is counted once for each user exponent (or distance
//! exponent), and all other exponents are tried on the counts.

use edge_recall::format::manifest::{Decay, TriggerSpec};
use edge_recall::ids::ChannelId;
use rayon::prelude::*;

use super::bench::Bench;
use super::effort::{DENSE, Effort, INVERSION, SCATTERED};
use super::portfolio::Offer;
use super::report::TuneReport;
use super::search::{Axis, descend};
use super::shape::Shape;
use crate::model::I2iTable;
use crate::recipe::{TableRecipe, WHOLE, Walk};
use crate::resume::Run;
use crate::sparse::Csr;
use crate::stages::directional::{DirectionalParams, directional_of};
use crate::stages::ease::{self, EaseParams};
use crate::stages::family::Family;
use crate::stages::two_hop::{TwoHopParams, two_hop_of};

/// Targets of a row in a trial.
const TARGETS: usize = 200;
/// Items above which a trial makes the rows of its own triggers alone.
const MANY_ITEMS: usize = 200_000;
/// Most items that the inverse is taken of: it takes 16 bytes for each pair of them.
const MAX_DENSE: usize = 9_000;
/// Targets of the rows that a walk is tried over.
const WALKED: usize = 50;
/// Mean triggers of a history up to which a walk is tried from all of them.
const FEW_TRIGGERS: usize = 10;
/// Share of the quality of a group that a step away from the literature must gain: about the standard error of the difference.
const LEAST_GAIN: f64 = 0.01;
/// Exponent of targets that counted tables are cut by: in the middle of what is tried.
const CUT_EXPONENT: f32 = 0.25;

const TWO_HOP: [Axis<TwoHopParams>; 4] = [
    Axis { values: &[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6], of: |p| &mut p.target_exponent },
    Axis { values: &[0.3, 0.5, 0.7, 0.9, 1.1], of: |p| &mut p.trigger_exponent },
    Axis { values: &[0.8, 1.0, 1.3, 1.6, 2.0], of: |p| &mut p.power },
    Axis { values: &[0.3, 0.5, 0.75, 1.0, 1.25], of: |p| &mut p.user_exponent },
];
const DIRECTIONAL: [Axis<DirectionalParams>; 4] = [
    Axis { values: &[0.1, 0.2, 0.3, 0.4, 0.5], of: |p| &mut p.target_exponent },
    Axis { values: &[0.4, 0.6, 0.8, 1.0], of: |p| &mut p.trigger_exponent },
    Axis { values: &[0.0, 0.1, 0.3, 0.6, 1.0], of: |p| &mut p.backward },
    Axis { values: &[0.25, 0.5, 0.75, 1.0, 1.5, 2.5], of: |p| &mut p.distance_exponent },
];
const RIDGE: [Axis<EaseParams>; 3] = [
    Axis { values: &[0.0, 0.1, 0.2, 0.3], of: |p| &mut p.target_exponent },
    Axis { values: &[-0.2, 0.0, 0.2, 0.4], of: |p| &mut p.trigger_exponent },
    Axis { values: &[60.0, 120.0, 250.0, 500.0, 1000.0, 2000.0], of: |p| &mut p.lambda },
];

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
    all
}

struct Fitter<'a> {
    bench: &'a Bench<'a>,
    shape: &'a Shape,
    report: &'a mut TuneReport,
    /// Distinct users of every item.
    met: Vec<u32>,
    /// Whether a trial opens the row of an item.
    wanted: Vec<bool>,
}

impl<'a> Fitter<'a> {
    fn new(bench: &'a Bench<'a>, shape: &'a Shape, report: &'a mut TuneReport) -> Fitter<'a> {
        let met = Csr::from_log(bench.train()).column_counts();
        let wanted = if shape.catalogue > MANY_ITEMS { bench.opened() } else { vec![true; met.len()] };
        Fitter { bench, shape, report, met, wanted }
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
        let newest = |window| TriggerSpec { window, decay: Decay::Position(1.0) };
        match channel {
            ChannelId::Next => newest(20),
            ChannelId::Last => newest(3),
            _ if self.shape.ordered => newest(20),
            _ => WHOLE,
        }
    }

    fn two_hop(&mut self, min_users: u32, effort: &mut Effort) -> Option<Fitted> {
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
            key: |p| [p.user_exponent.to_bits(), 0],
            exponents: |p| [p.trigger_exponent, p.target_exponent, p.power],
            text: |p| format!("a={} b={} g={} p={}", p.trigger_exponent, p.target_exponent, p.user_exponent, p.power),
            wrap: Family::TwoHop,
            counted: &counted,
            seconds,
        };
        self.fit(start, family, effort)
    }

    fn directional(
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
            axes: &DIRECTIONAL,
            key: |p| [p.distance_exponent.to_bits(), p.backward.to_bits()],
            exponents: |p| [p.trigger_exponent, p.target_exponent, 1.0],
            text: |p| {
                format!(
                    "a={} b={} distance^-{} backward={}",
                    p.trigger_exponent, p.target_exponent, p.distance_exponent, p.backward
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
        let mut counts = (family.key)(&start);
        let mut table = (family.counted)(&start);
        if table.rows.iter().all(Vec::is_empty) {
            return None;
        }
        let rule = self.rule(channel, &self.weighed(&table, (family.exponents)(&start)), effort);
        let (bench, met, pass) = (self.bench, self.met.as_slice(), self.pass(rule));
        let report = &mut *self.report;
        let best = descend(start, family.axes, 2, least(bench), |params| {
            let key = (family.key)(params);
            let cost = if key == counts { pass } else { family.seconds + pass };
            if !effort.affords(cost) {
                return None;
            }
            if key != counts {
                (counts, table) = (key, (family.counted)(params));
            }
            let lists = bench.of_table(channel, &weighed(&table, met, (family.exponents)(params)), rule);
            let what = format!("{} with {} from {}", channel.name(), (family.text)(params), text(rule));
            Some(report.add(what, bench.judge(&lists)))
        });
        let (params, _) = best?;
        if (family.key)(&params) != counts {
            table = (family.counted)(&params);
        }
        let table = self.weighed(&table, (family.exponents)(&params));
        Some(Fitted { recipe: TableRecipe { family: (family.wrap)(params), triggers: rule }, table })
    }

    /// The defaults, where not even one table can be tried apart.
    fn untried<P: Clone + 'static>(&self, start: P, family: &Counted<'_, P>) -> Option<Fitted> {
        let table = self.weighed(&(family.counted)(&start), (family.exponents)(&start));
        let wrapped = (family.wrap)(start);
        let triggers = self.usual(wrapped.channel());
        let has_pairs = table.rows.iter().any(|row| !row.is_empty());
        has_pairs.then_some(Fitted { recipe: TableRecipe { family: wrapped, triggers }, table })
    }

    fn ridge(&mut self, min_users: u32, effort: &mut Effort) -> Option<Fitted> {
        let max_items = MAX_DENSE.min(self.shape.items);
        let start = EaseParams { min_users, targets: TARGETS, max_items, ..EaseParams::default() };
        let cost = ease::cost(max_items);
        let inverse = cost.flops / INVERSION;
        let squares = self.shape.squares / SCATTERED;
        let pass = (max_items * max_items) as f64 * 20.0 / DENSE + self.pass(self.usual(ChannelId::Ease));
        if self.shape.items > MAX_DENSE * 4 / 3 || !effort.affords(squares + inverse + pass) {
            let text = format!("ridge regression was not tried: it inverts a matrix of {} items", self.shape.items);
            self.report.findings.push(text);
            return None;
        }
        let common = ease::common_users(self.bench.train(), &start);
        let mut lambda = start.lambda;
        let mut precision = ease::precision(&common, lambda);
        let rule = self.rule(ChannelId::Ease, &ease::rows(&common, &precision, &start), effort);
        let (bench, report) = (self.bench, &mut *self.report);
        let (params, _) = descend(start, &RIDGE, 2, least(bench), |params| {
            let anew = params.lambda != lambda;
            if !effort.affords(pass + if anew { inverse } else { 0.0 }) {
                return None;
            }
            if anew {
                (lambda, precision) = (params.lambda, ease::precision(&common, params.lambda));
            }
            let lists = bench.of_table(ChannelId::Ease, &ease::rows(&common, &precision, params), rule);
            let EaseParams { lambda, target_exponent, trigger_exponent, .. } = params;
            let what =
                format!("ease with a={trigger_exponent} b={target_exponent} lambda={lambda} from {}", text(rule));
            Some(report.add(what, bench.judge(&lists)))
        })?;
        if params.lambda != lambda {
            precision = ease::precision(&common, params.lambda);
        }
        let table = ease::rows(&common, &precision, &params);
        Some(Fitted { recipe: TableRecipe { family: Family::Ease(params), triggers: rule }, table })
    }

    fn weighed(&self, counted: &I2iTable, exponents: [f32; 3]) -> I2iTable {
        weighed(counted, &self.met, exponents)
    }

    /// Which items of a history a table should be opened by.
    fn rule(&mut self, channel: ChannelId, table: &I2iTable, effort: &mut Effort) -> TriggerSpec {
        let usual = self.usual(channel);
        let others = self.bench.rules().into_iter().filter(|rule| *rule != usual);
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

/// A family whose rows are counts times powers of popularity.
struct Counted<'a, P: 'static> {
    axes: &'static [Axis<P>],
    /// What a count depends on.
    key: fn(&P) -> [u32; 2],
    /// Exponents of triggers and targets, and the power of all.
    exponents: fn(&P) -> [f32; 3],
    text: fn(&P) -> String,
    wrap: fn(P) -> Family,
    /// Rows with triggers not damped, targets by [`CUT_EXPONENT`].
    counted: &'a dyn Fn(&P) -> I2iTable,
    /// Seconds of a count.
    seconds: f64,
}

/// What a step away from the literature must gain.
fn least(bench: &Bench<'_>) -> f64 {
    LEAST_GAIN * bench.groups() as f64
}

/// What the stage would make of the counts with other exponents, but for targets that the counts were cut of.
fn weighed(counted: &I2iTable, met: &[u32], [trigger, target, power]: [f32; 3]) -> I2iTable {
    let damped =
        |exponent: f32| -> Vec<f32> { met.iter().map(|&users| libm::powf(users.max(1) as f32, -exponent)).collect() };
    let (triggers, targets) = (damped(trigger), damped(target - CUT_EXPONENT));
    let row = |(item, row): (usize, &Vec<(u32, f32)>)| {
        let weigh = |&(other, weight): &(u32, f32)| {
            let weight = weight * triggers[item] * targets[other as usize];
            (other, if power == 1.0 { weight } else { libm::powf(weight, power) })
        };
        let mut row: Vec<(u32, f32)> = row.iter().map(weigh).collect();
        crate::stages::keep_heaviest(&mut row, TARGETS);
        row
    };
    I2iTable { rows: counted.rows.par_iter().enumerate().map(row).collect() }
}

/// The best walk over one of the tables, as an offer that costs no bytes. It starts from the newest items, or from all of a history
/// where those are few: from many it is slow, and blurs what each of them says.
pub fn walk(bench: &Bench<'_>, fitted: &[Fitted], report: &mut TuneReport) -> Option<Offer> {
    let is_small = bench.train().items.len() <= MANY_ITEMS;
    let are_few = bench.triggers(WHOLE.window) <= FEW_TRIGGERS * bench.cases();
    let tables = fitted.iter().filter(|fitted| is_small && fitted.recipe.family.channel() != ChannelId::Ease);
    let mut best: Option<(f64, Offer)> = None;
    for fitted in tables {
        let channel = fitted.recipe.family.channel();
        let mut short = fitted.table.clone();
        short.rows.iter_mut().for_each(|row| row.truncate(WALKED));
        let starts = bench.rules().into_iter().filter(|rule| rule.window <= 3 || (are_few && *rule == WHOLE));
        for (triggers, fan) in starts.flat_map(|rule| [10, 25].map(|fan| (rule, fan))) {
            let walk = Walk { table: channel, fan, triggers };
            let lists = bench.of_walk(&short, &walk);
            let what = format!("walk over {} by {fan} from {}", channel.name(), text(triggers));
            let quality = report.add(what, bench.judge(&lists));
            if best.as_ref().is_none_or(|(found, _)| quality > *found) {
                best = Some((quality, Offer::walk(walk, lists)));
            }
        }
    }
    best.map(|(_, offer)| offer)
}

/// A rule in words.
pub fn text(rule: TriggerSpec) -> String {
    let decay = match rule.decay {
        Decay::None => "without decay".to_owned(),
        Decay::Position(exponent) => format!("fading by position^-{exponent}"),
        Decay::Age(scale) => format!("fading by age, {scale} x half-life"),
    };
    format!("the newest {}, {decay}", rule.window)
}

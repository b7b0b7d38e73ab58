//! Learns how the device should serve, on data held out of the training log and never on anything else.
//!
//! Owns the order of decisions: the vectors' penalties, triggers of each channel, the tower, the fusion weights. Every trial runs the
//! shards that would ship through the runtime that would serve them. The quality of a trial is the geometric mean over the
//! groups of the hold-out, so that no group is bought with another's.

mod bits;
mod holdout;
mod vectors;
mod weights;

use anyhow::Result;
use edge_recall::candidate::CandidateList;
use edge_recall::format::codes::Code;
use edge_recall::format::manifest::{Decay, FusionSpec, Manifest, TowerKind, TowerSpec, TriggerSpec};
use edge_recall::ids::{ChannelId, ChannelMask};
use edge_recall::{HistoryEvent, Recaller};
use serde::Serialize;

use crate::learn::learn;
use crate::metrics::{Evaluation, Metric};
use crate::model::{Event, Interactions, UserAttributes};
use crate::pack::{Material, pack};
use crate::recipe::{DEPTH, Recipe};
use crate::replay::{Case, channel_alone, channel_lists};
use crate::resume::Run;
use holdout::{HoldOut, hold_out};

/// Rank at which everything is tuned.
const K: usize = 20;
/// Users that are replayed at most in a group: enough for a standard error below what matters, few enough for seconds.
const MAX_CASES: usize = 1500;
/// Users that are replayed at least, where there are as many.
const MIN_CASES: usize = 250;
/// Items that a trial goes through at most. Every user vector is held against every item, so that large catalogues get
/// fewer users; a group has all of [`MAX_CASES`] up to 50,000 items.
const MAX_SCANNED: usize = 75_000_000;
/// Items above which a pooled user vector is tried by the one rule that suits a folded-in one best.
const MANY_ITEMS: usize = 200_000;

/// What was tried and what came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TuneReport {
    /// Users replayed; 0 = nothing was learnt, the defaults hold.
    pub users: usize,
    /// Every trial in order.
    pub trials: Vec<Trial>,
}

/// One trial.
#[derive(Clone, Debug, Serialize)]
pub struct Trial {
    /// What was tried.
    pub what: String,
    /// NDCG@20 in each group of the hold-out.
    pub ndcg: Vec<f64>,
    /// Recall@20 in each group of the hold-out.
    pub recall: Vec<f64>,
}

impl TuneReport {
    /// Records a trial and returns its quality.
    fn add(&mut self, what: String, groups: &[Evaluation]) -> f64 {
        let means = |metric| groups.iter().map(|group| group.estimate(metric, K).mean).collect::<Vec<f64>>();
        self.record(what, means(Metric::Ndcg), means(Metric::Recall))
    }

    /// Records that an earlier trial was tried once more.
    fn repeat(&mut self, what: String, trial: usize) -> f64 {
        let Trial { ndcg, recall, .. } = self.trials[trial].clone();
        self.record(what, ndcg, recall)
    }

    fn record(&mut self, what: String, ndcg: Vec<f64>, recall: Vec<f64>) -> f64 {
        // The small constant keeps a group that finds nothing from hiding all differences in the others.
        let quality = ndcg.iter().zip(&recall).map(|(ndcg, recall)| (ndcg + recall + 1e-4).ln()).sum();
        self.trials.push(Trial { what, ndcg, recall });
        quality
    }
}

/// Cases of one group with what each channel proposes for them.
struct Proposals<'a> {
    cases: &'a [Case],
    lists: Vec<Vec<CandidateList>>,
}

/// Learns what a recipe leaves open. With too little data to hold any out, the recipe stays as it is.
pub fn tune<'a>(
    log: &Interactions,
    users: &UserAttributes,
    recipe: &Recipe,
    run: impl Into<Run<'a>>,
) -> Result<(Recipe, TuneReport)> {
    let run = run.into();
    let (mut recipe, mut report) = (recipe.clone(), TuneReport::default());
    let HoldOut { train, groups } = hold_out(log, cases(log.items.len()));
    if groups.is_empty() {
        return Ok((recipe, report));
    }
    report.users = groups.iter().map(Vec::len).sum();
    if recipe.code_is_open {
        // One cell holds everything during the trials, and few bits would suffer from that more than those that ship.
        recipe.code = Code::Int8;
    }
    let learned = learn(&train, users, &recipe, run.part("hold-out: "))?;
    let recaller = pack(Material::bare(&train, &learned, &recipe), None)?.attach()?;
    let cases = groups.iter().map(|group| group.iter().map(|held| held.case(&train, users, &recaller)).collect());
    let mut trials = Trials { cases: cases.collect(), recaller, report, ordered: log.ordered };
    let bar = run.stage("learning to serve");
    let vectors = trials.vectors(&train, learned, &mut recipe)?;
    let serving = &mut recipe.serving;
    serving.i2i =
        trials.triggers(ChannelId::I2i, serving.i2i, |manifest, spec| set_table(manifest, ChannelId::I2i, spec))?;
    serving.next =
        trials.triggers(ChannelId::Next, serving.next, |manifest, spec| set_table(manifest, ChannelId::Next, spec))?;
    (serving.tower, serving.u2i) = trials.tower(serving.tower, serving.u2i)?;
    serving.fusion = trials.fusion(&serving.fusion)?;
    if let Some(vectors) = vectors.filter(|_| recipe.code_is_open) {
        trials.bits(&train, users, &groups, vectors, &mut recipe)?;
    }
    drop(bar);
    Ok((recipe, trials.report))
}

/// Users to replay in a group.
fn cases(items: usize) -> usize {
    (MAX_SCANNED / items.max(1)).clamp(MIN_CASES, MAX_CASES)
}

struct Trials {
    /// Carries every decision taken so far in its manifest.
    recaller: Recaller,
    /// By group.
    cases: Vec<Vec<Case>>,
    report: TuneReport,
    ordered: bool,
}

impl Trials {
    /// Trigger rules worth trying: the two extremes, and what lies between.
    fn rules(&self) -> Vec<TriggerSpec> {
        let between = [
            (20, Decay::None),
            (200, Decay::Position(0.3)),
            (200, Decay::Position(0.6)),
            (50, Decay::Position(1.0)),
            (200, Decay::Age(1.0)),
            (200, Decay::Age(8.0)),
        ];
        let half = TriggerSpec { window: 50, decay: Decay::None };
        let between = between.into_iter().filter(|_| self.ordered).map(|(window, decay)| TriggerSpec { window, decay });
        self.extremes().into_iter().chain([half]).chain(between).collect()
    }

    /// All of the history alike; and, where there is an order, its newest items, fading fast.
    fn extremes(&self) -> Vec<TriggerSpec> {
        let all = TriggerSpec { window: 200, decay: Decay::None };
        let newest = TriggerSpec { window: 20, decay: Decay::Position(1.0) };
        [all].into_iter().chain(self.ordered.then_some(newest)).collect()
    }

    /// Quality of one channel under a changed manifest.
    fn try_out(&mut self, channel: ChannelId, what: String, change: impl Fn(&mut Manifest)) -> Result<f64> {
        let recaller = self.recaller.retuned(change)?;
        Ok(self.measure(&recaller, channel, what))
    }

    /// Quality of one channel of a recaller.
    fn measure(&mut self, recaller: &Recaller, channel: ChannelId, what: String) -> f64 {
        let items = recaller.manifest().items as usize;
        let alone = |cases: &Vec<Case>| {
            let lists = channel_lists(recaller, cases, ChannelMask::of(channel), K);
            channel_alone(&lists, cases, channel, &[K], items)
        };
        let groups: Vec<Evaluation> = self.cases.iter().map(alone).collect();
        self.report.add(what, &groups)
    }

    /// The best trigger rule of a table; keeps it. `default` where the build has no such table.
    fn triggers(
        &mut self,
        channel: ChannelId,
        default: TriggerSpec,
        set: impl Fn(&mut Manifest, TriggerSpec),
    ) -> Result<TriggerSpec> {
        if !self.recaller.manifest().tables.iter().any(|table| table.channel == channel) {
            return Ok(default);
        }
        let mut best = (f64::NEG_INFINITY, default);
        for rule in self.rules() {
            let quality = self.try_out(channel, format!("{} from {}", channel.name(), text(rule)), |m| set(m, rule))?;
            if quality > best.0 {
                best = (quality, rule);
            }
        }
        self.recaller = self.recaller.retuned(|manifest| set(manifest, best.1))?;
        Ok(best.1)
    }

    /// The best recipe of a user vector; keeps it.
    fn tower(&mut self, default: TowerKind, triggers: TriggerSpec) -> Result<(TowerKind, TriggerSpec)> {
        if self.recaller.manifest().tower.is_none() {
            return Ok((default, triggers));
        }
        let set = |manifest: &mut Manifest, kind, triggers| manifest.tower = Some(TowerSpec { kind, triggers });
        let mut best = (f64::NEG_INFINITY, default, triggers);
        for kind in [default, TowerKind::Pool] {
            let one = kind == TowerKind::Pool && self.recaller.manifest().items as usize > MANY_ITEMS;
            let rules = if one { vec![best.2] } else { self.rules() };
            for rule in rules {
                let name = if kind == TowerKind::Pool { "pool" } else { "fold-in" };
                let what = format!("u2i by {name} from {}", text(rule));
                let quality = self.try_out(ChannelId::U2i, what, |manifest| set(manifest, kind, rule))?;
                if quality > best.0 {
                    best = (quality, kind, rule);
                }
            }
        }
        self.recaller = self.recaller.retuned(|manifest| set(manifest, best.1, best.2))?;
        Ok((best.1, best.2))
    }

    /// The best weights of the channels under all decisions so far; `default` where no channel proposes anything on the
    /// hold-out, which says nothing of what the whole log will have.
    fn fusion(&mut self, default: &FusionSpec) -> Result<FusionSpec> {
        let items = self.recaller.manifest().items as usize;
        let proposals =
            |cases| Proposals { cases, lists: channel_lists(&self.recaller, cases, ChannelMask::ALL, DEPTH as usize) };
        let proposals: Vec<Proposals<'_>> = self.cases.iter().map(|cases| proposals(cases)).collect();
        let weights = weights::learn(&proposals, items, &mut self.report);
        Ok(if weights.is_empty() { default.clone() } else { FusionSpec { depth: DEPTH, weights } })
    }
}

fn set_table(manifest: &mut Manifest, channel: ChannelId, triggers: TriggerSpec) {
    for table in manifest.tables.iter_mut().filter(|table| table.channel == channel) {
        table.triggers = triggers;
    }
}

fn text(rule: TriggerSpec) -> String {
    let decay = match rule.decay {
        Decay::None => "without decay".to_owned(),
        Decay::Position(exponent) => format!("fading by position^-{exponent}"),
        Decay::Age(scale) => format!("fading by age, {scale} x half-life"),
    };
    format!("the newest {}, {decay}", rule.window)
}

/// Events of a log (oldest first) as a device would have them: newest first, `now` at the newest event. The log in memory
/// has no event types, so all are views.
fn history_of(log: &Interactions, events: &[Event]) -> Vec<HistoryEvent> {
    let now = events.iter().filter_map(|event| event.minute).max();
    let past = |event: &Event| HistoryEvent {
        key: log.items[event.item as usize].clone(),
        kind: edge_recall::EventKind::View,
        age: now.zip(event.minute).map(|(now, minute)| now - minute),
    };
    events.iter().rev().map(past).collect()
}

#[cfg(test)]
mod tests;

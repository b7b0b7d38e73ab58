//! The item vectors: penalties and rounds, the user vector's recipe, dimensions and bits. Owns what is tried; every trial is packed
//! and searched by the runtime, since bits and cells are part of what is on trial.

use anyhow::Result;
use edge_recall::Recaller;
use edge_recall::candidate::{Candidate, CandidateList};
use edge_recall::format::codes::Code;
use edge_recall::format::manifest::{TowerKind, TowerSpec, TriggerSpec};
use edge_recall::ids::{ChannelId, ChannelMask, Ordinal};

use super::bench::{Bench, DEPTH, Lists};
use super::effort::{DENSE, Effort};
use super::report::TuneReport;
use super::rules::{extremes, rules, text};
use super::shape::Shape;
use crate::config::Config;
use crate::layout::Cut;
use crate::learn::{Learned, item_vectors};
use crate::model::{Interactions, ItemVectors};
use crate::numbering::Numbering;
use crate::pack::{Material, Memory, pack_numbered};
use crate::recipe::Recipe;
use crate::replay::channel_lists;
use crate::resume::Run;
use crate::stages::als::{AlsParams, teaches};

/// Factors on `alpha` and `lambda` of what the log's shape suggests, and rounds. On sparse logs few rounds find more than many.
const VARIANTS: [(f32, f32, usize); 6] =
    [(1.0, 1.0, 4), (1.0, 1.0, 12), (2.5, 2.5, 4), (2.5, 1.0, 4), (0.4, 0.6, 12), (0.4, 0.6, 4)];
/// Dimensions and codes on offer, cheapest first.
const SIZES: [(usize, Code); 6] =
    [(32, Code::Int4), (64, Code::Int2), (64, Code::Int4), (128, Code::Int2), (64, Code::Int8), (128, Code::Int4)];
/// Dimension of the trials that choose penalties.
const USUAL: usize = 64;

/// Vectors that suit the log.
pub struct Fitted {
    /// How they are made, but for the dimension.
    pub als: AlsParams,
    /// Recipe of the user vector.
    pub tower: TowerKind,
    /// Which items of a history make it.
    pub triggers: TriggerSpec,
    /// Sizes on offer, cheapest first.
    pub sizes: Vec<Size>,
    /// The vectors of each dimension, of the hold-out's log.
    made: Vec<Model>,
}

/// Vectors of one dimension in one code.
pub struct Size {
    /// Dimension.
    pub dim: usize,
    /// How they are stored.
    pub code: Code,
    /// What they propose.
    pub lists: Lists,
    /// How they number the items.
    numbering: Numbering,
}

/// A model of vectors alone: tables would be packed and attached for nothing.
struct Model(Learned);

impl Model {
    fn train(log: &Interactions, als: &AlsParams) -> Model {
        Model(Learned { vectors: Some(item_vectors(log, als)), ..Learned::default() })
    }

    fn dim(&self) -> usize {
        self.0.vectors.as_ref().map_or(0, |vectors| vectors.dim)
    }
}

/// Fits vectors; `None` where the log can teach none.
pub fn fit(
    bench: &Bench<'_>,
    config: &Config,
    recipe: &Recipe,
    shape: &Shape,
    effort: &mut Effort,
    report: &mut TuneReport,
    run: Run<'_>,
) -> Result<Option<Fitted>> {
    let Some(start) = recipe.als.as_ref().filter(|als| teaches(bench.train(), als)) else { return Ok(None) };
    let _bar = run.stage("trying item vectors");
    let mut trials = Trials { bench, recipe, shape, report };
    let usual = AlsParams { dim: config.model.dim.unwrap_or(USUAL), ..start.clone() };
    let mut part = effort.share(0.55);
    let (als, model) = trials.penalties(&usual, &mut part)?;
    let (tower, triggers) = trials.tower(&als, &model, &mut part)?;
    effort.give_back(part);
    let mut fitted = Fitted { als, tower, triggers, sizes: Vec::new(), made: vec![model] };
    trials.sizes(&mut fitted, config, effort)?;
    Ok(Some(fitted))
}

impl Fitted {
    /// The vectors of a dimension, as the hold-out's log gives them.
    pub fn into_vectors(self, dim: usize) -> Option<ItemVectors> {
        self.made.into_iter().find(|model| model.dim() == dim)?.0.vectors
    }

    /// Writes the size at a place into a recipe.
    pub fn write_to(&self, recipe: &mut Recipe, size: usize) {
        let Size { dim, code, .. } = self.sizes[size];
        recipe.als = Some(AlsParams { dim, ..self.als.clone() });
        (recipe.code, recipe.serving.tower, recipe.serving.u2i) = (code, self.tower, self.triggers);
    }

    /// How the items would be numbered.
    pub fn numbering(&self) -> Option<&Numbering> {
        self.sizes.iter().find(|size| size.dim == USUAL).or(self.sizes.first()).map(|size| &size.numbering)
    }
}

struct Trials<'a> {
    bench: &'a Bench<'a>,
    recipe: &'a Recipe,
    shape: &'a Shape,
    report: &'a mut TuneReport,
}

impl Trials<'_> {
    /// Seconds of training.
    fn training(&self, als: &AlsParams) -> f64 {
        let (dim, rows) = (als.dim as f64, (self.shape.users + self.shape.items) as f64);
        let round =
            4.0 * self.shape.pairs as f64 * dim * (als.steps + 1) as f64 + 2.0 * rows * dim * dim * als.steps as f64;
        als.iterations as f64 * round / DENSE
    }

    /// Seconds of one pass over all cases: a fold-in and a scan each.
    fn pass(&self, dim: usize) -> f64 {
        let (dim, items) = (dim as f64, self.shape.catalogue as f64);
        let history = self.bench.triggers(200) as f64 / self.bench.cases().max(1) as f64;
        self.bench.cases() as f64 * (items * dim + history * dim * dim + dim.powi(3) / 3.0) / DENSE
    }

    /// The best of the variants, with its vectors. Histories count whole and, where there is an order, by their newest items.
    fn penalties(&mut self, start: &AlsParams, effort: &mut Effort) -> Result<(AlsParams, Model)> {
        let mut best: Option<(f64, AlsParams, Model)> = None;
        for (alpha, lambda, iterations) in VARIANTS {
            let als =
                AlsParams { alpha: start.alpha * alpha, lambda: start.lambda * lambda, iterations, ..start.clone() };
            let cost = self.training(&als) + 2.0 * self.pass(als.dim);
            if !effort.affords(cost) && best.is_some() {
                continue;
            }
            let model = Model::train(self.bench.train(), &als);
            let packed = self.packed(&model, Code::Int8, &Numbering::by_popularity(self.bench.train(), WHOLE_CUT))?;
            let kind = TowerKind::FoldIn { alpha: als.alpha, lambda: als.lambda };
            let mut quality = f64::NEG_INFINITY;
            for triggers in extremes(self.bench.train().ordered) {
                let what = format!(
                    "u2i with alpha {} and lambda {} after {} rounds from {}",
                    als.alpha,
                    als.lambda,
                    als.iterations,
                    text(triggers)
                );
                quality =
                    quality.max(self.report.add(what, self.bench.judge(&packed.lists(self.bench, kind, triggers)?)));
            }
            if best.as_ref().is_none_or(|(found, ..)| quality > *found) {
                best = Some((quality, als, model));
            }
        }
        let (_, als, model) = best.expect("the first variant is always tried");
        Ok((als, model))
    }

    /// The best recipe of the user vector.
    fn tower(&mut self, als: &AlsParams, model: &Model, effort: &mut Effort) -> Result<(TowerKind, TriggerSpec)> {
        let packed = self.packed(model, Code::Int8, &Numbering::by_popularity(self.bench.train(), WHOLE_CUT))?;
        let fold_in = TowerKind::FoldIn { alpha: als.alpha, lambda: als.lambda };
        let mut best = (f64::NEG_INFINITY, fold_in, crate::recipe::WHOLE);
        for (kind, name) in [(fold_in, "fold-in"), (TowerKind::Pool, "pool")] {
            // A pooled vector is tried by the rule that suits a folded-in one best.
            let rules = if kind == TowerKind::Pool { vec![best.2] } else { rules(self.bench.train().ordered) };
            for rule in rules {
                if best.0 > f64::NEG_INFINITY && !effort.affords(self.pass(als.dim)) {
                    break;
                }
                let lists = packed.lists(self.bench, kind, rule)?;
                let quality = self.report.add(format!("u2i by {name} from {}", text(rule)), self.bench.judge(&lists));
                if quality > best.0 {
                    best = (quality, kind, rule);
                }
            }
        }
        Ok((best.1, best.2))
    }

    /// Vectors of every dimension in every code on offer, in the cells that would ship, as far as the effort goes.
    fn sizes(&mut self, fitted: &mut Fitted, config: &Config, effort: &mut Effort) -> Result<()> {
        let open = |size: &&(usize, Code)| {
            config.model.dim.is_none_or(|dim| dim == size.0) && config.model.bits.is_none_or(|code| code == size.1)
        };
        let mut sizes: Vec<(usize, Code)> = SIZES.iter().filter(open).copied().collect();
        if sizes.is_empty() {
            let dim = config.model.dim.unwrap_or(USUAL);
            let codes = config.model.bits.map_or(vec![Code::Int4, Code::Int8], |code| vec![code]);
            sizes = codes.into_iter().map(|code| (dim, code)).collect();
        }
        // What most builds end with comes first, in case the effort does not go further.
        sizes.sort_by_key(|&(dim, code)| (dim != USUAL, code != Code::Int4, dim * code.bits() as usize));
        for (dim, code) in sizes {
            let als = AlsParams { dim, ..fitted.als.clone() };
            let known = fitted.made.iter().any(|model| model.dim() == dim);
            let training = if known { 0.0 } else { self.training(&als) };
            // Numbering by cells takes about as long as a pass.
            if !effort.affords(training + 2.0 * self.pass(dim)) && !fitted.sizes.is_empty() {
                continue;
            }
            if !known {
                fitted.made.push(Model::train(self.bench.train(), &als));
            }
            let Some(model) = fitted.made.iter().find(|model| model.dim() == dim) else { continue };
            let trial = self.trial(code);
            let numbering = Material::bare(self.bench.train(), &model.0, &trial).number(&self.recipe.shards);
            let lists = self.packed(model, code, &numbering)?.lists(self.bench, fitted.tower, fitted.triggers)?;
            self.report.add(format!("u2i of {dim} dimensions as {}", code.name()), self.bench.judge(&lists));
            fitted.sizes.push(Size { dim, code, lists, numbering });
        }
        fitted.sizes.sort_by_key(|size| size.code.row_bytes(size.dim));
        Ok(())
    }

    fn packed(&self, model: &Model, code: Code, numbering: &Numbering) -> Result<Packed> {
        let (trial, sink) = (self.trial(code), Memory::default());
        let manifest = pack_numbered(Material::bare(self.bench.train(), &model.0, &trial), numbering, &sink)?;
        Ok(Packed { recaller: sink.packed(manifest).attach()?, rows: numbering.rows.clone() })
    }

    /// The recipe of a trial.
    fn trial(&self, code: Code) -> Recipe {
        Recipe { code, tables: Vec::new(), ..self.recipe.clone() }
    }
}

/// One cell.
const WHOLE_CUT: Cut = Cut { cells: 1, leaves: 1 };

/// Vectors as they would ship.
struct Packed {
    recaller: Recaller,
    /// Row in the log of each ordinal.
    rows: Vec<u32>,
}

impl Packed {
    /// What the runtime's search finds for every case.
    fn lists(&self, bench: &Bench<'_>, kind: TowerKind, triggers: TriggerSpec) -> Result<Lists> {
        let recaller = self.recaller.retuned(|manifest| manifest.tower = Some(TowerSpec { kind, triggers }))?;
        let row = |found: &Candidate| Candidate { item: Ordinal(self.rows[found.item.place()]), ..*found };
        let lists = |cases: Vec<_>| {
            let mut lists = channel_lists(&recaller, &cases, ChannelMask::of(ChannelId::U2i), DEPTH);
            let mut only = |mut lists: Vec<CandidateList>| {
                let mut list = lists.pop().unwrap_or_else(|| Bench::nothing(ChannelId::U2i));
                list.candidates = list.candidates.iter().map(row).collect();
                list
            };
            lists.drain(..).map(&mut only).collect()
        };
        Ok(bench.replayed(&recaller).into_iter().map(lists).collect())
    }
}

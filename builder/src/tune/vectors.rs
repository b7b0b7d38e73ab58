//! Confidence and penalty of the item vectors, tried around what the log's shape suggests. Owns the grid.

use anyhow::Result;
use edge_recall::format::manifest::{TowerKind, TowerSpec};
use edge_recall::ids::ChannelId;

use super::{Trials, text};
use crate::learn::{Learned, item_vectors};
use crate::model::{Interactions, ItemVectors};
use crate::pack::{Material, pack};
use crate::recipe::Recipe;
use crate::stages::als::AlsParams;

/// Factors on `alpha` and `lambda` of the starting values.
const VARIANTS: [(f32, f32); 4] = [(1.0, 1.0), (2.5, 2.5), (2.5, 1.0), (0.4, 0.6)];
/// Logs with more events than this keep the starting values: a trial would take minutes.
const MAX_EVENTS: usize = 3_000_000;

impl Trials {
    /// Trains each variant on the hold-out's log and keeps the one whose user vectors find the most, in the recipe and in
    /// the recaller. Histories count whole and, where there is an order, by their newest items.
    /// Returns the vectors that were kept.
    pub(super) fn vectors(
        &mut self,
        train: &Interactions,
        mut learned: Learned,
        recipe: &mut Recipe,
    ) -> Result<Option<ItemVectors>> {
        if learned.vectors.is_none() || train.events.len() > MAX_EVENTS {
            return Ok(learned.vectors);
        }
        let mut kept = None;
        let start = recipe.als.clone();
        let mut best = f64::NEG_INFINITY;
        for (alpha, lambda) in VARIANTS {
            let params = AlsParams { alpha: start.alpha * alpha, lambda: start.lambda * lambda, ..start.clone() };
            let kind = TowerKind::FoldIn { alpha: params.alpha, lambda: params.lambda };
            learned.vectors = Some(item_vectors(train, &params));
            let mut trial = recipe.clone();
            trial.als = params.clone();
            trial.serving.tower = kind;
            let recaller = pack(Material::bare(train, &learned, &trial), None)?.attach()?;
            for triggers in self.extremes() {
                let recaller = recaller.retuned(|manifest| manifest.tower = Some(TowerSpec { kind, triggers }))?;
                let what =
                    format!("u2i with alpha {} and lambda {} from {}", params.alpha, params.lambda, text(triggers));
                let quality = self.measure(&recaller, ChannelId::U2i, what);
                if quality > best {
                    best = quality;
                    *recipe = trial.clone();
                    self.recaller = recaller;
                    kept = learned.vectors.clone();
                }
            }
        }
        Ok(kept)
    }
}

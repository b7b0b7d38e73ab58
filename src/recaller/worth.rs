//! What cells and leaves promise to one request: one number for what the user vector may find there and what the rows of the
//! history propose there (docs/FORMAT.md 6.2). Owns the ranking; which files that makes worth fetching is `plan`'s.

use crate::candidate::Candidate;
use crate::channel::RecallChannel;
use crate::format::cells::{CellFile, Centroid};
use crate::ids::{ChannelId, ChannelMask, Ordinal};
use crate::kernel;
use crate::listed::Listed;
use crate::store::cards::Cards;
use crate::store::directory::Directory;
use crate::topk::TopK;
use crate::user::UserVector;

use super::Recaller;
use super::request::Request;
use super::triggers::Known;

/// How much of a cell's spread counts as within reach of the user vector. (Tried on a sparse and a dense log: flat from 0.2
/// to 0.4 on the one, best at 0.2 or less on the other.)
const REACH: f32 = 0.2;
/// How fast a cell's promise falls behind the best one's: the power that their ratio is taken to.
const SHARPNESS: u32 = 6;
/// What the vectors of the most promising cell are worth, against one target of a row with the largest weight.
const VECTOR_WORTH: f32 = 8.0;

/// What cells and leaves promise to one request.
pub struct Worth<'a> {
    user: Option<UserVector>,
    /// Weight of the user vector in the fused answer.
    weight: f32,
    /// What the rows of the history propose, with its part of the fused score.
    targets: Vec<(Ordinal, f32)>,
    /// The cards of the request.
    pub cards: Cards<'a>,
}

impl<'a> Worth<'a> {
    /// Weighs what the request's triggers say of places in the directory.
    pub fn new(recaller: &'a Recaller, request: &'a Request, directory: &Directory, known: &Known) -> Worth<'a> {
        let cards = recaller.cards(request);
        let wanted = request.running();
        let rows = wanted.and(ChannelMask::TABLES);
        let mut targets = Vec::new();
        for channel in recaller.table_channels(request, known, rows, &cards) {
            let weight = recaller.weight(request.task, channel.id());
            let list = channel
                .recall(recaller.manifest.fusion.depth as usize, &|item| !recaller.attached.masked.contains(item));
            let best = list.candidates.first().map_or(1.0, |best| best.score);
            targets.extend(list.candidates.iter().map(|c| (c.item, weight * c.score / best)));
        }
        // The card before the cell: what is wanted must not turn on which cells came in meanwhile. And an item whose vector is
        // not at hand lies somewhere around the centroid of its cell, or of its leaf.
        let vector_of = |item| {
            let near = || match directory.cell_of(item) {
                Some((_, cell)) => Some(cell.centroid.mean.clone()),
                None => Some(directory.leaf(directory.leaf_of(item)?)?.centroid.mean.clone()),
            };
            cards
                .vector(item)
                .or_else(|| recaller.attached.embeddings.vector(item))
                .or_else(near)
                .filter(|vector| !vector.is_empty())
        };
        let user = if wanted.has(ChannelId::U2i) { recaller.user_vector(request, known, &vector_of) } else { None };
        Worth { user, weight: recaller.weight(request.task, ChannelId::U2i), targets, cards }
    }

    /// How high the scores of the vectors around a centroid may reach; 0 where they point away.
    fn promise(&self, centroid: &Centroid) -> f32 {
        let Some(user) = &self.user else { return 0.0 };
        let query = user.values();
        let length = kernel::dot(query, query).sqrt();
        (kernel::dot(query, &centroid.mean) + REACH * length * centroid.spread).max(0.0)
    }

    /// Places in `promises`, most valuable first: what the rows propose there, and what the user vector may find.
    fn ranked(&self, promises: &[f32], place_of: &dyn Fn(Ordinal) -> Option<usize>) -> Vec<usize> {
        let mut best = f32::MIN_POSITIVE;
        promises.iter().for_each(|&promise| best = best.max(promise));
        let mut values = Vec::new();
        for promise in promises {
            let ratio = promise / best;
            let mut power = ratio;
            (1..SHARPNESS).for_each(|_| power *= ratio);
            values.push(VECTOR_WORTH * self.weight * power);
        }
        for &(item, score) in &self.targets {
            if let Some(value) = place_of(item).and_then(|place| values.get_mut(place)) {
                *value += score;
            }
        }
        let mut top = TopK::new(values.len());
        for (place, &score) in (0u32..).zip(&values) {
            if score > 0.0 {
                top.push(Candidate { item: Ordinal(place), score });
            }
        }
        top.into_sorted().iter().map(|candidate| candidate.item.place()).listed()
    }

    /// Places of the leaves that promise anything, best first.
    pub fn best_leaves(&self, directory: &Directory) -> Vec<usize> {
        let promises: Vec<f32> = directory.leaves().map(|(leaf, _)| self.promise(&leaf.centroid)).listed();
        self.ranked(&promises, &|item| directory.leaf_of(item))
    }

    /// The vectors of the most promising cells among those that are known.
    pub fn best_cells(&self, directory: &Directory, limit: usize) -> Vec<CellFile> {
        let (mut numbers, mut files, mut promises) = (Vec::new(), Vec::new(), Vec::new());
        for (leaf, cells) in directory.leaves() {
            for (number, cell) in (leaf.first..).zip(cells.unwrap_or_default()) {
                numbers.push(Ordinal(number));
                files.push(cell.vec);
                promises.push(self.promise(&cell.centroid));
            }
        }
        let place_of = |item| numbers.binary_search(&Ordinal(directory.cell_of(item)?.0)).ok();
        let mut best = self.ranked(&promises, &place_of);
        best.truncate(limit);
        best.into_iter().map(|place| files[place]).listed()
    }
}

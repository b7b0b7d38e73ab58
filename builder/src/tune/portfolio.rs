//! Which tables, vectors and free channels are worth their bytes together. Owns the search over sizes; the final weights are learnt
//! on the shards.
//!
//! Starts from the channel that finds the most alone, takes in whatever adds the most within the budget, and then moves bytes from
//! part to part as long as that helps. A table that fills the budget makes room for others by keeping fewer targets.

use edge_recall::candidate::CandidateList;
use edge_recall::ids::ChannelId;

use super::bench::Bench;
use super::offer::Offer;
use super::report::TuneReport;
use super::vectors;
use crate::recipe::Recipe;

/// What a part must add to the quality of each group, as a share, to be taken in.
const WORTH: f64 = 0.004;
/// Share of quality that the whole budget is worth: of two equally good builds the smaller one is taken.
const PRICE: f64 = 0.006;
/// Weights that a newcomer is tried with, besides the strongest channel's 1.
const STEPS: [f32; 7] = [0.08, 0.15, 0.3, 0.5, 0.75, 1.0, 1.5];

/// One offer in one size with its weight.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    offer: usize,
    size: usize,
    weight: f32,
}

/// What was chosen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    parts: Vec<Part>,
}

impl Choice {
    /// Writes it into a recipe; `vectors` are those on offer.
    pub fn write_to(&self, recipe: &mut Recipe, offers: &[Offer], vectors: Option<&vectors::Fitted>) {
        recipe.tables.clear();
        recipe.als = None;
        (recipe.serving.walk, recipe.serving.repeat) = (None, None);
        for part in &self.parts {
            offers[part.offer].write_to(part.size, recipe, vectors);
        }
        // In the order of channels, so that the same choice gives the same files.
        recipe.tables.sort_by_key(|table| table.family.channel());
    }
}

/// What the search may spend and must have.
pub struct Terms {
    /// Bytes of all parts.
    pub bytes: f64,
    /// Channels that there must be, whatever they add, as long as there is room.
    pub needs: Vec<ChannelId>,
}

/// Chooses.
pub fn choose(bench: &Bench<'_>, offers: &[Offer], terms: &Terms, report: &mut TuneReport) -> Choice {
    let mut search = Search { bench, offers, terms, report };
    let mut forced: Vec<usize> = (0..offers.len()).filter(|&o| terms.needs.contains(&offers[o].channel)).collect();
    let Some(mut best) = search.alone(&forced) else { return Choice::default() };
    // What there must be comes first, whatever it adds, as long as there is room.
    forced.retain(|&offer| best.1.iter().all(|part| part.offer != offer));
    for offer in forced {
        best = search.joined(&best.1, offer, &mut None).unwrap_or(best);
    }
    let mut usual: Vec<Option<usize>> = vec![None; offers.len()];
    loop {
        let mut next: Option<(f64, Vec<Part>)> = None;
        for offer in (0..offers.len()).filter(|&offer| best.1.iter().all(|part| part.offer != offer)) {
            if let Some((quality, parts)) = search.joined(&best.1, offer, &mut usual[offer]) {
                keep_better(&mut next, quality, parts);
            }
        }
        match next.filter(|next| next.0 > best.0 + WORTH * bench.groups() as f64) {
            Some(next) => best = next,
            None => break,
        }
    }
    Choice { parts: search.moved(best) }
}

fn keep_better(best: &mut Option<(f64, Vec<Part>)>, quality: f64, parts: Vec<Part>) {
    if best.as_ref().is_none_or(|best| quality > best.0) {
        *best = Some((quality, parts));
    }
}

struct Search<'a> {
    bench: &'a Bench<'a>,
    offers: &'a [Offer],
    terms: &'a Terms,
    report: &'a mut TuneReport,
}

impl Search<'_> {
    /// The channel that finds the most alone, beside room for the smallest sizes of what is `forced`.
    fn alone(&mut self, forced: &[usize]) -> Option<(f64, Vec<Part>)> {
        let mut best: Option<(f64, Vec<Part>)> = None;
        for (offer, own) in self.offers.iter().enumerate() {
            // A walk or repeats alone are no build.
            if own.sizes.iter().all(|size| size.bytes == 0.0) {
                continue;
            }
            let others = forced.iter().filter(|&&other| other != offer);
            let room = others.map(|&offer| Part { offer, size: 0, weight: 0.0 });
            let first = Part { offer, size: own.sizes.len() - 1, weight: 1.0 };
            let parts = self.fitting([first].into_iter().chain(room).collect());
            if let Some(mut parts) = parts.or_else(|| self.fitting(vec![first])) {
                parts.truncate(1);
                keep_better(&mut best, self.quality(&parts), parts);
            }
        }
        best
    }

    /// The best way for an offer to join. `usual` is the size that it joined best with before: it is not tried in all of them again.
    fn joined(&mut self, parts: &[Part], offer: usize, usual: &mut Option<usize>) -> Option<(f64, Vec<Part>)> {
        let sizes: Vec<usize> = usual.map_or((0..self.offers[offer].sizes.len()).collect(), |size| vec![size]);
        let mut best: Option<(f64, Vec<Part>)> = None;
        for size in sizes {
            let newcomer = Part { offer, size, weight: STEPS[2] };
            let Some(parts) = self.fitting([parts, &[newcomer]].concat()) else { continue };
            let found = self.weigh(parts);
            if best.as_ref().is_none_or(|best| found.0 > best.0) {
                *usual = Some(size);
                best = Some(found);
            }
        }
        best
    }

    fn bytes(&self, parts: &[Part]) -> f64 {
        parts.iter().map(|part| self.offers[part.offer].sizes[part.size].bytes).sum()
    }

    /// The same parts within the budget: the first one gives way. `None` where that is not enough.
    fn fitting(&self, mut parts: Vec<Part>) -> Option<Vec<Part>> {
        while self.bytes(&parts) > self.terms.bytes {
            let first = parts.first_mut()?;
            first.size = first.size.checked_sub(1)?;
        }
        Some(parts)
    }

    /// Quality less the price of the bytes.
    fn quality(&mut self, parts: &[Part]) -> f64 {
        let lists = self.lists(parts);
        self.judged(parts, &lists)
    }

    fn lists(&self, parts: &[Part]) -> Vec<Vec<Vec<CandidateList>>> {
        let of = |group: usize, case: usize| {
            let mut lists: Vec<CandidateList> = parts
                .iter()
                .map(|part| self.offers[part.offer].lists(self.bench, part.size)[group][case].clone())
                .collect();
            lists.sort_by_key(|list| list.channel);
            lists
        };
        let cases = |group: usize| (0..self.bench.cases_of(group)).map(|case| of(group, case)).collect();
        (0..self.bench.groups()).map(cases).collect()
    }

    fn judged(&mut self, parts: &[Part], lists: &[Vec<Vec<CandidateList>>]) -> f64 {
        let weight_of = |channel: ChannelId| {
            parts.iter().find(|part| self.offers[part.offer].channel == channel).map_or(0.0, |part| part.weight)
        };
        let scores = self.bench.judge_merged(lists, weight_of);
        let names: Vec<String> =
            parts.iter().map(|part| format!("{} ({})", self.offers[part.offer].name(part.size), part.weight)).collect();
        let bytes = self.bytes(parts);
        let quality = self.report.add(format!("{} in {:.0} kB", names.join(" + "), bytes / 1000.0), scores);
        quality - PRICE * self.bench.groups() as f64 * bytes / self.terms.bytes.max(1.0)
    }

    /// Finds the weight of the last part, then moves those of the others a little.
    fn weigh(&mut self, parts: Vec<Part>) -> (f64, Vec<Part>) {
        let lists = self.lists(&parts);
        let mut best = (self.judged(&parts, &lists), parts);
        let Some(last) = best.1.len().checked_sub(1) else { return best };
        // Outwards from the middle; a direction ends where it gets worse.
        let [below, above] = [STEPS[..2].iter().rev().copied().collect::<Vec<_>>(), STEPS[3..].to_vec()];
        for steps in [above, below] {
            for step in steps {
                if !self.with_weight(&mut best, &lists, last, step) {
                    break;
                }
            }
        }
        for place in 1..last {
            let own = best.1[place].weight;
            let _better = self.with_weight(&mut best, &lists, place, own * 1.5)
                || self.with_weight(&mut best, &lists, place, own / 1.5);
        }
        best
    }

    fn with_weight(
        &mut self,
        best: &mut (f64, Vec<Part>),
        lists: &[Vec<Vec<CandidateList>>],
        place: usize,
        weight: f32,
    ) -> bool {
        let mut parts = best.1.clone();
        parts[place].weight = weight;
        let quality = self.judged(&parts, lists);
        let better = quality > best.0;
        if better {
            *best = (quality, parts);
        }
        better
    }

    /// Moves bytes: each part a size up or down, the first one giving way or filling what is left.
    fn moved(&mut self, mut best: (f64, Vec<Part>)) -> Vec<Part> {
        for place in (0..best.1.len()).rev() {
            for up in [false, true] {
                let mut parts = best.1.clone();
                let own = parts[place].size;
                let largest = self.offers[parts[place].offer].sizes.len() - 1;
                parts[place].size = if up { (own + 1).min(largest) } else { own.saturating_sub(1) };
                if parts[place].size == own {
                    continue;
                }
                if place > 0 {
                    parts[0].size = self.offers[parts[0].offer].sizes.len() - 1;
                }
                let Some(parts) = self.fitting(parts) else { continue };
                let quality = self.quality(&parts);
                if quality > best.0 {
                    best = (quality, parts);
                }
            }
        }
        best.1
    }
}

//! What stands where: a greedy choice from the fused candidates, place by place. Pins stand at their places; elsewhere stands
//! the best that is left, by rank or, with `diversity`, by maximal marginal relevance (Carbonell and Goldstein 1998).

use crate::candidate::Fused;
use crate::ids::{ChannelId, Ordinal};
use crate::kernel;
use crate::listed::Listed;
use crate::mechanism::limits::Limits;
use crate::mechanism::rank::rank;
use crate::mechanism::rules::Rules;
use crate::store::attributes::Attributes;
use crate::store::prints::Prints;

/// Candidates that diversity chooses among at each place, or four times the results if that is more.
const WINDOW: usize = 200;
/// Places that diversity fills; further down the list is in order.
const DIVERSE_PLACES: usize = 200;

/// What a selection goes by.
pub struct Order<'a> {
    /// Results wanted.
    pub limit: usize,
    /// The rules.
    pub rules: &'a Rules,
    /// Share of the answer that each channel may propose, by the rules or by the build.
    pub shares: [f32; ChannelId::ALL.len()],
    /// Places and the items that are pinned to them, as far as they may be.
    pub pins: Vec<(u32, Ordinal)>,
    /// Items that stand on the page already: they do not come again.
    pub page: Vec<Ordinal>,
    /// How often the visitor has been shown an item, lately counting more: the power of 1/2 that its score loses.
    pub tired_of: &'a dyn Fn(Ordinal) -> f32,
    /// Fewest bits by which the fingerprints of two results differ.
    pub bits: u32,
    /// Fingerprints.
    pub prints: &'a Prints,
    /// Attributes for boosts and spread.
    pub attributes: &'a Attributes,
    /// Popularity of an item on a log scale, where it is known.
    pub gain_of: &'a dyn Fn(Ordinal) -> Option<u8>,
    /// Vector of an item, where it has one at hand.
    pub vector_of: &'a dyn Fn(Ordinal) -> Option<Vec<f32>>,
}

/// Chooses and arranges the answer. Each item once; as many as are wanted unless candidates or shares of channels run out.
/// `fill`, without an item of the pool, is for places that the pool leaves empty.
pub fn select(mut pool: Vec<Fused>, fill: Vec<Fused>, order: &Order<'_>) -> Vec<Fused> {
    let mut pins = pinned(&mut pool, order);
    let own = pool.len();
    let mut ranked = rank(pool, order);
    for filling in rank(fill, order) {
        if pins.iter().all(|(_, pin)| pin.item != filling.0.item) {
            ranked.push(filling);
        }
    }
    let mut selection = Selection::new(order, &ranked, own);
    // What is pinned is sure to come, so it counts from the first place.
    for (_, fused) in &pins {
        selection.take(fused);
    }
    let mut chosen: Vec<Fused> = Vec::new();
    while chosen.len() < order.limit {
        let own = pins.iter().position(|(place, _)| *place as usize == chosen.len());
        if let Some(pin) = own {
            chosen.push(pins.remove(pin).1);
        } else if let Some(place) = selection.next(chosen.len()) {
            chosen.push(ranked[place].0);
            selection.take(&ranked[place].0);
        } else if pins.is_empty() {
            break;
        } else {
            // The list ends above the places of these.
            chosen.push(pins.remove(0).1);
        }
    }
    chosen
}

/// The page that comes `turn` pages after the first: each page shows what those before it have not, but for pins. Where less
/// than a page is left the first comes again.
pub fn turned(turn: u32, pool: &[Fused], fill: &[Fused], order: &mut Order<'_>) -> Vec<Fused> {
    let mut first = Vec::new();
    for turned in 0..=turn {
        let page = select(pool.to_vec(), fill.to_vec(), order);
        if turned > 0 && page.len() < first.len() {
            break;
        }
        if turned == turn {
            return page;
        }
        for fused in &page {
            if order.pins.iter().all(|(_, pinned)| *pinned != fused.item) {
                order.page.push(fused.item);
            }
        }
        if turned == 0 {
            first = page;
        }
    }
    first
}

/// Takes the pinned items out of the pool, by place; what no channel proposed is a candidate without a score.
fn pinned(pool: &mut Vec<Fused>, order: &Order<'_>) -> Vec<(u32, Fused)> {
    let mut pins: Vec<(u32, Fused)> = Vec::new();
    for &(place, item) in &order.pins {
        let is_free = pins.iter().all(|(known, fused)| *known != place && fused.item != item);
        if is_free && (place as usize) < order.limit {
            let proposed = pool.iter().position(|fused| fused.item == item);
            let fused = proposed.map_or(Fused::of(item), |at| pool.remove(at));
            let at = pins.partition_point(|(known, _)| *known < place);
            pins.insert(at, (place, fused));
        }
    }
    pins
}

/// A candidate among which diversity chooses.
struct Near {
    place: usize,
    /// Of length 1; empty where the item has none.
    vector: Vec<f32>,
    /// Largest cosine to what is shown.
    closest: f32,
}

/// The candidates that are left.
struct Selection<'a> {
    order: &'a Order<'a>,
    ranked: &'a [(Fused, f32)],
    limits: Limits<'a>,
    /// Whether spread still binds; else the rest is what it held back.
    is_spread: bool,
    /// First place in `ranked` of what fills the list up; behind it all there is, once that has begun.
    fill: usize,
    /// Places in `ranked`, in order; `at` is the first that was not looked at.
    queue: Vec<usize>,
    at: usize,
    held_back: Vec<usize>,
    near: Vec<Near>,
    diversity: f32,
    /// Vectors of what is shown.
    shown: Vec<Vec<f32>>,
}

impl<'a> Selection<'a> {
    fn new(order: &'a Order<'a>, ranked: &'a [(Fused, f32)], fill: usize) -> Selection<'a> {
        let mut selection = Selection {
            order,
            ranked,
            limits: Limits::new(order),
            is_spread: true,
            fill,
            queue: (0..fill).listed(),
            at: 0,
            held_back: Vec::new(),
            near: Vec::new(),
            diversity: order.rules.diversity.unwrap_or(0.0),
            shown: Vec::new(),
        };
        for &item in &order.page {
            selection.show(item);
        }
        selection
    }

    /// Counts a result.
    fn take(&mut self, fused: &Fused) {
        self.limits.take(fused);
        self.show(fused.item);
    }

    /// Turns those that are left away from an item.
    fn show(&mut self, item: Ordinal) {
        let vector = self.unit_vector(item);
        for near in &mut self.near {
            near.closest = near.closest.max(cosine(&near.vector, &vector));
        }
        self.shown.push(vector);
    }

    /// The best that is left for the place `filled`, as a place in `ranked`.
    fn next(&mut self, filled: usize) -> Option<usize> {
        loop {
            let diversity = if filled < DIVERSE_PLACES { self.diversity } else { 0.0 };
            self.look_around(if diversity > 0.0 { WINDOW.max(4 * self.order.limit) } else { 1 });
            let mut best: Option<(usize, f32)> = None;
            for (at, near) in self.near.iter().enumerate() {
                let closest = if self.shown.is_empty() { 0.0 } else { near.closest };
                let worth = (1.0 - diversity) * self.ranked[near.place].1 - diversity * closest;
                if best.is_none_or(|(_, most)| worth > most) {
                    best = Some((at, worth));
                }
            }
            if let Some((at, _)) = best {
                return Some(self.near.remove(at).place);
            }
            self.at = 0;
            if !self.held_back.is_empty() {
                // Better twice the same than an empty place.
                self.is_spread = false;
                self.queue = std::mem::take(&mut self.held_back);
            } else if self.fill < self.ranked.len() {
                self.is_spread = true;
                self.queue = (self.fill..self.ranked.len()).listed();
                self.fill = self.ranked.len();
            } else {
                self.queue.clear();
                return None;
            }
        }
    }

    /// Fills `near` up to `window` candidates that fit, best first.
    fn look_around(&mut self, window: usize) {
        for near in std::mem::take(&mut self.near) {
            if self.fits(near.place) {
                self.near.push(near);
            }
        }
        while self.near.len() < window && self.at < self.queue.len() {
            let place = self.queue[self.at];
            self.at += 1;
            if self.fits(place) {
                let vector = self.unit_vector(self.ranked[place].0.item);
                let mut closest = -1f32;
                for shown in &self.shown {
                    closest = closest.max(cosine(&vector, shown));
                }
                self.near.push(Near { place, vector, closest });
            }
        }
    }

    /// Whether a candidate may still be shown; what only spread forbids is held back.
    fn fits(&mut self, place: usize) -> bool {
        let fused = &self.ranked[place].0;
        let within = self.limits.is_within_shares(fused)
            && self.limits.is_another(fused.item)
            && !self.order.page.contains(&fused.item);
        let spread = !self.is_spread || self.limits.is_spread(fused.item);
        if within && !spread {
            self.held_back.push(place);
        }
        within && spread
    }

    /// The direction of an item; nothing where it has none or nobody asks.
    fn unit_vector(&self, item: Ordinal) -> Vec<f32> {
        let vector = if self.diversity > 0.0 { (self.order.vector_of)(item) } else { None };
        let mut vector = vector.unwrap_or_default();
        let length = kernel::dot(&vector, &vector).sqrt();
        if length > 0.0 && length.is_finite() {
            for x in &mut vector {
                *x /= length;
            }
        } else {
            vector.clear();
        }
        vector
    }
}

/// Cosine of two vectors of length 1; 0 where one of them is missing.
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    if a.len() == b.len() { kernel::dot(a, b) } else { 0.0 }
}

//! The order in which candidates are considered: boosts, fatigue and the popularity knob over the fused score. The key is of use to the
//! selection alone; scores, parts and shares stay those of fusion.

use crate::candidate::{Candidate, Fused};
use crate::mechanism::clause::Conditions;
use crate::mechanism::rules::MAX_BOOST;
use crate::mechanism::select::Order;
use crate::numeric::exp2;
use crate::topk::TopK;

/// Candidates with their keys, in the total order. With `popularity` or `diversity` keys go up to 1.
pub fn rank(pool: Vec<Fused>, order: &Order<'_>) -> Vec<(Fused, f32)> {
    let rules = order.rules;
    let mut boosts = Vec::new();
    for boost in &rules.boost {
        boosts.push((Conditions::new(order.attributes, &boost.wanted), boost.by));
    }
    let mut keys = Vec::new();
    let (mut best, mut most) = (0f32, 0f32);
    for fused in &pool {
        let mut factor = 1.0;
        for (conditions, by) in &boosts {
            if conditions.all(fused.item) {
                factor *= by;
            }
        }
        let score = (fused.score * factor.min(MAX_BOOST) * exp2(-(order.tired_of)(fused.item))).min(f32::MAX);
        let gain = f32::from((order.gain_of)(fused.item).unwrap_or(0));
        (best, most) = (best.max(score), most.max(gain));
        keys.push((score, gain));
    }
    let popularity = rules.popularity.unwrap_or(0.0);
    // Knobs weigh the score against something else, so it needs a unit; without them every bit of it counts.
    let unit = if popularity > 0.0 || rules.diversity.unwrap_or(0.0) > 0.0 { best } else { 1.0 };
    let part = |amount: f32, of: f32| if of > 0.0 { amount / of } else { 0.0 };
    let items = Fused::items(&pool);
    let mut places = vec![0; pool.len()];
    let mut top = TopK::new(pool.len());
    for (place, (fused, (score, gain))) in pool.iter().zip(keys).enumerate() {
        let score = (1.0 - popularity) * part(score, unit) + popularity * part(gain, most);
        top.push(Candidate { item: fused.item, score });
        if let Some(own) = items.place(fused.item) {
            places[own] = place;
        }
    }
    let mut ranked = Vec::new();
    for candidate in top.into_sorted() {
        if let Some(own) = items.place(candidate.item) {
            ranked.push((pool[places[own]], candidate.score));
        }
    }
    ranked
}

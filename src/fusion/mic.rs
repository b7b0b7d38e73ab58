//! The reranking of MIC (CIKM 2022): likeness, agreement of channels and variety, as 1 : 0.5 : 0.2. Owns the formula of one policy.
//!
//! `score(j) = a s(j) / max s + b L(j) / L + c D(j) / N`: `s` is the weighted sum, `L(j)` of `L` channels propose `j`, and `D(j)` of the
//! `N` candidates are of another category. Each term lies in 0..=1, whatever the build. A candidate whose category is
//! unknown differs from all others. What no channel gave, the variety, is shared evenly by the channels that propose the item, so
//! that parts still add up to the score.

use crate::candidate::ItemSet;
use crate::ids::Ordinal;

use super::Fused;

/// Gives every candidate its score by the three factors; `channels` take part.
pub fn score(
    merged: &mut [Fused],
    channels: usize,
    [worth, agreement, variety]: [f32; 3],
    category_of: &dyn Fn(Ordinal) -> Option<u32>,
) {
    let (mut best, mut known) = (0.0f32, Vec::new());
    for fused in &*merged {
        best = best.max(fused.score);
        known.extend(category_of(fused.item).map(Ordinal));
    }
    // Categories are numbers like items, and counting them wants the same search.
    let categories = ItemSet::from(known);
    let place_of = |item| categories.place(Ordinal(category_of(item)?));
    let mut sizes = vec![0; categories.as_slice().len()];
    for fused in &*merged {
        if let Some(place) = place_of(fused.item) {
            sizes[place] += 1;
        }
    }
    let all = merged.len();
    for fused in merged {
        let others = all - place_of(fused.item).map_or(1, |place| sizes[place]);
        let found = fused.channels.0.count_ones() as f32;
        let alike = agreement / channels as f32 + variety * others as f32 / all as f32 / found;
        fused.regive(&|_, part, _| worth * (part / best) + alike);
    }
}

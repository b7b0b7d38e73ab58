//! The draft: channels take turns, each giving its best item that is not yet taken. Owns who is next; scores are those of places.
//!
//! At step `n` the channel of largest `q_c (n + 1) - taken_c` is next, the earlier one of equals; a channel that has nothing left
//! leaves. Equal shares `q_c` make rounds in which every channel gives one item, so that none can fill the list before another is
//! heard: the "right way to merge" of the textbook on recall (chapter 5, code 5-2), where an item that is there already costs its
//! channel the turn; here the next one steps in. Shares in proportion to the weights are the quotas of Tmall's home page (section
//! 3.6), kept at every length of the list and not only at its end. Who takes an item gives all of its score, `1 / (1 + n)`.

use crate::candidate::ItemSet;

use super::{CHANNELS, Fused, Given};

/// Gives the first `limit` candidates of the draft the scores of their places, all others nothing. Shares are equal, or those
/// of the weights.
pub fn score(merged: &mut [Fused], items: &ItemSet, lists: &mut [Given<'_>], by_weight: bool, limit: usize) {
    for fused in &mut *merged {
        (fused.score, fused.parts) = (0.0, [0.0; CHANNELS]);
    }
    let mut total = 0.0;
    lists.iter().for_each(|given| total += given.weight);
    for step in 0..limit {
        let mut first = None;
        let mut most = f32::NEG_INFINITY;
        for given in &mut *lists {
            let Some(place) = best_left(given, items, merged) else { continue };
            // Of equal shares it does not matter how large they are.
            let share = if by_weight { given.weight / total } else { 1.0 };
            let claim = share * (step + 1) as f32 - given.taken;
            if claim > most {
                most = claim;
                first = Some((given, place));
            }
        }
        let Some((given, place)) = first else { return };
        given.taken += 1.0;
        let score = 1.0 / (step + 1) as f32;
        let fused = &mut merged[place];
        fused.score = score;
        fused.parts[given.list.channel as usize] = score;
    }
}

/// Place of the list's best candidate that nobody took.
fn best_left(given: &mut Given<'_>, items: &ItemSet, merged: &[Fused]) -> Option<usize> {
    loop {
        let place = items.place(given.list.candidates.get(given.next)?.item)?;
        let fused = &merged[place];
        if fused.score == 0.0 && fused.ranks[given.list.channel as usize] > 0 {
            return Some(place);
        }
        given.next += 1;
    }
}

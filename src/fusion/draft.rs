//! The draft: channels take turns, each giving its best item that is not yet taken. Owns who is next; scores are those of places.
//!
//! At step `n` the channel of largest `q_c (n + 1) - taken_c` is next, the earlier one of equals; a channel that has nothing left
//! leaves. Equal shares `q_c` make rounds in which every channel gives one item, so that none can fill the list before another is
//! heard: the "right way to merge" of the textbook on recall (chapter 5, code 5-2), where an item that is there already costs its
//! channel the turn; here the next one steps in. Shares in proportion to the weights are the quotas of Tmall's home page (section
//! 3.6), kept at every length of the list and not only at its end. Who takes an item gives all of its score, `1 / (1 + n)`.

use super::{CHANNELS, Fused, Given};

/// A channel's list during a draft.
struct Seat<'a> {
    given: &'a Given<'a>,
    /// Candidates that were looked at and are gone.
    next: usize,
    taken: f32,
}

/// Gives the first `limit` candidates of the draft the scores of their places, all others nothing.
pub fn score(merged: &mut [Fused], lists: &[Given<'_>], share_of: &dyn Fn(&Given<'_>) -> f32, limit: usize) {
    for fused in &mut *merged {
        (fused.score, fused.parts) = (0.0, [0.0; CHANNELS]);
    }
    let mut seats: Vec<Seat<'_>> = lists.iter().map(|given| Seat { given, next: 0, taken: 0.0 }).collect();
    for step in 0..limit {
        let mut first: Option<(f32, usize, usize)> = None;
        for (number, seat) in seats.iter_mut().enumerate() {
            let Some(place) = seat.best_left(merged) else { continue };
            let claim = share_of(seat.given) * (step + 1) as f32 - seat.taken;
            if first.is_none_or(|(most, ..)| claim > most) {
                first = Some((claim, number, place));
            }
        }
        let Some((_, number, place)) = first else { return };
        let (seat, fused) = (&mut seats[number], &mut merged[place]);
        seat.taken += 1.0;
        fused.score = 1.0 / (1 + step) as f32;
        fused.parts[seat.given.list.channel as usize] = fused.score;
    }
}

impl Seat<'_> {
    /// Place among the merged of the best candidate that nobody took.
    fn best_left(&mut self, merged: &[Fused]) -> Option<usize> {
        loop {
            let item = self.given.list.candidates.get(self.next)?.item;
            // Items of which no score can be told are not among the merged.
            match super::find(merged, item).filter(|&place| merged[place].score == 0.0) {
                Some(place) => return Some(place),
                None => self.next += 1,
            }
        }
    }
}

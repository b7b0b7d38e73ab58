//! Recall by sums: every trigger gives amounts to items, by a row or a list, and each item's are added up.
//!
//! Owns what was given, kept until it is told who gave it: rows are decoded once. And the sums, in memory that grows with what is
//! touched and not with the catalogue: a dense array would be as fast, but a ten-million-item catalogue (or a manifest that merely
//! claims one) would make every request pay for all of it.

use crate::candidate::{Admits, Candidate, CandidateList, Trigger};
use crate::channel::RecallChannel;
use crate::ids::{ChannelId, Ordinal};
use crate::topk::TopK;

/// The channel over amounts that triggers give.
pub struct SumsChannel<'a> {
    id: ChannelId,
    /// Whether its triggers are there to be named.
    names: bool,
    given: Vec<Given<'a>>,
    /// Rows that were decoded for this request, one after the other.
    own: Vec<Candidate>,
}

/// What one trigger gives, times its weight: a list of a store, or a part of the channel's own.
struct Given<'a> {
    trigger: Trigger,
    list: &'a [Candidate],
    start: usize,
    end: usize,
}

impl<'a> SumsChannel<'a> {
    /// A channel that was given nothing so far; `names` tells whether it explains its scores by triggers.
    pub fn new(id: ChannelId, names: bool) -> SumsChannel<'a> {
        SumsChannel { id, names, given: Vec::new(), own: Vec::new() }
    }

    /// A trigger gives what a list has.
    pub fn add(&mut self, trigger: Trigger, list: &'a [Candidate]) {
        self.given.push(Given { trigger, list, start: 0, end: 0 });
    }

    /// A trigger gives what `append` puts at the end of a list.
    pub fn add_own(&mut self, trigger: Trigger, append: &dyn Fn(&mut Vec<Candidate>)) {
        let start = self.own.len();
        append(&mut self.own);
        self.given.push(Given { trigger, list: &[], start, end: self.own.len() });
    }

    /// The items that were given, and their amounts.
    fn items<'b>(&'b self, given: &'b Given<'a>) -> &'b [Candidate] {
        if given.list.is_empty() { self.own.get(given.start..given.end).unwrap_or_default() } else { given.list }
    }
}

impl RecallChannel for SumsChannel<'_> {
    fn id(&self) -> ChannelId {
        self.id
    }

    /// The best sums, without what sums to nothing.
    fn recall(&self, limit: usize, admits: &Admits<'_>) -> CandidateList {
        let mut most = 1;
        for given in &self.given {
            most += self.items(given).len();
        }
        let mut sums = Sums::new((2 * most).next_power_of_two().min(SLOTS));
        for given in &self.given {
            sums.add(self.items(given), given.trigger.weight);
        }
        let mut top = TopK::new(limit);
        for number in 0..sums.used {
            let candidate = sums.get(number);
            if (candidate.score > 0.0) & top.admits(candidate.score) && admits(candidate.item) {
                top.push(candidate);
            }
        }
        CandidateList { channel: self.id, candidates: top.into_sorted() }
    }

    fn explain(&self, targets: &[Ordinal], visit: &mut dyn FnMut(usize, Trigger, f32)) {
        if !self.names {
            return;
        }
        // Rows name thousands of items and an answer ten: most are none of them by their last bits.
        let mut sieve = [false; SIEVE];
        for target in targets {
            sieve[target.0 as usize % SIEVE] = true;
        }
        for given in &self.given {
            let trigger = given.trigger;
            for target in self.items(given) {
                if sieve[target.item.0 as usize % SIEVE]
                    && let Ok(place) = targets.binary_search(&target.item)
                {
                    visit(place, trigger, trigger.weight * target.score);
                }
            }
        }
    }
}

/// Remainders by which a sieve tells items apart.
const SIEVE: usize = 2048;

/// Most slots to begin with: a long history touches half as many items in most tables.
const SLOTS: usize = 1 << 14;

/// Open addressing with linear probing, at most half full.
struct Sums {
    /// A sum above the ordinal plus one, 0 = free; as many as a power of two.
    slots: Vec<u64>,
    /// Places of slots in use, and one behind the last.
    places: Vec<u32>,
    used: usize,
}

impl Sums {
    fn new(size: usize) -> Sums {
        Sums { slots: vec![0; size], places: vec![0; size / 2 + 1], used: 0 }
    }

    /// Adds to the sums of the items of a list, in its order, each score times a weight.
    fn add(&mut self, list: &[Candidate], weight: f32) {
        while (self.used + list.len()) * 2 > self.slots.len() {
            self.grow();
        }
        let (slots, places) = (self.slots.as_mut_slice(), self.places.as_mut_slice());
        for target in list {
            let key = target.item.0.wrapping_add(1);
            let place = place_of(slots, key);
            let slot = slots[place];
            let sum = f32::from_bits((slot >> 32) as u32) + weight * target.score;
            // Without a branch: whether an item is new cannot be foretold.
            places[self.used] = place as u32;
            self.used += usize::from(slot == 0);
            slots[place] = u64::from(sum.to_bits()) << 32 | u64::from(key);
        }
    }

    /// One of the items that were added to, with its sum.
    #[inline(always)]
    fn get(&self, number: usize) -> Candidate {
        let slot = self.slots[self.places[number] as usize];
        Candidate { item: Ordinal((slot as u32).wrapping_sub(1)), score: f32::from_bits((slot >> 32) as u32) }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let mut larger = Sums::new(self.slots.len() * 2);
        for number in 0..self.used {
            larger.add(&[self.get(number)], 1.0);
        }
        *self = larger;
    }
}

/// The place of the slot of a key, or of the free slot where it belongs.
#[inline(always)]
fn place_of(slots: &[u64], key: u32) -> usize {
    let mask = slots.len() - 1;
    // Fibonacci hashing: neighbouring ordinals, the common case, spread over the whole table.
    let hash = u64::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut place = (hash >> 32) as usize & mask;
    // One branch that is nearly always taken.
    while (slots[place] as u32 != 0) & (slots[place] as u32 != key) {
        place = (place + 1) & mask;
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_dense_array() {
        let mut sums = Sums::new(SLOTS);
        let mut dense = vec![0f32; 15_000];
        for n in 1..60_000u32 {
            let item = n.wrapping_mul(2_654_435_761) % 15_000;
            sums.add(&[Candidate { item: Ordinal(item), score: 0.5 }], 2.0 * n as f32);
            dense[item as usize] += n as f32;
        }
        sums.add(&[Candidate { item: Ordinal(u32::MAX - 1), score: 1.0 }], 1.0);
        let mut found: Vec<Candidate> = (0..sums.used).map(|number| sums.get(number)).collect();
        found.sort_unstable_by_key(|c| c.item);
        assert_eq!(found.pop(), Some(Candidate { item: Ordinal(u32::MAX - 1), score: 1.0 }));
        let expected: Vec<f32> = dense.into_iter().filter(|&sum| sum > 0.0).collect();
        assert_eq!(found.iter().map(|c| c.score).collect::<Vec<_>>(), expected);
    }
}

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

    /// What was given, in order.
    fn parts(&self) -> impl Iterator<Item = (Trigger, &[Candidate])> {
        self.given.iter().map(|given| {
            let own = self.own.get(given.start..given.end).unwrap_or_default();
            (given.trigger, if own.is_empty() { given.list } else { own })
        })
    }
}

impl RecallChannel for SumsChannel<'_> {
    fn id(&self) -> ChannelId {
        self.id
    }

    /// The best sums, without what sums to nothing.
    fn recall(&self, limit: usize, admits: &Admits<'_>) -> CandidateList {
        let mut most = 0;
        for (_, list) in self.parts() {
            most += list.len();
        }
        let mut sums = Sums::new(most);
        for (trigger, list) in self.parts() {
            for target in list {
                sums.add(target.item, trigger.weight * target.score);
            }
        }
        let mut top = TopK::new(limit);
        for candidate in sums.iter() {
            if candidate.score > 0.0 && top.admits(candidate.score) && admits(candidate.item) {
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
        for (trigger, list) in self.parts() {
            for target in list {
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

/// Most slots to begin with: as many items as a long history touches.
const SLOTS: usize = 1 << 14;

/// Open addressing with linear probing, at most half full.
struct Sums {
    /// A sum above the ordinal plus one, 0 = free; as many as a power of two.
    slots: Vec<u64>,
    used: usize,
}

impl Sums {
    /// No sums so far, of perhaps `most` items.
    fn new(most: usize) -> Sums {
        Sums { slots: vec![0; (2 * most).clamp(2, SLOTS).next_power_of_two()], used: 0 }
    }

    /// Adds to the sum of an item. Additions to one item happen in call order.
    #[inline(always)]
    fn add(&mut self, item: Ordinal, amount: f32) {
        let key = item.0.wrapping_add(1);
        let slot = slot_of(&mut self.slots, key);
        let sum = f32::from_bits((*slot >> 32) as u32) + amount;
        let is_new = *slot as u32 == 0;
        *slot = u64::from(sum.to_bits()) << 32 | u64::from(key);
        if is_new {
            self.used += 1;
            if self.used * 2 > self.slots.len() {
                self.grow();
            }
        }
    }

    /// Every item that was added to, with its sum, in no particular order.
    fn iter(&self) -> impl Iterator<Item = Candidate> + '_ {
        let used = self.slots.iter().filter(|slot| **slot != 0);
        used.map(|slot| Candidate { item: Ordinal(*slot as u32 - 1), score: f32::from_bits((slot >> 32) as u32) })
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let size = self.slots.len() * 4;
        let old = std::mem::replace(&mut self.slots, vec![0; size]);
        for entry in old {
            if entry != 0 {
                *slot_of(&mut self.slots, entry as u32) = entry;
            }
        }
    }
}

/// The slot of a key, or the free slot where it belongs.
#[inline(always)]
fn slot_of(slots: &mut [u64], key: u32) -> &mut u64 {
    let mask = slots.len() - 1;
    // Fibonacci hashing: neighbouring ordinals, the common case, spread over the whole table.
    let hash = u64::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut place = (hash >> 32) as usize & mask;
    while slots[place] as u32 != 0 && slots[place] as u32 != key {
        place = (place + 1) & mask;
    }
    &mut slots[place]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_dense_array() {
        let mut sums = Sums::new(16);
        let mut dense = vec![0f32; 5000];
        for n in 0..20_000u32 {
            let item = n.wrapping_mul(2_654_435_761) % 5000;
            sums.add(Ordinal(item), n as f32);
            dense[item as usize] += n as f32;
        }
        sums.add(Ordinal(u32::MAX - 1), 1.0);
        let mut found: Vec<Candidate> = sums.iter().collect();
        found.sort_unstable_by_key(|c| c.item);
        assert_eq!(found.pop(), Some(Candidate { item: Ordinal(u32::MAX - 1), score: 1.0 }));
        let expected: Vec<f32> = dense.into_iter().filter(|&sum| sum > 0.0).collect();
        assert_eq!(found.iter().map(|c| c.score).collect::<Vec<_>>(), expected);
    }
}

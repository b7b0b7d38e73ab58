//! Sums of scores by item, in memory that grows with what is touched and not with the catalogue.
//!
//! A dense array would be as fast, but a ten-million-item catalogue (or a manifest that merely claims one) would make every
//! request pay for all of it.

use crate::candidate::{Admits, Candidate, CandidateList, Trigger};
use crate::ids::{ChannelId, Ordinal};
use crate::topk::TopK;

/// Takes one amount that a trigger gives to a target.
pub type Visit<'a> = dyn FnMut(Trigger, Ordinal, f32) + 'a;

/// The best `limit` sums of what `each` visits, of items that are admitted, without what sums to nothing.
pub fn recall(channel: ChannelId, limit: usize, admits: &Admits<'_>, each: &dyn Fn(&mut Visit<'_>)) -> CandidateList {
    let mut sums = Sums::default();
    each(&mut |_, target, amount| sums.add(target, amount));
    let mut top = TopK::new(limit);
    for candidate in sums.iter() {
        if candidate.score > 0.0 && top.admits(candidate.score) && admits(candidate.item) {
            top.push(candidate);
        }
    }
    CandidateList { channel, candidates: top.into_sorted() }
}

/// What each trigger gave to `targets` (ascending), of all that `each` visits.
pub fn explain(targets: &[Ordinal], visit: &mut dyn FnMut(usize, Trigger, f32), each: &dyn Fn(&mut Visit<'_>)) {
    // Rows name thousands of items and an answer ten: most are none of them by their last six bits.
    let sieve = targets.iter().fold(0u64, |sieve, target| sieve | 1 << (target.0 % 64));
    each(&mut |trigger, target, amount| {
        if sieve >> (target.0 % 64) & 1 == 1
            && let Ok(place) = targets.binary_search(&target)
        {
            visit(place, trigger, amount);
        }
    });
}

/// Open addressing with linear probing, at most half full.
pub struct Sums {
    /// Ordinal plus one, 0 = free; and its sum.
    slots: Vec<(u64, f32)>,
    used: usize,
}

impl Default for Sums {
    fn default() -> Sums {
        Sums { slots: vec![(0, 0.0); 1024], used: 0 }
    }
}

impl Sums {
    /// Adds to the sum of an item. Additions to one item happen in call order.
    #[inline(always)]
    pub fn add(&mut self, item: Ordinal, amount: f32) {
        if self.used * 2 >= self.slots.len() {
            self.grow();
        }
        let wanted = u64::from(item.0) + 1;
        let (key, sum) = slot_of(&mut self.slots, wanted);
        self.used += usize::from(*key == 0);
        *key = wanted;
        *sum += amount;
    }

    /// Every item that was added to, with its sum, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = Candidate> + '_ {
        let used = self.slots.iter().filter(|(key, _)| *key != 0);
        used.map(|&(key, score)| Candidate { item: Ordinal((key - 1) as u32), score })
    }

    fn grow(&mut self) {
        let size = self.slots.len() * 4;
        let old = std::mem::replace(&mut self.slots, vec![(0, 0.0); size]);
        for &entry in &old {
            if entry.0 != 0 {
                *slot_of(&mut self.slots, entry.0) = entry;
            }
        }
    }
}

/// The slot of a key, or the free slot where it belongs.
#[inline(always)]
fn slot_of(slots: &mut [(u64, f32)], key: u64) -> &mut (u64, f32) {
    let mask = slots.len() - 1;
    // Fibonacci hashing: neighbouring ordinals, the common case, spread over the whole table.
    let mut place = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize & mask;
    while slots[place].0 != 0 && slots[place].0 != key {
        place = (place + 1) & mask;
    }
    &mut slots[place]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_dense_array() {
        let mut sums = Sums::default();
        let mut dense = vec![0f32; 5000];
        for n in 0..20_000u32 {
            let item = n.wrapping_mul(2_654_435_761) % 5000;
            sums.add(Ordinal(item), n as f32);
            dense[item as usize] += n as f32;
        }
        sums.add(Ordinal(u32::MAX), 1.0);
        let mut found: Vec<Candidate> = sums.iter().collect();
        found.sort_unstable_by_key(|c| c.item);
        assert_eq!(found.pop(), Some(Candidate { item: Ordinal(u32::MAX), score: 1.0 }));
        let expected: Vec<f32> = dense.into_iter().filter(|&sum| sum > 0.0).collect();
        assert_eq!(found.iter().map(|c| c.score).collect::<Vec<_>>(), expected);
    }
}

//! Bounded top-k and the one total order of the project: score descending, then ordinal ascending. NaN never gets in.
use core::cmp::Ordering;

use crate::candidate::Candidate;
use crate::ids::Ordinal;
use crate::listed::{Listed, sift_down, sort_heap};

/// The total order: `Less` means `a` ranks before `b`. Scores must not be NaN.
#[inline(always)]
pub fn rank_order(a: &Candidate, b: &Candidate) -> Ordering {
    b.score.total_cmp(&a.score).then(a.item.cmp(&b.item))
}

/// Keeps the best `k` of all candidates pushed, in memory of `k` entries.
///
/// A binary heap with the worst kept candidate at the root: one comparison rejects most of a scan. A candidate is one number there, larger
/// where it ranks before others.
#[derive(Debug)]
pub struct TopK {
    limit: usize,
    heap: Vec<u64>,
    /// Score below which nothing gets in.
    least: f32,
}

impl TopK {
    /// An empty selection of at most `limit` candidates.
    pub fn new(limit: usize) -> TopK {
        // A hostile limit must not reserve memory that no candidate will ever use.
        TopK { limit, heap: Vec::with_capacity(limit.min(1024)), least: f32::NEG_INFINITY }
    }

    /// What a score must reach to get in; a tie may still be turned away.
    #[inline(always)]
    pub fn floor(&self) -> f32 {
        self.least
    }

    /// Whether a candidate of this score could still get in. A quick test that may say yes in vain, on a tie.
    #[inline(always)]
    pub fn admits(&self, score: f32) -> bool {
        score >= self.least
    }

    /// Offers one candidate. NaN is refused; negative zero counts as zero.
    pub fn push(&mut self, candidate: Candidate) {
        if candidate.score.is_nan() || self.limit == 0 {
            return;
        }
        let own = number(candidate);
        if self.heap.len() < self.limit {
            self.heap.push(own);
            sift_up(&mut self.heap);
        } else if own > self.heap[0] {
            self.heap[0] = own;
            sift_down(&mut self.heap, 0);
        }
        if self.heap.len() == self.limit {
            self.least = of_number(self.heap[0]).score;
        }
    }

    /// The selection, best first.
    pub fn into_sorted(self) -> Vec<Candidate> {
        // The heap is half a heap sort already; finishing it costs fewer bytes of wasm than another sort.
        let mut heap = self.heap;
        sort_heap(&mut heap);
        heap.iter().map(|&own| of_number(own)).listed()
    }
}

/// A candidate as a number: its score, bits turned so that they order as the score does, then its ordinal, turned too.
#[inline(always)]
fn number(candidate: Candidate) -> u64 {
    // `x + 0.0` turns -0.0 into 0.0, which the bits would otherwise tell apart.
    let bits = (candidate.score + 0.0).to_bits();
    let score = bits ^ ((bits.cast_signed() >> 31).cast_unsigned() | 1 << 31);
    u64::from(score) << 32 | u64::from(!candidate.item.0)
}

/// The candidate of a number.
#[inline(always)]
fn of_number(number: u64) -> Candidate {
    let score = (number >> 32) as u32;
    let bits = score ^ (!(score.cast_signed() >> 31).cast_unsigned() | 1 << 31);
    Candidate { item: Ordinal(!(number as u32)), score: f32::from_bits(bits) }
}

/// Puts the last number where it belongs.
fn sift_up(heap: &mut [u64]) {
    let mut place = heap.len() - 1;
    let own = heap[place];
    while place > 0 {
        let parent = (place - 1) / 2;
        if heap[parent] <= own {
            break;
        }
        heap[place] = heap[parent];
        place = parent;
    }
    heap[place] = own;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(item: u32, score: f32) -> Candidate {
        Candidate { item: Ordinal(item), score }
    }

    #[test]
    fn keeps_the_same_as_a_full_sort() {
        let mut state = 9u32;
        let all: Vec<Candidate> = (0..500)
            .map(|item| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                candidate(item, (state >> 27) as f32)
            })
            .collect();
        let mut sorted = all.clone();
        sorted.sort_unstable_by(rank_order);
        for k in [0, 1, 2, 7, 100, 500, 1000] {
            let mut top = TopK::new(k);
            all.iter().for_each(|&c| top.push(c));
            assert_eq!(top.into_sorted(), sorted[..k.min(500)], "k = {k}");
        }
    }

    #[test]
    fn refuses_nan_and_breaks_ties_by_ordinal() {
        let mut top = TopK::new(3);
        for c in [candidate(5, 0.0), candidate(1, f32::NAN), candidate(4, -0.0), candidate(9, 1.0), candidate(2, 0.0)] {
            top.push(c);
        }
        let items: Vec<u32> = top.into_sorted().iter().map(|c| c.item.0).collect();
        assert_eq!(items, [9, 2, 4]);
    }
}

//! Bounded top-k and the one total order of the project: score descending, then ordinal ascending. NaN never gets in.
use core::cmp::Ordering;

use crate::candidate::Candidate;

/// The total order: `Less` means `a` ranks before `b`. Scores must not be NaN.
#[inline(always)]
pub fn rank_order(a: &Candidate, b: &Candidate) -> Ordering {
    b.score.total_cmp(&a.score).then(a.item.cmp(&b.item))
}

/// Keeps the best `k` of all candidates pushed, in memory of `k` entries.
///
/// A binary heap with the worst kept candidate at the root: one comparison rejects most of a scan.
#[derive(Debug, Default)]
pub struct TopK {
    limit: usize,
    heap: Vec<Candidate>,
}

impl TopK {
    /// An empty selection of at most `limit` candidates.
    pub fn new(limit: usize) -> TopK {
        // A hostile limit must not reserve memory that no candidate will ever use.
        TopK { limit, heap: Vec::with_capacity(limit.min(1024)) }
    }

    /// What a score must reach to get in; a tie may still be turned away.
    #[inline(always)]
    pub fn floor(&self) -> f32 {
        match self.heap.first() {
            Some(worst) if self.heap.len() >= self.limit => worst.score,
            _ => f32::NEG_INFINITY,
        }
    }

    /// Whether a candidate of this score could still get in. A quick test that may say yes in vain, on a tie.
    #[inline(always)]
    pub fn admits(&self, score: f32) -> bool {
        score >= self.floor()
    }

    /// Offers one candidate. NaN is refused; negative zero counts as zero.
    pub fn push(&mut self, candidate: Candidate) {
        if candidate.score.is_nan() || self.limit == 0 {
            return;
        }
        // `x + 0.0` turns -0.0 into 0.0, which `total_cmp` would otherwise tell apart.
        let candidate = Candidate { score: candidate.score + 0.0, ..candidate };
        if self.heap.len() < self.limit {
            self.heap.push(candidate);
            self.sift_up(self.heap.len() - 1);
        } else if rank_order(&candidate, &self.heap[0]).is_lt() {
            self.heap[0] = candidate;
            self.sift_down();
        }
    }

    /// The selection, best first.
    pub fn into_sorted(self) -> Vec<Candidate> {
        // The heap is half a heap sort already; finishing it costs fewer bytes of wasm than another sort.
        let mut selection = self;
        let mut sorted = Vec::with_capacity(selection.heap.len());
        while let Some(last) = selection.heap.pop() {
            let worst = match selection.heap.first_mut() {
                Some(root) => core::mem::replace(root, last),
                None => last,
            };
            selection.sift_down();
            sorted.push(worst);
        }
        sorted.reverse();
        sorted
    }

    fn sift_up(&mut self, mut place: usize) {
        while place > 0 {
            let parent = (place - 1) / 2;
            if rank_order(&self.heap[place], &self.heap[parent]).is_le() {
                break;
            }
            self.heap.swap(place, parent);
            place = parent;
        }
    }

    fn sift_down(&mut self) {
        let heap = self.heap.as_mut_slice();
        let (mut place, mut child) = (0, 1);
        while child < heap.len() {
            if child + 1 < heap.len() && rank_order(&heap[child + 1], &heap[child]).is_gt() {
                child += 1;
            }
            if rank_order(&heap[child], &heap[place]).is_le() {
                break;
            }
            heap.swap(place, child);
            (place, child) = (child, 2 * child + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Ordinal;

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

//! Lists in fewer bytes of download. `collect` and `extend` of the standard library look for exact lengths, trusted lengths and
//! lists to reuse, some 300 bytes of code for every kind of iterator; these push, one by one. For code that runs a few times a
//! call, not once an item of the catalogue. And the one heap.

/// Makes a list of an iterator.
pub trait Listed: Iterator + Sized {
    /// All that is left, in order.
    #[inline(always)]
    fn listed(self) -> Vec<Self::Item> {
        let mut list = Vec::new();
        self.append_to(&mut list);
        list
    }

    /// Puts all that is left at the end of a list.
    #[inline(always)]
    fn append_to(self, list: &mut Vec<Self::Item>) {
        for item in self {
            list.push(item);
        }
    }
}

impl<I: Iterator> Listed for I {}

/// Of numbers with the least at the root: puts the one at `place` where it belongs, all below being heaps.
pub fn sift_down(heap: &mut [u64], mut place: usize) {
    let Some(&own) = heap.get(place) else { return };
    let mut child = 2 * place + 1;
    while child < heap.len() {
        if child + 1 < heap.len() && heap[child + 1] < heap[child] {
            child += 1;
        }
        if own <= heap[child] {
            break;
        }
        heap[place] = heap[child];
        (place, child) = (child, 2 * child + 1);
    }
    heap[place] = own;
}

/// Sorts such a heap, the largest number first. The standard library's sorts are faster on long lists and ten times the bytes; lists
/// here are a few hundred items.
pub fn sort_heap(heap: &mut [u64]) {
    for end in (1..heap.len()).rev() {
        heap.swap(0, end);
        sift_down(&mut heap[..end], 0);
    }
}

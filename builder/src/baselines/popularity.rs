//! The items that most users met, the same for everyone but for what each has met. Owns the order.

use super::Asked;

/// Items by the number of their distinct users.
pub(super) struct Popularity {
    /// Most users first, ties by lower number. Items that nobody met are not among them.
    order: Vec<u32>,
}

impl Popularity {
    /// Orders the items; `counts[item]` are its distinct users.
    pub(super) fn new(counts: &[u32]) -> Self {
        let mut order: Vec<u32> = (0..counts.len() as u32).filter(|&item| counts[item as usize] > 0).collect();
        order.sort_by_key(|&item| std::cmp::Reverse(counts[item as usize]));
        Self { order }
    }

    /// The best `limit` that are not masked.
    pub(super) fn rank(&self, asked: &Asked, limit: usize) -> Vec<u32> {
        let free = self.order.iter().copied().filter(|item| asked.masked.binary_search(item).is_err());
        free.take(limit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_users_first_and_what_is_masked_moves_up() {
        let popularity = Popularity::new(&[2, 0, 5, 2, 1]);
        assert_eq!(popularity.rank(&Asked::default(), 9), [2, 0, 3, 4]);
        assert_eq!(popularity.rank(&Asked { masked: vec![0, 2], ..Asked::default() }, 1), [3]);
    }
}

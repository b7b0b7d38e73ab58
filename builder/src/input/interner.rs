//! Keys to row numbers. Owns the order: a key's number is its place by first appearance.

use std::collections::HashMap;

use anyhow::{Context, Result};

/// Numbers keys from 0 upward. Each key is held once.
#[derive(Clone, Debug, Default)]
pub struct Interner {
    rows: HashMap<Box<str>, u32>,
}

impl Interner {
    /// The number of a key, which is new if it has not been seen before.
    pub fn row(&mut self, key: &str) -> Result<u32> {
        if let Some(row) = self.rows.get(key) {
            return Ok(*row);
        }
        let row = u32::try_from(self.rows.len()).context("more than four thousand million different keys")?;
        self.rows.insert(key.into(), row);
        Ok(row)
    }

    /// The number of a known key.
    pub fn get(&self, key: &str) -> Option<u32> {
        self.rows.get(key).copied()
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True before the first key.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The keys by number.
    pub fn into_keys(self) -> Vec<String> {
        let mut keys = vec![String::new(); self.rows.len()];
        for (key, row) in self.rows {
            keys[row as usize] = key.into_string();
        }
        keys
    }

    /// An interner that knows these keys by their places. The keys must differ.
    pub fn from_keys(keys: Vec<String>) -> Result<Self> {
        let mut interner = Self { rows: HashMap::with_capacity(keys.len()) };
        for key in keys {
            let row = u32::try_from(interner.rows.len())?;
            interner.rows.insert(key.into_boxed_str(), row);
        }
        Ok(interner)
    }
}

/// `rank[row]` = place of the key in byte order. The order of ties, which no file order may decide.
pub fn ranks(keys: &[String]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..keys.len() as u32).collect();
    order.sort_unstable_by(|&left, &right| keys[left as usize].cmp(&keys[right as usize]));
    let mut ranks = vec![0; keys.len()];
    for (rank, row) in order.into_iter().enumerate() {
        ranks[row as usize] = rank as u32;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_first_appearance_and_ranks_follow_the_keys() {
        let mut interner = Interner::default();
        let rows: Vec<_> = ["b", "a", "b", "c"].iter().map(|key| interner.row(key).unwrap()).collect();
        assert_eq!(rows, [0, 1, 0, 2]);
        assert_eq!(interner.get("c"), Some(2));
        assert_eq!(interner.get("d"), None);
        let keys = interner.into_keys();
        assert_eq!(keys, ["b", "a", "c"]);
        assert_eq!(ranks(&keys), [1, 0, 2]);
        let mut again = Interner::from_keys(keys).unwrap();
        assert_eq!((again.row("c").unwrap(), again.row("d").unwrap(), again.len()), (2, 3, 4));
    }
}

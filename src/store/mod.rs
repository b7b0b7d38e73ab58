//! Validated views over attached shards. What a store holds has been checked at `attach`, so no lookup in it can fail.
//!
//! Owns the way from an ordinal to its cell; knows nothing of requests.

pub mod attributes;
pub mod cards;
pub mod catalog;
pub mod crowd;
pub mod directory;
pub mod embeddings;
pub mod i2i;
pub mod idmap;
#[cfg(feature = "search")]
pub mod vectors;

use crate::ids::Ordinal;

/// Per-cell parts of one kind, found by ordinal. Cells may be attached in any order, and some may be absent.
#[derive(Clone)]
pub struct Segments<T> {
    parts: Vec<Segment<T>>,
}

/// The part of one cell.
#[derive(Clone)]
pub struct Segment<T> {
    /// First ordinal of the cell.
    pub base: u32,
    /// Items of the cell.
    pub count: u32,
    /// What the cell holds.
    pub part: T,
}

impl<T> Default for Segments<T> {
    fn default() -> Self {
        Segments { parts: Vec::new() }
    }
}

impl<T> Segments<T> {
    /// Adds the part of a cell that has none yet.
    pub fn insert(&mut self, base: u32, count: u32, part: T) {
        let place = self.parts.partition_point(|s| s.base < base);
        self.parts.insert(place, Segment { base, count, part });
    }

    /// Takes out the part of a cell.
    pub fn remove(&mut self, base: u32) {
        self.parts.retain(|part| part.base != base);
    }

    /// The part that holds an ordinal, and its slot there.
    pub fn find(&self, item: Ordinal) -> Option<(u32, &Segment<T>)> {
        let place = self.parts.partition_point(|s| s.base <= item.0).checked_sub(1)?;
        let segment = self.parts.get(place)?;
        let slot = item.0 - segment.base;
        (slot < segment.count).then_some((slot, segment))
    }

    /// All parts in order of their ordinals.
    pub fn iter(&self) -> impl Iterator<Item = &Segment<T>> {
        self.parts.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_find_their_cell() {
        let mut segments = Segments::default();
        segments.insert(10, 5, 'b');
        segments.insert(0, 4, 'a');
        let found = |item| segments.find(Ordinal(item)).map(|(slot, s)| (slot, s.part));
        assert_eq!(found(0), Some((0, 'a')));
        assert_eq!(found(3), Some((3, 'a')));
        assert_eq!(found(4), None);
        assert_eq!(found(14), Some((4, 'b')));
        assert_eq!(found(15), None);
    }
}

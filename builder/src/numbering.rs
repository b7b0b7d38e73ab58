//! Which item gets which ordinal, and which cell it lies in. Owns the order of the published catalogue.
//!
//! One cell holds everything for now; inside it the most popular items come first, so that the targets of most rows are
//! small numbers with small gaps.

use std::ops::Range;

use crate::model::Interactions;

/// Rows of the log to ordinals and back.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbering {
    /// `rows[ordinal]` = row in [`Interactions::items`].
    pub rows: Vec<u32>,
    /// `ordinals[row]` = ordinal.
    pub ordinals: Vec<u32>,
    /// Ordinals of each cell, in order, without gaps.
    pub cells: Vec<Range<u32>>,
}

impl Numbering {
    /// Numbers the items of a log by popularity, ties by key.
    pub fn by_popularity(log: &Interactions) -> Numbering {
        let mut events = vec![0u32; log.items.len()];
        for event in &log.events {
            events[event.item as usize] += 1;
        }
        let mut rows: Vec<u32> = (0..log.items.len() as u32).collect();
        rows.sort_unstable_by(|&a, &b| {
            let (a, b) = (a as usize, b as usize);
            events[b].cmp(&events[a]).then_with(|| log.items[a].cmp(&log.items[b]))
        });
        let mut ordinals = vec![0; rows.len()];
        for (ordinal, &row) in (0..).zip(&rows) {
            ordinals[row as usize] = ordinal;
        }
        let whole = (!rows.is_empty()).then_some(0..rows.len() as u32);
        Numbering { rows, ordinals, cells: whole.into_iter().collect() }
    }

    /// A column of the log, one entry an item, in the order of ordinals `range`.
    pub fn pick<'a, T>(&'a self, range: &Range<u32>, column: &'a [T]) -> impl Iterator<Item = &'a T> + 'a {
        self.rows[range.start as usize..range.end as usize].iter().map(|&row| &column[row as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::fixture::log;

    #[test]
    fn popular_items_come_first() {
        let numbering = Numbering::by_popularity(&log(4, &[&[2, 1], &[2, 3], &[3, 2]]));
        assert_eq!(numbering.rows, [2, 3, 1, 0]);
        assert_eq!(numbering.ordinals, [3, 2, 0, 1]);
        assert_eq!(numbering.cells.first(), Some(&(0..4)));
        assert_eq!(numbering.pick(&(1..3), &['a', 'b', 'c', 'd']).collect::<String>(), "db");
    }
}

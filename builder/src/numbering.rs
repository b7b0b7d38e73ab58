//! Which item gets which ordinal, and which cell and leaf it lies in. Owns the order of the published catalogue.
//!
//! Inside a cell the most popular items come first, so that the targets of most rows are small numbers with small gaps.

use std::ops::Range;

use crate::layout::Cut;
use crate::model::{Interactions, ItemVectors};
use crate::stages::cells::cluster;

/// Rows of the log to ordinals and back.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbering {
    /// `rows[ordinal]` = row in [`Interactions::items`].
    pub rows: Vec<u32>,
    /// `ordinals[row]` = ordinal.
    pub ordinals: Vec<u32>,
    /// Ordinals of each cell, in order, without gaps.
    pub cells: Vec<Range<u32>>,
    /// Cells of each leaf, in order, without gaps.
    pub leaves: Vec<Range<u32>>,
}

impl Numbering {
    /// Numbers the items of a log cell by cell; by popularity alone where there is one cell.
    pub fn new(log: &Interactions, vectors: Option<&ItemVectors>, cut: Cut) -> Numbering {
        match vectors {
            Some(vectors) if cut.cells > 1 => {
                let clustering = cluster(vectors, &events_of(log), cut.cells, cut.leaves);
                Numbering::of_order(clustering.order, clustering.cells, clustering.leaves)
            }
            _ => Numbering::by_popularity(log, cut),
        }
    }

    /// Numbers the items of a log by popularity, ties by key, in cells of equal size.
    pub fn by_popularity(log: &Interactions, cut: Cut) -> Numbering {
        let events = events_of(log);
        let mut rows: Vec<u32> = (0..log.items.len() as u32).collect();
        rows.sort_unstable_by(|&a, &b| {
            let (a, b) = (a as usize, b as usize);
            events[b].cmp(&events[a]).then_with(|| log.items[a].cmp(&log.items[b]))
        });
        let cells = even(rows.len(), cut.cells);
        let leaves = even(cells.len(), cut.leaves);
        Numbering::of_order(rows, cells, leaves)
    }

    fn of_order(rows: Vec<u32>, cells: Vec<Range<u32>>, leaves: Vec<Range<u32>>) -> Numbering {
        let mut ordinals = vec![0; rows.len()];
        for (ordinal, &row) in (0..).zip(&rows) {
            ordinals[row as usize] = ordinal;
        }
        Numbering { rows, ordinals, cells, leaves }
    }

    /// The log rows of the ordinals `range`.
    pub fn rows_of(&self, range: &Range<u32>) -> &[u32] {
        &self.rows[range.start as usize..range.end as usize]
    }
}

/// Events of each item.
pub fn events_of(log: &Interactions) -> Vec<u32> {
    let mut events = vec![0u32; log.items.len()];
    for event in &log.events {
        events[event.item as usize] += 1;
    }
    events
}

/// `count` things in at most `parts` ranges of about equal length, none of them empty.
pub fn even(count: usize, parts: usize) -> Vec<Range<u32>> {
    let parts = parts.clamp(count.min(1), count);
    let edge = |part: usize| (part * count / parts) as u32;
    (0..parts).map(|part| edge(part)..edge(part + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::fixture::log;

    #[test]
    fn the_most_popular_come_first() {
        let log = log(4, &[&[2, 0], &[2, 0, 1], &[2]]);
        let numbering = Numbering::new(&log, None, Cut { cells: 2, leaves: 1 });
        assert_eq!(numbering.rows, [2, 0, 1, 3]);
        assert_eq!(numbering.ordinals, [1, 2, 0, 3]);
        assert_eq!(numbering.cells, [0..2, 2..4]);
        assert!(numbering.leaves.iter().eq(std::iter::once(&(0..2))), "{:?}", numbering.leaves);
        assert_eq!(numbering.rows_of(&(1..3)), [0, 1]);
    }

    #[test]
    fn things_are_cut_evenly() {
        assert_eq!(even(7, 3), [0..2, 2..4, 4..7]);
        assert_eq!(even(2, 5), [0..1, 1..2]);
        assert!(even(0, 3).is_empty());
    }
}

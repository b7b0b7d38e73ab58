//! Groups the items of a catalogue into cells of similar direction, cells into leaves. Owns the published order of items.

mod balance;
mod directions;
mod members;
mod rounds;
mod tree;

use std::cmp::Reverse;
use std::ops::Range;

use rayon::prelude::*;

use crate::model::ItemVectors;
use directions::Directions;

/// Items in published order, cut into cells and leaves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clustering {
    /// Item rows in published order: the item at place `o` gets ordinal `o`.
    pub order: Vec<u32>,
    /// The ordinals of each cell, in order and without gaps; no cell is empty.
    pub cells: Vec<Range<u32>>,
    /// The cells of each leaf, in order and without gaps; no leaf is empty.
    pub leaves: Vec<Range<u32>>,
}

/// Clusters items by the direction of their vectors, into about `cells` cells of about equal size in `leaves` leaves.
///
/// Directions, not vectors: where scores are inner products, long vectors would draw everybody into few cells. Cells
/// hold 0.5 to 1.5 times the mean, because a file's size is what a visitor pays. Cells near in number are similar.
/// Inside a cell the most popular item comes first, ties by row.
///
/// Items without a direction (zero vectors) get cells of their own at the end, in row order cut evenly, and a leaf of
/// their own where there is more than one leaf: they would blur every centroid they touch. For them there may be one
/// cell and one leaf more than asked for. A single cell holds everything.
pub fn cluster(vectors: &ItemVectors, popularity: &[u32], cells: usize, leaves: usize) -> Clustering {
    let items = popularity.len();
    if items == 0 {
        return Clustering::default();
    }
    let cells = cells.clamp(1, items);
    if cells == 1 {
        return publish(Groups { order: (0..items as u32).collect(), sizes: vec![items], leaves: vec![1] }, popularity);
    }
    let directions = Directions::new(&vectors.rows, vectors.dim);
    let (known, unknown): (Vec<u32>, Vec<u32>) = (0..items as u32).partition(|&row| directions.known(row));
    let share = |count: usize| ((count * cells + items / 2) / items).clamp(count.min(1), count);
    let mut all = group(&directions, known.clone(), share(known.len()), leaves);
    if !unknown.is_empty() {
        let blank = share(unknown.len());
        all.sizes.extend((0..blank).map(|cell| (cell + 1) * unknown.len() / blank - cell * unknown.len() / blank));
        match all.leaves.last_mut() {
            Some(only) if leaves <= 1 => *only += blank,
            _ => all.leaves.push(blank),
        }
        all.order.extend(unknown);
    }
    publish(all, popularity)
}

/// Rows cell by cell, with the items of each cell and the cells of each leaf.
#[derive(Clone, Debug, Default)]
struct Groups {
    order: Vec<u32>,
    sizes: Vec<usize>,
    leaves: Vec<usize>,
}

/// Clusters rows that all have a direction.
fn group(directions: &Directions, rows: Vec<u32>, cells: usize, leaves: usize) -> Groups {
    if rows.is_empty() {
        return Groups::default();
    }
    let members = rounds::refine(directions, rows, cells);
    // Cells have wandered since they were planted: they are arranged anew, and into the leaves that are published.
    let (members, leaves) = rounds::arrange(directions, members, leaves.clamp(1, cells));
    Groups { sizes: (0..cells).map(|cell| members.of(cell).len()).collect(), order: members.into_rows(), leaves }
}

/// Puts the popular items of each cell first, and counts.
fn publish(mut groups: Groups, popularity: &[u32]) -> Clustering {
    let mut rest = groups.order.as_mut_slice();
    let mut parts = Vec::with_capacity(groups.sizes.len());
    for &size in &groups.sizes {
        let (cell, after) = rest.split_at_mut(size);
        parts.push(cell);
        rest = after;
    }
    parts.into_par_iter().for_each(|cell| cell.sort_unstable_by_key(|&row| (Reverse(popularity[row as usize]), row)));
    Clustering { order: groups.order, cells: ranges(&groups.sizes), leaves: ranges(&groups.leaves) }
}

fn ranges(sizes: &[usize]) -> Vec<Range<u32>> {
    let mut start = 0;
    let range = |&size: &usize| {
        let from = start;
        start += size as u32;
        from..start
    };
    sizes.iter().map(range).collect()
}

#[cfg(test)]
#[path = "cells_tests.rs"]
mod tests;

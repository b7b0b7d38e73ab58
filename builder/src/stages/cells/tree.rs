//! Balanced bisection: halves, quarters and so on, each cut along the direction in which its rows differ most. Owns the
//! first cells and, run over the cells' own centroids, their order and their leaves.

use rayon::prelude::*;

use super::Groups;
use super::directions::Directions;
use crate::stages::dense::dot;

/// Rows that choose a cut; a larger part is represented by as many, evenly taken.
const SAMPLE: usize = 8192;
/// Rounds of balanced 2-means for one cut.
const ROUNDS: usize = 8;

/// A part of the rows, to be cut further.
struct Part {
    /// Number of rows.
    rows: usize,
    /// Cells it will become.
    cells: usize,
    /// Leaves it will become.
    leaves: usize,
    /// Place in the tree of leaves: the root is 1, the halves of `n` are `2 n` and `2 n + 1`; parts of one leaf share it.
    leaf: usize,
    /// Where it points.
    middle: Vec<f32>,
}

/// Cuts `rows` into `cells` parts of equal size (to one row), about equally many a leaf. Neighbours are similar.
///
/// Needs `1 <= leaves <= cells <= rows`.
pub fn grow(directions: &Directions, rows: Vec<u32>, cells: usize, leaves: usize) -> Groups {
    let mut order = rows;
    let middle = directions.middle(order.iter().copied());
    let mut parts = vec![Part { rows: order.len(), cells, leaves, leaf: 1, middle }];
    while parts.iter().any(|part| part.cells > 1) {
        let middles: Vec<Vec<f32>> = parts.iter().map(|part| part.middle.clone()).collect();
        let mut rest = order.as_mut_slice();
        let mut work = Vec::with_capacity(parts.len());
        for part in parts {
            let (own, after) = rest.split_at_mut(part.rows);
            work.push((part, own));
            rest = after;
        }
        let halves: Vec<(Part, Option<Part>)> =
            work.into_par_iter().map(|(part, own)| cut(directions, part, own)).collect();
        parts = orient(&mut order, &middles, halves);
    }
    let leaves = parts.chunk_by(|a, b| a.leaf == b.leaf).map(<[Part]>::len).collect();
    Groups { order, sizes: parts.iter().map(|part| part.rows).collect(), leaves }
}

/// Cuts a part of several cells in two, each with rows in proportion to its cells.
fn cut(directions: &Directions, part: Part, rows: &mut [u32]) -> (Part, Option<Part>) {
    if part.cells == 1 {
        return (part, None);
    }
    let leaves = part.leaves / 2;
    let cells = if part.leaves > 1 { part.cells * leaves / part.leaves } else { part.cells / 2 };
    let count = part.rows * cells / part.cells;
    let step = part.rows.div_ceil(SAMPLE);
    let sample: Vec<u32> = rows.iter().copied().step_by(step).collect();
    let axis = axis(directions, &part, &sample, sample.len() * cells / part.cells);
    let mut placed = place(directions, rows.iter().copied(), &axis);
    split(&mut placed, count);
    rows.iter_mut().zip(&placed).for_each(|(row, place)| *row = place.1);
    let middle = |rows: &[u32]| directions.middle(rows.iter().copied().step_by(step));
    let (low, high) = rows.split_at(count);
    let [leaf, sibling] = if part.leaves > 1 { [2 * part.leaf, 2 * part.leaf + 1] } else { [part.leaf; 2] };
    let first = Part { rows: low.len(), cells, leaves: leaves.max(1), leaf, middle: middle(low) };
    let (cells, leaves) = (part.cells - cells, part.leaves - leaves);
    (first, Some(Part { rows: high.len(), cells, leaves, leaf: sibling, middle: middle(high) }))
}

/// The axis along which a sample is cut: from the middle of one half to the middle of the other, until they settle.
fn axis(directions: &Directions, part: &Part, sample: &[u32], count: usize) -> Vec<f32> {
    let count = count.clamp(1, sample.len() - 1);
    let mut axis = spread(directions, &part.middle, sample);
    let mut last = Vec::new();
    for _ in 0..ROUNDS {
        let mut placed = place(directions, sample.iter().copied(), &axis);
        split(&mut placed, count);
        let (low, high) = placed.split_at(count);
        let mut members: Vec<u32> = low.iter().map(|place| place.1).collect();
        members.sort_unstable();
        if members == last {
            break;
        }
        last = members;
        let [low, high] = [low, high].map(|half| directions.middle(half.iter().map(|place| place.1)));
        axis = high.iter().zip(&low).map(|(high, low)| high - low).collect();
    }
    axis
}

/// From the middle to the row that is farthest from it: a first axis.
fn spread(directions: &Directions, middle: &[f32], sample: &[u32]) -> Vec<f32> {
    let mut farthest = place(directions, sample.iter().copied(), middle);
    split(&mut farthest, 1);
    let end = directions.middle(std::iter::once(farthest[0].1));
    end.iter().zip(middle).map(|(end, middle)| end - middle).collect()
}

/// Rows with their place along an axis.
fn place(directions: &Directions, rows: impl Iterator<Item = u32>, axis: &[f32]) -> Vec<(f32, u32)> {
    rows.map(|row| (directions.dot(row, axis), row)).collect()
}

/// Brings the `count` lowest to the front, ties by row.
fn split(placed: &mut [(f32, u32)], count: usize) {
    if count > 0 && count < placed.len() {
        placed.select_nth_unstable_by(count - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    }
}

/// Puts the halves of each part in the order in which similar ends meet. `middles` are those of the parts before.
fn orient(order: &mut [u32], middles: &[Vec<f32>], halves: Vec<(Part, Option<Part>)>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::with_capacity(2 * halves.len());
    let mut start = 0;
    for (place, (first, second)) in halves.into_iter().enumerate() {
        let end = start + first.rows + second.as_ref().map_or(0, |second| second.rows);
        let Some(second) = second else {
            parts.push(first);
            start = end;
            continue;
        };
        let before = parts.last().map_or(&[][..], |part| &part.middle);
        let after = middles.get(place + 1).map_or(&[][..], Vec::as_slice);
        let fit = |left: &Part, right: &Part| near(before, &left.middle) + near(&right.middle, after);
        if fit(&second, &first) > fit(&first, &second) {
            order[start..end].rotate_left(first.rows);
            parts.extend([second, first]);
        } else {
            parts.extend([first, second]);
        }
        start = end;
    }
    parts
}

/// Similarity of two middles; 0 where there is nobody on one side.
fn near(a: &[f32], b: &[f32]) -> f32 {
    if a.is_empty() || b.is_empty() { 0.0 } else { dot(a, b) }
}

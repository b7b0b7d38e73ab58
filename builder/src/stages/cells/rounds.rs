//! Rounds of k-means between cells that lie near each other. Owns which cells a row may move to.

use rayon::prelude::*;

use super::balance::{self, Choice};
use super::directions::Directions;
use super::members::Members;
use super::tree;

/// Rounds; later ones move few rows.
const ROUNDS: usize = 10;
/// Groups of cells that a row looks into.
const REACH: usize = 3;

/// Rows in `cells` cells of similar size and direction.
pub fn refine(directions: &Directions, rows: Vec<u32>, cells: usize) -> Members {
    let groups = ((cells as f64).sqrt().ceil() as usize).clamp(1, cells);
    let first = tree::grow(directions, rows, cells, groups);
    let mut members = Members::new(first.order, &first.sizes);
    for _ in 0..if cells > 1 { ROUNDS } else { 0 } {
        let leaves;
        (members, leaves) = arrange(directions, members, groups);
        let choices = choices(directions, &members, &leaves);
        let owner = balance::assign(&choices, members.rows().len(), cells);
        members = members.regroup(&owner);
    }
    members
}

/// Renumbers cells so that neighbours are similar, and cuts them into leaves: returns the cells of each.
pub fn arrange(directions: &Directions, members: Members, leaves: usize) -> (Members, Vec<usize>) {
    let middles = middles(directions, &members);
    let order = (0..members.cells() as u32).collect();
    let arranged = tree::grow(&Directions::new(&middles, directions.dim()), order, members.cells(), leaves);
    (members.renumber(&arranged.order), arranged.leaves)
}

/// The middle direction of every cell, row-major.
fn middles(directions: &Directions, members: &Members) -> Vec<f32> {
    let middle = |cell: usize| directions.middle(members.of(cell).iter().copied());
    (0..members.cells()).into_par_iter().flat_map_iter(middle).collect()
}

/// For every row the nearest cells among those of the nearest groups, best first: [`balance::CHOICES`] a row, fewer
/// where there are fewer cells.
fn choices(directions: &Directions, members: &Members, groups: &[usize]) -> Vec<Choice> {
    let dim = directions.dim();
    let middles = middles(directions, members);
    let mut starts = vec![0];
    starts.extend(groups.iter().scan(0, |end, &cells| {
        *end += cells;
        Some(*end)
    }));
    let cells = Directions::new(&middles, dim);
    let crowds: Vec<Vec<f32>> = starts.windows(2).map(|group| cells.middle(group[0] as u32..group[1] as u32)).collect();
    let width = balance::CHOICES.min(members.cells());
    let mut choices = vec![Choice::default(); members.rows().len() * width];
    choices.par_chunks_mut(width).zip(members.rows()).with_min_len(256).for_each(|(own, &row)| {
        let mut close = [NOBODY; REACH];
        for (group, middle) in crowds.iter().enumerate() {
            insert(&mut close, Choice { cell: group as u32, score: directions.dot(row, middle) });
        }
        own.fill(NOBODY);
        for group in close[..REACH.min(groups.len())].iter().map(|choice| choice.cell as usize) {
            for cell in starts[group]..starts[group + 1] {
                let score = directions.dot(row, &middles[cell * dim..(cell + 1) * dim]);
                insert(own, Choice { cell: cell as u32, score });
            }
        }
        // where fewer cells are within reach than choices, the best again
        let best = own[0];
        own.iter_mut().filter(|choice| choice.score == NOBODY.score).for_each(|choice| *choice = best);
    });
    choices
}

/// An empty place in a list of choices.
const NOBODY: Choice = Choice { cell: 0, score: f32::NEG_INFINITY };

/// Keeps the best of a short list, best first; of equals the earlier stays ahead.
fn insert(best: &mut [Choice], new: Choice) {
    if best.last().is_some_and(|last| last.score >= new.score) {
        return;
    }
    let place = best.partition_point(|known| known.score >= new.score);
    best[place..].rotate_right(1);
    best[place] = new;
}

//! Vectors for items that nobody has met, from what the catalogue says about them. Owns the steps and the length.

mod features;
mod ridge;

use rayon::prelude::*;

use crate::model::{ItemAttributes, ItemVectors};
use crate::sparse::Csr;
use crate::stages::dense::dot;

/// Known items that teach; more are represented by as many, evenly taken.
const TEACHERS: usize = 100_000;
/// Every one of so many known items is kept back to choose the penalty.
const HELD_OUT: usize = 10;
/// Penalties tried, heaviest first: each starts where the last one ended.
const PENALTIES: [f32; 6] = [30.0, 10.0, 3.0, 1.0, 0.3, 0.1];
/// Conjugate-gradient steps for one penalty.
const STEPS: usize = 20;
/// A new item is as long as this share of the known ones are at most.
const SHORT: f64 = 0.25;

/// Fills the rows of unknown items from their attributes and words; items without any known feature get zeros.
///
/// A ridge regression maps features to the *directions* of the known items' vectors, because lengths tell how often an
/// item was met, and a content says nothing of that. Predictions are shorter than what they predict, and the less the
/// features say, the shorter. One factor for all lifts their median length to that of the shorter quarter of the known
/// vectors, which is that of items few people met: at home among the rare, neither above the popular nor never found.
pub fn content_vectors(attributes: &ItemAttributes, vectors: &ItemVectors, known: &[bool]) -> ItemVectors {
    let dim = vectors.dim;
    let mut filled = vectors.clone();
    filled.rows.resize(known.len() * dim, 0.0);
    let length = |row: &[f32]| dot(row, row).sqrt();
    let lengths: Vec<f32> = filled.rows.chunks_exact(dim.max(1)).map(length).collect();
    let teaches = |&row: &usize| known[row] && lengths[row] > 0.0 && lengths[row].is_finite();
    let all: Vec<usize> = (0..lengths.len()).filter(teaches).collect();
    let teachers: Vec<usize> = all.iter().copied().step_by(all.len().div_ceil(TEACHERS).max(1)).collect();
    let mut wanted: Vec<bool> = known.iter().map(|known| !known).collect();
    teachers.iter().for_each(|&row| wanted[row] = true);
    let features = features::of(attributes, &teachers, &wanted);
    if teachers.len() < 2 * HELD_OUT || features.width == 0 {
        return filled;
    }
    let direction = |&row: &usize| {
        let factor = 1.0 / lengths[row];
        filled.rows[row * dim..(row + 1) * dim].iter().map(move |x| x * factor).collect::<Vec<f32>>()
    };
    let targets: Vec<f32> = teachers.iter().flat_map(direction).collect();
    let model = learn(&features, &teachers, &targets, dim);
    let wanted: Vec<usize> = (0..known.len()).filter(|&row| !known[row] && features.row_len(row) > 0).collect();
    let guesses: Vec<Vec<f32>> = wanted.par_iter().map(|&row| model.predict(&features, row)).collect();
    let short = quantile(all.iter().map(|&row| lengths[row]).collect(), SHORT);
    let middle = quantile(guesses.iter().map(|guess| length(guess)).collect(), 0.5);
    for (row, guess) in wanted.into_iter().zip(guesses).filter(|_| middle > 0.0) {
        let place = &mut filled.rows[row * dim..(row + 1) * dim];
        place.iter_mut().zip(guess).for_each(|(place, x)| *place = x * (short / middle));
    }
    filled
}

/// Learns from nine tenths, keeps the penalty that points best at the tenth, and learns again from all.
fn learn(features: &Csr, teachers: &[usize], targets: &[f32], dim: usize) -> ridge::Model {
    let held = |place: usize| place % HELD_OUT == HELD_OUT / 2;
    let (mut rows, mut known) = (Vec::new(), Vec::new());
    for place in (0..teachers.len()).filter(|&place| !held(place)) {
        rows.push(teachers[place]);
        known.extend_from_slice(&targets[place * dim..(place + 1) * dim]);
    }
    let tried: Vec<usize> = (0..teachers.len()).filter(|&place| held(place)).collect();
    let lesson = ridge::Lesson::new(features, &rows, known, dim);
    let mut model = lesson.start();
    let mut best = (f32::NEG_INFINITY, PENALTIES[0]);
    for penalty in PENALTIES {
        lesson.improve(&mut model, penalty, STEPS);
        let aim = |&place: &usize| {
            let guess = model.predict(features, teachers[place]);
            let length = dot(&guess, &guess).sqrt();
            let product = dot(&guess, &targets[place * dim..(place + 1) * dim]);
            if length > 0.0 { product / length } else { 0.0 }
        };
        let aims: Vec<f32> = tried.par_iter().map(aim).collect();
        let quality = aims.iter().sum();
        if quality <= best.0 {
            break; // lighter penalties learn the nine tenths by heart
        }
        best = (quality, penalty);
    }
    let lesson = ridge::Lesson::new(features, teachers, targets.to_vec(), dim);
    let mut model = lesson.start();
    lesson.improve(&mut model, best.1, 2 * STEPS);
    model
}

/// The value below which a share of the values lie; 0 of none.
fn quantile(mut values: Vec<f32>, share: f64) -> f32 {
    values.sort_unstable_by(f32::total_cmp);
    values.get((values.len() as f64 * share) as usize).copied().unwrap_or(0.0)
}

#[cfg(test)]
#[path = "content_tests.rs"]
mod tests;

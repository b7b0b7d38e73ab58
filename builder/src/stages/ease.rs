//! The EASE table: ridge regression of every item on all others, for dense logs. Owns the formula, in three steps that can
//! be taken again one by one; does not choose its parameters.

use std::cmp::Reverse;

use edge_recall::format::rows::MAX_TARGETS;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::{factor, inverse};
use faer::{Mat, Par};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::pairing::paired;
use super::{damping, keep_greatest};
use crate::model::{I2iTable, Interactions};
use crate::sparse::Csr;

/// Parameters of [`ease`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EaseParams {
    /// Ridge penalty, in users: how many users' evidence a weight needs before it is believed. Above 0.
    pub lambda: f32,
    /// `a`: how strongly a frequent trigger is damped.
    pub trigger_exponent: f32,
    /// `b`: how strongly a frequent target is damped. Higher leads to rarer items.
    pub target_exponent: f32,
    /// Distinct users a pair needs, whatever the sign of its weight. One person's pair must not be readable from a public
    /// table.
    pub min_users: u32,
    /// `T`: targets that a trigger keeps in the mean: see [`keep_strongest`]. No row has more than a shard can hold.
    pub targets: usize,
    /// Items that take part, the most popular; the others have empty rows. Time grows with the cube, memory with the square.
    pub max_items: usize,
    /// A user with more distinct items than this is taken for a robot and left out.
    pub max_user_items: usize,
}

impl Default for EaseParams {
    fn default() -> Self {
        Self {
            lambda: 500.0,
            trigger_exponent: 0.0,
            target_exponent: 0.1,
            min_users: 2,
            targets: 200,
            max_items: 6000,
            max_user_items: 10_000,
        }
    }
}

/// What [`precision`] needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Additions and multiplications: a third each for the factor, its inverse and their product.
    pub flops: f64,
    /// Bytes at the peak: the common users, the factor, its inverse and the result.
    pub bytes: u64,
}

/// Time and memory of one inverse over `items` items.
pub fn cost(items: usize) -> Cost {
    Cost { flops: (items as f64).powi(3), bytes: 16 * (items as u64).pow(2) }
}

/// `X^T X` of a binary log: how many users any two items share. The same for every penalty and exponent.
#[derive(Clone, Debug, PartialEq)]
pub struct CommonUsers {
    /// Row in the log of every item that takes part, ascending.
    pub items: Vec<u32>,
    /// `items x items`, symmetric: distinct users that met both; on the diagonal those that met the one.
    pub counts: Vec<u32>,
    /// Items of the log.
    pub width: usize,
}

/// Counts the common users of the most popular `max_items` items that `min_users` or more met.
///
/// Repeated events and event weights change nothing. The work is the sum of the squared lengths of the histories.
pub fn common_users(log: &Interactions, params: &EaseParams) -> CommonUsers {
    let by_user = Csr::from_log(&paired(log));
    let met = by_user.column_counts();
    let mut items: Vec<u32> =
        (0..met.len() as u32).filter(|&item| met[item as usize] >= params.min_users.max(1)).collect();
    items.sort_unstable_by_key(|&item| (Reverse(met[item as usize]), item));
    items.truncate(params.max_items);
    items.sort_unstable();

    let mut places = vec![None; met.len()];
    for (place, &item) in items.iter().enumerate() {
        places[item as usize] = Some(place as u32);
    }
    let people = |user: &usize| by_user.row_len(*user) <= params.max_user_items;
    let histories: Vec<Vec<u32>> = (0..by_user.rows())
        .filter(people)
        .map(|user| by_user.row(user).0.iter().filter_map(|&item| places[item as usize]).collect())
        .collect();
    let mut fans = vec![Vec::new(); items.len()];
    for (user, history) in histories.iter().enumerate() {
        history.iter().for_each(|&place| fans[place as usize].push(user));
    }

    let mut counts = vec![0; items.len() * items.len()];
    counts.par_chunks_mut(items.len().max(1)).zip(&fans).for_each(|(row, fans)| {
        for &user in fans {
            histories[user].iter().for_each(|&other| row[other as usize] += 1);
        }
    });
    CommonUsers { items, counts, width: log.items.len() }
}

/// `P = (X^T X + lambda I)^-1`: the precision matrix, from which all weights are read.
#[derive(Clone, Debug, PartialEq)]
pub struct Precision {
    /// `items x items`, symmetric.
    values: Vec<f32>,
}

/// Inverts the penalised counts by Cholesky in `f32`; see [`cost`]. A penalty that `f32` cannot tell from nothing beside
/// the counts is raised until it can: `2^-23 * items * most users of an item`. One thread's work, so that several penalties can be tried
/// side by side. The order of additions is the library's: processors with other vector units may differ in the last bits.
///
/// # Panics
///
/// If `lambda` is not a positive number.
pub fn precision(common: &CommonUsers, lambda: f32) -> Precision {
    assert!(lambda > 0.0 && lambda.is_finite(), "the ridge penalty must be a positive number, not {lambda}");
    let size = common.items.len();
    // A penalty below the rounding of the counts would leave nothing but rounding to invert.
    let most = common.counts.iter().copied().max().unwrap_or(0);
    let lambda = lambda.max(f32::EPSILON * size as f32 * most as f32);
    let mut factor = Mat::from_fn(size, size, |row, column| {
        common.counts[column * size + row] as f32 + if row == column { lambda } else { 0.0 }
    });
    let scratch = factor::cholesky_in_place_scratch::<f32>(size, Par::Seq, Default::default());
    let scratch = scratch.or(inverse::inverse_scratch::<f32>(size, Par::Seq));
    let mut memory = MemBuffer::new(scratch);
    let stack = MemStack::new(&mut memory);
    // No pivot is below the penalty but by rounding.
    let least =
        factor::LltRegularization { dynamic_regularization_delta: lambda, dynamic_regularization_epsilon: lambda };
    factor::cholesky_in_place(factor.as_mut(), least, Par::Seq, stack, Default::default())
        .expect("no pivot is below the penalty");
    let mut inverted = Mat::zeros(size, size);
    inverse::inverse(inverted.as_mut(), factor.as_ref(), Par::Seq, stack);
    drop((factor, memory));
    let mut values = Vec::with_capacity(size * size);
    for row in 0..size {
        // Only the lower triangle was written.
        values.extend((0..size).map(|column| inverted[(row.max(column), row.min(column))]));
    }
    Precision { values }
}

/// Weights of all pairs with enough common users, cut to those of largest absolute value.
///
/// `S_ij = n_i^-a * B_ij * n_j^-b` with `B_ij = -P_ij / P_jj`; `n` counts distinct users. A target's score is the sum of its
/// column over the triggers, so what a row loses is lost to the sum, whatever its sign.
pub fn rows(common: &CommonUsers, precision: &Precision, params: &EaseParams) -> I2iTable {
    let size = common.items.len();
    let diagonal = |matrix: usize| matrix * size + matrix;
    let met: Vec<u32> = (0..size).map(|place| common.counts[diagonal(place)]).collect();
    let trigger = damping(&met, params.trigger_exponent);
    let target: Vec<f32> = damping(&met, params.target_exponent)
        .into_iter()
        .enumerate()
        .map(|(place, damped)| -damped / precision.values[diagonal(place)])
        .collect();
    let published: Vec<Vec<(u32, f32)>> = (0..size)
        .into_par_iter()
        .map(|place| {
            let range = place * size..(place + 1) * size;
            let pairs = common.counts[range.clone()].iter().zip(&precision.values[range]).enumerate();
            let mut row: Vec<(u32, f32)> = pairs
                .filter(|&(other, (&users, _))| other != place && users >= params.min_users.max(1))
                .map(|(other, (_, &value))| (common.items[other], trigger[place] * value * target[other]))
                .collect();
            keep_greatest(&mut row, MAX_TARGETS, f32::abs);
            row
        })
        .collect();
    let mut table = I2iTable { rows: vec![Vec::new(); common.width] };
    for (&item, row) in common.items.iter().zip(published) {
        table.rows[item as usize] = row;
    }
    keep_strongest(&mut table, params.targets);
    table
}

/// Keeps as many of the largest absolute weights of the whole table as make `targets` a row in the mean, rows without any left
/// out, and with the last of them what equals it.
///
/// Weights of EASE are all in one unit, so one threshold for all rows is better than so many targets a row: on ML-1M,
/// 100 weights an item find what 150 find that are cut row by row.
pub fn keep_strongest(table: &mut I2iTable, targets: usize) {
    let rows = table.rows.iter().filter(|row| !row.is_empty()).count();
    let cells = targets.saturating_mul(rows);
    let mut sizes: Vec<f32> = table.rows.iter().flatten().map(|cell| cell.1.abs()).collect();
    if cells >= sizes.len() {
        return;
    }
    let least = match cells {
        0 => f32::INFINITY,
        _ => *sizes.select_nth_unstable_by(cells - 1, |a, b| b.total_cmp(a)).1,
    };
    for row in &mut table.rows {
        row.retain(|cell| cell.1.abs() >= least);
    }
}

/// Builds the EASE table (Steck 2019): the item weights that best tell every user's items from the user's other items.
///
/// `B` minimises `|X - X B|^2 + lambda |B|^2` with a zero diagonal, for the binary matrix `X` of users and items: weights are
/// negative where an item speaks against another. All steps in one; whoever tries several penalties or exponents takes
/// [`common_users`], [`precision`] and [`rows`] one by one.
pub fn ease(log: &Interactions, params: &EaseParams) -> I2iTable {
    let common = common_users(log, params);
    rows(&common, &precision(&common, params.lambda), params)
}

#[cfg(test)]
#[path = "ease_tests.rs"]
mod tests;

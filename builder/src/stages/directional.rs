//! The directional table: what follows an item in time, near things first. Owns the formula; does not choose its
//! parameters and takes no file order for time.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::pairing::{fades, paired};
use super::places::Places;
use super::{damping, keep_heaviest};
use crate::model::{I2iTable, Interactions};
use crate::sparse::{Csr, Scatter};

/// Distances are told apart by their powers of two: 1, 2 to 3, 4 to 7, and so on; the last bucket holds all that are farther.
pub const BUCKETS: usize = 6;

/// Parameters of [`directional`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DirectionalParams {
    /// A pair `distance` events apart weighs `distance ^ -distance_exponent`.
    pub distance_exponent: f32,
    /// Factors on that by bucket of distance, near ones first: where the power law does not fit.
    #[serde(default = "no_factors")]
    pub buckets: [f32; BUCKETS],
    /// Pairs further apart than this many events are not counted.
    pub window: usize,
    /// Factor for a target that came before its trigger.
    pub backward: f32,
    /// Damping of frequent triggers.
    pub trigger_exponent: f32,
    /// Damping of frequent targets.
    pub target_exponent: f32,
    /// Distinct users a pair needs. One person's pair must not be readable from a public table.
    pub min_users: u32,
    /// `T`: targets kept per trigger.
    pub targets: usize,
}

impl Default for DirectionalParams {
    fn default() -> Self {
        Self {
            distance_exponent: 0.75,
            buckets: no_factors(),
            window: 50,
            backward: 0.3,
            trigger_exponent: 0.8,
            target_exponent: 0.3,
            min_users: 2,
            targets: 200,
        }
    }
}

fn no_factors() -> [f32; BUCKETS] {
    [1.0; BUCKETS]
}

/// The bucket of a distance, which is 1 or more.
pub fn bucket(distance: u32) -> usize {
    (distance.max(1).ilog2() as usize).min(BUCKETS - 1)
}

/// Builds the directional table of an ordered log; every row is empty where the log has no time.
///
/// `S_ij = n_i^-a * n_j^-b * sum over users u of w_u(i, j)`, where `w_u` is `f * distance^-p` when `u` met `j` after `i`
/// and `backward` times that when before (`f` = the factor of the distance's bucket), for distances up to `window` events; of several occurrences in one
/// history the heaviest counts (fading with the later of its two events where the log's pairing has a half-life), so that nobody outvotes others by repetition. `n` counts distinct users. The work is
/// `events x window`, however long a history is.
pub fn directional(log: &Interactions, params: &DirectionalParams) -> I2iTable {
    directional_of(log, params, |_| true)
}

/// The rows of the items that are `wanted`; the others stay empty. For trials, which open few rows of a large catalogue.
pub fn directional_of(
    log: &Interactions,
    params: &DirectionalParams,
    wanted: impl Fn(usize) -> bool + Sync,
) -> I2iTable {
    if !log.ordered {
        return I2iTable { rows: vec![Vec::new(); log.items.len()] };
    }
    let log = &*paired(log);
    let fades = fades(log, log.pairing.half_life_days);
    let items: Vec<u32> = log.events.iter().map(|event| event.item).collect();
    let places = Places::of(log);
    let counts = Csr::from_log(log).column_counts();
    let trigger = damping(&counts, params.trigger_exponent);
    let target = damping(&counts, params.target_exponent);
    let distances: Vec<u32> = (0..=params.window as u32).collect();
    let mut after = damping(&distances, params.distance_exponent);
    after.iter_mut().zip(&distances).for_each(|(weight, &distance)| *weight *= params.buckets[bucket(distance)]);
    let before: Vec<f32> = after.iter().map(|weight| weight * params.backward).collect();

    let rows = (0..log.items.len()).into_par_iter().with_min_len(64).map_init(
        || (Scatter::<Pair>::new(log.items.len()), Vec::new()),
        |(pairs, row), item| {
            let met = if wanted(item) { places.of_item(item) } else { &[] };
            for &place in met {
                let user = places.users[place];
                let history = log.offsets[user as usize]..log.offsets[user as usize + 1];
                let first = place.saturating_sub(params.window).max(history.start);
                let last = (place + params.window + 1).min(history.end);
                for (&other, &weight) in items[first..place].iter().rev().zip(&before[1..]) {
                    pairs.slot(other).meet(user, weight * fades[place]);
                }
                let later = items[place + 1..last].iter().zip(&fades[place + 1..last]);
                for ((&other, &fade), &weight) in later.zip(&after[1..]) {
                    pairs.slot(other).meet(user, weight * fade);
                }
            }
            row.clear();
            pairs.drain(|other, pair| {
                let weight = (pair.settled + pair.open) * trigger[item] * target[other as usize];
                let allowed = other as usize != item && log.pairing.allows(item, other as usize);
                if allowed && pair.users >= params.min_users && weight > 0.0 {
                    row.push((other, weight));
                }
            });
            keep_heaviest(row, params.targets);
            row.clone()
        },
    );
    I2iTable { rows: rows.collect() }
}

/// What is known of one pair while its trigger is being built.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Pair {
    /// Sum over the users that are done.
    settled: f32,
    /// Heaviest occurrence of the user being read.
    open: f32,
    /// That user.
    user: u32,
    /// Distinct users so far; 0 = nothing yet.
    users: u32,
}

impl Pair {
    #[inline]
    fn meet(&mut self, user: u32, weight: f32) {
        if self.users == 0 || self.user != user {
            self.settled += self.open;
            self.open = weight;
            self.user = user;
            self.users += 1;
        } else if weight > self.open {
            self.open = weight;
        }
    }
}

#[cfg(test)]
#[path = "directional_tests.rs"]
mod tests;

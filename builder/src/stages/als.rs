//! Item vectors by implicit-feedback alternating least squares. Owns the training; the user's side is folded in on
//! the device from the published rows, and quantising them belongs to the packer.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::dense::{add_rows, add_scaled, dot, gram};
use crate::model::{Interactions, ItemVectors};
use crate::sparse::Csr;
use crate::splitmix;

/// Parameters of [`als`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlsParams {
    /// Length of a vector.
    pub dim: usize,
    /// Rounds; each solves all users, then all items.
    pub iterations: usize,
    /// Confidence of one unit of weight: `c = 1 + alpha * r`.
    pub alpha: f32,
    /// Ridge penalty on every vector.
    pub lambda: f32,
    /// Conjugate-gradient steps per row and round, from the row's last value.
    pub steps: usize,
    /// Distinct users an item needs for a vector. Vectors of what one person alone met would lie side by side and tell it.
    pub min_users: u32,
    /// Seed of the first item vectors.
    pub seed: u64,
}

impl Default for AlsParams {
    fn default() -> Self {
        Self { dim: 64, iterations: 12, alpha: 10.0, lambda: 50.0, steps: 3, min_users: 2, seed: 1 }
    }
}

impl AlsParams {
    /// Where to begin for a log whose own hold-out has not spoken yet; the default for a log without events.
    ///
    /// `alpha = sqrt(items / history) / r` and `lambda = 0.05 alpha r history`, with the mean distinct items per user
    /// and the mean strength `r` of a pair: the fewer items a user has met, the less a missing pair says, and the
    /// penalty keeps its share of an average user's confidence. Fitted by eye on two hold-outs, one dense and one
    /// sparse; within 1 % and 3 % of the best pair of values there. Large sparse logs get fewer rounds: on sparse ones
    /// four find 3 to 14 % more of what is held out than twelve do (only dense ones gain from more), in a third of the time.
    pub fn for_log(log: &Interactions) -> Self {
        let by_user = Csr::from_log(log);
        let active = (0..by_user.rows()).filter(|&user| by_user.row_len(user) > 0);
        let met = by_user.column_counts();
        let (users, items) = (active.count(), met.iter().filter(|&&n| n > 0).count());
        if users == 0 {
            return Self::default();
        }
        let pairs = by_user.values.len() as f64;
        let history = pairs / users as f64;
        let strength = by_user.values.iter().map(|&r| f64::from(r)).sum::<f64>() / pairs;
        let confidence = (items as f64 / history).sqrt();
        let few = pairs > LARGE && confidence > SPARSE;
        Self {
            iterations: if few { 4 } else { Self::default().iterations },
            alpha: (confidence / strength) as f32,
            lambda: (LAMBDA_SHARE * confidence * history) as f32,
            ..Self::default()
        }
    }
}

/// Trains item vectors, `items x dim`; items that fewer than `min_users` users met get zeros.
///
/// Minimises `sum over all u, i of c_ui (p_ui - x_u . y_i)^2 + lambda (sum |x_u|^2 + sum |y_i|^2)` with `p = 1` where
/// the pair has events (`r` = their summed weights, `c = 1 + alpha r`) and `p = 0, c = 1` everywhere else (Hu, Koren
/// and Volinsky 2008). Each row's system `(Y^T Y + sum alpha r y y^T + lambda I) x = sum c y` is approached by a few
/// conjugate-gradient steps without ever being formed (Takacs, Pilaszy and Tikk 2011). A user outside the log is
/// folded in by solving the same system exactly, with the same `alpha` and `lambda`.
pub fn als(log: &Interactions, params: &AlsParams) -> ItemVectors {
    let by_user = Csr::from_log(log).without_rare_columns(params.min_users);
    let by_item = by_user.transpose();
    let mut items = first_vectors(&by_item, params);
    let mut users = vec![0.0; by_user.rows() * params.dim];
    for _ in 0..params.iterations {
        solve_rows(&mut users, &items, &by_user, params);
        solve_rows(&mut items, &users, &by_item, params);
    }
    ItemVectors { dim: params.dim, rows: items }
}

/// Whether anybody met two items that others met too. Without that, nothing draws vectors together and their directions
/// are those of the first, random ones.
pub fn teaches(log: &Interactions, params: &AlsParams) -> bool {
    let by_user = Csr::from_log(log).without_rare_columns(params.min_users);
    (0..by_user.rows()).any(|user| by_user.row_len(user) > 1)
}

/// Small uniform values, from SplitMix64 counted by position: the same on every machine. Zeros, which stay, for items
/// without events.
fn first_vectors(by_item: &Csr, params: &AlsParams) -> Vec<f32> {
    let scale = 0.1 / (params.dim.max(1) as f32).sqrt();
    let value = |place: usize| {
        let bits = splitmix::mix(params.seed.wrapping_add((place as u64 + 1).wrapping_mul(splitmix::GOLDEN)));
        ((bits >> 40) as f32 / (1_u32 << 23) as f32 - 1.0) * scale
    };
    let mut vectors = Vec::with_capacity(by_item.rows() * params.dim);
    for item in 0..by_item.rows() {
        let places = item * params.dim..(item + 1) * params.dim;
        vectors.extend(places.map(|place| if by_item.row_len(item) == 0 { 0.0 } else { value(place) }));
    }
    vectors
}

/// One half round: every row of `own` is moved towards its optimum while `other` stands still.
pub(super) fn solve_rows(own: &mut [f32], other: &[f32], events: &Csr, params: &AlsParams) {
    if params.dim == 0 {
        return;
    }
    let gram = gram(other, params.dim);
    own.par_chunks_mut(params.dim).enumerate().with_min_len(16).for_each_init(
        || Descent::new(params.dim),
        |descent, (row, x)| {
            let (columns, strengths) = events.row(row);
            let system = System { gram: &gram, other, columns, strengths, alpha: params.alpha, lambda: params.lambda };
            descent.improve(x, &system, params.steps);
        },
    );
}

/// `(Y^T Y + sum alpha r y y^T + lambda I) x = sum c y` of one row, as its parts.
struct System<'a> {
    gram: &'a [f32],
    other: &'a [f32],
    columns: &'a [u32],
    strengths: &'a [f32],
    alpha: f32,
    lambda: f32,
}

impl System<'_> {
    /// The vectors this row met, each with `alpha r`.
    fn met(&self, dim: usize) -> impl Iterator<Item = (&[f32], f32)> {
        let row = move |column: u32| &self.other[column as usize * dim..(column as usize + 1) * dim];
        self.columns.iter().zip(self.strengths).map(move |(&column, &r)| (row(column), self.alpha * r))
    }

    /// `out = A x`.
    fn apply(&self, x: &[f32], out: &mut [f32]) {
        out.fill(0.0);
        add_scaled(out, self.lambda, x);
        add_rows(out, x, self.gram, 1.0);
        for (y, extra) in self.met(x.len()) {
            add_scaled(out, extra * dot(y, x), y);
        }
    }

    /// `out = b - A x`. The events enter once, as `(1 + extra - extra y . x) y`.
    fn residual(&self, x: &[f32], out: &mut [f32]) {
        out.fill(0.0);
        add_scaled(out, -self.lambda, x);
        add_rows(out, x, self.gram, -1.0);
        for (y, extra) in self.met(x.len()) {
            add_scaled(out, 1.0 + extra - extra * dot(y, x), y);
        }
    }
}

/// Conjugate gradients, and their buffers.
struct Descent {
    residual: Vec<f32>,
    direction: Vec<f32>,
    product: Vec<f32>,
}

impl Descent {
    fn new(dim: usize) -> Self {
        Self { residual: vec![0.0; dim], direction: vec![0.0; dim], product: vec![0.0; dim] }
    }

    /// At most `steps` steps from `x`; fewer when nothing is left to gain in `f32`.
    fn improve(&mut self, x: &mut [f32], system: &System, steps: usize) {
        system.residual(x, &mut self.residual);
        self.direction.copy_from_slice(&self.residual);
        let mut error = dot(&self.residual, &self.residual);
        for _ in 0..steps {
            if error < NEGLIGIBLE {
                return;
            }
            system.apply(&self.direction, &mut self.product);
            let length = error / dot(&self.direction, &self.product);
            if !length.is_finite() {
                return;
            }
            add_scaled(x, length, &self.direction);
            add_scaled(&mut self.residual, -length, &self.product);
            let left = dot(&self.residual, &self.residual);
            let carry = left / error;
            for (direction, residual) in self.direction.iter_mut().zip(&self.residual) {
                *direction = residual + carry * *direction;
            }
            error = left;
        }
    }
}

/// [`AlsParams::for_log`]: the penalty as a share of an average user's confidence.
const LAMBDA_SHARE: f64 = 0.05;

/// [`AlsParams::for_log`]: pairs above which the tuner tries no other penalties, so that what is stopped early stays so.
const LARGE: f64 = 3e6;
/// [`AlsParams::for_log`]: root of the items over the items that a user has met, above which a log is sparse.
const SPARSE: f64 = 20.0;

/// Squared residual below which a row is solved.
const NEGLIGIBLE: f32 = 1e-20;

#[cfg(test)]
#[path = "als_tests.rs"]
mod tests;

//! Owns how far a score made on the GPU may be from the kernel's. Everything in double precision, everything rounded up.
//!
//! Both sides add `n` products of single precision in orders of their own, perhaps fused, perhaps rounded down where the other
//! rounds up, and may take numbers too small to be normal for zero. By the standard bound for sums of products (Higham,
//! Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.1) each is within `g(n) sum |q_i r_i|` of the true
//! product, `g(n) = n u / (1 - n u)`, and by Cauchy and Schwarz the sum is at most `|q| |r|`.

use edge_recall::format::codes::Rows;
use edge_recall::kernel::IntegerQuery;
use edge_recall::numeric::from_f16;
use edge_recall::store::vectors::VectorStore;

/// WGSL lets an addition or a multiplication round either way: twice the unit of rounding to nearest.
const UNIT: f64 = f32::EPSILON as f64;
/// What flushed numbers can add: the smallest normal number times all that it can meet on its way.
const TINY: f64 = 1e-28;
/// Scores beyond this could overflow on their way.
const LARGEST: f64 = 1e30;

/// What the bounds need to know of all rows together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Lengths {
    /// Length of the longest row; for int8, of its codes times its scale.
    longest: f64,
    /// The most that a row loses if the halves too small to be normal are taken for zero.
    faint: f64,
    /// The largest scale of an int8 row.
    scale: f64,
}

impl Lengths {
    /// Looks at every row once.
    pub fn of(store: &VectorStore) -> Lengths {
        let mut all = Lengths::default();
        for row in 0..store.rows() {
            match store.finest_span(row..row + 1) {
                Rows::F16(halves) => {
                    let (mut square, mut faint) = (0f64, 0f64);
                    for &half in halves {
                        let value = f64::from(from_f16(half)).powi(2);
                        square += value;
                        faint += if half & 0x7C00 == 0 { value } else { 0.0 };
                    }
                    all.longest = all.longest.max(square.sqrt());
                    all.faint = all.faint.max(faint.sqrt());
                }
                Rows::Int8(codes, scales) => {
                    let square: i32 = codes.iter().map(|&code| i32::from(code).pow(2)).sum();
                    let scale = f64::from(scales.first().copied().unwrap_or_default());
                    all.longest = all.longest.max(scale * f64::from(square).sqrt());
                    all.scale = all.scale.max(scale);
                }
                Rows::Packed(..) => {}
            }
        }
        all
    }

    /// For a query over f16 rows; `None` where a score could overflow or the query is not finite.
    pub fn of_floats(&self, query: &[f32]) -> Option<f64> {
        let length = norm(query);
        // The sum itself, and the few operations that a lane order adds.
        let error = 2.0 * gamma(query.len() + 8) * length * self.longest;
        bounded(length * self.longest, error + self.faint * length + TINY * (1.0 + self.longest))
    }

    /// For a quantised query over int8 rows whose cells add at most `offset`. The integer products are exact; what is made of
    /// them takes four operations.
    pub fn of_integers(&self, query: &IntegerQuery, offset: f32) -> Option<f64> {
        let scale = f64::from(query.scale);
        let codes = query.codes.iter().map(|&code| f64::from(code).powi(2)).sum::<f64>().sqrt();
        let most = f64::from(offset.abs()) + scale * codes * self.longest;
        // Inside, a flushed factor meets an integer below 2^31.
        bounded(most, 2.0 * gamma(6) * most + TINY * (1.0 + self.scale) * (1.0 + scale))
    }
}

fn gamma(operations: usize) -> f64 {
    let nu = operations as f64 * UNIT;
    nu / (1.0 - nu)
}

fn norm(vector: &[f32]) -> f64 {
    vector.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt()
}

/// The error with a little on top for its own rounding, if scores of this size stay far from overflow.
fn bounded(size: f64, error: f64) -> Option<f64> {
    (size < LARGEST && error.is_finite()).then_some(error * 1.001)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: Lengths = Lengths { longest: 3.0, faint: 0.0, scale: 0.1 };

    #[test]
    fn bounds_grow_with_the_query_and_end_where_scores_could_overflow() {
        let one = ROWS.of_floats(&[1.0; 64]).expect("finite");
        assert!(one > 64.0 * UNIT && one < 1e-3, "{one}");
        assert!(ROWS.of_floats(&[2.0; 64]).is_some_and(|two| two > 1.9 * one));
        for wild in [f32::NAN, f32::INFINITY, 1e30] {
            assert_eq!(ROWS.of_floats(&[wild; 64]), None);
        }
        assert_eq!(ROWS.of_integers(&IntegerQuery::of(&[1.0; 8]), f32::NAN), None);
    }

    #[test]
    fn halves_that_may_be_taken_for_zero_widen_it() {
        let faint = Lengths { faint: 1e-5, ..ROWS };
        assert!(faint.of_floats(&[1.0; 4]) > ROWS.of_floats(&[1.0; 4]).map(|plain| plain + 1.9e-5));
    }
}

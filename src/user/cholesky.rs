//! Cholesky factorisation of a small symmetric positive definite matrix, and its solves. In `f64`: the matrix is a Gram
//! matrix whose condition a single-precision factor would not survive.

/// Lower triangular factor `L` with `L Lᵀ = A`, packed row by row.
pub struct Cholesky {
    size: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factors the packed lower triangle of `A`; `None` if it is not positive definite.
    pub fn new(size: usize, mut lower: Vec<f64>) -> Option<Cholesky> {
        for row in 0..size {
            let (above, rest) = lower.split_at_mut(start(row));
            let own = &mut rest[..=row];
            for column in 0..row {
                let other = &above[start(column)..=start(column) + column];
                own[column] = less_products(own[column], own, other, column) / other[column];
            }
            let square = less_products(own[row], own, own, row);
            if !(square > 0.0 && square.is_finite()) {
                return None;
            }
            own[row] = square.sqrt();
        }
        Some(Cholesky { size, lower })
    }

    /// Solves `A x = b`.
    pub fn solve(&self, mut b: Vec<f64>) -> Vec<f64> {
        let x = b.as_mut_slice();
        for row in 0..self.size {
            let own = &self.lower[start(row)..=start(row) + row];
            x[row] = less_products(x[row], own, x, row) / own[row];
        }
        for row in (0..self.size).rev() {
            let own = &self.lower[start(row)..=start(row) + row];
            let solved = x[row] / own[row];
            x[row] = solved;
            for k in 0..row {
                x[k] -= own[k] * solved;
            }
        }
        b
    }
}

/// `from` less the products of the first `count` numbers, one after the other.
#[inline(always)]
fn less_products(from: f64, a: &[f64], b: &[f64], count: usize) -> f64 {
    let mut rest = from;
    for k in 0..count {
        rest -= a[k] * b[k];
    }
    rest
}

/// Place of the first number of a row in a packed lower triangle.
pub fn start(row: usize) -> usize {
    row * (row + 1) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_what_was_multiplied() {
        // A = [[4, 2, 1], [2, 5, 3], [1, 3, 6]], x = [1, -2, 3], A x = [3, 1, 13].
        let factor = Cholesky::new(3, vec![4.0, 2.0, 5.0, 1.0, 3.0, 6.0]).unwrap();
        let x = factor.solve(vec![3.0, 1.0, 13.0]);
        for (found, expected) in x.iter().zip([1.0, -2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn refuses_what_has_no_factor() {
        assert!(Cholesky::new(2, vec![1.0, 2.0, 1.0]).is_none());
        assert!(Cholesky::new(1, vec![f64::NAN]).is_none());
        assert!(Cholesky::new(1, vec![f64::INFINITY]).is_none());
    }
}

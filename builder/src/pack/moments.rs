//! Where the vectors of a cell or leaf lie. Owns the centroid: what cells are ranked by and residuals refer to.

use edge_recall::format::cells::CentroidCode;

/// Sums over vectors; those of a leaf are the sums of its cells.
#[derive(Clone, Debug, Default)]
pub struct Moments {
    count: f64,
    /// `Σ x`
    sum: Vec<f64>,
    /// `Σ |x|²`
    squares: f64,
    /// `Σ |x|² x`
    heavy: Vec<f64>,
    /// Whether a vector is all zeros.
    has_zeros: bool,
}

impl Moments {
    /// The moments of vectors, row by row.
    pub fn of(rows: &[f32], dim: usize) -> Moments {
        let mut all = Moments { sum: vec![0.0; dim], heavy: vec![0.0; dim], ..Moments::default() };
        for row in rows.chunks_exact(dim.max(1)) {
            let square: f64 = row.iter().map(|&x| f64::from(x).powi(2)).sum();
            all.count += 1.0;
            all.squares += square;
            all.has_zeros |= square == 0.0;
            for ((sum, heavy), &x) in all.sum.iter_mut().zip(&mut all.heavy).zip(row) {
                *sum += f64::from(x);
                *heavy += square * f64::from(x);
            }
        }
        all
    }

    /// Adds the vectors of another cell.
    pub fn add(&mut self, other: &Moments) {
        self.count += other.count;
        self.squares += other.squares;
        self.has_zeros |= other.has_zeros;
        self.sum.iter_mut().zip(&other.sum).for_each(|(a, b)| *a += b);
        self.heavy.iter_mut().zip(&other.heavy).for_each(|(a, b)| *a += b);
    }

    /// The centroid of a leaf: nothing is coded against it, so vectors of zeros do not matter.
    pub fn centroid_of_all(&self) -> CentroidCode {
        Moments { has_zeros: false, ..self.clone() }.centroid()
    }

    /// The mean weighted by squared length, and the root mean square distance to it. Long vectors are what gets
    /// recommended; the plain mean is ruled by short ones that nobody sees. (Cells ranked by it keep 98 % of the exact
    /// recall where the plain mean keeps 92 %.)
    ///
    /// Zero where a cell holds a vector of zeros: a residual to zero alone restores it exactly, and whatever else
    /// quantisation left there, some visitors' scores would be above zero.
    pub fn centroid(&self) -> CentroidCode {
        let weight = if self.has_zeros { 0.0 } else { self.squares.max(f64::MIN_POSITIVE).recip() };
        let mean: Vec<f32> = self.heavy.iter().map(|&x| (x * weight) as f32).collect();
        let stored = CentroidCode::of(&mean, 0.0);
        let decoded = stored.decoded();
        // E|x - c|² = E|x|² - 2 c·E x + |c|²
        let cross: f64 = decoded.iter().zip(&self.sum).map(|(&c, sum)| f64::from(c) * sum).sum();
        let length: f64 = decoded.iter().map(|&c| f64::from(c).powi(2)).sum();
        let spread = (self.squares - 2.0 * cross) / self.count.max(1.0) + length;
        CentroidCode { spread: spread.max(0.0).sqrt() as f32, ..stored }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f32, b: f32) -> bool {
        (a - b).abs() < 0.01
    }

    #[test]
    fn long_vectors_draw_the_centroid() {
        let stored = Moments::of(&[1.0, 0.0, 0.0, 3.0], 2).centroid();
        let mean = stored.decoded();
        // (1 * (1, 0) + 9 * (0, 3)) / 10
        assert!(close(mean[0], 0.1) && close(mean[1], 2.7), "{mean:?}");
        // Distances to it: 0.9² + 2.7² and 0.1² + 0.3²
        assert!(close(stored.spread, (8.2f32 / 2.0).sqrt()), "{}", stored.spread);
    }

    #[test]
    fn vectors_that_are_alike_have_no_spread() {
        let stored = Moments::of(&[0.5, -0.5].repeat(7), 2).centroid();
        assert!(stored.spread < 1e-3, "{stored:?}");
        assert_eq!(Moments::of(&[2.0, 1.0], 2).centroid().codes, [127, 64]);
    }

    #[test]
    fn one_vector_of_zeros_makes_the_centroid_of_a_cell_zero_but_not_that_of_a_leaf() {
        let moments = Moments::of(&[1.0, 2.0, 0.0, 0.0], 2);
        let cell = moments.centroid();
        assert_eq!(cell.decoded(), [0.0, 0.0]);
        assert!(close(cell.spread, 2.5f32.sqrt()), "{}", cell.spread);
        let leaf = moments.centroid_of_all().decoded();
        assert!(close(leaf[0], 1.0) && close(leaf[1], 2.0), "{leaf:?}");
    }

    #[test]
    fn a_leaf_is_the_sum_of_its_cells() {
        let rows = [0.5, 1.0, -2.0, 0.25, 3.0, 1.5, 0.0, -1.0];
        let mut sum = Moments::of(&rows[..2], 2);
        sum.add(&Moments::of(&rows[2..], 2));
        assert_eq!(sum.centroid_of_all(), Moments::of(&rows, 2).centroid_of_all());
        assert!(close(sum.centroid().spread, Moments::of(&rows, 2).centroid().spread));
    }

    #[test]
    fn nothing_lies_nowhere() {
        assert_eq!(Moments::of(&[], 2).centroid().decoded(), [0.0, 0.0]);
        assert_eq!(Moments::of(&[0.0; 4], 2).centroid().spread, 0.0);
        assert_eq!(Moments::of(&[], 0).centroid().codes, [0i8; 0]);
    }
}

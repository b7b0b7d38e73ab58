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

//! How recommendations spread over the catalogue: coverage, Gini, Lorenz curve, novelty. Owns their definitions.

/// How often each item of the catalogue was recommended within one `k`.
#[derive(Clone, Copy, Debug)]
pub struct Spread<'a> {
    /// `times[item]`, items that were never recommended among them.
    pub times: &'a [u32],
}

impl Spread<'_> {
    /// The share of the catalogue that was in somebody's top k.
    pub fn coverage(&self) -> f64 {
        self.times.iter().filter(|&&times| times > 0).count() as f64 / self.times.len().max(1) as f64
    }

    /// Gini coefficient: 0 = all items alike, near 1 = one item takes everything.
    pub fn gini(&self) -> f64 {
        let times = self.ascending();
        let (n, total) = (times.len() as f64, self.total());
        if total == 0.0 {
            return 0.0;
        }
        let weighted: f64 = times.iter().zip(1..).map(|(&t, rank)| f64::from(rank) * f64::from(t)).sum();
        2.0 * weighted / (n * total) - (n + 1.0) / n
    }

    /// The Lorenz curve in `steps` equal steps: entry `i` is the part of all recommendations that the least recommended
    /// `i / steps` of the catalogue got. Empty where nothing was recommended.
    pub fn lorenz(&self, steps: usize) -> Vec<f64> {
        let (times, total) = (self.ascending(), self.total());
        if total == 0.0 {
            return Vec::new();
        }
        let mut sums = vec![0.0];
        let mut sum = 0.0;
        sums.extend(times.iter().map(|&times| {
            sum += f64::from(times);
            sum
        }));
        let at = |step: usize| {
            let place = times.len() as f64 * step as f64 / steps as f64;
            let low = sums[place as usize];
            let high = sums[(place.ceil() as usize).min(times.len())];
            (low + (high - low) * place.fract()) / total
        };
        (0..=steps).map(at).collect()
    }

    /// Mean self-information of what was recommended, in bits, `information` having one value an item. 0 where nothing
    /// was recommended.
    pub fn novelty(&self, information: &[f64]) -> f64 {
        let bits = self.times.iter().zip(information).map(|(&times, bits)| f64::from(times) * bits);
        bits.fold(0.0, |sum, bits| sum + bits) / self.total().max(1.0)
    }

    fn total(&self) -> f64 {
        self.times.iter().map(|&times| f64::from(times)).sum()
    }

    fn ascending(&self) -> Vec<u32> {
        let mut times = self.times.to_vec();
        times.sort_unstable();
        times
    }
}

/// Self-information of an item in bits: `-log2(share)`, the share being that of its users among all `users`. An item that
/// nobody met counts as if one user had, so that no value is infinite.
pub fn information(of_item: u32, users: usize) -> f64 {
    (users.max(1) as f64 / f64::from(of_item.max(1))).log2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let spread = Spread { times: &[3, 0, 1, 0] };
        assert_eq!(spread.coverage(), 0.5);
        assert_eq!(spread.lorenz(4), [0.0, 0.0, 0.0, 0.25, 1.0]);
        assert_eq!(spread.lorenz(2), [0.0, 0.0, 1.0]);
        assert_eq!(spread.lorenz(8)[6..], [0.25, 0.625, 1.0]);
        // 2 * (3 * 1 + 4 * 3) / (4 * 4) - 5 / 4
        assert_eq!(spread.gini(), 0.625);
        assert_eq!(spread.novelty(&[1.0, 9.0, 5.0, 9.0]), 2.0);
    }

    #[test]
    fn the_curve_and_the_coefficient_agree() {
        let spread = Spread { times: &[5, 1, 0, 2, 2, 7, 0, 3] };
        let curve = spread.lorenz(8);
        let area: f64 = curve.windows(2).map(|pair| (pair[0] + pair[1]) / 16.0).sum();
        assert!((1.0 - 2.0 * area - spread.gini()).abs() < 1e-12);
    }

    #[test]
    fn information_halves_with_every_doubling() {
        assert_eq!((information(8, 8), information(4, 8), information(1, 8)), (0.0, 1.0, 3.0));
        assert_eq!((information(0, 8), information(0, 0)), (3.0, 0.0));
    }

    #[test]
    fn nothing_recommended_is_zero() {
        for times in [&[][..], &[0, 0]] {
            let spread = Spread { times };
            assert_eq!((spread.coverage(), spread.gini(), spread.novelty(&[1.0, 1.0])), (0.0, 0.0, 0.0));
            assert!(spread.lorenz(4).is_empty());
        }
    }
}

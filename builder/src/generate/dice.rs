//! Chance without a generator to pass around: every draw is a hash of the seed, a stream and a number, so that any part
//! of the data can be made alone and no thread changes a byte. Owns arithmetic that is exact on every machine; no `powf`.

use crate::splitmix::{GOLDEN, mix, next};

/// What a draw is for. Draws of different streams never meet.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub enum Stream {
    Shuffle = 1,
    Node,
    Item,
    Birth,
    Companion,
    Word,
    Shelf,
    Person,
    Calendar,
    Drift,
    Session,
}

/// A hash of the seed, a stream and two numbers.
pub fn hash(seed: u64, stream: Stream, one: u64, two: u64) -> u64 {
    let word = mix(seed.wrapping_add(GOLDEN.wrapping_mul(stream as u64)));
    let word = mix(word ^ one.wrapping_add(1).wrapping_mul(GOLDEN));
    mix(word ^ two.wrapping_add(1).wrapping_mul(0xD1B5_4A32_D192_ED03))
}

/// A sequence of draws.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The sequence of a stream and two numbers.
    pub fn new(seed: u64, stream: Stream, one: u64, two: u64) -> Self {
        Self(hash(seed, stream, one, two))
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        next(&mut self.0)
    }

    /// At least 0, below 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Below `bound`, which is at least 1.
    pub fn below(&mut self, bound: u32) -> u32 {
        (((self.bits() >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// About normal with variance 1: four sixteenths of a word summed. Needs no logarithm and is the same everywhere.
    pub fn normal(&mut self) -> f32 {
        let word = self.bits();
        let sum: u64 = (0..4).map(|part| word >> (16 * part) & 0xFFFF).sum();
        (sum as f32 / 65_536.0 - 2.0) * 1.732_050_8
    }
}

/// A permutation of `0..len` that is known both ways without a table.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shuffle {
    len: u64,
    stride: u64,
    back: u64,
    shift: u64,
}

impl Shuffle {
    /// The permutation that some random bits choose.
    pub fn new(len: u32, bits: u64) -> Self {
        let len = u64::from(len.max(1));
        // About the golden share of the length, so that neighbours part however short the length is.
        let mut stride = (len as f64 * 0.618) as u64 + (bits >> 40) % len.div_ceil(8);
        let back = loop {
            stride = stride % len + 1;
            if let Some(back) = inverse(stride, len) {
                break back;
            }
        };
        Self { len, stride, back, shift: (bits & 0xFFFF_FFFF) % len }
    }

    /// Where a place goes.
    pub fn to(&self, place: u32) -> u32 {
        ((u64::from(place) * self.stride + self.shift) % self.len) as u32
    }

    /// Which place went there.
    pub fn from(&self, there: u32) -> u32 {
        ((u64::from(there) + self.len - self.shift) % self.len * self.back % self.len) as u32
    }
}

/// The inverse of a number modulo `len`, where they share no factor.
fn inverse(number: u64, len: u64) -> Option<u64> {
    let (mut rest, mut next) = (len as i64, (number % len) as i64);
    let (mut factor, mut next_factor) = (0_i64, 1_i64);
    while next != 0 {
        let times = rest / next;
        (rest, next) = (next, rest - times * next);
        (factor, next_factor) = (next_factor, factor - times * next_factor);
    }
    (rest == 1 || len == 1).then(|| factor.rem_euclid(len as i64) as u64)
}

/// Zipf ranks with exponent 7/8: `P(rank) ~ (rank + 1)^-7/8`, by the integral's inverse, an eighth power.
#[derive(Clone, Copy, Debug, Default)]
pub struct Zipf {
    len: u32,
    span: f64,
}

impl Zipf {
    /// Over the ranks `0..len`.
    pub fn new(len: u32) -> Self {
        Self { len, span: eighth_root(f64::from(len) + 1.0) - 1.0 }
    }

    /// A rank.
    pub fn draw(&self, dice: &mut Dice) -> u32 {
        let fourth = power(1.0 + dice.unit() * self.span, 4);
        ((fourth * fourth) as u32).saturating_sub(1).min(self.len.saturating_sub(1))
    }

    /// How probable a rank is.
    pub fn share(&self, rank: u32) -> f64 {
        (eighth_root(f64::from(rank) + 2.0) - eighth_root(f64::from(rank) + 1.0)) / self.span
    }
}

/// `x ^ 1/8` by square roots, which every machine rounds alike.
pub fn eighth_root(x: f64) -> f64 {
    x.sqrt().sqrt().sqrt()
}

/// `x ^ n` by multiplying from the left; `powi` leaves the order open.
pub fn power(x: f64, n: u32) -> f64 {
    (0..n).fold(1.0, |product, _| product * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_is_a_permutation_and_knows_its_way_back() {
        for len in [1, 2, 3, 7, 64, 1000, 1023] {
            let shuffle = Shuffle::new(len, hash(7, Stream::Shuffle, u64::from(len), 0));
            let mut seen = vec![false; len as usize];
            for place in 0..len {
                let there = shuffle.to(place);
                assert!(!std::mem::replace(&mut seen[there as usize], true), "{there} of {len} twice");
                assert_eq!(shuffle.from(there), place);
            }
        }
    }

    #[test]
    fn ranks_follow_the_law() {
        let zipf = Zipf::new(500);
        let total: f64 = (0..500).map(|rank| zipf.share(rank)).sum();
        assert!((total - 1.0).abs() < 1e-9);
        let (mut dice, mut counts) = (Dice::new(1, Stream::Item, 0, 0), vec![0_u32; 500]);
        (0..400_000).for_each(|_| counts[zipf.draw(&mut dice) as usize] += 1);
        for rank in [0, 1, 9, 99] {
            let expected = zipf.share(rank as u32) * 400_000.0;
            assert!((f64::from(counts[rank]) / expected - 1.0).abs() < 0.1, "rank {rank}: {} {expected}", counts[rank]);
        }
        let slope = (f64::from(counts[9]) / f64::from(counts[99])).log10();
        assert!((slope - 0.875).abs() < 0.08, "slope {slope}");
    }

    #[test]
    fn normals_have_variance_one() {
        let mut dice = Dice::new(3, Stream::Node, 0, 0);
        let draws: Vec<f64> = (0..20_000).map(|_| f64::from(dice.normal())).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|x| x * x).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
    }
}

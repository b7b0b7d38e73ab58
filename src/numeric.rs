//! Transcendental functions with the same bits on every host: `libm` everywhere, never the platform's. Nothing else.

/// `base^exponent` for a base above zero, as `2^(exponent x log2 base)` (docs/FORMAT.md 6.1): exact at powers of two, elsewhere a
/// few units in the last place off. `powf` is seven times the code, and a weight needs no more.
pub fn pow(base: f32, exponent: f32) -> f32 {
    exp2(exponent * libm::log2f(base))
}

/// `2^exponent`.
pub fn exp2(exponent: f32) -> f32 {
    libm::exp2f(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_exact_at_powers_of_two_and_near_elsewhere() {
        for (base, exponent, power) in [(1.0, -0.7, 1.0), (2.0, -1.0, 0.5), (4.0, -0.5, 0.5), (16.0, -1.5, 1.0 / 64.0)]
        {
            assert_eq!(pow(base, exponent), power, "{base}^{exponent}");
        }
        for rank in 1..=10_000u16 {
            for exponent in [-0.1f32, -0.5, -0.85, -1.0, -3.0] {
                let exact = f64::from(rank).powf(f64::from(exponent));
                let error = (f64::from(pow(f32::from(rank), exponent)) - exact).abs() / exact;
                assert!(error < 3e-6, "{rank}^{exponent} is off by {error}");
            }
        }
    }
}

//! Numbers with the same bits on every host: transcendental functions by `libm`, never the platform's, and half precision.

/// `base^exponent` for a base above zero, as `2^(exponent x log2 base)` (docs/FORMAT.md 6.1): exact at powers of two, elsewhere a
/// few units in the last place off. `powf` is seven times the code, and a weight needs no more.
pub fn pow(base: f32, exponent: f32) -> f32 {
    exp2(exponent * libm::log2f(base))
}

/// `2^exponent`.
pub fn exp2(exponent: f32) -> f32 {
    libm::exp2f(exponent)
}

/// Value of a half-precision number, exact for every finite one.
///
/// Exponent and mantissa are moved into place and the difference of the two biases is a multiplication by 2^112, which
/// treats subnormal numbers right without a branch.
#[inline(always)]
pub fn from_f16(half: u16) -> f32 {
    let magnitude = f32::from_bits(u32::from(half & 0x7FFF) << 13) * f32::from_bits(0x7780_0000);
    f32::from_bits(magnitude.to_bits() | u32::from(half & 0x8000) << 16)
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

    #[test]
    fn halves_have_their_ieee_values() {
        for (half, value) in [
            (0x0000, 0.0),
            (0x3C00, 1.0),
            (0xC000, -2.0),
            (0x0001, 5.960_464_5e-8),
            (0x03FF, 6.097_555e-5),
            (0x7BFF, 65504.0),
        ] {
            assert_eq!(from_f16(half), value, "{half:#06x}");
        }
        assert!(from_f16(0x8000).is_sign_negative());
        #[cfg(feature = "write")]
        for bits in (0..=u16::MAX).filter(|bits| bits & 0x7C00 != 0x7C00) {
            assert_eq!(from_f16(bits).to_bits(), half::f16::from_bits(bits).to_f32_const().to_bits());
        }
    }
}

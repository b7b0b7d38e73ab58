//! Transcendental functions with the same bits on every host: `libm` everywhere, never the platform's. Nothing else.

/// `base^exponent`.
pub fn pow(base: f32, exponent: f32) -> f32 {
    libm::powf(base, exponent)
}

/// `2^exponent`.
pub fn exp2(exponent: f32) -> f32 {
    libm::exp2f(exponent)
}

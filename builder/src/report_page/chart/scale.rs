//! Values to places on the canvas. Owns rounding to ticks that read well.

/// A linear scale between two places of the canvas.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    /// Lowest value, and its place.
    pub(crate) low: (f64, i32),
    /// Highest value, and its place.
    pub(crate) high: (f64, i32),
}

impl Scale {
    /// The place of a value.
    pub(crate) fn at(&self, value: f64) -> i32 {
        let span = self.high.0 - self.low.0;
        let part = if span > 0.0 { (value - self.low.0) / span } else { 0.0 };
        self.low.1 + (part * f64::from(self.high.1 - self.low.1)).round() as i32
    }
}

/// Ticks from 0 to `top` or a little beyond, about `wanted` of them, at 1, 2, 2.5 or 5 times a power of ten.
pub(crate) fn ticks(top: f64, wanted: usize) -> Vec<f64> {
    if !(top.is_finite() && top > 0.0) {
        return vec![0.0, 1.0];
    }
    let rough = top / wanted.max(1) as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|step| step * power).into_iter().find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(power * 10.0);
    (0..=(top / step).ceil() as usize).map(|count| count as f64 * step).collect()
}

/// A tick in as many digits as its neighbours need.
pub(crate) fn tick_text(value: f64, step: f64) -> String {
    let digits = (0..6).find(|&digits| {
        let scaled = step * 10f64.powi(digits);
        (scaled - scaled.round()).abs() < 1e-6
    });
    format!("{value:.*}", digits.unwrap_or(6) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_reach_the_top() {
        assert_eq!(ticks(0.93, 4), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(ticks(30.0, 3), [0.0, 10.0, 20.0, 30.0]);
        assert_eq!(ticks(0.0, 4), [0.0, 1.0]);
        assert_eq!(
            [(0.25, 0.25), (0.5, 0.25), (20.0, 10.0)].map(|(at, step)| tick_text(at, step)),
            ["0.25", "0.50", "20"]
        );
    }

    #[test]
    fn a_scale_may_run_upward() {
        let scale = Scale { low: (0.0, 200), high: (4.0, 0) };
        assert_eq!([0.0, 1.0, 4.0].map(|value| scale.at(value)), [200, 150, 0]);
        assert_eq!(Scale { low: (3.0, 7), high: (3.0, 9) }.at(3.0), 7);
    }
}

//! Coordinate search over a few numbers with a few values each. Owns the order of steps; knows nothing of what is searched.

/// One number that may be changed, and values to try, ascending.
pub struct Axis<P> {
    /// Values to try.
    pub values: &'static [f32],
    /// Where it stands.
    pub of: fn(&mut P) -> &mut f32,
}

/// Improves `start` one axis after the other until a round changes nothing, at most `rounds` of them. A step must gain `least`:
/// the start is what the literature found good on many logs, and small gains on one hold-out are its accidents. `quality` gives
/// `None` for what cannot be afforded. Returns the best point and its quality.
pub fn descend<P: Clone + PartialEq>(
    start: P,
    axes: &[Axis<P>],
    rounds: usize,
    least: f64,
    mut quality: impl FnMut(&P) -> Option<f64>,
) -> Option<(P, f64)> {
    let first = quality(&start)?;
    let mut best = (start, first);
    for _ in 0..rounds {
        let before = best.0.clone();
        for axis in axes {
            let own = *(axis.of)(&mut best.0);
            // Outwards from where it stands; a direction ends where it gets worse.
            let above = axis.values.iter().filter(|&&value| value > own);
            let below = axis.values.iter().rev().filter(|&&value| value < own);
            let directions: [Vec<f32>; 2] = [above.copied().collect(), below.copied().collect()];
            let (from, mut peak) = (best.clone(), best.clone());
            for values in directions {
                let mut last = from.1;
                for value in values {
                    let mut point = from.0.clone();
                    *(axis.of)(&mut point) = value;
                    let Some(found) = quality(&point).filter(|&found| found > last) else { break };
                    last = found;
                    if found > peak.1 {
                        peak = (point, found);
                    }
                }
            }
            if peak.1 > from.1 + least {
                best = peak;
            }
        }
        if best.0 == before {
            break;
        }
    }
    Some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AXES: [Axis<[f32; 2]>; 2] = [
        Axis { values: &[0.0, 1.0, 2.0, 3.0], of: |p| &mut p[0] },
        Axis { values: &[0.0, 1.0, 2.0, 3.0], of: |p| &mut p[1] },
    ];

    #[test]
    fn the_peak_is_found_in_few_steps() {
        let mut trials = 0;
        let peak = |p: &[f32; 2]| -f64::from((p[0] - 3.0).powi(2) + (p[1] - 1.0).powi(2));
        let found = descend([0.5, 3.0], &AXES, 3, 0.0, |p| {
            trials += 1;
            Some(peak(p))
        });
        assert_eq!(found, Some(([3.0, 1.0], 0.0)));
        assert!(trials < 20, "{trials}");
        let found = descend([2.0, 1.0], &AXES, 3, 1.5, |p| Some(peak(p)));
        assert_eq!(found, Some(([2.0, 1.0], -1.0)), "one is too little a gain");
    }

    #[test]
    fn what_cannot_be_afforded_stays_as_it_was() {
        assert_eq!(descend([0.0, 0.0], &AXES, 3, 0.0, |_| None), None);
        let mut left = 1;
        let found = descend([1.0, 1.0], &AXES, 3, 0.0, |p| {
            left -= 1;
            (left >= 0).then(|| f64::from(p[0]))
        });
        assert_eq!(found, Some(([1.0, 1.0], 1.0)));
    }
}

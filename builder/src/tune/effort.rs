//! How much may still be tried. Owns the unit: seconds of a common two-core machine, estimated from the sizes of things and never
//! measured, so that the same log leads to the same choice on every machine.

/// Estimated seconds that are left.
#[derive(Debug)]
pub struct Effort {
    left: f64,
}

/// Additions to scattered sums a second.
pub const SCATTERED: f64 = 2e8;
/// Multiplications and additions over dense rows a second.
pub const DENSE: f64 = 6e9;
/// Multiplications and additions of a matrix inversion a second.
pub const INVERSION: f64 = 3e10;

impl Effort {
    /// So many seconds.
    pub fn of_seconds(seconds: f64) -> Effort {
        Effort { left: seconds }
    }

    /// Takes what a trial will cost, if it is left.
    pub fn affords(&mut self, seconds: f64) -> bool {
        let affords = seconds <= self.left;
        if affords {
            self.left -= seconds;
        }
        affords
    }

    /// A part of what is left, set aside: trials of one kind must not use up what others need.
    pub fn share(&mut self, share: f64) -> Effort {
        let part = self.left * share;
        self.left -= part;
        Effort { left: part }
    }

    /// Gives back what a part did not use.
    pub fn give_back(&mut self, part: Effort) {
        self.left += part.left;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_is_gone_and_what_is_not_comes_back() {
        let mut effort = Effort::of_seconds(10.0);
        let mut part = effort.share(0.4);
        assert!(part.affords(3.0) && !part.affords(2.0) && part.affords(0.5));
        effort.give_back(part);
        assert!(!effort.affords(6.6) && effort.affords(6.4));
    }
}

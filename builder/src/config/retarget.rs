//! `[retarget]`: whether items that a visitor came close to buying come back. Owns its defaults and its checks.

use anyhow::{Result, ensure};
use serde::Deserialize;

/// How far back retargeting looks, and how much of an answer it may be. Without the section nothing is retargeted.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct RetargetConfig {
    /// The newest days whose clicks, likes and carts count.
    pub days: u32,
    /// Share of an answer that it may propose.
    pub share: f32,
}

impl Default for RetargetConfig {
    fn default() -> Self {
        Self { days: 3, share: 0.2 }
    }
}

impl RetargetConfig {
    pub(super) fn check(&self) -> Result<()> {
        ensure!(
            (1..=90).contains(&self.days),
            "[retarget] days is {}; give 1 to 90, as long as profiles last",
            self.days
        );
        ensure!(
            self.share > 0.0 && self.share <= 1.0,
            "[retarget] share is {}; give more than 0, at most 1; without the section nothing is retargeted",
            self.share
        );
        Ok(())
    }
}

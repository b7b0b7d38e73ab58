//! `[tags]`, `[peers]`, `[fresh]`: which ranked lists there are beside those of crowds. Owns their defaults and checks; all of them are
//! made where the data has what they need and held-out users are better served.

use anyhow::{Result, ensure};
use serde::Deserialize;

/// Lists of what items are.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct TagsConfig {
    /// Columns of the catalogue whose values have lists; left out = all that describe items by few values, `[]` = none.
    pub attributes: Option<Vec<String>>,
}

/// Lists of cohorts: of users of like taste.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct PeersConfig {
    /// How many of the nearest cohorts' lists a visitor gets; 0 = none.
    pub nearest: u32,
}

impl Default for PeersConfig {
    fn default() -> Self {
        Self { nearest: 3 }
    }
}

/// The list of what is new.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct FreshConfig {
    /// Column of the catalogue that tells when an item came; left out = `added` or `born`.
    pub column: Option<String>,
    /// Days after which being new counts half; 0 = no list.
    pub half_life_days: f32,
}

impl Default for FreshConfig {
    fn default() -> Self {
        Self { column: None, half_life_days: 14.0 }
    }
}

impl FreshConfig {
    pub(super) fn check(&self) -> Result<()> {
        let days = self.half_life_days;
        ensure!(
            days.is_finite() && days >= 0.0,
            "[fresh] half_life_days is {days}; give a number of days, 0 for no list of what is new"
        );
        Ok(())
    }
}

//! `[duplicates]`: whether items that are one product by what the catalogue says of them come once. Owns its defaults and its checks.

use anyhow::{Result, ensure};
use serde::Deserialize;

/// Which fingerprints items get, and how far apart those of two results are. Without the section there are none.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct DuplicatesConfig {
    /// Columns of the catalogue whose words make the fingerprint; left out = all but those of numbers.
    pub columns: Option<Vec<String>>,
    /// Column with a fingerprint that was made elsewhere, of an image or a vector, in 16 hex digits; goes before words.
    pub prints: Option<String>,
    /// Fewest bits by which the fingerprints of two results differ, 1 to 64.
    pub bits: u32,
}

impl Default for DuplicatesConfig {
    fn default() -> Self {
        Self { columns: None, prints: None, bits: 4 }
    }
}

impl DuplicatesConfig {
    pub(super) fn check(&self) -> Result<()> {
        ensure!(
            (1..=64).contains(&self.bits),
            "[duplicates] bits is {}; give 1 to 64; without the section nothing is held back",
            self.bits
        );
        ensure!(
            self.columns.as_ref().is_none_or(|columns| !columns.is_empty()),
            "[duplicates] columns is empty; name columns of the catalogue, or leave it out for all that are not numbers"
        );
        ensure!(
            self.columns.is_none() || self.prints.is_none(),
            "[duplicates] names both columns and prints; give one: the words to make fingerprints of, or those that there are"
        );
        Ok(())
    }
}

//! `[coarse.COLUMN]`: coarser categories than a column of the catalogue has, as a column of their own. Owns its defaults and checks;
//! `crate::coarse` makes the column.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use serde::Deserialize;

/// How the values of one column become coarser.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct CoarseConfig {
    /// Name of the new column; left out = that of the column and `.coarse`.
    pub name: Option<String>,
    /// What single values become.
    pub values: BTreeMap<String, String>,
    /// Other values end before the first of these, for paths like `shoes/boots`; a value without one stays as it is.
    pub separator: Option<String>,
}

impl CoarseConfig {
    pub(super) fn check(&self, column: &str) -> Result<()> {
        ensure!(
            self.separator.is_some() || !self.values.is_empty(),
            "[coarse.{column}] says nothing; give values = {{ boots = \"shoes\" }}, or the separator of paths"
        );
        ensure!(
            self.separator.as_ref().is_none_or(|separator| !separator.is_empty()),
            "[coarse.{column}] separator is empty; give what stands between the parts of a value, for example \"/\""
        );
        Ok(())
    }

    /// Name of the new column.
    pub fn name(&self, column: &str) -> String {
        self.name.clone().unwrap_or_else(|| format!("{column}.coarse"))
    }
}

//! `[purchase]`: whether visitors who have bought are spared what they have. Owns its defaults and its checks.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use edge_recall::format::manifest::PurchaseSpec;
use serde::Deserialize;

/// What is left out after a purchase, and for how long. Without the section nothing is.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct PurchaseConfig {
    /// Column of the catalogue whose values rest after a purchase, for example `category`; without one only the item itself.
    pub attribute: Option<String>,
    /// Column that is `true` or 1 of what is bought again and again.
    pub consumable: Option<String>,
    /// Days that a value rests.
    pub days: u32,
    /// Days of single values.
    pub periods: BTreeMap<String, u32>,
    /// Events on a value after the purchase that end its rest.
    pub release: u32,
}

impl Default for PurchaseConfig {
    fn default() -> Self {
        Self { attribute: None, consumable: None, days: 14, periods: BTreeMap::new(), release: 3 }
    }
}

impl PurchaseConfig {
    pub(super) fn check(&self) -> Result<()> {
        ensure!(self.days > 0, "[purchase] days is 0; give 1 or more; without the section nothing is left out");
        ensure!(self.release > 0, "[purchase] release is 0; give the number of events that end a period, 1 or more");
        ensure!(
            self.attribute.is_some() || self.periods.is_empty(),
            "[purchase] periods needs `attribute`, the column of its values"
        );
        Ok(())
    }

    /// Refuses columns that the shards do not have.
    pub fn check_columns<'a>(&self, columns: impl Iterator<Item = &'a str> + Clone) -> Result<()> {
        for own in [&self.attribute, &self.consumable].into_iter().flatten() {
            ensure!(
                columns.clone().any(|name| name == own),
                "[purchase]: the shards have no column `{own}`, only {}; [items] attributes names those to keep",
                columns.collect::<Vec<_>>().join(", ")
            );
        }
        Ok(())
    }

    /// As the manifest says it.
    pub fn spec(&self) -> PurchaseSpec {
        PurchaseSpec {
            attribute: self.attribute.clone().unwrap_or_default(),
            consumable: self.consumable.clone().unwrap_or_default(),
            days: self.days,
            periods: self.periods.iter().map(|(value, days)| (value.clone(), *days)).collect(),
            release: self.release,
        }
    }
}

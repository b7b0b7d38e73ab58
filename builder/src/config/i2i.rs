//! `[model] i2i`: what item-to-item tables are made of and how they are stored. Owns its defaults and its checks.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use edge_recall::format::rows::WeightCode;
use serde::Deserialize;

use crate::model::{ItemAttributes, Pairing};

/// The item-to-item tables.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct I2iConfig {
    /// Distinct users (or sessions) that a pair of items needs before it is published.
    pub min_users: u32,
    /// Bits of a weight in a row, 1 to 8, or 32 = not quantised; left out = chosen by the builder.
    #[serde(deserialize_with = "weight_bits")]
    pub bits: Option<WeightCode>,
    /// Events older than this many days before the newest make no pairs; left out = all do.
    pub window_days: Option<u32>,
    /// Days after which a pair counts half; left out = never.
    pub half_life_days: Option<f32>,
    /// Column of the catalogue: items pair with items of the same value alone.
    pub same: Option<String>,
    /// Users with more events than this within a minute are robots and make no pairs; left out = nobody is.
    pub max_per_minute: Option<u32>,
}

impl I2iConfig {
    pub(super) fn check(&self) -> Result<()> {
        ensure!(self.min_users >= 1, "[model] i2i.min_users is 0; give 1 or more (2 keeps single users out)");
        ensure!(self.window_days != Some(0), "[model] i2i.window_days is 0; give 1 or more, or leave it out");
        ensure!(self.max_per_minute != Some(0), "[model] i2i.max_per_minute is 0; give 1 or more, or leave it out");
        let days = self.half_life_days.unwrap_or(1.0);
        ensure!(
            days.is_finite() && days > 0.0,
            "[model] i2i.half_life_days is {days}; give more than 0, or leave it out"
        );
        Ok(())
    }

    /// The same for a log whose items the catalogue describes.
    pub fn pairing(&self, items: Option<&ItemAttributes>) -> Result<Pairing> {
        let categories = match &self.same {
            Some(name) => categories(name, items)?,
            None => Vec::new(),
        };
        let Self { window_days, half_life_days, max_per_minute, .. } = *self;
        Ok(Pairing { window_days, half_life_days, max_per_minute, categories })
    }
}

/// A number for every value of a column.
fn categories(name: &str, items: Option<&ItemAttributes>) -> Result<Vec<Option<u32>>> {
    let items =
        items.context("[model] i2i.same names a column of the catalogue, but there is none; give it with --items")?;
    let place = items.names.iter().position(|known| known == name);
    let place = place.with_context(|| {
        format!("[model] i2i.same: the catalogue has no column `{name}`, only {}", items.names.join(", "))
    })?;
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut all = Vec::with_capacity(items.values.len());
    for row in &items.values {
        let next = numbers.len() as u32;
        let text = row[place].trim();
        all.push((!text.is_empty()).then(|| *numbers.entry(text).or_insert(next)));
    }
    Ok(all)
}

impl Default for I2iConfig {
    fn default() -> Self {
        Self { min_users: 2, bits: None, window_days: None, half_life_days: None, same: None, max_per_minute: None }
    }
}

/// A number of bits of a weight.
fn weight_bits<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<WeightCode>, D::Error> {
    let bits = u8::deserialize(deserializer)?;
    let problem =
        || serde::de::Error::custom(format!("i2i.bits is {bits}; give 1 to 8, or 32 for weights as they are"));
    WeightCode::of_bits(bits).map(Some).ok_or_else(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_one_value_are_of_one_category() {
        let row = |text: &str| vec![text.to_owned()];
        let items = ItemAttributes { names: vec!["kind".into()], values: ["b", "", "a", " b"].map(row).to_vec() };
        let same = |name: &str| I2iConfig { same: Some(name.into()), ..I2iConfig::default() };
        assert_eq!(same("kind").pairing(Some(&items)).unwrap().categories, [Some(0), None, Some(1), Some(0)]);
        let message = same("type").pairing(Some(&items)).unwrap_err().to_string();
        assert!(message.contains("no column `type`, only kind"), "{message}");
        assert!(same("kind").pairing(None).unwrap_err().to_string().contains("give it with --items"));
        assert_eq!(I2iConfig::default().pairing(Some(&items)).unwrap(), Pairing::default());
    }

    #[test]
    fn impossible_values_are_refused() {
        for (text, name) in [
            ("window_days = 0", "window_days is 0"),
            ("half_life_days = 0", "half_life_days is 0"),
            ("half_life_days = nan", "half_life_days is NaN"),
            ("max_per_minute = 0", "max_per_minute is 0"),
        ] {
            let config: I2iConfig = toml::from_str(text).unwrap();
            assert!(config.check().unwrap_err().to_string().contains(name), "{text}");
        }
    }
}

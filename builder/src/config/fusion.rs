//! `[fusion]`: how the lists of channels become one. Owns its names; weights are learnt, and what they mean stands in the runtime.

use anyhow::{Result, ensure};
use edge_recall::format::manifest::{FusionSpec, Policy};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// How the lists of channels become one.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct FusionConfig {
    /// What makes one list of many: `"weighted"` (calibrated scores by learnt weights), `"rrf"` (reciprocal ranks), `"rounds"`,
    /// `"quota"` or `"mic"`.
    #[serde(deserialize_with = "policy")]
    pub policy: Policy,
    /// Factors of `"mic"`: of the weighted sum, of the channels that agree, of variety. No item's category is known yet, so
    /// the last gives to all alike.
    pub mic: [f32; 3],
    /// Catalogue column with the category of an item, for the variety of `"mic"`.
    pub category: Option<String>,
}

impl Default for FusionConfig {
    fn default() -> Self {
        let FusionSpec { policy, mic, category, .. } = FusionSpec::default();
        Self { policy, mic, category }
    }
}

impl FusionConfig {
    pub(super) fn check(&self) -> Result<()> {
        let usable = |factor: &f32| *factor >= 0.0 && factor.is_finite();
        ensure!(self.mic.iter().all(usable), "[fusion] mic is {:?}; give three numbers from 0", self.mic);
        Ok(())
    }

    /// Checks that the category is a column that the build publishes.
    pub fn check_category<'a>(&self, columns: impl Iterator<Item = &'a str> + Clone) -> Result<()> {
        let Some(category) = &self.category else { return Ok(()) };
        ensure!(
            columns.clone().any(|name| name == category),
            "[fusion] category: the shards have no column `{category}`, only {}; [items] attributes names those to keep",
            columns.collect::<Vec<_>>().join(", ")
        );
        Ok(())
    }
}

fn policy<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Policy, D::Error> {
    let name = String::deserialize(deserializer)?;
    let known = Policy::ALL.into_iter().find(|policy| policy.name() == name);
    let problem = || Error::custom(format!("policy is `{name}`; give one of {}", Policy::NAMES.join(", ")));
    known.ok_or_else(problem)
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    #[test]
    fn a_policy_is_one_of_the_runtimes() {
        let config = Config::parse("[fusion]\npolicy = \"mic\"\ncategory = \"genre\"").unwrap().fusion;
        assert_eq!((config.policy, config.mic), (Policy::Mic, Policy::MIC));
        assert!(config.check_category(["year", "genre"].into_iter()).is_ok());
        let missing = config.check_category(["year"].into_iter()).unwrap_err().to_string();
        assert!(missing.contains("no column `genre`, only year"), "{missing}");
        let refused = |text: &str| format!("{:#}", Config::parse(text).unwrap_err());
        assert!(refused("[fusion]\npolicy = \"best\"").contains("policy is `best`; give one of weighted, rrf"));
        assert!(refused("[fusion]\nmic = [1.0, -1.0, 0.0]").contains("give three numbers from 0"));
    }
}

//! `recall.toml`: which columns mean what, and the few choices a site owner makes.
//! Owns the file's shape, its defaults and its checks; knows no log and no algorithm.

mod coarse;
mod duplicates;
mod fusion;
mod i2i;
mod lists;
mod purchase;
mod retarget;
mod shards;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use edge_recall::format::codes::Code;
use serde::Deserialize;

pub use coarse::CoarseConfig;
pub use duplicates::DuplicatesConfig;
pub use fusion::FusionConfig;
pub use i2i::I2iConfig;
pub use lists::{FreshConfig, PeersConfig, TagsConfig};
pub use purchase::PurchaseConfig;
pub use retarget::RetargetConfig;
pub use shards::ShardsConfig;

/// The whole file. Every part may be left out; an unknown key is an error, so that a typing slip never passes unseen.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `[input]`: the columns of the log.
    pub input: InputConfig,
    /// `[items]`: the columns of the catalogue.
    pub items: ItemsConfig,
    /// `[users]`: the columns of the users file.
    pub users: UsersConfig,
    /// `[crowd]`: which crowds get a list.
    pub crowd: CrowdConfig,
    /// `[model]`: sizes and thresholds of the learnt parts.
    pub model: ModelConfig,
    /// `[fusion]`: how the lists of channels become one.
    pub fusion: FusionConfig,
    /// `[retarget]`: whether items that a visitor came close to buying come back.
    pub retarget: Option<RetargetConfig>,
    /// `[tags]`: lists of what items are.
    pub tags: TagsConfig,
    /// `[peers]`: lists of cohorts.
    pub peers: PeersConfig,
    /// `[fresh]`: the list of what is new.
    pub fresh: FreshConfig,
    /// `[purchase]`: whether visitors who have bought are spared what they have.
    pub purchase: Option<PurchaseConfig>,
    /// `[coarse.COLUMN]`: coarser categories than a column of the catalogue has.
    pub coarse: BTreeMap<String, CoarseConfig>,
    /// `[duplicates]`: whether items that are one product come once.
    pub duplicates: Option<DuplicatesConfig>,
    /// `rules`: file of the site's rules, published beside `recall.json`.
    pub rules: Option<String>,
    /// `[shards]`: how files are cut and how long they stay.
    pub shards: ShardsConfig,
}

/// Column names of the log. A column that is named here must exist; one that is not is looked for by its usual names.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct InputConfig {
    /// Column with the user key.
    pub user: Option<String>,
    /// Column with the item key.
    pub item: Option<String>,
    /// Column with the session key; stands for the user where there is none.
    pub session: Option<String>,
    /// Column with the time of the event.
    #[serde(alias = "timestamp")]
    pub time: Option<String>,
    /// Column with the kind of the event (`view`, `cart`, ...).
    #[serde(alias = "type")]
    pub event: Option<String>,
    /// Column with a number that the weight of the kind is multiplied by.
    pub weight: Option<String>,
    /// Column with the item beside which this one was shown or clicked.
    pub trigger: Option<String>,
    /// Weight of each kind of event, over the defaults of [`InputConfig::weight_of`].
    pub weights: BTreeMap<String, f32>,
}

/// Columns of the catalogue.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct ItemsConfig {
    /// Column with the item key.
    pub id: Option<String>,
    /// Columns to keep, in this order; left out = all.
    pub attributes: Option<Vec<String>>,
}

/// Columns of the users file.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct UsersConfig {
    /// Column with the user key.
    pub id: Option<String>,
    /// Columns to keep, in this order; left out = all.
    pub attributes: Option<Vec<String>>,
}

/// Which crowds get a list.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct CrowdConfig {
    /// Back-off chain: each entry is a list of user attributes, finest first; `[]` = everyone. Left out = all attributes
    /// with few values together, then each alone, then everyone.
    pub keys: Option<Vec<Vec<String>>>,
    /// A crowd of fewer users than this is merged into the next key of the chain.
    pub min_users: u32,
}

impl Default for CrowdConfig {
    fn default() -> Self {
        Self { keys: None, min_users: 10 }
    }
}

/// Sizes and thresholds of the learnt parts.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct ModelConfig {
    /// Dimension of the item vectors; left out = held-out users choose.
    pub dim: Option<usize>,
    /// Bits of a stored coordinate: 16 (half precision, the reference), 8, 4 or 2; or `"auto"`, the fewest that held-out
    /// users do not notice.
    #[serde(deserialize_with = "bits")]
    pub bits: Option<Code>,
    /// The item-to-item tables.
    pub i2i: I2iConfig,
    /// How long to try what suits the log, in seconds of a common two-core machine. They are estimated and not measured, so that
    /// the same log gives the same build everywhere.
    pub tune_seconds: u32,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self { dim: None, bits: None, i2i: I2iConfig::default(), tune_seconds: 60 }
    }
}

/// `"auto"` or a number of bits.
fn bits<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Code>, D::Error> {
    let value = toml::Value::deserialize(deserializer)?;
    if value.as_str() == Some("auto") {
        return Ok(None);
    }
    let code = Code::ALL.into_iter().find(|code| value.as_integer() == Some(i64::from(code.bits())));
    let problem = || serde::de::Error::custom(format!("bits is {value}; give \"auto\", 16, 8, 4 or 2"));
    code.map(Some).ok_or_else(problem)
}

impl InputConfig {
    /// Weight of a kind of event (lower case); `None` = unknown kind. Zero or less = not a positive interaction.
    pub fn weight_of(&self, kind: &str) -> Option<f32> {
        let configured = self.weights.get(kind).copied();
        configured.or_else(|| DEFAULT_WEIGHTS.iter().find(|(name, _)| *name == kind).map(|(_, weight)| *weight))
    }
}

impl Config {
    /// Reads and checks the file.
    pub fn load(path: &Path) -> Result<Self> {
        let name = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the configuration {name}"))?;
        Self::parse(&text).with_context(|| format!("the configuration {name} cannot be used"))
    }

    /// Reads and checks the text of the file.
    pub fn parse(text: &str) -> Result<Self> {
        let mut config: Self = toml::from_str(text).map_err(|error| anyhow::anyhow!("{}", error.to_string().trim()))?;
        config.input.weights =
            config.input.weights.into_iter().map(|(kind, weight)| (kind.to_lowercase(), weight)).collect();
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        self.shards.check()?;
        self.fusion.check()?;
        self.fresh.check()?;
        self.retarget.map_or(Ok(()), |retarget| retarget.check())?;
        self.purchase.as_ref().map_or(Ok(()), PurchaseConfig::check)?;
        self.coarse.iter().try_for_each(|(column, own)| own.check(column))?;
        self.duplicates.as_ref().map_or(Ok(()), DuplicatesConfig::check)?;
        if let Some(file) = &self.rules {
            let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
            ensure!(
                file.ends_with(".json") && file.chars().all(plain) && file != "recall.json",
                "rules is {file:?}; give the name of a JSON file beside recall.json, for example \"rules.json\""
            );
        }
        for (kind, weight) in &self.input.weights {
            ensure!(weight.is_finite(), "[input] weights: `{kind}` is {weight}; give a finite number");
        }
        let dim = self.model.dim.unwrap_or(1);
        ensure!((1..=512).contains(&dim), "[model] dim is {dim}; give 1 to 512");
        self.model.i2i.check()?;
        ensure!(self.crowd.min_users >= 1, "[crowd] min_users is 0; give 1 or more");
        ensure!(
            self.crowd.keys.as_ref().is_none_or(|keys| !keys.is_empty()),
            "[crowd] keys is empty; `keys = [[]]` means one list for everyone"
        );
        let keys = self.crowd.keys.as_deref().unwrap_or_default();
        for (place, key) in keys.iter().enumerate() {
            let hides = |before: &&Vec<String>| before.iter().all(|attribute| key.contains(attribute));
            if let Some(before) = keys[..place].iter().find(hides) {
                bail!(
                    "[crowd] keys: nobody reaches {key:?} behind {before:?}, which matches first; put the finer key first"
                );
            }
            for (place, attribute) in key.iter().enumerate() {
                if key[..place].contains(attribute) {
                    bail!("[crowd] keys: `{attribute}` stands twice in one key");
                }
                if self.users.attributes.as_ref().is_some_and(|kept| !kept.contains(attribute)) {
                    bail!("[crowd] keys: `{attribute}` is not among [users] attributes; add it there");
                }
            }
        }
        Ok(())
    }
}

/// Weights of the kinds that need no configuration. `hide` and exposures are read, but are no positive interactions.
const DEFAULT_WEIGHTS: [(&str, f32); 9] = [
    ("view", 1.0),
    ("click", 2.0),
    ("like", 4.0),
    ("cart", 5.0),
    ("purchase", 3.0),
    ("hide", -4.0),
    ("shown", 0.0),
    ("impression", 0.0),
    ("expose", 0.0),
];

#[cfg(test)]
mod tests {
    use edge_recall::format::rows::WeightCode;

    use super::*;

    fn refused(text: &str) -> String {
        format!("{:#}", Config::parse(text).unwrap_err())
    }

    #[test]
    fn an_empty_file_means_the_defaults() {
        let config = Config::parse("").unwrap();
        assert_eq!(config, Config::default());
        assert_eq!((config.model.dim, config.model.i2i.bits), (None, None));
        assert_eq!(config.model.i2i.min_users, 2);
        assert_eq!((config.crowd.keys, config.retarget), (None, None));
    }

    #[test]
    fn what_cannot_be_retargeted_is_refused() {
        assert_eq!(Config::parse("[retarget]").unwrap().retarget, Some(RetargetConfig::default()));
        for (text, name) in [
            ("days = 0", "days is 0"),
            ("days = 91", "days is 91"),
            ("share = 0", "share is 0"),
            ("share = 1.5", "share is 1.5"),
            ("share = nan", "share is NaN"),
        ] {
            assert!(refused(&format!("[retarget]\n{text}")).contains(name), "{text}");
        }
    }

    #[test]
    fn fingerprints_of_nothing_are_refused() {
        assert_eq!(Config::parse("[duplicates]").unwrap().duplicates, Some(DuplicatesConfig::default()));
        for (text, name) in [
            ("bits = 0", "bits is 0"),
            ("bits = 65", "bits is 65"),
            ("columns = []", "columns is empty"),
            ("columns = [\"title\"]\nprints = \"hash\"", "both columns and prints"),
        ] {
            assert!(refused(&format!("[duplicates]\n{text}")).contains(name), "{text}");
        }
    }

    #[test]
    fn a_full_file_is_read() {
        let config = Config::parse(
            r#"
            [input]
            user = "uid"
            item = "sku"
            time = "ts"
            type = "what"
            weights = { Cart = 6, wish = 2.5 }
            [items]
            id = "sku"
            attributes = ["category", "price"]
            [users]
            attributes = ["age", "gender"]
            [crowd]
            keys = [["age", "gender"], ["gender"], []]
            min_users = 50
            [model]
            dim = 32
            i2i = { min_users = 5, bits = 32 }
            [retarget]
            share = 0.1
            "#,
        )
        .unwrap();
        assert_eq!(config.retarget, Some(RetargetConfig { days: 3, share: 0.1 }));
        assert_eq!(config.input.event.as_deref(), Some("what"));
        assert_eq!(config.input.weight_of("cart"), Some(6.0));
        assert_eq!(config.input.weight_of("wish"), Some(2.5));
        assert_eq!(config.input.weight_of("purchase"), Some(3.0));
        assert_eq!(config.input.weight_of("refund"), None);
        assert_eq!(config.crowd.keys.map(|keys| keys.len()), Some(3));
        assert_eq!((config.model.dim, config.model.i2i.min_users), (Some(32), 5));
        assert_eq!(config.model.i2i.bits, Some(WeightCode::Exact));
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_known_ones() {
        let message = refused("[input]\nuser = \"u\"\nitems = \"sku\"\n");
        assert!(message.contains("unknown field `items`"), "{message}");
        assert!(message.contains("line 3"), "{message}");
        assert!(message.contains("`session`"), "{message}");
    }

    #[test]
    fn impossible_values_are_refused_with_the_remedy() {
        assert!(refused("[model]\nbits = 3").contains("bits is 3; give \"auto\", 16, 8, 4 or 2"));
        assert!(refused("[model]\ndim = 0").contains("[model] dim is 0; give 1 to 512"));
        assert!(refused("[model]\ni2i = { min_users = 0 }").contains("give 1 or more"));
        assert!(refused("[model]\ni2i = { bits = 16 }").contains("give 1 to 8, or 32"));
        assert!(refused("[crowd]\nkeys = []").contains("keys = [[]]"));
        assert!(refused("[crowd]\nkeys = [[], [\"a\"]]").contains("put the finer key first"));
        assert!(refused("[crowd]\nkeys = [[\"a\", \"a\"]]").contains("`a` stands twice"));
        let message = refused("[users]\nattributes = [\"age\"]\n[crowd]\nkeys = [[\"gender\"]]");
        assert!(message.contains("`gender` is not among [users] attributes"), "{message}");
        assert!(refused("[input]\nweights = { view = nan }").contains("finite"));
    }
}

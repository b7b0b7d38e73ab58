//! `[shards]`: how files are cut and how long they stay. Owns its defaults and its checks.

use anyhow::{Result, ensure};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::cli::parse_bytes;

/// How files are cut and how long they stay.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct ShardsConfig {
    /// Bytes that a file should have, as `"24KB"` or a number; left out = chosen from the size of the catalogue.
    #[serde(deserialize_with = "size")]
    pub target: Option<u64>,
    /// Most files that a build may have; `target` is raised to keep to it. Free static hosts stop at 20,000.
    pub max_files: usize,
    /// Builds whose files stay in the output, the newest among them, for pages that still hold an earlier manifest.
    pub keep_builds: usize,
    /// Catalogue columns that are shown beside a result; they get files of their own.
    pub cards: Vec<String>,
}

impl Default for ShardsConfig {
    fn default() -> Self {
        Self { target: None, max_files: 15_000, keep_builds: 3, cards: Vec::new() }
    }
}

impl ShardsConfig {
    pub(super) fn check(&self) -> Result<()> {
        if let Some(target) = self.target {
            ensure!(
                (1_000..=1_000_000).contains(&target),
                "[shards] target is {target} bytes; give 1KB to 1MB (16KB to 72KB serve most sites)"
            );
        }
        ensure!(
            (16..=1_000_000).contains(&self.max_files),
            "[shards] max_files is {}; give 16 to 1000000",
            self.max_files
        );
        ensure!(
            (1..=100).contains(&self.keep_builds),
            "[shards] keep_builds is {}; give 1 (this build alone) to 100",
            self.keep_builds
        );
        for (place, card) in self.cards.iter().enumerate() {
            ensure!(!card.is_empty(), "[shards] cards holds a column without a name");
            ensure!(!self.cards[..place].contains(card), "[shards] cards: `{card}` stands twice");
        }
        Ok(())
    }
}

/// `"24KB"` or `24000`.
fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let text = match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) => text,
        toml::Value::Integer(bytes) => bytes.to_string(),
        other => return Err(D::Error::custom(format!("a size is \"24KB\" or a number of bytes, not {other}"))),
    };
    parse_bytes(&text).map(Some).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn sizes_may_be_text_or_numbers() {
        let target = |text: &str| Config::parse(text).unwrap().shards.target;
        assert_eq!(target("[shards]\ntarget = \"24KB\""), Some(24_000));
        assert_eq!(target("[shards]\ntarget = 4096"), Some(4096));
        assert_eq!(target("[shards]\nkeep_builds = 1"), None);
    }

    #[test]
    fn impossible_values_are_refused_with_the_remedy() {
        for (text, message) in [
            ("target = \"24 parsecs\"", "has no known unit; write 500kB, 4MB"),
            ("target = 24.5", "a size is \"24KB\" or a number of bytes, not 24.5"),
            ("target = -1", "write 500kB, 4MB or a plain number"),
            ("target = \"5MB\"", "[shards] target is 5000000 bytes; give 1KB to 1MB"),
            ("max_files = 3", "[shards] max_files is 3; give 16 to 1000000"),
            ("keep_builds = 0", "[shards] keep_builds is 0; give 1 (this build alone) to 100"),
            ("cards = [\"title\", \"title\"]", "[shards] cards: `title` stands twice"),
            ("cards = [\"\"]", "a column without a name"),
            ("keep = 3", "unknown field `keep`"),
        ] {
            let error = format!("{:#}", Config::parse(&format!("[shards]\n{text}")).unwrap_err());
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}

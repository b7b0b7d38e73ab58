//! How the files were made, where `split` made them. Owns reading its split.json and saying it in words.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// What split.json says of the cut.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Protocol {
    /// `time`, `last` or `random`.
    pub by: String,
    /// Part that was to be tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// First moment of the test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
    /// `refit` or `strict`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Each session is wholly on one side.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sessions: bool,
}

/// A split.json, of which the rest is only compared.
#[derive(Deserialize)]
struct SplitFile {
    #[serde(flatten)]
    protocol: Protocol,
    history: Events,
    test: Events,
}

#[derive(Deserialize)]
struct Events {
    events: u64,
}

/// The protocol beside the histories, if it tells of files with so many rows; `None` for files from elsewhere.
pub fn beside(histories: &Path, history_rows: u64, test_rows: u64) -> Option<Protocol> {
    let text = fs::read_to_string(histories.with_file_name("split.json")).ok()?;
    let split: SplitFile = serde_json::from_str(&text).ok()?;
    (split.history.events == history_rows && split.test.events == test_rows).then_some(split.protocol)
}

impl Protocol {
    /// One sentence.
    pub fn words(&self) -> String {
        let share = self.share.map_or_else(String::new, |share| format!("{:.0} % of the ", share * 100.0));
        let cut = self.cut.as_deref().unwrap_or("one moment");
        match (self.by.as_str(), self.protocol.as_deref()) {
            ("time", _) if self.sessions => format!(
                "A cut in time at {cut}, about {share}events after it, with sessions kept whole: of every session that ends \
                 after the cut the last event is to be found and the rest is its history; training saw none of it."
            ),
            ("time", _) => format!(
                "A cut in time at {cut} for all users, about {share}events after it: what users with a past did from then on \
                 is to be found, and training saw nothing of that time."
            ),
            ("last", Some("strict")) => {
                "The last event of each user is to be found, from a history that ends with the one \
                 before it; training saw neither of the two (strict)."
                    .into()
            }
            ("last", _) => {
                "The last event of each user is to be found; all events before it are both the history and what \
                 training saw (refit)."
                    .into()
            }
            ("random", _) => {
                format!("A random {share}items of each user is to be found from the others, whatever their time.")
            }
            (other, _) => format!("Split by {other}."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::testing::Files;

    #[test]
    fn only_the_split_of_these_very_files_counts() {
        let files = Files::empty();
        let histories = files.file("history.csv", "");
        assert_eq!(beside(&histories, 3, 2), None);
        files.file(
            "split.json",
            r#"{"by":"last","protocol":"strict","train":{"events":9,"users":2},"history":{"events":3},"test":{"events":2}}"#,
        );
        let protocol = beside(&histories, 3, 2).unwrap();
        assert!(protocol.words().contains("training saw neither of the two"), "{}", protocol.words());
        assert_eq!(beside(&histories, 4, 2), None);
        assert_eq!(beside(&histories, 3, 1), None);
    }

    #[test]
    fn every_split_has_words() {
        let of = |by: &str, sessions| Protocol {
            by: by.into(),
            share: Some(0.2),
            cut: Some("2024-05-01T00:00:00Z".into()),
            protocol: None,
            sessions,
        };
        assert!(
            of("time", false)
                .words()
                .starts_with("A cut in time at 2024-05-01T00:00:00Z for all users, about 20 % of the events")
        );
        assert!(of("time", true).words().contains("sessions kept whole"));
        assert!(of("last", false).words().contains("(refit)"));
        assert!(of("random", false).words().starts_with("A random 20 % of the items of each user"));
    }
}

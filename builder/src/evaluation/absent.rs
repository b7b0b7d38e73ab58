//! Why a channel has no figures: the build does not have it, or these users give it nothing to say. Owns the reasons where the
//! build itself left none.

use std::collections::BTreeMap;
use std::path::Path;

use edge_recall::Manifest;
use edge_recall::ids::ChannelId;
use serde::Deserialize;

use crate::notes::NOTES;

/// What the reasons depend on beside the build.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Items of the history are left out of the lists.
    pub masked: bool,
    /// The log of the baselines tells what was shown.
    pub exposures: bool,
    /// The histories have times.
    pub ordered: bool,
}

/// The part of the notes that is read here.
#[derive(Default, Deserialize)]
struct Absent {
    #[serde(default)]
    absent: BTreeMap<String, String>,
}

/// What the notes of a build say of channels that it does without; nothing where there are no notes, or others.
pub fn of_notes(dir: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(dir.join(NOTES)).unwrap_or_default();
    serde_json::from_str::<Absent>(&text).unwrap_or_default().absent
}

/// A reason for each channel that is not among `served`, by its name.
pub fn reasons(
    manifest: &Manifest,
    notes: &BTreeMap<String, String>,
    served: impl Fn(ChannelId) -> bool,
    facts: Facts,
) -> BTreeMap<&'static str, String> {
    let reason = |channel: ChannelId| {
        let has_weight = manifest.weight_of(channel) > 0.0;
        let told = || notes.get(channel.name()).cloned();
        match has_weight || channel == ChannelId::Popular {
            true => of_shipped(channel, facts).to_owned(),
            false => told().unwrap_or_else(|| of_missing(channel, facts).to_owned()),
        }
    };
    ChannelId::ALL.into_iter().filter(|&c| !served(c)).map(|channel| (channel.name(), reason(channel))).collect()
}

/// Why a channel of the build says nothing.
fn of_shipped(channel: ChannelId, facts: Facts) -> &'static str {
    match channel {
        ChannelId::Repeat | ChannelId::Retarget if facts.masked => {
            "brings back what was met, which is left out here; --no-mask lets it in"
        }
        ChannelId::Retarget => "no history ends with anything near to a purchase",
        _ => "has nothing to propose to these users",
    }
}

/// Why a build may do without a channel.
fn of_missing(channel: ChannelId, facts: Facts) -> &'static str {
    match channel.name() {
        "rank" if !facts.exposures => "the log does not tell what was shown",
        "next" | "last" if !facts.ordered => "the log has no times",
        "repeat" => "few visitors of the log come back to what they met",
        "retarget" => "not asked for: [retarget] in recall.toml",
        "peers" => "the build has no cohorts",
        "tags" => "the build has no lists by attribute",
        "fresh" => "the build has no list of what is new",
        "crowd" => "the build has no lists of crowds",
        _ => "found nothing on the hold-out that was worth its bytes",
    }
}

#[cfg(test)]
mod tests {
    use edge_recall::format::manifest::ChannelWeight;

    use super::*;
    use crate::input::testing::Files;

    const FACTS: Facts = Facts { masked: true, exposures: false, ordered: true };

    fn shipping(channels: &[ChannelId]) -> Manifest {
        let mut manifest = Manifest::default();
        manifest.fusion.weights = channels.iter().map(|&channel| ChannelWeight { channel, weight: 0.5 }).collect();
        manifest
    }

    #[test]
    fn every_channel_is_served_or_has_a_reason() {
        let manifest = shipping(&[ChannelId::I2i, ChannelId::Repeat]);
        let served = |channel| matches!(channel, ChannelId::I2i | ChannelId::Popular);
        let reasons = reasons(&manifest, &BTreeMap::new(), served, FACTS);
        assert_eq!(reasons.len() + 2, ChannelId::ALL.len());
        assert!(reasons["repeat"].contains("--no-mask"), "{reasons:?}");
        assert!(reasons["retarget"].contains("[retarget]"), "{reasons:?}");
        assert_eq!(reasons["rank"], "the log does not tell what was shown");
        let shown = Facts { exposures: true, ..FACTS };
        let reasons = super::reasons(&manifest, &BTreeMap::new(), served, shown);
        assert!(reasons["rank"].contains("hold-out"), "{reasons:?}");
    }

    #[test]
    fn what_the_build_says_goes_first_but_not_of_what_it_ships() {
        let files = Files::empty();
        let notes = files.file("recipe.json", r#"{"tables": [], "absent": {"rank": "too few clicks", "i2i": "no"}}"#);
        let notes = of_notes(notes.parent().unwrap());
        let reasons = reasons(&shipping(&[ChannelId::I2i]), &notes, |_| false, FACTS);
        assert_eq!(reasons["rank"], "too few clicks");
        assert_eq!(reasons["i2i"], "has nothing to propose to these users");
        assert_eq!(of_notes(Path::new("nowhere")), BTreeMap::new());
    }
}

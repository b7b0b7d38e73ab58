//! Everything that a build decides: parameters of the stages, how vectors are stored, how the device serves.
//! Owns the defaults; the tuner replaces what held-out data speaks against.

use edge_recall::EventKind;
use edge_recall::format::codes::Code;
use edge_recall::format::manifest::{ChannelWeight, Decay, FusionSpec, TowerKind, TriggerSpec};
use edge_recall::ids::ChannelId;

use crate::config::{Config, ShardsConfig};
use crate::model::{Interactions, UserAttributes};
use crate::stages::als::AlsParams;
use crate::stages::crowd::CrowdParams;
use crate::stages::directional::DirectionalParams;
use crate::stages::two_hop::TwoHopParams;

/// Targets a trigger keeps where no byte budget says otherwise.
pub const DEFAULT_TARGETS: usize = 50;
/// Candidates that each channel proposes to the fusion.
pub const DEPTH: u32 = 200;
/// Most distinct values of an attribute that crowds are cut by without being asked to.
const MAX_CROWD_VALUES: usize = 64;

/// The whole recipe.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// The two-hop table.
    pub two_hop: TwoHopParams,
    /// The directional table; `None` where the log has no order.
    pub directional: Option<DirectionalParams>,
    /// The item vectors.
    pub als: AlsParams,
    /// The crowd lists.
    pub crowd: CrowdParams,
    /// How vectors are stored.
    pub code: Code,
    /// Whether held-out data may choose another way.
    pub code_is_open: bool,
    /// How files are cut.
    pub shards: ShardsConfig,
    /// Strength of each kind of event as a trigger.
    pub events: Vec<(String, f32)>,
    /// How the device serves.
    pub serving: Serving,
}

/// How the device serves: the part of the recipe that goes into the manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Serving {
    /// Triggers of the two-hop table.
    pub i2i: TriggerSpec,
    /// Triggers of the directional table.
    pub next: TriggerSpec,
    /// Recipe of the user vector.
    pub tower: TowerKind,
    /// Triggers of the user vector.
    pub u2i: TriggerSpec,
    /// Weights of the channels.
    pub fusion: FusionSpec,
}

impl Recipe {
    /// The defaults for this log: the exponents of the literature, `config`'s sizes and thresholds.
    pub fn new(config: &Config, log: &Interactions, users: &UserAttributes) -> Recipe {
        let min_users = config.model.i2i.min_users;
        let als = AlsParams { dim: config.model.dim, min_users, ..AlsParams::for_log(log) };
        Recipe {
            two_hop: TwoHopParams { min_users, targets: DEFAULT_TARGETS, ..TwoHopParams::default() },
            directional: log.ordered.then(|| DirectionalParams {
                min_users,
                targets: DEFAULT_TARGETS,
                ..DirectionalParams::default()
            }),
            crowd: CrowdParams {
                keys: crowd_keys(config, users),
                min_users: config.crowd.min_users,
                min_users_per_item: min_users,
                ..CrowdParams::default()
            },
            code: config.model.bits.unwrap_or(Code::Int4),
            code_is_open: config.model.bits.is_none(),
            shards: config.shards.clone(),
            events: event_weights(config),
            serving: Serving::new(log.ordered, &als),
            als,
        }
    }
}

/// The weights of the events that a device knows, as the log was weighed.
fn event_weights(config: &Config) -> Vec<(String, f32)> {
    let weight = |kind: EventKind| Some((kind.name().to_owned(), config.input.weight_of(kind.name())?));
    EventKind::ALL.into_iter().filter_map(weight).collect()
}

impl Serving {
    /// Before anything is learnt: order counts where there is one, and all personal channels weigh alike.
    pub fn new(ordered: bool, als: &AlsParams) -> Serving {
        let recent = if ordered { Decay::Position(1.0) } else { Decay::None };
        let weight = |channel| ChannelWeight { channel, weight: if channel == ChannelId::Crowd { 0.05 } else { 1.0 } };
        let served = ChannelId::ALL.into_iter().filter(|&channel| ordered || channel != ChannelId::Next);
        Serving {
            i2i: TriggerSpec { window: 200, decay: Decay::None },
            next: TriggerSpec { window: 20, decay: recent },
            tower: TowerKind::FoldIn { alpha: als.alpha, lambda: als.lambda },
            u2i: TriggerSpec { window: 200, decay: Decay::None },
            fusion: FusionSpec { depth: DEPTH, weights: served.map(weight).collect() },
        }
    }
}

/// The configured back-off chain; without one, all attributes with few values together, then each alone, then everyone.
fn crowd_keys(config: &Config, users: &UserAttributes) -> Vec<Vec<String>> {
    if let Some(keys) = &config.crowd.keys {
        return keys.clone();
    }
    let few_values = |&column: &usize| {
        let mut values: Vec<&str> = users.values.iter().map(|row| row[column].as_str()).collect();
        values.sort_unstable();
        values.dedup();
        (2..=MAX_CROWD_VALUES).contains(&values.len())
    };
    let names: Vec<String> =
        (0..users.names.len()).filter(few_values).map(|column| users.names[column].clone()).collect();
    let together = (names.len() > 1).then(|| names.clone());
    let alone = names.iter().map(|name| vec![name.clone()]);
    together.into_iter().chain(alone).chain([Vec::new()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crowds_are_cut_by_attributes_with_few_values() {
        let row = |n: usize| vec![format!("{}", n % 2), format!("zip-{n}"), format!("{}", n % 7), "same".to_owned()];
        let names = ["gender", "zip", "age", "country"].map(str::to_owned).to_vec();
        let users = UserAttributes { names, values: (0..100).map(row).collect() };
        let expected = [vec!["gender", "age"], vec!["gender"], vec!["age"], vec![]];
        assert_eq!(crowd_keys(&Config::default(), &users), expected);
        assert_eq!(crowd_keys(&Config::default(), &UserAttributes::default()), [Vec::<String>::new()]);
    }
}

//! Everything that a build decides: parameters of the stages, how vectors are stored, how the device serves.
//! Owns the defaults; the tuner replaces what held-out data speaks against.

use edge_recall::EventKind;
use edge_recall::format::codes::Code;
use edge_recall::format::manifest::{
    ChannelWeight, Decay, FusionSpec, PurchaseSpec, RetargetSpec, TowerKind, TriggerSpec,
};
use edge_recall::format::rows::WeightCode;
use edge_recall::ids::ChannelId;

use crate::config::{Config, FusionConfig, PurchaseConfig, ShardsConfig};
use crate::lists::ListsRecipe;
use crate::model::{Interactions, UserAttributes};
use crate::stages::als::AlsParams;
use crate::stages::crowd::CrowdParams;
use crate::stages::directional::DirectionalParams;
use crate::stages::family::Family;
use crate::stages::two_hop::TwoHopParams;

/// Targets a trigger keeps where nothing was learnt.
pub const DEFAULT_TARGETS: usize = 50;
/// Candidates that each channel proposes to the fusion.
pub const DEPTH: u32 = 200;
/// All of a history, for what does without order.
pub const WHOLE: TriggerSpec = TriggerSpec { window: 200, decay: Decay::None };
/// Bytes an item that a build may take where no budget is given.
const BYTES_AN_ITEM: u64 = 120;
/// Bytes that any build may take: small catalogues are cheap in any case.
const SMALL_BUILD: u64 = 1_500_000;
/// Most distinct values of an attribute that crowds are cut by without being asked to.
const MAX_CROWD_VALUES: usize = 64;

/// The whole recipe.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// The item-to-item tables, in the order in which they are published.
    pub tables: Vec<TableRecipe>,
    /// How weights of their rows are stored.
    pub weights: WeightCode,
    /// The item vectors; `None` = there are none.
    pub als: Option<AlsParams>,
    /// How vectors are stored.
    pub code: Code,
    /// The crowd lists.
    pub crowd: CrowdParams,
    /// The lists of values, of cohorts and of what is new.
    pub lists: ListsRecipe,
    /// How files are cut.
    pub shards: ShardsConfig,
    /// Strength of each kind of event as a trigger.
    pub events: Vec<(String, f32)>,
    /// How the device serves.
    pub serving: Serving,
    /// How items come back that a visitor came close to buying. No held-out event tells what that is worth, so it is not learnt.
    pub retarget: Option<RetargetSpec>,
    /// What a visitor who has bought is not offered for a while. Not learnt, for the same reason.
    pub purchases: Option<PurchaseSpec>,
    /// Fewest bits by which the fingerprints of two results differ, where items have any. Not learnt.
    pub duplicates: u32,
    /// File of the site's rules.
    pub rules: Option<String>,
}

/// One table: how it is made, and which items of a history open it.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRecipe {
    /// How it is made.
    pub family: Family,
    /// Which items of a history open it.
    pub triggers: TriggerSpec,
}

/// How the device serves, beside the triggers of the tables: the part of the recipe that goes into the manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Serving {
    /// Recipe of the user vector.
    pub tower: TowerKind,
    /// Triggers of the user vector.
    pub u2i: TriggerSpec,
    /// Two steps over a table.
    pub walk: Option<Walk>,
    /// Triggers that are offered again.
    pub repeat: Option<TriggerSpec>,
    /// Weights of the channels.
    pub fusion: FusionSpec,
}

/// Two steps over a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Walk {
    /// The channel of the table.
    pub table: ChannelId,
    /// Targets of a trigger that are walked on from.
    pub fan: u32,
    /// Which items of a history it starts from.
    pub triggers: TriggerSpec,
}

impl Recipe {
    /// The defaults for this log: the exponents of the literature, `config`'s sizes and thresholds.
    pub fn new(config: &Config, log: &Interactions, users: &UserAttributes) -> Recipe {
        let min_users = config.model.i2i.min_users;
        let guessed = AlsParams::for_log(log);
        let als = AlsParams { dim: config.model.dim.unwrap_or(guessed.dim), min_users, ..guessed };
        let two_hop = TwoHopParams { min_users, targets: DEFAULT_TARGETS, ..TwoHopParams::default() };
        let window = DirectionalParams { min_users, targets: DEFAULT_TARGETS, ..DirectionalParams::default() };
        let newest = TriggerSpec { window: 20, decay: Decay::Position(1.0) };
        let two_hop = TableRecipe { family: Family::TwoHop(two_hop), triggers: WHOLE };
        let window = TableRecipe { family: Family::Window(window), triggers: newest };
        let tables: Vec<TableRecipe> = [two_hop].into_iter().chain(log.ordered.then_some(window)).collect();
        Recipe {
            weights: config.model.i2i.bits.unwrap_or(WeightCode::Levels(4)),
            crowd: CrowdParams {
                keys: crowd_keys(config, users),
                min_users: config.crowd.min_users,
                min_users_per_item: min_users,
                ..CrowdParams::default()
            },
            code: config.model.bits.unwrap_or(Code::Int4),
            lists: ListsRecipe::new(
                config,
                if log.ordered { newest } else { WHOLE },
                suggested_budget(log.items.len()),
            ),
            shards: config.shards.clone(),
            events: event_weights(config),
            serving: Serving::new(&tables, &als, &config.fusion),
            purchases: config.purchase.as_ref().map(PurchaseConfig::spec),
            duplicates: config.duplicates.as_ref().map_or(0, |own| own.bits),
            rules: config.rules.clone(),
            retarget: config.retarget.map(|own| RetargetSpec { days: own.days, share: own.share }),
            als: Some(als),
            tables,
        }
    }
}

impl Serving {
    /// Before anything is learnt: all personal channels weigh alike.
    fn new(tables: &[TableRecipe], als: &AlsParams, fusion: &FusionConfig) -> Serving {
        let personal = tables.iter().map(|table| table.family.channel()).chain([ChannelId::U2i]);
        let personal = personal.map(|channel| ChannelWeight { channel, weight: 1.0 });
        let lists =
            [(ChannelId::Peers, 0.1), (ChannelId::Tags, 0.1), (ChannelId::Fresh, 0.02), (ChannelId::Crowd, 0.05)];
        let lists = lists.map(|(channel, weight)| ChannelWeight { channel, weight });
        let FusionConfig { policy, mic, category } = fusion.clone();
        let weights = personal.chain(lists).collect();
        Serving {
            tower: TowerKind::FoldIn { alpha: als.alpha, lambda: als.lambda },
            u2i: WHOLE,
            walk: None,
            repeat: None,
            fusion: FusionSpec { depth: DEPTH, weights, policy, mic, category },
        }
    }
}

/// Bytes that a build may take where no budget is given.
pub fn suggested_budget(items: usize) -> u64 {
    (items as u64 * BYTES_AN_ITEM).max(SMALL_BUILD)
}

/// The weights of the events that a device knows, as the log was weighed.
fn event_weights(config: &Config) -> Vec<(String, f32)> {
    let weight = |kind: EventKind| Some((kind.name().to_owned(), config.input.weight_of(kind.name())?));
    EventKind::ALL.into_iter().filter_map(weight).collect()
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

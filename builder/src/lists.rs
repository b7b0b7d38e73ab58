//! The ranked lists of a build beside those of crowds: of values, of cohorts, of what is new. Owns which of them there are, why others
//! are not, and the bytes of all together; how each is made is the stages'.

use std::collections::BTreeMap;

use anyhow::Result;
use edge_recall::format::crowds::{NEW, OF_COHORT, OF_VALUE};
use edge_recall::format::manifest::{TagsSpec, TowerSpec, TriggerSpec};
use edge_recall::ids::ChannelId;

use crate::config::{Config, FreshConfig};
use crate::learn::Learned;
use crate::model::{Interactions, ItemAttributes, KeyedList, UserAttributes};
use crate::recipe::Recipe;
use crate::stages::cohorts::cohorts;
use crate::stages::crowd::{CrowdParams, crowd_lists};
use crate::stages::fresh::{fresh_list, is_birth};
use crate::stages::lists::{ValueParams, fit, value_lists};
use crate::typed::TypedColumn;

/// Share of the budget that the lists may take together.
const SHARE: u64 = 50;
/// Most bytes of them: a visit of a large catalogue reads them all.
const MOST: u64 = 32 * 1024;

/// The channels whose lists these are.
pub const CHANNELS: [ChannelId; 3] = [ChannelId::Peers, ChannelId::Tags, ChannelId::Fresh];

/// What is known of the items beside the log.
#[derive(Clone, Copy, Default)]
pub struct Described<'a> {
    /// The catalogue as it was read.
    pub items: Option<&'a ItemAttributes>,
    /// Its attribute columns, as they are published.
    pub columns: &'a [TypedColumn],
}

/// How lists are made and served.
#[derive(Clone, Debug, PartialEq)]
pub struct ListsRecipe {
    /// Lists of values.
    pub values: ValueParams,
    /// Which items of a history bring the lists of their values.
    pub triggers: TriggerSpec,
    /// How many of the nearest cohorts' lists a visitor gets.
    pub nearest: u32,
    /// The list of what is new.
    pub fresh: FreshConfig,
    /// Most bytes of all of them.
    pub bytes: usize,
}

impl ListsRecipe {
    /// The configured lists, for a build of at most `budget` bytes.
    pub fn new(config: &Config, triggers: TriggerSpec, budget: u64) -> ListsRecipe {
        ListsRecipe {
            values: ValueParams {
                attributes: config.tags.attributes.clone(),
                min_users: config.crowd.min_users,
                min_users_per_item: config.model.i2i.min_users,
                smoothing: CrowdParams::default().smoothing,
            },
            triggers,
            nearest: config.peers.nearest,
            fresh: config.fresh.clone(),
            bytes: (budget / SHARE).min(MOST) as usize,
        }
    }
}

/// Why a channel is missing whose data is there.
const IDLE: &str = "held-out visitors were no better served with it";

/// The lists of a build.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lists {
    /// Items in the log's own rows.
    pub lists: Vec<KeyedList>,
    /// Where the cohorts lie, by number.
    pub cohorts: Vec<Vec<f32>>,
    /// Why a channel has none.
    pub absent: BTreeMap<ChannelId, &'static str>,
}

impl Lists {
    /// Makes the lists of the channels that weigh anything in `recipe`; vectors and crowds of `learned` must be there.
    pub fn new(log: &Interactions, described: Described<'_>, learned: &Learned, recipe: &Recipe) -> Result<Lists> {
        let mut lists = Lists::default();
        for channel in CHANNELS {
            let weighs = recipe.serving.fusion.weights.iter().any(|own| own.channel == channel && own.weight > 0.0);
            let before = lists.lists.len();
            // What the data lacks is the reason, before what the hold-out says of it; cohorts are not clustered for that alone.
            let lacking = match channel {
                ChannelId::Peers if !weighs && learned.vectors.is_some() => None,
                ChannelId::Peers => lists.add_cohorts(log, learned, recipe)?,
                ChannelId::Tags => lists.add_values(log, described, recipe),
                _ => lists.add_new(log, described, recipe),
            };
            if let Some(reason) = lacking.or((!weighs).then_some(IDLE)) {
                lists.lists.truncate(before);
                lists.absent.insert(channel, reason);
            }
        }
        fit(&mut lists.lists, &log.items, recipe.lists.bytes);
        for channel in CHANNELS.into_iter().filter(|channel| !lists.absent.contains_key(channel)).collect::<Vec<_>>() {
            if !lists.has(channel) {
                lists.absent.insert(channel, "its lists do not fit into the bytes that lists may take");
            }
        }
        if !lists.has(ChannelId::Peers) {
            lists.cohorts.clear();
        }
        Ok(lists)
    }

    /// Whether a channel has any list.
    pub fn has(&self, channel: ChannelId) -> bool {
        let prefix = match channel {
            ChannelId::Peers => OF_COHORT,
            ChannelId::Tags => OF_VALUE,
            _ => NEW,
        };
        self.lists.iter().any(|list| list.key.starts_with(prefix))
    }

    /// The attributes whose values have lists, as the manifest names them.
    pub fn tags(&self, described: &[TypedColumn], recipe: &ListsRecipe) -> Option<TagsSpec> {
        let listed = |column: &&TypedColumn| {
            let prefix = format!("{OF_VALUE}{}=", column.name);
            self.lists.iter().any(|list| list.key.starts_with(&prefix))
        };
        let attributes: Vec<String> = described.iter().filter(listed).map(|column| column.name.clone()).collect();
        (!attributes.is_empty()).then_some(TagsSpec { attributes, triggers: recipe.triggers })
    }

    fn add_values(&mut self, log: &Interactions, described: Described<'_>, recipe: &Recipe) -> Option<&'static str> {
        if recipe.lists.values.attributes.as_ref().is_some_and(Vec::is_empty) {
            return Some("[tags] attributes names none");
        }
        let is_birth = |column: &TypedColumn| is_birth(&column.name, recipe.lists.fresh.column.as_deref());
        let describing: Vec<&TypedColumn> = described.columns.iter().filter(|column| !is_birth(column)).collect();
        let found = value_lists(log, &describing, &recipe.lists.values);
        let absent =
            found.is_empty().then_some("no attribute has values that several items share and enough visitors met");
        self.lists.extend(found);
        absent
    }

    fn add_new(&mut self, log: &Interactions, described: Described<'_>, recipe: &Recipe) -> Option<&'static str> {
        let FreshConfig { column, half_life_days } = &recipe.lists.fresh;
        if *half_life_days == 0.0 {
            return Some("[fresh] half_life_days is 0");
        }
        let found = fresh_list(log, described.items, column.as_deref(), *half_life_days);
        let absent = found.is_none().then_some("no column of the catalogue tells when items came");
        self.lists.extend(found);
        absent
    }

    /// A cohort's list is a crowd's: that of the users whose attribute is its number.
    fn add_cohorts(&mut self, log: &Interactions, learned: &Learned, recipe: &Recipe) -> Result<Option<&'static str>> {
        if recipe.lists.nearest == 0 {
            return Ok(Some("[peers] nearest is 0"));
        }
        let Some(vectors) = &learned.vectors else { return Ok(Some("there are no item vectors")) };
        let tower = TowerSpec { kind: recipe.serving.tower, triggers: recipe.serving.u2i };
        let Some(found) = cohorts(log, vectors, &tower, recipe.lists.values.min_users) else {
            return Ok(Some("too few visitors for two cohorts"));
        };
        let name = String::from("cohort");
        let number = |own: &Option<usize>| vec![own.map_or(String::new(), |cohort| cohort.to_string())];
        let members = UserAttributes { names: vec![name.clone()], values: found.of_user.iter().map(number).collect() };
        let params =
            CrowdParams { keys: vec![vec![name]], min_users: recipe.lists.values.min_users, ..recipe.crowd.clone() };
        for list in crowd_lists(log, &members, &params)? {
            // The list of everyone is there already.
            if let Some((_, number)) = list.key.first() {
                self.lists.push(KeyedList {
                    key: format!("{OF_COHORT}{number}"),
                    users: list.users,
                    items: list.items,
                });
            }
        }
        self.cohorts = found.centroids;
        Ok(None)
    }
}

/// Why a build lacks a channel, by the names of channels; those that it has are not named.
pub fn absent(log: &Interactions, learned: &Learned, recipe: &Recipe) -> BTreeMap<String, String> {
    let weights = &recipe.serving.fusion.weights;
    let weighs = |channel| weights.iter().any(|own| own.channel == channel && own.weight > 0.0);
    let reason = |channel: ChannelId| match channel {
        ChannelId::Popular => None,
        ChannelId::Retarget => recipe.retarget.is_none().then_some("no section [retarget] asks for it"),
        ChannelId::Peers | ChannelId::Tags | ChannelId::Fresh => learned.lists.absent.get(&channel).copied(),
        _ if weighs(channel) => None,
        ChannelId::Next | ChannelId::Last if !log.ordered => Some("the log has no times"),
        ChannelId::Rank if crate::stages::rank::evidence_of(log).is_none() => {
            Some("the log tells neither what was shown nor what was bought")
        }
        ChannelId::Repeat if recipe.serving.repeat.is_none() => Some("visitors seldom come back to what they met"),
        ChannelId::U2i if learned.vectors.is_none() => Some("there are no item vectors"),
        _ => Some(IDLE),
    };
    let told = |channel: ChannelId| Some((channel.name().to_owned(), reason(channel)?.to_owned()));
    ChannelId::ALL.into_iter().filter_map(told).collect()
}

#[cfg(test)]
#[path = "lists_tests.rs"]
mod tests;

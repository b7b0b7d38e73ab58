//! What a catalogue has beside the usual four channels: every table, columns of attributes, lists by value and by cohort, what is
//! new, popularity. Owns their shapes; where items lie is `catalogue`'s.

use edge_recall::candidate::Candidate;
use edge_recall::format::attribute::{AttributeType, Column};
use edge_recall::format::crowds::{Crowd, NEW, OF_COHORT, OF_VALUE};
use edge_recall::format::manifest::{
    AttributeSpec, ChannelWeight, Decay, Manifest, RetargetSpec, TableSpec, TagsSpec, TriggerSpec, WalkSpec,
};
use edge_recall::ids::{ChannelId, Ordinal};

/// Every table with the targets of its rows.
pub const TABLES: [(ChannelId, usize); 5] =
    [(ChannelId::I2i, 50), (ChannelId::Ease, 50), (ChannelId::Next, 20), (ChannelId::Last, 20), (ChannelId::Rank, 50)];
/// Cohorts, as many as a build makes at most.
pub const COHORTS: usize = 32;
/// Values of the category: as many lists.
const CATEGORIES: u32 = 100;
const TAGS: u32 = 12;
const LIST: usize = 100;
const WHOLE: TriggerSpec = TriggerSpec { window: 200, decay: Decay::None };

/// Two columns whose values have lists, and a number; an item's category is that of its cluster.
pub fn columns(clusters: &[usize]) -> Vec<Column> {
    let name = |prefix: &str, number: u32| format!("{prefix}{number:03}");
    let items = 0..clusters.len() as u32;
    vec![
        Column::Category {
            values: (0..CATEGORIES).map(|number| name("c", number)).collect(),
            codes: clusters.iter().map(|cluster| *cluster as u32 % CATEGORIES + 1).collect(),
        },
        Column::Tags {
            values: (0..TAGS).map(|number| name("t", number)).collect(),
            ends: items.clone().map(|item| 2 * (item + 1)).collect(),
            codes: items.clone().flat_map(|item| [item % (TAGS - 1), item % (TAGS - 1) + 1]).collect(),
        },
        Column::Number(items.map(|item| (item % 90) as f32 + 0.5).collect()),
    ]
}

/// Popularity: items are numbered by it.
pub fn gains(items: u32) -> Vec<u8> {
    (0..items).map(|item| (255 - u64::from(item) * 255 / u64::from(items.max(1))) as u8).collect()
}

/// A list for each category, each tag and each cohort, and that of what is new.
pub fn lists(clusters: &[usize]) -> Vec<Crowd> {
    let list = |key: String, is_in: &dyn Fn(u32) -> bool| {
        let items = (0..clusters.len() as u32).filter(|&item| is_in(item)).take(LIST).enumerate();
        let candidate = |(rank, item)| Candidate { item: Ordinal(item), score: 1.0 / (rank + 1) as f32 };
        Crowd { key, users: 100, items: items.map(candidate).collect() }
    };
    let cluster = |item: u32| clusters[item as usize] as u32;
    let categories = (0..CATEGORIES)
        .map(|number| list(format!("{OF_VALUE}category=c{number:03}"), &|item| cluster(item) % CATEGORIES == number));
    let tags = (0..TAGS).map(|number| {
        list(format!("{OF_VALUE}tags=t{number:03}"), &|item| {
            number == item % (TAGS - 1) || number == item % (TAGS - 1) + 1
        })
    });
    let cohorts = (0..COHORTS as u32)
        .map(|number| list(format!("{OF_COHORT}{number}"), &|item| cluster(item) % COHORTS as u32 == number));
    let new = [list(NEW.to_owned(), &|item| item % 97 == 5)];
    categories.chain(tags).chain(cohorts).chain(new).filter(|list| !list.items.is_empty()).collect()
}

/// The manifest of a catalogue with all of that: every channel runs and weighs alike, over all of a history where it may.
pub fn describe(manifest: &mut Manifest) {
    manifest.tables = TABLES.map(|(channel, _)| TableSpec { channel, triggers: WHOLE }).to_vec();
    manifest.walk = Some(WalkSpec { table: 0, fan: 25, triggers: WHOLE });
    manifest.repeat = Some(WHOLE);
    manifest.retarget = Some(RetargetSpec { days: 3, share: 0.2 });
    manifest.tags = Some(TagsSpec { attributes: vec!["category".into(), "tags".into()], triggers: WHOLE });
    manifest.peers = Some(3);
    let kinds =
        [("category", AttributeType::Category), ("tags", AttributeType::Tags), ("price", AttributeType::Number)];
    manifest.attributes = kinds.map(|(name, kind)| AttributeSpec { name: name.to_owned(), kind }).to_vec();
    let ships = |channel: &ChannelId| *channel != ChannelId::Popular;
    let weigh = |channel| ChannelWeight { channel, weight: 0.5 };
    manifest.fusion.weights = ChannelId::ALL.into_iter().filter(ships).map(weigh).collect();
}

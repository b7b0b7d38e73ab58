//! Which lists a build gets, and that they arrive.

use edge_recall::format::manifest::ChannelWeight;
use edge_recall::ids::ChannelMask;
use edge_recall::{EventKind, HistoryEvent, Request};

use super::*;
use crate::learn::learn;
use crate::pack::{Material, pack};
use crate::progress::Progress;
use crate::stages::fixture::checkerboard;
use crate::typed::type_columns;

const ITEMS: u32 = 20;

/// A hundred users of two tastes: even items are dark, odd ones light; the last two came last.
fn site() -> (Interactions, ItemAttributes) {
    let log = checkerboard(100, ITEMS);
    let row = |item: u32| {
        let day = if item < ITEMS - 2 { "2024-01-01" } else { "2024-03-01" };
        vec![if item.is_multiple_of(2) { "dark" } else { "light" }.to_owned(), day.to_owned()]
    };
    let names = vec!["colour".to_owned(), "added".to_owned()];
    (log, ItemAttributes { names, values: (0..ITEMS).map(row).collect() })
}

fn config(text: &str) -> Config {
    Config::parse(&format!("[model]\ndim = 4\n{text}")).unwrap()
}

fn made(
    config: &Config,
    log: &Interactions,
    items: &ItemAttributes,
    bytes: u64,
) -> (Learned, Recipe, Vec<TypedColumn>) {
    let users = UserAttributes::default();
    let mut recipe = Recipe::new(config, log, &users);
    recipe.lists = ListsRecipe::new(config, recipe.lists.triggers, bytes);
    let mut learned = learn(log, &users, &recipe, &Progress::hidden()).unwrap();
    let columns = type_columns(items, false).0;
    let described = Described { items: Some(items), columns: &columns };
    learned.lists = Lists::new(log, described, &learned, &recipe).unwrap();
    (learned, recipe, columns)
}

#[test]
fn lists_of_all_kinds_arrive_on_the_device() {
    let (log, items) = site();
    let (learned, recipe, columns) = made(&config(""), &log, &items, 1_500_000);
    assert_eq!(learned.lists.absent, BTreeMap::new());
    assert!(learned.lists.lists.iter().all(|list| list.users >= 10 || list.key == NEW), "nobody is one of few");
    let material = Material { columns: &columns, ..Material::bare(&log, &learned, &recipe) };
    let recaller = pack(material, None).unwrap().attach().unwrap();
    let manifest = recaller.manifest();
    assert_eq!(manifest.tags.as_ref().map(|tags| tags.attributes.as_slice()), Some(&["colour".to_owned()][..]));
    assert_eq!(manifest.peers, Some(3));
    let event = HistoryEvent { key: "i4".into(), kind: EventKind::View, age: Some(0) };
    for channel in CHANNELS {
        let request = Request::recommend(vec![event.clone()]).only(ChannelMask::of(channel)).limit(5);
        let found = recaller.finish(&request).unwrap().recommendations;
        let numbers: Vec<u32> = found.iter().map(|found| found.key[1..].parse().unwrap()).collect();
        assert!(!numbers.is_empty(), "{channel:?}");
        match channel {
            ChannelId::Fresh => assert!(numbers.iter().all(|&number| number >= ITEMS - 2), "{numbers:?}"),
            // Who met dark items alone is nearest to those who met no others.
            _ => assert!(numbers.iter().all(|number| number % 2 == 0), "{channel:?}: {numbers:?}"),
        }
    }
}

#[test]
fn what_is_not_wanted_is_not_made_and_says_why() {
    let (log, items) = site();
    let text = "[tags]\nattributes = []\n[peers]\nnearest = 0\n[fresh]\nhalf_life_days = 0";
    let (learned, recipe, columns) = made(&config(text), &log, &items, 1_500_000);
    assert!(learned.lists.lists.is_empty() && learned.lists.cohorts.is_empty());
    let told = absent(&log, &learned, &recipe);
    assert_eq!(told["tags"], "[tags] attributes names none");
    assert_eq!(told["peers"], "[peers] nearest is 0");
    assert_eq!(told["fresh"], "[fresh] half_life_days is 0");
    assert_eq!(told["retarget"], "no section [retarget] asks for it");
    assert_eq!(told["rank"], "the log tells neither what was shown nor what was bought");
    assert!(!told.contains_key("i2i") && !told.contains_key("popular"));
    let material = Material { columns: &columns, ..Material::bare(&log, &learned, &recipe) };
    let manifest = material.manifest();
    assert_eq!((manifest.tags, manifest.peers), (None, None));
    assert!(manifest.fusion.weights.iter().all(|own| !CHANNELS.contains(&own.channel)));
}

#[test]
fn a_channel_without_weight_has_no_lists() {
    let (log, items) = site();
    let config = config("");
    let (mut learned, mut recipe, columns) = made(&config, &log, &items, 1_500_000);
    recipe.serving.fusion.weights = vec![ChannelWeight { channel: ChannelId::Tags, weight: 0.5 }];
    let described = Described { items: Some(&items), columns: &columns };
    learned.lists = Lists::new(&log, described, &learned, &recipe).unwrap();
    assert!(learned.lists.lists.iter().all(|list| list.key.starts_with(OF_VALUE)) && learned.lists.cohorts.is_empty());
    assert_eq!(learned.lists.absent[&ChannelId::Peers], "held-out visitors were no better served with it");
}

#[test]
fn without_data_there_are_none() {
    let (mut log, mut items) = site();
    log.ordered = false;
    items.names[1] = "title".into();
    items.values.iter_mut().flatten().for_each(|text| *text = String::from("same"));
    let mut config = config("");
    config.crowd.min_users = 60;
    let (learned, ..) = made(&config, &log, &items, 1_500_000);
    assert_eq!(learned.lists.absent.len(), 3, "{:?}", learned.lists);
    assert!(learned.lists.lists.is_empty() && learned.lists.cohorts.is_empty());
}

#[test]
fn lists_take_two_percent_of_the_budget() {
    let (log, items) = site();
    let (learned, ..) = made(&config(""), &log, &items, 5_000);
    assert!(learned.lists.lists.len() < 4, "{:?}", learned.lists.lists);
    assert!(learned.lists.absent.values().any(|reason| reason.contains("bytes")), "{:?}", learned.lists.absent);
    assert!(learned.lists.has(ChannelId::Peers) || learned.lists.cohorts.is_empty());
}

//! Tests of the tuner as a whole: what it decides, and what it leaves alone.

use std::collections::BTreeMap;

use super::*;
use crate::config::Config;
use crate::progress::Progress;
use crate::stages::fixture::{checkerboard, log};

/// Few dimensions: tests are not optimised.
fn tuned(log: &Interactions) -> (Recipe, Recipe, TuneReport) {
    let mut config = Config::default();
    config.model.dim = 4;
    let users = UserAttributes::default();
    let recipe = Recipe::new(&config, log, &users);
    let (found, report) = tune(log, &users, &recipe, &Progress::hidden()).unwrap();
    (recipe, found, report)
}

fn weights(recipe: &Recipe) -> BTreeMap<ChannelId, f32> {
    recipe.serving.fusion.weights.iter().map(|weight| (weight.channel, weight.weight)).collect()
}

#[test]
fn a_log_too_small_to_hold_anything_out_changes_nothing() {
    let (before, after, report) = tuned(&checkerboard(10, 16));
    assert_eq!((after.serving, report.users, report.trials.len()), (before.serving, 0, 0));
}

#[test]
fn an_ordered_log_tries_every_channel() {
    let (_, recipe, report) = tuned(&checkerboard(40, 16));
    assert!(report.users >= 20);
    for part in ["i2i from", "next from", "u2i by pool from", "u2i with alpha", "fusion "] {
        assert!(report.trials.iter().any(|trial| trial.what.starts_with(part)), "no trial of {part}");
    }
    assert!(report.trials.iter().all(|trial| trial.ndcg.iter().chain(&trial.recall).all(|x| (0.0..=1.0).contains(x))));
    let weights = weights(&recipe);
    assert_eq!(weights.values().copied().fold(0.0, f32::max), 1.0, "{weights:?}");
    assert!(weights[&ChannelId::Crowd] > 0.0);
}

#[test]
fn without_an_order_neither_next_items_nor_recency_are_tried() {
    let mut log = checkerboard(40, 16);
    log.ordered = false;
    log.events.iter_mut().for_each(|event| event.minute = None);
    let (_, recipe, report) = tuned(&log);
    assert!(report.users >= 20);
    assert!(report.trials.iter().all(|trial| !trial.what.starts_with("next") && !trial.what.contains("fading")));
    assert!(!weights(&recipe).contains_key(&ChannelId::Next));
    assert_eq!((recipe.serving.i2i.decay, recipe.serving.u2i.decay), (Decay::None, Decay::None));
}

#[test]
fn a_channel_without_proposals_gets_no_weight() {
    // No pair has as many users as it would need, and no item for a vector; the crowd keeps its own bound.
    let mut config = Config::default();
    (config.model.dim, config.model.i2i.min_users) = (4, 1000);
    let (log, users) = (checkerboard(40, 16), UserAttributes::default());
    let mut recipe = Recipe::new(&config, &log, &users);
    recipe.crowd.min_users_per_item = 2;
    let (recipe, report) = tune(&log, &users, &recipe, &Progress::hidden()).unwrap();
    assert!(report.users >= 20);
    assert_eq!(weights(&recipe), BTreeMap::from([(ChannelId::Crowd, 1.0)]));
}

#[test]
fn a_hold_out_in_which_nobody_shares_anything_decides_no_weights() {
    // All share the newest item, which is held out for all.
    let rows: Vec<Vec<u32>> =
        (0..30).map(|user| vec![1 + user * 4, 2 + user * 4, 3 + user * 4, 4 + user * 4, 0]).collect();
    let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
    let (before, after, report) = tuned(&log(121, &rows));
    assert!(report.users >= 20);
    assert_eq!(after.serving.fusion, before.serving.fusion);
}

#[test]
fn histories_are_newest_first_and_aged_from_their_newest_event() {
    let log = log(3, &[&[2, 0, 1]]);
    let history = history_of(&log, log.user(0));
    let found: Vec<_> = history.iter().map(|event| (event.key.as_str(), event.age)).collect();
    assert_eq!(found, [("i1", Some(0)), ("i0", Some(1)), ("i2", Some(2))]);
    let untimed: Vec<Event> = log.user(0).iter().map(|event| Event { minute: None, ..*event }).collect();
    assert!(history_of(&log, &untimed).iter().all(|event| event.age.is_none()));
}

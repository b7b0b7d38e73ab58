//! Tests of the tuner as a whole: what it decides, and what it leaves alone.

use std::collections::BTreeMap;

use edge_recall::format::manifest::Decay;

use super::bench::history_of;
use super::*;
use crate::model::{Event, Exposure};
use crate::progress::Progress;
use crate::stages::fixture::{checkerboard, log};

/// Few dimensions: tests are not optimised.
fn config() -> Config {
    let mut config = Config::default();
    config.model.dim = Some(4);
    config
}

fn tuned_by(config: &Config, log: &Interactions, budget: Option<u64>) -> (Recipe, Recipe, TuneReport) {
    let users = UserAttributes::default();
    let recipe = Recipe::new(config, log, &users);
    let (found, report) =
        tune(log, &users, Described::default(), config, &recipe, budget, &Progress::hidden()).unwrap();
    (recipe, found, report)
}

fn tuned(log: &Interactions) -> (Recipe, Recipe, TuneReport) {
    tuned_by(&config(), log, None)
}

fn weights(recipe: &Recipe) -> BTreeMap<ChannelId, f32> {
    recipe.serving.fusion.weights.iter().map(|weight| (weight.channel, weight.weight)).collect()
}

fn tried(report: &TuneReport, what: &str) -> bool {
    report.trials.iter().any(|trial| trial.what.starts_with(what))
}

/// Everybody walks around a ring of items, each from a place of his own: half of them up one ring, half of them down another.
fn rings(users: u32, items: u32, steps: u32) -> Interactions {
    let met = |user: u32, step: u32| {
        let place = (user * 7 + step) % items;
        if user.is_multiple_of(2) { place } else { 2 * items - 1 - place }
    };
    let rows: Vec<Vec<u32>> = (0..users).map(|user| (0..steps).map(|step| met(user, step)).collect()).collect();
    log(2 * items as usize, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

#[test]
fn a_log_too_small_to_hold_anything_out_changes_nothing_and_says_so() {
    let (before, after, report) = tuned(&checkerboard(10, 16));
    assert_eq!((after.serving, report.users, report.trials.len()), (before.serving, 0, 0));
    assert_eq!(after.tables, before.tables);
    let [.., too_small, chosen] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    assert!(too_small.contains("too few visitors met two items or more (10; 20 are needed)"));
    assert!(chosen.starts_with("chosen: "));
}

#[test]
fn an_ordered_log_tries_every_family() {
    let (_, recipe, report) = tuned(&checkerboard(40, 16));
    assert!(report.users >= 20);
    for part in
        ["i2i with", "next with", "last with", "ease with", "walk over", "u2i with alpha", "u2i by pool", "fusion "]
    {
        assert!(tried(&report, part), "no trial of {part}");
    }
    assert!(report.trials.iter().all(|trial| trial.ndcg.iter().chain(&trial.recall).all(|x| (0.0..=1.0).contains(x))));
    let weights = weights(&recipe);
    assert_eq!(weights.values().copied().fold(0.0, f32::max), 1.0, "{weights:?}");
    assert!(weights[&ChannelId::Crowd] > 0.0);
    assert!(report.findings.last().unwrap().starts_with("chosen: "), "{:?}", report.findings);
}

#[test]
fn where_the_next_item_is_certain_order_is_what_counts() {
    let (_, recipe, report) = tuned(&rings(240, 30, 8));
    let best = |what: &str| {
        let trials = report.trials.iter().filter(|trial| trial.what.starts_with(what)).map(|trial| trial.ndcg[0]);
        trials.fold(0.0, f64::max)
    };
    // The item behind a visitor's first goes with the history as well as the next one does: without order it is a toss.
    let (next, fusion) = (best("next with"), best("fusion"));
    assert!(next > 0.9 && fusion > 0.9, "the next item of a ring can be known: next {next}, fusion {fusion}");
    let (alike, toss) = (best("i2i from the newest 200, without decay"), (1.0 + 1.0 / 3f64.log2()) / 2.0);
    assert!((alike - toss).abs() < 0.02, "all of the history alike {alike}, a toss {toss}");
    assert!(recipe.tables.iter().any(|table| table.family.channel() == ChannelId::Next));
}

#[test]
fn without_an_order_neither_next_items_nor_recency_are_tried() {
    let mut log = checkerboard(40, 16);
    log.ordered = false;
    log.events.iter_mut().for_each(|event| event.minute = None);
    let (_, recipe, report) = tuned(&log);
    assert!(report.users >= 20);
    assert!(!tried(&report, "next") && !tried(&report, "last"));
    assert!(report.trials.iter().all(|trial| !trial.what.contains("fading")));
    assert!(!weights(&recipe).contains_key(&ChannelId::Next));
    assert!(recipe.tables.iter().all(|table| table.triggers.decay == Decay::None));
    assert_eq!(recipe.serving.u2i.decay, Decay::None);
}

#[test]
fn those_who_come_back_are_offered_what_they_know() {
    // Everybody goes around in a small circle of his own.
    let rows: Vec<Vec<u32>> = (0..60).map(|user| (0..12).map(|step| user % 20 * 3 + step % 3).collect()).collect();
    let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
    let (_, recipe, report) = tuned(&log(60, &rows));
    assert!(tried(&report, "repeat from"));
    assert!(report.findings.iter().any(|finding| finding.contains("come back")));
    let repeat = weights(&recipe).get(&ChannelId::Repeat).copied().unwrap_or(0.0);
    assert_eq!(recipe.serving.repeat.is_some(), repeat > 0.0);
    let (_, recipe, report) = tuned(&checkerboard(40, 16));
    assert!(!tried(&report, "repeat") && recipe.serving.repeat.is_none());
}

#[test]
fn a_smaller_budget_gives_a_smaller_build() {
    let log = checkerboard(60, 120);
    let targets =
        |budget| tuned_by(&config(), &log, Some(budget)).1.tables.iter().map(|t| t.family.targets()).sum::<usize>();
    let (small, large) = (targets(9_000), targets(1_000_000));
    assert!(small < large, "{small} of {large} targets");
}

#[test]
fn the_same_log_gives_the_same_choice() {
    let log = checkerboard(60, 24);
    let one = tuned(&log);
    let [few, many] = crate::stages::fixture::on_threads(|| tuned(&log));
    assert_eq!((&one.1.tables, &one.1.serving, &one.2), (&few.1.tables, &few.1.serving, &few.2));
    assert_eq!((&few.1.tables, &few.1.serving, &few.2), (&many.1.tables, &many.1.serving, &many.2));
}

#[test]
fn no_effort_leaves_the_exponents_of_the_literature() {
    let mut config = config();
    config.model.tune_seconds = 0;
    let (before, after, report) = tuned_by(&config, &checkerboard(40, 16), None);
    assert!(!tried(&report, "i2i with") && !tried(&report, "ease"));
    assert!(report.findings.iter().any(|finding| finding.contains("ridge regression was not tried")));
    assert!(!after.tables.is_empty());
    for table in &after.tables {
        // The last-item table has no place in what is made untuned.
        let Some(usual) = before.tables.iter().find(|usual| usual.family.channel() == table.family.channel()) else {
            continue;
        };
        assert_eq!(table.family, usual.family.clone().with_targets(table.family.targets()));
    }
}

#[test]
fn a_channel_without_proposals_gets_no_weight() {
    // No pair has as many users as it would need, and no item for a vector; the crowd keeps its own bound.
    let mut config = config();
    config.model.i2i.min_users = 1000;
    let (log, users) = (checkerboard(40, 16), UserAttributes::default());
    let mut recipe = Recipe::new(&config, &log, &users);
    recipe.crowd.min_users_per_item = 2;
    let (recipe, report) =
        tune(&log, &users, Described::default(), &config, &recipe, None, &Progress::hidden()).unwrap();
    assert!(report.users >= 20);
    assert_eq!(weights(&recipe), BTreeMap::from([(ChannelId::Crowd, 1.0)]));
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

#[test]
fn what_channel_rank_is_told_by_is_said() {
    let mut log = rings(60, 30, 8);
    let said = |log: &Interactions| {
        let (_, _, report) = tuned(log);
        let told = report.findings.iter().find(|finding| finding.contains("channel `rank`")).unwrap().clone();
        (told, tried(&report, "rank with"))
    };
    let (told, tried) = said(&log);
    assert!(told.starts_with("there is no channel `rank`") && !tried, "{told}");
    log.events.iter_mut().step_by(3).for_each(|event| event.taken = true);
    let (told, tried) = said(&log);
    assert!(told.contains("is tried by what was put into the cart or bought") && tried, "{told}");
    let shown =
        |user: u32| Exposure { trigger: Some(user % 30), item: (user + 1) % 30, user, clicked: user.is_multiple_of(2) };
    log.exposures = (0..60).map(shown).collect();
    log.exposures.sort_unstable();
    let (told, tried) = said(&log);
    assert!(told.contains("the log tells what was shown") && tried, "{told}");
}

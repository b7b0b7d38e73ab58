//! Tests of `replay.rs`: requests, and that the parts agree with the runtime's whole answer.

use edge_recall::{EventKind, fusion};

use super::*;
use crate::config::Config;
use crate::learn::learn;
use crate::metrics::Metric;
use crate::model::UserAttributes;
use crate::pack::{Material, pack};
use crate::progress::Progress;
use crate::recipe::Recipe;
use crate::stages::fixture::checkerboard;

fn recaller() -> Recaller {
    let mut config = Config::default();
    config.model.dim = Some(4);
    let (log, users) = (checkerboard(30, 12), UserAttributes::default());
    let recipe = Recipe::new(&config, &log, &users);
    let learned = learn(&log, &users, &recipe, &Progress::hidden()).unwrap();
    pack(Material::bare(&log, &learned, &recipe), None).unwrap().attach().unwrap()
}

/// A visitor of each community, over and over: more than one chunk.
fn cases(recaller: &Recaller, keep_seen: bool) -> Vec<Case> {
    let case = |number: usize| {
        let key = |item: usize| format!("i{}", item % 12);
        let history =
            [number, number + 2].map(|item| HistoryEvent { key: key(item), kind: EventKind::View, age: None });
        let test = [key(number + 4), key(number), "unknown".to_owned(), "stranger".to_owned()];
        Case::new(recaller, history.into(), Context::default(), test.iter().map(String::as_str), keep_seen)
    };
    (0..CHUNK + 30).map(case).collect()
}

#[test]
fn unknown_items_to_find_are_different_numbers_beyond_the_catalogue() {
    let recaller = recaller();
    let case = &cases(&recaller, false)[0];
    assert_eq!(case.test.len(), 4);
    assert_ne!(case.test[2], case.test[3]);
    assert!(case.test[2..].iter().all(|&item| item >= recaller.manifest().items));
    assert_eq!(case.request.exclude, ["i0", "i2"]);
    assert!(cases(&recaller, true)[0].request.exclude.is_empty());
}

#[test]
fn the_parts_fused_are_the_whole_answer() {
    let recaller = recaller();
    let items = recaller.manifest().items as usize;
    for keep_seen in [false, true] {
        let cases = cases(&recaller, keep_seen);
        let lists = channel_lists(&recaller, &cases, ChannelMask::ALL, recaller.manifest().fusion.depth as usize);
        let mut parts = Evaluation::new(&[3, 12], items);
        for (lists, case) in lists.iter().zip(&cases) {
            let fused = fusion::weighted(lists, |channel| recaller.manifest().weight_of(channel), 12);
            let ranked: Vec<u32> = fused.iter().map(|fused| fused.item.0).collect();
            parts.add(&ranked, &case.test);
        }
        let whole = answers(&recaller, &cases, &[3, 12]).unwrap();
        assert_eq!(whole.evaluation, parts);
        assert_eq!(parts.users(), cases.len());
        // One of the two known items is in the history.
        let found = parts.estimate(Metric::Recall, 12).mean;
        assert_eq!(found, if keep_seen { 0.5 } else { 0.25 });
        let total: f64 = whole.shares.values().sum();
        assert!((total - 1.0).abs() < 1e-3, "{:?}", whole.shares);
    }
}

#[test]
fn a_channel_alone_is_that_channel() {
    let recaller = recaller();
    let cases = cases(&recaller, false);
    let items = recaller.manifest().items as usize;
    let all = channel_lists(&recaller, &cases, ChannelMask::ALL, 20);
    let only = channel_lists(&recaller, &cases, ChannelMask::of(ChannelId::I2i), 20);
    assert!(only.iter().flatten().all(|list| list.channel == ChannelId::I2i));
    let alone = |lists: &[Vec<CandidateList>]| channel_alone(lists, &cases, ChannelId::I2i, &[5], items);
    assert_eq!(alone(&all), alone(&only));
    let absent = channel_alone(&only, &cases, ChannelId::U2i, &[5], items);
    assert_eq!((absent.users(), absent.estimate(Metric::HitRate, 5).mean), (cases.len(), 0.0));
}

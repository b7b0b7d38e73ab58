//! Tests of `rank.rs`: the formula by hand, what stands for exposures, what one person must not change.

use super::*;
use crate::model::Exposure;
use crate::stages::fixture::{checkerboard, log, on_threads};

/// Items 1 and 2 go with item 0 alike: `users` met all three.
fn alike(users: usize) -> Interactions {
    log(3, &vec![&[0u32, 1, 2][..]; users])
}

fn shown(item: u32, users: std::ops::Range<u32>, clicked: u32) -> impl Iterator<Item = Exposure> {
    let first = users.start;
    users.map(move |user| Exposure { trigger: Some(0), item, user, clicked: user < first + clicked })
}

fn with(mut log: Interactions, exposures: impl Iterator<Item = Exposure>) -> Interactions {
    log.exposures = exposures.collect();
    log.exposures.sort_unstable();
    log
}

fn is_close(weight: f32, expected: f32) {
    assert!((weight - expected).abs() <= 1e-6 * expected, "{weight} against {expected}");
}

#[test]
fn the_more_often_clicked_of_two_equal_targets_comes_first() {
    let log = with(alike(10), shown(1, 0..10, 1).chain(shown(2, 0..10, 4)));
    let base = two_hop(&log, &TwoHopParams::default());
    assert_eq!(base.rows[0].iter().map(|cell| cell.0).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(base.rows[0][0].1, base.rows[0][1].1);
    // ctr = 5 / 20; ctr_1 = (1 + 20 / 4) / (10 + 20) = 0.2, ctr_2 = (4 + 5) / 30 = 0.3.
    // Pairs: (1 + 20 * 0.2) / 30 = 1 / 6, (4 + 20 * 0.3) / 30 = 1 / 3.
    let row = rank(&log, &RankParams::default()).rows[0].clone();
    assert_eq!(row.iter().map(|cell| cell.0).collect::<Vec<_>>(), [2, 1]);
    is_close(row[0].1, base.rows[0][0].1 / 3.0);
    is_close(row[1].1, base.rows[0][0].1 / 6.0);
}

#[test]
fn little_evidence_hardly_moves_a_weight() {
    let log = with(alike(10), shown(1, 0..2, 2).chain(shown(2, 0..10, 5)));
    let base = two_hop(&log, &TwoHopParams::default()).rows[0][0].1;
    let rate = |params: &RankParams| {
        let row = rank(&log, params).rows[0].clone();
        [1, 2].map(|item| row.iter().find(|cell| cell.0 == item).unwrap().1 / base)
    };
    let loose = rate(&RankParams { pair_prior: 0.001, ..RankParams::default() });
    assert!((loose[0] - 1.0).abs() < 1e-3 && (loose[1] - 0.5).abs() < 1e-3, "{loose:?}");
    let stiff = rate(&RankParams { pair_prior: 1e6, item_prior: 1e6, ..RankParams::default() });
    assert!(stiff.iter().all(|rate| (rate - 7.0 / 12.0).abs() < 1e-3), "{stiff:?}");
}

#[test]
fn counts_of_too_few_users_are_none() {
    let silent = with(alike(10), shown(2, 0..10, 4));
    let one = with(alike(10), shown(2, 0..10, 4).chain(shown(1, 0..1, 1)));
    let weight = |log: &Interactions| {
        let table = rank(log, &RankParams::default());
        table.rows[0].iter().find(|cell| cell.0 == 1).unwrap().1
    };
    let base = two_hop(&silent, &TwoHopParams::default()).rows[0][0].1;
    // The one click shows in the rate of everything alone.
    is_close(weight(&silent), base * 4.0 / 10.0);
    is_close(weight(&one), base * 5.0 / 11.0);
    let few = with(log(3, &[&[0, 1, 2]]), shown(1, 0..10, 10));
    assert!(rank(&few, &RankParams::default()).rows.iter().all(Vec::is_empty), "pairs that one person met stay out");
}

#[test]
fn without_exposures_what_is_bought_soon_after_tells() {
    let mut log = alike(10);
    // The second item is bought by four, the first by one.
    for (user, item) in [(0, 1), (1, 2), (2, 2), (3, 2), (4, 2)] {
        log.events[log.offsets[user] + item].taken = true;
    }
    assert_eq!(evidence_of(&log), Some(Evidence::Conversions));
    let params = RankParams { evidence: Evidence::Conversions, ..RankParams::default() };
    let (base, table) = (two_hop(&log, &params.base), rank(&log, &params));
    let counts = Counts::of(&log, Evidence::Conversions, &base);
    assert_eq!(counts.pairs[0], [Tally { shown: 10, clicked: 1 }, Tally { shown: 10, clicked: 4 }]);
    assert_eq!(counts.all, Tally { shown: 30, clicked: 5 });
    assert_eq!(table.rows[0].iter().map(|cell| cell.0).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(counts.pairs[2], [Tally::default(); 2], "nothing follows the last item");
    log.ordered = false;
    assert_eq!(evidence_of(&log), None, "without times nothing follows anything");
}

#[test]
fn a_log_without_clicks_gives_the_two_hop_table() {
    let log = with(alike(5), shown(1, 0..5, 0));
    assert_eq!(evidence_of(&log), None);
    assert_eq!(rank(&log, &RankParams::default()), two_hop(&log, &TwoHopParams::default()));
    let cut = rank(&log, &RankParams { targets: 1, ..RankParams::default() });
    assert!(cut.rows.iter().all(|row| row.len() == 1));
}

#[test]
fn threads_do_not_change_a_bit() {
    let mut log = checkerboard(300, 200);
    for (event, place) in log.events.iter_mut().zip(0..) {
        event.taken = place % 7 == 0;
    }
    let params = RankParams { evidence: Evidence::Conversions, ..RankParams::default() };
    let [one, three] = on_threads(|| rank(&log, &params));
    assert_eq!(one, three);
    assert_ne!(one, two_hop(&log, &params.base));
}

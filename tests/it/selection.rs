//! The selection by itself, over pools whose scores, vectors and popularity are made up, every answer by hand.

use edge_recall::AlignedBytes;
use edge_recall::candidate::Fused;
use edge_recall::format::bytes::SharedBytes;
use edge_recall::ids::{ChannelId, ChannelMask, Ordinal};
use edge_recall::mechanism::rules::Rules;
use edge_recall::mechanism::select::{Order, select};
use edge_recall::store::attributes::Attributes;
use edge_recall::store::prints::Prints;

use crate::dice::Dice;

/// What there is to choose from: of item `n` the `n`-th entry of each.
#[derive(Default)]
struct Pool {
    scores: Vec<f32>,
    vectors: Vec<Vec<f32>>,
    gains: Vec<u8>,
    prints: Vec<u64>,
}

impl Pool {
    fn chosen(&self, limit: usize, rules: &Rules) -> Vec<u32> {
        let candidate = |(item, &score): (u32, &f32)| {
            let channels = ChannelMask::of(ChannelId::Crowd);
            Fused { score, channels, ..Fused::of(Ordinal(item)) }
        };
        let mut prints = Prints::default();
        let bytes: Vec<u8> = self.prints.iter().flat_map(|print| print.to_le_bytes()).collect();
        prints.attach(0, self.prints.len() as u32, SharedBytes::whole(AlignedBytes::copy_of(&bytes)));
        let order = Order {
            limit,
            rules,
            shares: ChannelId::ALL.map(|channel| rules.share(channel, 1.0)),
            pins: Vec::new(),
            page: Vec::new(),
            tired_of: &|_| 0.0,
            bits: rules.duplicates.unwrap_or(0),
            prints: &prints,
            attributes: &Attributes::default(),
            gain_of: &|item| self.gains.get(item.place()).copied(),
            vector_of: &|item| self.vectors.get(item.place()).cloned(),
        };
        let mut pool: Vec<Fused> = (0..).zip(&self.scores).map(candidate).collect();
        let there = select(pool.clone(), Vec::new(), &order);
        pool.reverse();
        assert_eq!(select(pool, Vec::new(), &order), there, "the order of the pool is of no matter");
        there.into_iter().map(|fused| fused.item.0).collect()
    }

    fn diverse(&self, diversity: f32) -> Vec<u32> {
        self.chosen(3, &Rules { diversity: Some(diversity), ..Rules::default() })
    }
}

/// What is chosen of items with fingerprints, the first scoring best.
pub fn distinct(prints: &[u64], bits: u32, limit: usize) -> Vec<u32> {
    let scores = (0..prints.len()).map(|item| (prints.len() - item) as f32).collect();
    let pool = Pool { scores, prints: prints.to_vec(), ..Pool::default() };
    pool.chosen(limit, &Rules { duplicates: Some(bits), ..Rules::default() })
}

#[test]
fn of_twins_the_second_comes_last() {
    // In thousands: what counts is the share of the best score.
    let twins = Pool {
        scores: vec![1000.0, 900.0, 500.0],
        vectors: vec![vec![3.0, 0.0], vec![1.0, 0.0], vec![0.0, 2.0]],
        ..Pool::default()
    };
    assert_eq!(twins.diverse(1.0), [0, 2, 1]);
    // At .3 the twin is worth .7 x .9 - .3 = .33, the other .7 x .5 = .35; at .25 .425 and .375.
    assert_eq!(twins.diverse(0.3), [0, 2, 1]);
    assert_eq!(twins.diverse(0.25), [0, 1, 2]);
    assert_eq!(twins.diverse(0.0), [0, 1, 2]);
}

#[test]
fn what_has_no_direction_is_like_nothing() {
    let pool = |second: Vec<f32>| Pool {
        scores: vec![3.0, 2.0, 1.0],
        vectors: vec![vec![1.0, 0.0], second, vec![-1.0, 0.0]],
        ..Pool::default()
    };
    for none in [vec![], vec![0.0, 0.0], vec![1.0], vec![f32::MAX, f32::MAX]] {
        assert_eq!(pool(none).diverse(1.0), [0, 2, 1], "the opposite is further away");
    }
    assert_eq!(Pool { scores: vec![3.0, 2.0, 1.0], ..Pool::default() }.diverse(1.0), [0, 1, 2]);
}

#[test]
fn popularity_is_weighed_against_the_share_of_the_best_score() {
    let pool = Pool { scores: vec![10.0, 9.0, 5.0], gains: vec![0, 10, 20], ..Pool::default() };
    let chosen = |popularity| pool.chosen(3, &Rules { popularity: Some(popularity), ..Rules::default() });
    assert_eq!(chosen(0.1), [0, 1, 2], ".9, .86, .55");
    assert_eq!(chosen(0.25), [1, 0, 2], ".75, .8, .625");
    assert_eq!(chosen(0.5), [2, 1, 0], ".5, .7, .75");
    let unknown = Pool { gains: Vec::new(), ..pool };
    assert_eq!(unknown.chosen(3, &Rules { popularity: Some(0.5), ..Rules::default() }), [0, 1, 2]);
}

#[test]
fn diversity_looks_at_the_best_two_hundred() {
    let all = |other: usize| Pool {
        scores: (0..300).map(|item| (300 - item) as f32).collect(),
        vectors: (0..300).map(|item| if item == other { vec![0.0, 1.0] } else { vec![1.0, 0.0] }).collect(),
        ..Pool::default()
    };
    assert_eq!(all(150).diverse(1.0), [0, 150, 1]);
    // One place after the other lets one more in.
    assert_eq!(all(200).diverse(1.0), [0, 200, 1]);
    assert_eq!(all(201).diverse(1.0), [0, 1, 201]);
    // Of 60 results, at the best 240.
    let sixty = |other| all(other).chosen(60, &Rules { diversity: Some(1.0), ..Rules::default() });
    assert_eq!((&sixty(240)[..2], &sixty(241)[..2]), (&[0, 240][..], &[0, 1][..]));
}

#[test]
fn far_down_the_list_is_in_order() {
    let mut dice = Dice::new(0xFA2);
    let pool = Pool {
        scores: (0..300).map(|item| (300 - item) as f32).collect(),
        vectors: (0..300).map(|_| (0..8).map(|_| dice.signed()).collect()).collect(),
        ..Pool::default()
    };
    let chosen = pool.chosen(300, &Rules { diversity: Some(1.0), ..Rules::default() });
    let mut sorted = chosen.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..300).collect::<Vec<_>>());
    assert!(!chosen[190..200].is_sorted() && chosen[200..].is_sorted(), "{:?}", &chosen[190..]);
}

#[test]
fn a_share_rounds_up_to_whole_results() {
    let pool = Pool { scores: vec![1.0; 100], ..Pool::default() };
    let many = |share: f32, limit| {
        let rules = Rules { channels: vec![(ChannelId::Crowd, share)], ..Rules::default() };
        pool.chosen(limit, &rules).len()
    };
    // In floats 0.004 of 750 is more than 3.
    assert_eq!([many(0.004, 750), many(0.6, 5), many(0.2, 10), many(0.21, 10), many(0.001, 1001)], [3, 3, 2, 3, 2]);
    assert_eq!([many(0.0001, 10), many(0.999, 100), many(1.0, 100), many(0.5, 0)], [1, 100, 100, 0]);
}

#[test]
fn scores_at_the_edge_of_floats_stay_in_order() {
    use edge_recall::mechanism::rules::Boost;
    let pool = Pool { scores: vec![f32::MIN_POSITIVE, f32::MAX, 1.0], ..Pool::default() };
    let boost = || Boost { wanted: Vec::new(), by: 100.0 };
    let rules = Rules { boost: vec![boost(), boost()], diversity: Some(0.5), ..Rules::default() };
    assert_eq!(pool.chosen(3, &rules), [1, 2, 0]);
    let nothing = Rules { boost: vec![Boost { by: 0.0, ..boost() }], popularity: Some(0.5), ..Rules::default() };
    assert_eq!(pool.chosen(3, &nothing), [0, 1, 2]);
}

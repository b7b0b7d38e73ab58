//! What every policy promises, whatever the lists; and what the draft promises to each channel.

use std::collections::{BTreeMap, HashSet};

use edge_recall::candidate::CandidateList;
use edge_recall::format::manifest::Policy;
use edge_recall::fusion::{Fused, merge, weighted};
use edge_recall::ids::{ChannelId, Ordinal};

use crate::dice::Dice;
use crate::fusion::list;

const ROUNDS: usize = 400;
const CHANNELS: usize = ChannelId::ALL.len();
/// Factors under which no term is nothing, nor an even number.
const FACTORS: [f32; 3] = [0.7, 0.3, 0.9];

/// Lists of some channels over few items, best first; now and then one without items, or of scores that are nothing.
fn any_lists(dice: &mut Dice) -> Vec<CandidateList> {
    let mut lists = Vec::new();
    for channel in ChannelId::ALL {
        if dice.below(3) > 0 {
            let worth = *dice.pick(&[1.0, 1e-3, 3e7, 1e-38, 1e38]);
            let mut scores: Vec<f32> = (0..dice.below(12)).map(|_| worth * dice.below(9) as f32 / 4.0).collect();
            scores.sort_by(|a, b| b.total_cmp(a));
            let mut items: Vec<u32> = (0..20).collect();
            shuffle(dice, &mut items);
            lists.push(list(channel, &items.into_iter().zip(scores).collect::<Vec<_>>()));
        }
    }
    lists
}

fn shuffle<T>(dice: &mut Dice, all: &mut [T]) {
    for end in (1..all.len()).rev() {
        all.swap(end, dice.below(end + 1));
    }
}

fn any_weights(dice: &mut Dice) -> [f32; CHANNELS] {
    [(); CHANNELS].map(|()| *dice.pick(&[0.0, 0.125, 0.3, 1.0, 1.0, 2.5, 1e30]))
}

fn category(item: Ordinal) -> Option<u32> {
    (!item.0.is_multiple_of(5)).then_some(item.0 % 3)
}

fn set(fused: &[Fused]) -> HashSet<Ordinal> {
    fused.iter().map(|fused| fused.item).collect()
}

#[test]
fn every_policy_keeps_its_promises() {
    let mut dice = Dice::new(0xF05E);
    let mut found = 0;
    for _ in 0..ROUNDS {
        let (lists, weights, limit) = (any_lists(&mut dice), any_weights(&mut dice), dice.below(25));
        let weight_of = |channel: ChannelId| weights[channel as usize];
        let merged =
            |policy, lists: &[CandidateList], limit| merge(policy, FACTORS, lists, &weight_of, &category, limit);
        let everything = set(&merged(Policy::Weighted, &lists, 100));
        for policy in Policy::ALL {
            let fused = merged(policy, &lists, limit);
            let context = format!("{policy:?}: {fused:?} of {lists:?}");
            assert_eq!(fused.len(), limit.min(everything.len()), "{context}");
            assert_eq!(set(&fused).len(), fused.len(), "an item stands twice: {context}");
            assert!(set(&fused).is_subset(&everything), "{context}");
            assert!(fused.iter().all(|fused| fused.score.is_finite() && fused.score > 0.0), "{context}");
            let order = |fused: &Fused| (std::cmp::Reverse(fused.score.to_bits()), fused.item);
            assert!(fused.is_sorted_by(|a, b| order(a) < order(b)), "not the total order: {context}");
            for fused in &fused {
                let total: f32 = fused.parts.iter().sum();
                assert!((total / fused.score - 1.0).abs() < 1e-5, "parts do not add up: {context}");
                for channel in ChannelId::ALL {
                    let [there, ranked] = [fused.channels.has(channel), fused.ranks[channel as usize] > 0];
                    assert_eq!(there, ranked, "{context}");
                    assert!(there || fused.parts[channel as usize] == 0.0, "{context}");
                    assert!(!there || weights[channel as usize] > 0.0, "{context}");
                }
            }
            let longer = merged(policy, &lists, limit + 5);
            assert_eq!(&longer[..fused.len()], &fused[..], "a shorter list is the beginning of the longer: {context}");
            assert_eq!(merged(policy, &lists, limit), fused, "the same lists, the same bits: {context}");
            found += fused.len();
        }
    }
    assert!(found > 10 * ROUNDS, "only {found} items were merged");
}

/// The default is a sum in the order of the lists, of scores times weight / best: written down again, to the bit.
#[test]
fn the_weighted_sum_is_what_it_always_was() {
    let mut dice = Dice::new(0xB175);
    for _ in 0..ROUNDS {
        let (lists, weights) = (any_lists(&mut dice), any_weights(&mut dice));
        let mut sums = BTreeMap::new();
        for list in &lists {
            let (weight, best) = (weights[list.channel as usize], list.candidates.first().map_or(0.0, |c| c.score));
            for candidate in list.candidates.iter().filter(|_| weight > 0.0 && best > 0.0) {
                *sums.entry(candidate.item.0).or_insert(0.0) += weight / best * candidate.score;
            }
        }
        let mut expected: Vec<(u32, f32)> = sums.into_iter().filter(|(_, sum)| *sum > 0.0 && sum.is_finite()).collect();
        expected.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let fused = weighted(&lists, |channel| weights[channel as usize], 100);
        let found: Vec<(u32, f32)> = fused.iter().map(|fused| (fused.item.0, fused.score)).collect();
        assert_eq!(found, expected, "{weights:?} {lists:?}");
    }
}

/// Which items there are does not depend on who of a list comes first, as long as the scores stay in their places.
#[test]
fn the_set_of_items_does_not_depend_on_their_order() {
    let mut dice = Dice::new(0x5E7);
    for _ in 0..ROUNDS {
        let lists: Vec<CandidateList> = ChannelId::ALL
            .map(|channel| {
                let items: Vec<(u32, f32)> =
                    (0..dice.below(10)).map(|n| (dice.below(6) as u32 * 16 + n as u32, 9.0 - n as f32)).collect();
                list(channel, &items)
            })
            .into();
        let mut turned = lists.clone();
        for list in &mut turned {
            let mut items: Vec<Ordinal> = list.candidates.iter().map(|candidate| candidate.item).collect();
            shuffle(&mut dice, &mut items);
            list.candidates.iter_mut().zip(items).for_each(|(candidate, item)| candidate.item = item);
        }
        for policy in Policy::ALL {
            let set = |lists: &[CandidateList]| set(&merge(policy, FACTORS, lists, &|_| 0.5, &category, 1000));
            assert_eq!(set(&lists), set(&turned), "{policy:?}: {lists:?}");
        }
    }
}

/// Lists that share no item and never run dry.
fn disjoint(channels: usize, length: usize) -> Vec<CandidateList> {
    let own = |(number, channel): (usize, ChannelId)| {
        let item = |n: usize| ((number * length + n) as u32, 1.0 / (1 + n) as f32);
        list(channel, &(0..length).map(item).collect::<Vec<_>>())
    };
    ChannelId::ALL.into_iter().take(channels).enumerate().map(own).collect()
}

/// How many items each channel was credited with.
fn taken(fused: &[Fused], channels: usize) -> Vec<usize> {
    let own = |channel: usize| fused.iter().filter(|fused| fused.parts[channel] > 0.0).count();
    (0..channels).map(own).collect()
}

#[test]
fn rounds_let_every_channel_give_as_much() {
    for channels in 1..=CHANNELS {
        let lists = disjoint(channels, 40);
        for steps in 0..=40 {
            // Weights mean nothing here.
            let weight_of = |channel: ChannelId| 1.0 + channel as usize as f32;
            let fused = merge(Policy::Rounds, FACTORS, &lists, &weight_of, &|_| None, steps);
            let (full, rest) = (steps / channels, steps % channels);
            let expected: Vec<usize> = (0..channels).map(|channel| full + usize::from(channel < rest)).collect();
            assert_eq!(taken(&fused, channels), expected, "{channels} channels, {steps} steps");
        }
    }
}

#[test]
fn quotas_are_kept_at_every_length() {
    let mut dice = Dice::new(0x0407A);
    for _ in 0..ROUNDS {
        let channels = 1 + dice.below(CHANNELS);
        let lists = disjoint(channels, 120);
        let weights = [(); CHANNELS].map(|()| 0.01 + (dice.signed() * dice.signed()).abs());
        let total: f32 = weights[..channels].iter().sum();
        let fused = merge(Policy::Quota, FACTORS, &lists, &|channel| weights[channel as usize], &|_| None, 120);
        assert_eq!(fused.len(), 120);
        for length in 0..=120 {
            for (channel, &own) in taken(&fused[..length], channels).iter().enumerate() {
                let due = weights[channel] / total * length as f32;
                assert!(own as f32 >= due.floor() - 1.0, "{weights:?}: {own} of {length}, and {due} are due");
                assert!((own as f32) < due + 1.001, "{weights:?}: {own} of {length}, and {due} are due");
            }
        }
    }
}

#[test]
fn what_a_channel_cannot_give_the_others_give() {
    let mut lists = disjoint(3, 30);
    lists[0].candidates.truncate(2);
    for policy in [Policy::Rounds, Policy::Quota] {
        let fused = merge(policy, FACTORS, &lists, &|_| 1.0, &|_| None, 62);
        assert_eq!(taken(&fused, 3), [2, 30, 30], "{policy:?}");
        assert_eq!(taken(&fused[..22], 3), [2, 10, 10], "{policy:?}");
    }
}

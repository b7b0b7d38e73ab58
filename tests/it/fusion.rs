//! The policies on three lists of five items, every score by hand; and what a manifest's policy does to an answer.

use edge_recall::candidate::{Candidate, CandidateList};
use edge_recall::format::manifest::Policy;
use edge_recall::fusion::{Fused, merge, weighted};
use edge_recall::ids::{ChannelId, ChannelMask, Ordinal};
use edge_recall::{Recaller, Request};

use crate::fixture::{Build, EXACT, keys_of, views};

pub fn list(channel: ChannelId, candidates: &[(u32, f32)]) -> CandidateList {
    let candidates = candidates.iter().map(|&(item, score)| Candidate { item: Ordinal(item), score }).collect();
    CandidateList { channel, candidates }
}

/// 1 comes first in one list and second in another, 3 third and first; 2 and 4 are second in one alone, 5 is first in one.
fn three() -> [CandidateList; 3] {
    [
        list(ChannelId::I2i, &[(1, 100.0), (2, 50.0), (3, 25.0)]),
        list(ChannelId::U2i, &[(3, 2.0), (4, 1.0)]),
        list(ChannelId::Crowd, &[(5, 1.0), (1, 0.5)]),
    ]
}

/// Items 1 to 3 are of one category, 4 and 5 of another.
fn halves(item: Ordinal) -> Option<u32> {
    Some(if item.0 <= 3 { 0xF00D } else { 7 })
}

fn merged(policy: Policy, weight_of: &dyn Fn(ChannelId) -> f32, limit: usize) -> Vec<Fused> {
    merge(policy, Policy::MIC, &three(), weight_of, &halves, limit)
}

fn items(fused: &[Fused]) -> Vec<u32> {
    fused.iter().map(|fused| fused.item.0).collect()
}

/// Items and scores must be these, to a rounding or two.
fn scores_are(fused: &[Fused], expected: &[(u32, f32)]) {
    assert_eq!(items(fused), expected.iter().map(|(item, _)| *item).collect::<Vec<_>>());
    for (fused, (item, score)) in fused.iter().zip(expected) {
        assert!((fused.score - score).abs() < 1e-6, "{item}: {} and not {score}", fused.score);
    }
}

fn half_for_the_history(channel: ChannelId) -> f32 {
    if channel == ChannelId::I2i { 0.5 } else { 0.25 }
}

#[test]
fn every_policy_gives_the_answer_by_hand() {
    let even = |_: ChannelId| 1.0;
    scores_are(&merged(Policy::Weighted, &even, 9), &[(1, 1.5), (3, 1.25), (5, 1.0), (2, 0.5), (4, 0.5)]);
    let rank = |rank: f32| 1.0 / (60.0 + rank);
    // 2 and 4 tie: the lower ordinal comes first.
    let reciprocal =
        [(1, rank(1.0) + rank(2.0)), (3, rank(3.0) + rank(1.0)), (5, rank(1.0)), (2, rank(2.0)), (4, rank(2.0))];
    scores_are(&merged(Policy::Reciprocal, &even, 9), &reciprocal);
    // The history's first, the vector's first, the crowd's first; then the history's next, then the vector's: 1 and 3 are gone.
    let places = |order: [u32; 5]| [0, 1, 2, 3, 4].map(|place| (order[place], 1.0 / (1 + place) as f32));
    scores_are(&merged(Policy::Rounds, &even, 9), &places([1, 3, 5, 2, 4]));
    // Weights do not matter to rounds: each channel is heard as often.
    scores_are(&merged(Policy::Rounds, &half_for_the_history, 9), &places([1, 3, 5, 2, 4]));
    scores_are(&merged(Policy::Quota, &half_for_the_history, 4), &places([1, 3, 5, 2, 4])[..4]);
    // Five candidates: a square of x differs from two, one of y from three.
    let mic = [
        (1, 1.0 + 0.5 * 2.0 / 3.0 + 0.2 * 2.0 / 5.0),
        (3, 1.25 / 1.5 + 0.5 * 2.0 / 3.0 + 0.2 * 2.0 / 5.0),
        (5, 1.0 / 1.5 + 0.5 / 3.0 + 0.2 * 3.0 / 5.0),
        (4, 0.5 / 1.5 + 0.5 / 3.0 + 0.2 * 3.0 / 5.0),
        (2, 0.5 / 1.5 + 0.5 / 3.0 + 0.2 * 2.0 / 5.0),
    ];
    scores_are(&merged(Policy::Mic, &even, 9), &mic);
}

#[test]
fn quotas_follow_the_weights() {
    // Nine of ten turns are the history's, as long as it has items; it has three, then the others share what is left.
    let heavy = |channel| if channel == ChannelId::I2i { 18.0 } else { 1.0 };
    assert_eq!(items(&merged(Policy::Quota, &heavy, 9)), [1, 2, 3, 4, 5]);
    // Three lists of their own: of eight items four, two and two.
    let own = |channel, from: u32| list(channel, &[0, 1, 2, 3, 4, 5, 6, 7].map(|n| (from + n, 9.0 - n as f32)));
    let lists = [own(ChannelId::I2i, 0), own(ChannelId::U2i, 10), own(ChannelId::Crowd, 20)];
    let drafted = merge(Policy::Quota, Policy::MIC, &lists, &half_for_the_history, &|_| None, 8);
    assert_eq!(items(&drafted), [0, 10, 20, 1, 2, 11, 21, 3]);
}

#[test]
fn a_draft_credits_who_took_the_item_and_tells_all_ranks() {
    for policy in [Policy::Rounds, Policy::Quota] {
        let fused = merged(policy, &|_| 1.0, 9);
        let [first, second] = [&fused[0], &fused[1]];
        assert_eq!((first.item, first.parts[ChannelId::I2i as usize]), (Ordinal(1), 1.0));
        assert_eq!((second.item, second.parts[ChannelId::U2i as usize]), (Ordinal(3), 0.5));
        assert!([first, second].iter().all(|fused| fused.parts.iter().filter(|&&part| part > 0.0).count() == 1));
        assert_eq!(first.channels, ChannelMask::of(ChannelId::I2i).with(ChannelId::Crowd));
    }
}

#[test]
fn ranks_are_those_of_the_lists_whatever_the_policy() {
    for policy in Policy::ALL {
        for fused in merged(policy, &|_| 1.0, 9) {
            let expected = match fused.item.0 {
                1 => [1, 0, 2],
                2 => [2, 0, 0],
                3 => [3, 1, 0],
                4 => [0, 2, 0],
                _ => [0, 0, 1],
            };
            let ranks = [ChannelId::I2i, ChannelId::U2i, ChannelId::Crowd].map(|c| fused.ranks[c as usize]);
            assert_eq!(ranks, expected, "{policy:?}: {}", fused.item.0);
            assert_eq!(fused.ranks.iter().filter(|&&rank| rank > 0).count(), fused.channels.0.count_ones() as usize);
        }
    }
}

#[test]
fn a_channel_without_weight_is_not_heard() {
    let deaf = |channel| if channel == ChannelId::Crowd { 0.0 } else { 1.0 };
    for policy in Policy::ALL {
        let fused = merged(policy, &deaf, 9);
        let mut found = items(&fused);
        found.sort_unstable();
        assert_eq!(found, [1, 2, 3, 4], "{policy:?}: 5 is the crowd's alone");
        assert!(fused.iter().all(|fused| fused.ranks[ChannelId::Crowd as usize] == 0), "{policy:?}");
    }
    // Agreement is counted among the channels that are heard: here each item of two has one of one.
    let lists = [list(ChannelId::I2i, &[(1, 1.0), (2, 1.0)]), list(ChannelId::Crowd, &[(1, 1.0)])];
    let fused = merge(Policy::Mic, [0.0, 1.0, 0.0], &lists, &deaf, &|_| None, 9);
    assert_eq!(fused.iter().map(|fused| fused.score).collect::<Vec<_>>(), [1.0, 1.0]);
}

#[test]
fn unknown_categories_differ_from_all() {
    let variety = |category_of: &dyn Fn(Ordinal) -> Option<u32>| -> Vec<(u32, f32)> {
        let fused = merge(Policy::Mic, [0.0, 0.0, 5.0], &three(), &|_| 1.0, category_of, 9);
        fused.iter().map(|fused| (fused.item.0, fused.score.round())).collect()
    };
    assert_eq!(variety(&|_| None), [1, 2, 3, 4, 5].map(|item| (item, 4.0)));
    // 2 and 3 share the one category that is known: each differs from three, the others from four.
    let known = |item: Ordinal| [2, 3].contains(&item.0).then_some(u32::MAX);
    assert_eq!(variety(&known), [(1, 4.0), (4, 4.0), (5, 4.0), (2, 3.0), (3, 3.0)]);
    assert_eq!(variety(&|_| Some(0)), [], "what scores nothing is no answer");
}

#[test]
fn nothing_and_worthless_lists_give_nothing() {
    for policy in Policy::ALL {
        let merge = |lists: &[CandidateList], limit| merge(policy, Policy::MIC, lists, &|_| 1.0, &halves, limit);
        assert!(merge(&[], 5).is_empty() && merge(&three(), 0).is_empty());
        assert!(merge(&[list(ChannelId::I2i, &[]), list(ChannelId::U2i, &[(1, 0.0)])], 5).is_empty());
        // An item that its only list gives nothing is in no answer, whatever its rank.
        assert_eq!(items(&merge(&[list(ChannelId::Crowd, &[(4, 1.0), (2, 0.0)])], 5)), [4]);
    }
}

fn open(policy: Policy) -> Recaller {
    let mut build = Build::new(EXACT);
    build.manifest.fusion.policy = policy;
    build.open()
}

/// The policy of the manifest merges what the channels propose; results tell ranks in the lists of the channels.
#[test]
fn an_answer_is_merged_by_the_policy_of_its_manifest() {
    let request = Request::recommend(views(&["b2"])).exclude(["b2".to_owned()]).limit(8);
    let mut answers = Vec::new();
    for policy in Policy::ALL {
        let recaller = open(policy);
        let manifest = recaller.manifest();
        let lists = recaller.channel_lists(&request, manifest.fusion.depth as usize);
        let answer = recaller.finish(&request).expect("an answer");
        let weight_of = |channel| manifest.weight_of(channel);
        let expected = merge(policy, Policy::MIC, &lists, &weight_of, &|_| None, 8);
        let scores: Vec<f32> = answer.recommendations.iter().map(|result| result.score).collect();
        assert_eq!(scores, expected.iter().map(|fused| fused.score).collect::<Vec<_>>(), "{policy:?}");
        if policy == Policy::Weighted {
            assert_eq!(expected, weighted(&lists, weight_of, 8));
        }
        for result in &answer.recommendations {
            assert!((result.shares.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{result:?}");
            assert!((result.why.iter().map(|why| why.share).sum::<f32>() - 1.0).abs() < 1e-5, "{result:?}");
            for channel in ChannelId::ALL {
                let own = lists.iter().find(|list| list.channel == channel).map_or(&[][..], |list| &list.candidates);
                let place = own.iter().position(|candidate| recaller.key(candidate.item).as_ref() == Some(&result.key));
                let rank = place.map_or(0, |place| place as u16 + 1);
                assert_eq!(result.ranks[channel as usize], rank, "{result:?}: {channel:?}");
            }
        }
        answers.push(keys_of(&answer).join(" "));
    }
    answers.sort_unstable();
    answers.dedup();
    assert!(answers.len() >= 4, "policies differ: {answers:?}");
}

//! Fusion weights by coordinate ascent on held-out users, through the runtime's own fusion. Owns the search, not the merge.

use std::cell::RefCell;
use std::collections::BTreeMap;

use edge_recall::format::manifest::ChannelWeight;
use edge_recall::ids::ChannelId;

use super::TuneReport;
use super::serve::Proposals;
use crate::lists::CHANNELS;

/// Weights that a channel may get, besides 0; relative to the strongest channel's 1.
const STEPS: [f32; 10] = [0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.5, 2.5];
/// Rounds over all channels; the search stops earlier when a round changes nothing.
const ROUNDS: usize = 4;
/// Trials this close to the best are as good: 2 % of the quality of two groups, 4 % of one.
const NEAR: f64 = 0.04;
/// What lists must add to the quality of a group to be shipped. A list that hardly anybody was tried with gets the mean of all weights
/// that did no harm, and would be shown to everybody by it.
const LEAST_GAIN: f64 = 0.002;
/// The crowd always takes part a little: it fills lists that the personal channels leave short.
const CROWD_FLOOR: f32 = 0.01;

/// Weights that are not 0, by their bits.
type Place = Vec<(ChannelId, u32)>;

/// Learns the weights: climbs from the best channel alone, so that the answer never loses to it on the hold-out, and from
/// all personal channels together, because a mixture of three is not always reached one channel at a time.
pub(super) fn learn(groups: &[Proposals], report: &mut TuneReport) -> Vec<ChannelWeight> {
    let tried: RefCell<Vec<(f64, BTreeMap<ChannelId, f32>)>> = RefCell::default();
    let mut known: BTreeMap<Place, usize> = BTreeMap::new();
    let mut quality = |weights: &BTreeMap<ChannelId, f32>| {
        let weight_of = |channel| bounded(weights, channel);
        let what = format!("fusion {}", text(weights));
        // Both climbs come by the same places again and again; a channel left out weighs 0.
        let place: Place = weights.iter().filter(|weight| *weight.1 != 0.0).map(|(&c, w)| (c, w.to_bits())).collect();
        if let Some(&trial) = known.get(&place) {
            let quality = report.repeat(what, trial);
            tried.borrow_mut().push((quality, weights.clone()));
            return quality;
        }
        known.insert(place, report.trials.len());
        let quality = report.add(what, Proposals::judge(groups, weight_of));
        tried.borrow_mut().push((quality, weights.clone()));
        quality
    };
    let served: Vec<ChannelId> = ChannelId::ALL.into_iter().filter(|&channel| serves(groups, channel)).collect();
    let alone = served.iter().map(|&channel| BTreeMap::from([(channel, 1.0)]));
    let alone = alone.map(|weights| (quality(&weights), weights));
    let best_alone =
        alone.fold((f64::NEG_INFINITY, BTreeMap::new()), |best, next| if next.0 > best.0 { next } else { best });
    let best_quality_alone = best_alone.0;
    let personal = served.iter().filter(|&&channel| channel != ChannelId::Crowd);
    let together: BTreeMap<ChannelId, f32> = personal.map(|&channel| (channel, 1.0)).collect();
    let together = (quality(&together), together);
    let climbed = [best_alone, together].map(|start| climb(start, &served, &mut quality));
    let [from_alone, from_together] = climbed;
    let peak = if from_together.0 > from_alone.0 { from_together } else { from_alone };
    let blend = blend(&tried.borrow(), peak.0);
    let blended = (quality(&blend), blend);
    // The blend must stand by itself: never below the best channel alone, nor out of reach of the peak.
    let best = if blended.0 >= best_quality_alone.max(peak.0 - NEAR) { blended } else { (peak.0, scaled(&peak.1)) };
    let best = without_idle(best, LEAST_GAIN * groups.len() as f64, &mut quality);
    served.into_iter().map(|channel| ChannelWeight { channel, weight: bounded(&best, channel) }).collect()
}

/// Leaves out ranked lists, one channel after the other, that add less than `least`; what is left has the strongest at 1.
fn without_idle(
    mut best: (f64, BTreeMap<ChannelId, f32>),
    least: f64,
    quality: &mut impl FnMut(&BTreeMap<ChannelId, f32>) -> f64,
) -> BTreeMap<ChannelId, f32> {
    for channel in CHANNELS {
        let mut without = best.1.clone();
        if without.insert(channel, 0.0).is_some_and(|weight| weight > 0.0)
            && without.values().any(|&weight| weight > 0.0)
        {
            let found = quality(&without);
            if found > best.0 - least {
                best = (found, without);
            }
        }
    }
    scaled(&best.1)
}

/// Mean of all trials about as good as the best: a peak on held-out users is partly their accident, and the middle of the
/// plateau around it is less so.
fn blend(tried: &[(f64, BTreeMap<ChannelId, f32>)], best: f64) -> BTreeMap<ChannelId, f32> {
    let near: Vec<BTreeMap<ChannelId, f32>> =
        tried.iter().filter(|(quality, _)| *quality >= best - NEAR).map(|(_, weights)| scaled(weights)).collect();
    let mean = |channel| {
        let sum: f32 = near.iter().filter_map(|weights| weights.get(&channel)).sum();
        (channel, sum / near.len().max(1) as f32)
    };
    scaled(&ChannelId::ALL.map(mean).into())
}

/// The same weights with the strongest at 1.
fn scaled(weights: &BTreeMap<ChannelId, f32>) -> BTreeMap<ChannelId, f32> {
    let strongest = weights.values().copied().fold(f32::MIN_POSITIVE, f32::max);
    weights.iter().map(|(&channel, weight)| (channel, weight / strongest)).collect()
}

/// Whether a channel proposes anything to anybody.
fn serves(groups: &[Proposals], channel: ChannelId) -> bool {
    let mut lists = groups.iter().flat_map(|group| &group.lists).flatten();
    lists.any(|list| list.channel == channel && !list.candidates.is_empty())
}

/// Changes one weight at a time as long as that helps.
fn climb(
    start: (f64, BTreeMap<ChannelId, f32>),
    served: &[ChannelId],
    quality: &mut impl FnMut(&BTreeMap<ChannelId, f32>) -> f64,
) -> (f64, BTreeMap<ChannelId, f32>) {
    let mut best = start;
    // The weight of one channel alone changes no order.
    for _ in 0..if served.len() > 1 { ROUNDS } else { 0 } {
        let before = best.0;
        for &channel in served {
            for step in STEPS {
                let mut trial = best.1.clone();
                if trial.insert(channel, step) != Some(step) {
                    let found = quality(&trial);
                    if found > best.0 {
                        best = (found, trial);
                    }
                }
            }
        }
        if best.0 <= before {
            break;
        }
    }
    best
}

/// The weight that a channel gets, in a trial as in a build. What is new is the same for everybody, and held-out visitors, who have a
/// history, cannot tell what it does to a stranger: it stays behind the crowd.
fn bounded(weights: &BTreeMap<ChannelId, f32>, channel: ChannelId) -> f32 {
    let weight = |channel| weights.get(&channel).copied().unwrap_or(0.0);
    let crowd = weight(ChannelId::Crowd).max(CROWD_FLOOR);
    match channel {
        ChannelId::Crowd => crowd,
        ChannelId::Fresh => weight(channel).min(crowd / 2.0),
        _ => weight(channel),
    }
}

fn text(weights: &BTreeMap<ChannelId, f32>) -> String {
    let parts: Vec<String> = weights.iter().map(|(channel, weight)| format!("{}={weight}", channel.name())).collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn climbing_finds_the_peak_and_stops_there() {
        let mut trials = 0;
        let peak = |weights: &BTreeMap<ChannelId, f32>| {
            let of = |channel| f64::from(weights.get(&channel).copied().unwrap_or(0.0));
            -(of(ChannelId::I2i) - 1.5).powi(2) - (of(ChannelId::U2i) - 0.35).powi(2)
        };
        let start = BTreeMap::from([(ChannelId::I2i, 1.0)]);
        let served = [ChannelId::I2i, ChannelId::Next, ChannelId::U2i, ChannelId::Crowd];
        let (quality, found) = climb((peak(&start), start), &served, &mut |weights| {
            trials += 1;
            peak(weights)
        });
        assert_eq!((found[&ChannelId::I2i], found[&ChannelId::U2i]), (1.5, 0.35));
        assert!(quality > -1e-6 && trials < 120, "{quality} after {trials}");
    }

    #[test]
    fn lists_that_add_nothing_are_left_out() {
        // Tags add a little, what is new nothing: whatever it weighs is as good.
        let mut quality = |weights: &BTreeMap<ChannelId, f32>| {
            f64::from(u8::from(weights.get(&ChannelId::Tags).is_some_and(|&weight| weight > 0.0))) * 0.01
        };
        let all = BTreeMap::from([(ChannelId::U2i, 0.5), (ChannelId::Tags, 0.25), (ChannelId::Fresh, 1.0)]);
        let left = without_idle((quality(&all), all.clone()), 0.004, &mut quality);
        assert_eq!((left[&ChannelId::U2i], left[&ChannelId::Tags], left[&ChannelId::Fresh]), (1.0, 0.5, 0.0));
        let left = without_idle((quality(&all), all), 0.02, &mut quality);
        assert_eq!((left[&ChannelId::U2i], left[&ChannelId::Tags]), (1.0, 0.0));
        let alone = BTreeMap::from([(ChannelId::Tags, 1.0)]);
        assert_eq!(without_idle((0.01, alone.clone()), 1.0, &mut quality), alone, "something must be left");
    }

    #[test]
    fn the_crowd_never_falls_silent_and_what_is_new_stays_behind_it() {
        let with = |crowd| BTreeMap::from([(ChannelId::Crowd, crowd), (ChannelId::Fresh, 1.0), (ChannelId::U2i, 1.0)]);
        let of = |crowd| ChannelId::ALL.map(|channel| bounded(&with(crowd), channel));
        for (crowd, expected) in [(0.0, (CROWD_FLOOR, CROWD_FLOOR / 2.0)), (0.5, (0.5, 0.25)), (4.0, (4.0, 1.0))] {
            let found = of(crowd);
            assert_eq!((found[ChannelId::Crowd as usize], found[ChannelId::Fresh as usize]), expected);
            assert_eq!((found[ChannelId::U2i as usize], found[ChannelId::I2i as usize]), (1.0, 0.0));
        }
    }

    #[test]
    fn the_blend_is_the_mean_of_what_is_as_good_as_the_best() {
        let trial = |i2i, u2i| BTreeMap::from([(ChannelId::I2i, i2i), (ChannelId::U2i, u2i)]);
        let tried =
            [(-1.0, trial(1.0, 0.5)), (-1.0 - NEAR / 2.0, trial(2.0, 2.0)), (-1.0 - 2.0 * NEAR, trial(0.0, 1.0))];
        let blend = blend(&tried, -1.0);
        assert_eq!((blend[&ChannelId::I2i], blend[&ChannelId::U2i]), (1.0, 0.75));
        assert_eq!((blend[&ChannelId::Next], blend[&ChannelId::Crowd]), (0.0, 0.0));
    }
}

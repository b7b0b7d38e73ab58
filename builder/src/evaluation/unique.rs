//! What each channel finds that no other does. Owns the counting.

use std::collections::BTreeMap;

use edge_recall::candidate::CandidateList;
use edge_recall::ids::ChannelId;

use crate::replay::Case;

/// For each of the channels and each `k`: hits within its own first `k` that no other of these channels has within its own
/// first `k`, as a part of the hits of all of them together, each hit counted once.
pub fn unique(
    lists: &[Vec<CandidateList>],
    cases: &[Case],
    channels: &[ChannelId],
    ks: &[usize],
) -> BTreeMap<&'static str, Vec<f64>> {
    let mut alone = vec![vec![0_u64; ks.len()]; channels.len()];
    let mut all = vec![0_u64; ks.len()];
    for (lists, case) in lists.iter().zip(cases) {
        for &wanted in &case.test {
            // The place of the item in each channel's list.
            let place = |channel: &ChannelId| {
                let list = lists.iter().find(|list| list.channel == *channel)?;
                list.candidates.iter().position(|candidate| candidate.item.0 == wanted)
            };
            let places: Vec<Option<usize>> = channels.iter().map(place).collect();
            for (at, &k) in ks.iter().enumerate() {
                let mut found = places.iter().enumerate().filter(|(_, place)| place.is_some_and(|place| place < k));
                match (found.next(), found.next()) {
                    (Some((channel, _)), None) => (alone[channel][at] += 1, all[at] += 1),
                    (Some(_), Some(_)) => ((), all[at] += 1),
                    (None, _) => ((), ()),
                };
            }
        }
    }
    let shares = |alone: &Vec<u64>| alone.iter().zip(&all).map(|(&own, &all)| own as f64 / all.max(1) as f64).collect();
    channels.iter().zip(&alone).map(|(channel, alone)| (channel.name(), shares(alone))).collect()
}

#[cfg(test)]
mod tests {
    use edge_recall::Request;
    use edge_recall::candidate::Candidate;
    use edge_recall::ids::Ordinal;

    use super::*;

    fn list(channel: ChannelId, items: &[u32]) -> CandidateList {
        let candidate = |&item: &u32| Candidate { item: Ordinal(item), score: 1.0 };
        CandidateList { channel, candidates: items.iter().map(candidate).collect() }
    }

    fn case(test: &[u32]) -> Case {
        Case { request: Request::trending(), test: test.to_vec() }
    }

    #[test]
    fn by_hand() {
        let channels = [ChannelId::I2i, ChannelId::U2i, ChannelId::Crowd];
        let lists = [
            vec![list(ChannelId::I2i, &[1, 2]), list(ChannelId::U2i, &[2, 3])],
            vec![list(ChannelId::U2i, &[7]), list(ChannelId::Crowd, &[7, 8])],
        ];
        let cases = [case(&[1, 2, 3, 4]), case(&[7, 8, u32::MAX])];
        let unique = unique(&lists, &cases, &channels, &[1, 2]);
        // Within 1: item 1 by i2i alone, 2 by u2i alone, 7 by two. Within 2: 2 and 7 by two, 1, 3 and 8 by one.
        let near = |name: &str, want: [f64; 2]| assert_eq!(unique[name], want, "{name}");
        near("i2i", [1.0 / 3.0, 0.2]);
        near("u2i", [1.0 / 3.0, 0.2]);
        near("crowd", [0.0, 0.2]);
        assert_eq!(unique.len(), 3);
    }

    #[test]
    fn no_hit_is_no_share() {
        let lists = [vec![list(ChannelId::I2i, &[1])]];
        assert_eq!(unique(&lists, &[case(&[2])], &[ChannelId::I2i], &[5])["i2i"], [0.0]);
    }
}

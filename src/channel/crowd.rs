//! Crowd recall: the ranked list of the visitor's segment. The only channel that works without a history.

use crate::candidate::{Admits, CandidateList, Trigger};
use crate::channel::RecallChannel;
use crate::format::crowds::Crowd;
use crate::ids::{ChannelId, Ordinal};

/// The channel over one list.
pub struct CrowdChannel<'a> {
    crowd: &'a Crowd,
}

impl<'a> CrowdChannel<'a> {
    /// A channel that proposes the items of `crowd`.
    pub fn new(crowd: &'a Crowd) -> CrowdChannel<'a> {
        CrowdChannel { crowd }
    }
}

impl RecallChannel for CrowdChannel<'_> {
    fn id(&self) -> ChannelId {
        ChannelId::Crowd
    }

    fn recall(&self, limit: usize, admits: &Admits<'_>) -> CandidateList {
        let mut candidates = Vec::new();
        for candidate in &self.crowd.items {
            if candidates.len() < limit && admits(candidate.item) {
                candidates.push(*candidate);
            }
        }
        CandidateList { channel: ChannelId::Crowd, candidates }
    }

    fn explain(&self, _targets: &[Ordinal], _visit: &mut dyn FnMut(usize, Trigger, f32)) {}
}

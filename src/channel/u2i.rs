//! User-to-item recall: the user vector against a vector index.

use crate::candidate::{Admits, CandidateList, Trigger};
use crate::channel::RecallChannel;
use crate::ids::{ChannelId, Ordinal};
use crate::index::VectorIndex;
use crate::store::embeddings::Embeddings;
use crate::user::UserVector;

/// The channel over one index.
pub struct U2iChannel<'a, I> {
    index: I,
    embeddings: &'a Embeddings,
    user: UserVector,
}

impl<'a, I: VectorIndex> U2iChannel<'a, I> {
    /// A channel that searches `index` for `user`.
    pub fn new(index: I, embeddings: &'a Embeddings, user: UserVector) -> U2iChannel<'a, I> {
        U2iChannel { index, embeddings, user }
    }
}

impl<I: VectorIndex> RecallChannel for U2iChannel<'_, I> {
    fn id(&self) -> ChannelId {
        ChannelId::U2i
    }

    fn recall(&self, limit: usize, admits: &Admits<'_>) -> CandidateList {
        let mut candidates = self.index.search(self.user.values(), limit, admits);
        // An item that the user vector points away from is no proposal.
        candidates.truncate(candidates.partition_point(|candidate| candidate.score > 0.0));
        CandidateList { channel: ChannelId::U2i, candidates }
    }

    fn explain(&self, targets: &[Ordinal], visit: &mut dyn FnMut(usize, Trigger, f32)) {
        for (place, &target) in targets.iter().enumerate() {
            if let Some(vector) = self.embeddings.vector(target) {
                for (trigger, amount) in self.user.contributions(&vector) {
                    visit(place, trigger, amount);
                }
            }
        }
    }
}

//! Recall channels: each one way to propose candidates, behind one trait. A channel knows stores and indexes, not fusion.

pub mod i2i;
pub mod lists;
pub mod popular;
pub mod repeat;
pub mod retarget;
pub mod sums;
pub mod u2i;
pub mod walk;

use crate::candidate::{Admits, CandidateList, Trigger};
use crate::ids::{ChannelId, Ordinal};

/// One way to propose candidates for one request.
pub trait RecallChannel {
    /// Which channel this is.
    fn id(&self) -> ChannelId;

    /// The best `limit` candidates of those that are admitted; possibly none.
    fn recall(&self, limit: usize, admits: &Admits<'_>) -> CandidateList;

    /// What each trigger gave to the scores of `targets` (ascending): calls `visit(place in targets, trigger, amount)`.
    /// Never, where the channel has no triggers.
    fn explain(&self, targets: &[Ordinal], visit: &mut dyn FnMut(usize, Trigger, f32));
}

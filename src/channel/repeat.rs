//! Items of the history itself: all of them for catalogues whose visitors come back to what they met (songs, groceries, pages of
//! a session), or those that a visitor came close to buying.

use crate::candidate::{Candidate, Trigger};
use crate::channel::sums::SumsChannel;
use crate::ids::ChannelId;

/// A channel of that name that proposes every trigger with its own weight.
pub fn channel<'a>(id: ChannelId, triggers: &[Trigger]) -> SumsChannel<'a> {
    let mut channel = SumsChannel::new(id, true);
    for trigger in triggers {
        channel.add_own(*trigger, &|to| to.push(Candidate { item: trigger.item, score: 1.0 }));
    }
    channel
}

//! Recall by ranked lists: of the visitor's crowd, of the nearest cohorts, of what the history's items are, of what is new. Which
//! lists a request has is the recaller's.

use crate::candidate::Trigger;
use crate::channel::sums::SumsChannel;
use crate::format::crowds::Crowd;
use crate::ids::ChannelId;

/// A channel of that name that sums what `lists` say of an item, each times the weight of what led to it. Of triggers only the
/// weight counts, except for `tags`, which alone has triggers to name.
pub fn channel<'a>(id: ChannelId, lists: &[(Trigger, &'a Crowd)]) -> SumsChannel<'a> {
    let mut channel = SumsChannel::new(id, id == ChannelId::Tags);
    for (trigger, list) in lists {
        channel.add(*trigger, &list.items);
    }
    channel
}

//! Two steps over one item-to-item table: from the newest items to what goes with them, and on to what goes with that. Reaches
//! items that share no user with the history, and those that many paths lead to.

use crate::candidate::Trigger;
use crate::channel::i2i::TableRows;
use crate::channel::sums::SumsChannel;
use crate::ids::ChannelId;
use crate::topk::TopK;

/// A channel that walks from `triggers` over the `fan` heaviest targets of each:
/// `score(k) = sum over triggers i of w_i * sum over the heaviest targets j of i of s_ij * s_jk`.
pub fn channel<'a>(rows: TableRows<'_>, triggers: &[Trigger], fan: usize) -> SumsChannel<'a> {
    let mut channel = SumsChannel::new(ChannelId::Walk, true);
    let mut row = Vec::new();
    for trigger in triggers {
        row.clear();
        rows.append(trigger.item, &mut row);
        let mut first = TopK::new(fan);
        for &step in &row {
            if step.score > 0.0 {
                first.push(step);
            }
        }
        for step in first.into_sorted() {
            let weight = trigger.weight * step.score;
            channel.add_own(Trigger { weight, ..*trigger }, &|to| rows.append(step.item, to));
        }
    }
    channel
}

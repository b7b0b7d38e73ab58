//! Retargeting: what an event says of how close a visitor came to buying an item. Which events of a history count is the
//! recaller's; that such items are proposed, each with its own weight, is `repeat`'s.

use crate::numeric;
use crate::profile::{EventKind, MINUTES_A_DAY};

/// `stage + 2^(-age / half-life)`: the funnel of Tmall's retargeting, nearest the end first and the newest first within a
/// stage. `None` where an event is of no stage or `days` old.
pub fn worth(kind: EventKind, age: u32, days: u32) -> Option<f32> {
    let stage = match kind {
        EventKind::View | EventKind::Click => 1.0,
        EventKind::Like => 2.0,
        EventKind::Cart => 3.0,
        EventKind::Purchase | EventKind::Hide => return None,
    };
    let half_life = kind.half_life_days() * MINUTES_A_DAY as f32;
    (age / MINUTES_A_DAY < days).then(|| stage + numeric::exp2(-(age as f32) / half_life))
}

/// Whether an event ends the matter: who bought an item or hid it is not asked again.
pub fn settles(kind: EventKind) -> bool {
    matches!(kind, EventKind::Purchase | EventKind::Hide)
}

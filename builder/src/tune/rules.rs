//! Which items of a history count, and how much: the rules that are tried. Owns the list of them and how they are told.

use edge_recall::format::manifest::{Decay, TriggerSpec};
use edge_recall::ids::ChannelId;

use crate::recipe::WHOLE;

/// The newest twenty, fading by their place.
const NEWEST: TriggerSpec = TriggerSpec { window: 20, decay: Decay::Position(1.0) };

/// Rules worth trying: all items alike, and, where there is an order, ever fewer and newer ones.
pub fn rules(ordered: bool) -> Vec<TriggerSpec> {
    let rule = |(window, decay)| TriggerSpec { window, decay };
    let without_order = [(200, Decay::None), (50, Decay::None)];
    let with_order = [
        (20, Decay::None),
        (200, Decay::Position(0.3)),
        (200, Decay::Position(0.6)),
        (50, Decay::Position(1.0)),
        (20, Decay::Position(1.0)),
        (20, Decay::Position(1.4)),
        (3, Decay::Position(1.0)),
        (1, Decay::None),
        (200, Decay::Age(1.0)),
        (200, Decay::Age(8.0)),
    ];
    without_order.into_iter().chain(with_order.into_iter().filter(|_| ordered)).map(rule).collect()
}

/// All of the history alike; and, where there is an order, its newest items, fading fast.
pub fn extremes(ordered: bool) -> Vec<TriggerSpec> {
    [WHOLE].into_iter().chain(ordered.then_some(NEWEST)).collect()
}

/// Which items of a history the literature opens the table of a channel by.
pub fn usual(channel: ChannelId, ordered: bool) -> TriggerSpec {
    match channel {
        ChannelId::Next => NEWEST,
        ChannelId::Last => TriggerSpec { window: 3, ..NEWEST },
        _ if ordered => NEWEST,
        _ => WHOLE,
    }
}

/// A rule in words.
pub fn text(rule: TriggerSpec) -> String {
    let decay = match rule.decay {
        Decay::None => "without decay".to_owned(),
        Decay::Position(exponent) => format!("fading by position^-{exponent}"),
        Decay::Age(scale) => format!("fading by age, {scale} x half-life"),
    };
    format!("the newest {}, {decay}", rule.window)
}

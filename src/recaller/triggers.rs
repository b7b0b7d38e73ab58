//! From history to weighted triggers, by the rule that the builder learnt for a channel.

use crate::candidate::{ItemSet, Trigger};
use crate::channel::retarget::{settles, worth};
use crate::format::manifest::{Decay, TriggerSpec};
use crate::ids::Ordinal;
use crate::numeric;
use crate::profile::{EventKind, MINUTES_A_DAY};

/// An event whose item the catalogue knows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KnownEvent {
    /// The item.
    pub item: Ordinal,
    /// What happened.
    pub kind: EventKind,
    /// Minutes ago; `None` where the order is unknown.
    pub age: Option<u32>,
    /// Place in the request's history.
    pub source: u32,
}

/// A history whose items are told apart once: every channel makes its own triggers of it.
pub struct Known {
    /// Newest first.
    pub events: Vec<KnownEvent>,
    /// Of each event the place of its item among the distinct ones.
    places: Vec<usize>,
}

impl Known {
    /// Tells the items of a history (newest first) apart.
    pub fn new(events: Vec<KnownEvent>) -> Known {
        let items: ItemSet = events.iter().map(|event| event.item).collect();
        let mut place_of = vec![usize::MAX; items.as_slice().len()];
        let (mut places, mut distinct) = (Vec::new(), 0);
        for own in events.iter().filter_map(|event| items.place(event.item)) {
            if place_of[own] == usize::MAX {
                place_of[own] = distinct;
                distinct += 1;
            }
            places.push(place_of[own]);
        }
        Known { events, places }
    }
}

/// Weighs the newest `window` distinct items of a history (newest first), as [`weigh`] does.
pub fn triggers(history: &[KnownEvent], spec: &TriggerSpec, weight_of: &dyn Fn(EventKind) -> f32) -> Vec<Trigger> {
    weigh(&Known::new(history.to_vec()), spec, weight_of)
}

/// Weighs the newest `window` distinct items of a history. Repeated events of an item add up; items whose events do not weigh
/// more than nothing (hidden ones) are no triggers.
pub fn weigh(history: &Known, spec: &TriggerSpec, weight_of: &dyn Fn(EventKind) -> f32) -> Vec<Trigger> {
    let mut triggers: Vec<Trigger> = Vec::new();
    for (event, &place) in history.events.iter().zip(&history.places) {
        if place >= spec.window as usize {
            continue;
        }
        let weight = weight_of(event.kind) * fade(event, spec.decay);
        match triggers.get_mut(place) {
            Some(known) => known.weight += weight,
            None => triggers.push(Trigger { item: event.item, weight, source: event.source }),
        }
    }
    if let (Decay::Position(exponent), Some(_)) = (spec.decay, history.events.iter().find_map(|event| event.age)) {
        for (rank, trigger) in (1u16..).zip(&mut triggers) {
            trigger.weight *= numeric::pow(f32::from(rank), -exponent);
        }
    }
    triggers.retain(|trigger| trigger.weight > 0.0 && trigger.weight.is_finite());
    triggers
}

/// What the visitor came close to buying within the newest `days`, each item by the event that brought him closest. An event
/// of unknown age may be older.
pub fn retargets(history: &[KnownEvent], days: u32) -> Vec<Trigger> {
    let settled: ItemSet = history.iter().filter(|event| settles(event.kind)).map(|event| event.item).collect();
    let mut near: Vec<Trigger> = Vec::new();
    for event in history.iter().filter(|event| !settled.contains(event.item)) {
        let Some(weight) = event.age.and_then(|age| worth(event.kind, age, days)) else { continue };
        let own = Trigger { item: event.item, weight, source: event.source };
        match near.iter_mut().find(|known| known.item == event.item) {
            Some(known) if known.weight < weight => *known = own,
            Some(_) => {}
            None => near.push(own),
        }
    }
    near
}

/// What age takes from the weight of one event.
fn fade(event: &KnownEvent, decay: Decay) -> f32 {
    match (decay, event.age) {
        (Decay::Age(scale), Some(age)) => {
            let half_life = scale * event.kind.half_life_days() * MINUTES_A_DAY as f32;
            numeric::exp2(-(age as f32) / half_life)
        }
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(item: u32, kind: EventKind, age: Option<u32>, source: u32) -> KnownEvent {
        KnownEvent { item: Ordinal(item), kind, age, source }
    }

    fn weigh(history: &[KnownEvent], window: u32, decay: Decay) -> Vec<(u32, f32)> {
        let triggers = triggers(history, &TriggerSpec { window, decay }, &EventKind::weight);
        triggers.iter().map(|t| (t.item.0, t.weight)).collect()
    }

    #[test]
    fn positions_count_distinct_items() {
        use EventKind::{Click, Hide, View};
        let history = [
            event(5, View, Some(0), 0),
            event(5, Click, Some(1), 1),
            event(6, View, Some(2), 2),
            event(7, View, Some(3), 3),
        ];
        assert_eq!(weigh(&history, 2, Decay::Position(1.0)), [(5, 3.0), (6, 0.5)]);
        assert_eq!(weigh(&history, 9, Decay::None), [(5, 3.0), (6, 1.0), (7, 1.0)]);
        assert_eq!(weigh(&[event(5, Hide, Some(0), 0)], 9, Decay::None), []);
    }

    #[test]
    fn what_lies_beyond_the_window_still_adds_to_what_lies_within() {
        use EventKind::{Click, View};
        let items = [5, 6, 7, 6, 5, 8, 7, 5];
        let kinds = [View, Click];
        let history: Vec<KnownEvent> =
            (0..).zip(items).map(|(n, item)| event(item, kinds[n as usize % 2], Some(n), n)).collect();
        assert_eq!(weigh(&history, 2, Decay::None), [(5, 4.0), (6, 4.0)]);
        assert_eq!(weigh(&history, 3, Decay::None), [(5, 4.0), (6, 4.0), (7, 2.0)]);
        assert_eq!(weigh(&history, 9, Decay::None), [(5, 4.0), (6, 4.0), (7, 2.0), (8, 2.0)]);
        assert_eq!(weigh(&history, 0, Decay::None), []);
    }

    #[test]
    fn without_ages_no_order_is_assumed() {
        let history = [event(5, EventKind::View, None, 0), event(6, EventKind::View, None, 1)];
        assert_eq!(weigh(&history, 9, Decay::Position(1.0)), [(5, 1.0), (6, 1.0)]);
        assert_eq!(weigh(&history, 9, Decay::Age(1.0)), [(5, 1.0), (6, 1.0)]);
    }

    #[test]
    fn age_halves_by_the_half_life_of_the_kind() {
        let week = 7 * 24 * 60;
        let history = [event(5, EventKind::View, Some(week), 0), event(6, EventKind::Cart, Some(2 * week), 1)];
        assert_eq!(weigh(&history, 9, Decay::Age(1.0)), [(5, 0.5), (6, 2.5)]);
    }
}

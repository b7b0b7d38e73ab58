//! What of a log item-to-item tables are made of, where not all of it: robots, old events, fading. Owns what is left out; the
//! formulas are the tables'.

use std::borrow::Cow;

use crate::model::Interactions;
use crate::sparse::Csr;

const MINUTES_PER_DAY: f64 = 24.0 * 60.0;

/// The log without the events that its pairing leaves out; rows of users and items stay.
pub fn paired(log: &Interactions) -> Cow<'_, Interactions> {
    let pairing = &log.pairing;
    if !log.ordered || (pairing.window_days.is_none() && pairing.max_per_minute.is_none()) {
        return Cow::Borrowed(log);
    }
    let newest = log.events.iter().filter_map(|event| event.minute).max().unwrap_or(0);
    let since =
        pairing.window_days.map_or(0, |days| newest.saturating_sub(days.saturating_mul(MINUTES_PER_DAY as u32)));
    let mut left = Interactions { offsets: vec![0], events: Vec::new(), ..log.clone() };
    for user in 0..log.users.len() {
        let own = log.user(user);
        let is_robot = pairing
            .max_per_minute
            .is_some_and(|most| own.chunk_by(|a, b| a.minute == b.minute).any(|minute| minute.len() > most as usize));
        let kept = own.iter().filter(|event| !is_robot && event.minute.is_some_and(|minute| minute >= since));
        left.events.extend(kept.copied());
        left.offsets.push(left.events.len());
    }
    Cow::Owned(left)
}

/// Of every event `2^(-(newest - t) / half-life)`; 1 without a half-life or without times.
pub fn fades(log: &Interactions, half_life_days: Option<f32>) -> Vec<f32> {
    let newest = log.events.iter().filter_map(|event| event.minute).max();
    let (true, Some(days), Some(newest)) = (log.ordered, half_life_days, newest) else {
        return vec![1.0; log.events.len()];
    };
    let fade = |minute: u32| (-(f64::from(newest - minute) / MINUTES_PER_DAY) / f64::from(days)).exp2() as f32;
    log.events.iter().map(|event| fade(event.minute.unwrap_or(0)).max(f32::MIN_POSITIVE)).collect()
}

/// Users x items, one cell per user and item however often they met; its value is the fade of their newest event.
pub fn fading(log: &Interactions, half_life_days: Option<f32>) -> Csr {
    let fades = fades(log, half_life_days);
    let mut cells = Csr::from_log(log);
    cells.values.fill(0.0);
    for user in 0..cells.rows() {
        let start = cells.offsets[user];
        let own = log.offsets[user]..log.offsets[user + 1];
        for (event, &fade) in log.events[own.clone()].iter().zip(&fades[own]) {
            let cell = cells.row(user).0.binary_search(&event.item).expect("every event has its cell");
            let value = &mut cells.values[start + cell];
            *value = value.max(fade);
        }
    }
    cells
}

#[cfg(test)]
#[path = "pairing_tests.rs"]
mod tests;

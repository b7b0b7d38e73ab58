//! What was shown to whom beside which item, and whether it was clicked. Owns the rule of a click, and the memory of exposures while
//! a log streams by; what is made of the counts is the stages' business.

use std::collections::HashMap;

use anyhow::Result;

use super::events::LogRow;
use super::interner::Interner;
use crate::model::Exposure;

/// How long after it was last shown an interaction with an item counts as its click: the usual length of a visit.
const WINDOW: i64 = 30 * 60 * 1000;

/// Exposures of a log. Memory grows with distinct (user, trigger, target), and not with rows: pairs need distinct users in any case.
#[derive(Debug, Default)]
pub struct Exposures {
    users: Interner,
    items: Interner,
    places: HashMap<Place, Seen>,
}

/// Who was shown what, beside what; by number of the interners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Place {
    user: u32,
    trigger: Option<u32>,
    item: u32,
}

/// What is known of a place. Nothing in it depends on the order of rows.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// First and last exposure, in milliseconds; 0 where the log has no times.
    shown: Option<(i64, i64)>,
    /// First and last interaction that names this trigger itself.
    named: Option<(i64, i64)>,
}

/// An interaction that names no trigger, as the log counts rows.
#[derive(Clone, Copy, Debug)]
pub struct Met {
    /// Row of the item.
    pub item: u32,
    /// 0 where the log has no times.
    pub millis: i64,
}

impl Exposures {
    /// Takes an exposure, or an interaction that names its trigger.
    pub fn add(&mut self, row: &LogRow<'_>) -> Result<()> {
        let trigger = row.trigger.map(|key| self.items.row(key)).transpose()?;
        let place = Place { user: self.users.row(&row.user)?, trigger, item: self.items.row(row.item)? };
        let seen = self.places.entry(place).or_default();
        let span = if row.is_exposure() { &mut seen.shown } else { &mut seen.named };
        let at = row.millis.unwrap_or(0);
        *span = Some(span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
        Ok(())
    }

    /// The exposures of known items, one for each user, trigger and item, however often it was shown.
    ///
    /// It was clicked if the user interacted with the item in any positive way, between its first exposure beside that trigger and
    /// half an hour after the last one, and the interaction names that trigger or none. Without times any such interaction counts.
    /// `met` gives the interactions of a user that name no trigger. Users whom the log knows by exposures alone get rows behind the
    /// others'; items that nobody met are left out, for no table can lead to them.
    pub fn finish<M: Iterator<Item = Met>>(
        self,
        users: &[String],
        items: &[String],
        met: impl Fn(usize) -> M,
    ) -> Vec<Exposure> {
        let row =
            |rows: &[String], key: &str| rows.binary_search_by(|row| row.as_str().cmp(key)).ok().map(|row| row as u32);
        let own_users = in_rows(self.users, users);
        let item_rows: Vec<Option<u32>> = self.items.into_keys().iter().map(|key| row(items, key)).collect();
        let mut all = Vec::with_capacity(self.places.len());
        for (place, seen) in self.places {
            let trigger = place.trigger.map(|trigger| item_rows[trigger as usize]);
            let (Some((first, last)), Some(item)) = (seen.shown, item_rows[place.item as usize]) else { continue };
            if trigger == Some(None) {
                continue;
            }
            let user = own_users[place.user as usize];
            let is_soon = |millis: i64| (first..=last.saturating_add(WINDOW)).contains(&millis);
            // Of several clicks that name the trigger, one within the span is enough: the two ends tell all but odd cases.
            let named = seen.named.is_some_and(|(first, last)| is_soon(first) || is_soon(last));
            let mut own = ((user as usize) < users.len()).then(|| met(user as usize)).into_iter().flatten();
            let clicked = named || own.any(|met| met.item == item && is_soon(met.millis));
            all.push(Exposure { trigger: trigger.flatten(), item, user, clicked });
        }
        all.sort_unstable();
        all
    }
}

/// The row of each user by number of the interner: where `users` has it, else behind them, in key order.
fn in_rows(own: Interner, users: &[String]) -> Vec<u32> {
    let keys = own.into_keys();
    let mut strangers: Vec<&String> = keys.iter().filter(|key| users.binary_search(key).is_err()).collect();
    strangers.sort_unstable();
    let row = |key: &String| match users.binary_search(key) {
        Ok(row) => row as u32,
        Err(_) => (users.len() + strangers.partition_point(|stranger| *stranger < key)) as u32,
    };
    keys.iter().map(row).collect()
}

#[cfg(test)]
#[path = "exposures_tests.rs"]
mod tests;

//! A log in memory. Owns the order of events and the bounded memory in which a large log is sorted.
//!
//! Twenty million events take about a gigabyte at the peak: keys are held once, events as numbers.

use std::path::Path;

use anyhow::{Result, bail};

use super::Reading;
use super::events::{EventReader, LogSummary};
use super::exposures::{Exposures, Met};
use super::interner::{Interner, ranks};
use super::time::minute;
use crate::config::InputConfig;
use crate::model::{Event, Interactions, Pairing};

/// One event before it is sorted.
#[derive(Clone, Copy, Debug)]
struct RawEvent {
    user: u32,
    item: u32,
    /// 0 where the log is not ordered.
    millis: i64,
    weight: f32,
    taken: bool,
    /// Whether the row says where it was clicked; exposures know of it then.
    named: bool,
}

/// Reads the positive interactions of a log, and what was shown. Other rows of a kind with a weight of zero or less are counted and
/// left out.
pub fn read_log(path: &Path, config: &InputConfig, reading: Reading<'_>) -> Result<(Interactions, LogSummary)> {
    let mut users = Interner::default();
    let mut items = Interner::default();
    let mut events = Vec::new();
    let mut exposures = Exposures::default();
    let summary = EventReader::open(path, config, reading)?.each("reading the log", |row| {
        let named = row.weight > 0.0 && row.trigger.is_some();
        if row.is_exposure() || named {
            exposures.add(&row)?;
        }
        if row.weight > 0.0 {
            events.push(RawEvent {
                user: users.row(&row.user)?,
                item: items.row(row.item)?,
                millis: row.millis.unwrap_or(0),
                weight: row.weight,
                taken: row.takes(),
                named,
            });
        }
        Ok(())
    })?;
    if events.is_empty() {
        let kinds: Vec<_> = summary.not_positive.keys().map(|kind| format!("`{kind}`")).collect();
        bail!(
            "{}: no positive interaction among {} rows, only {}; give the kinds that count a weight above 0 in [input] weights",
            summary.file,
            summary.rows,
            kinds.join(", ")
        );
    }
    let _stage = reading.progress.spinner("sorting the log");
    let interactions = by_user(users.into_keys(), items.into_keys(), events, summary.ordered, exposures);
    Ok((interactions, summary))
}

/// Rows in key order, counting sort by user, then each user's events by time and item.
fn by_user(
    users: Vec<String>,
    items: Vec<String>,
    mut raw: Vec<RawEvent>,
    ordered: bool,
    exposures: Exposures,
) -> Interactions {
    let ((users, user_rows), (items, item_rows)) = (in_key_order(users), in_key_order(items));
    for event in &mut raw {
        event.user = user_rows[event.user as usize];
        event.item = item_rows[event.item as usize];
    }
    let mut offsets = vec![0_usize; users.len() + 1];
    for event in &raw {
        offsets[event.user as usize + 1] += 1;
    }
    for user in 0..users.len() {
        offsets[user + 1] += offsets[user];
    }
    let mut next = offsets.clone();
    let mut sorted = raw.clone();
    for event in &raw {
        let place = &mut next[event.user as usize];
        sorted[*place] = *event;
        *place += 1;
    }
    drop((raw, next));
    for bounds in offsets.windows(2) {
        sorted[bounds[0]..bounds[1]].sort_unstable_by(|left, right| {
            let key = |event: &RawEvent| (event.millis, event.item);
            // The weight only settles what the same item at the same time leaves open, so that no file order shows.
            key(left).cmp(&key(right)).then(left.weight.total_cmp(&right.weight)).then(left.taken.cmp(&right.taken))
        });
    }
    let exposures = exposures.finish(&users, &items, |user| {
        let own = &sorted[offsets[user]..offsets[user + 1]];
        own.iter().filter(|event| !event.named).map(|event| Met { item: event.item, millis: event.millis })
    });
    let event = |raw: RawEvent| Event {
        item: raw.item,
        minute: ordered.then(|| minute(raw.millis)),
        weight: raw.weight,
        taken: raw.taken,
    };
    Interactions {
        users,
        items,
        offsets,
        events: sorted.into_iter().map(event).collect(),
        exposures,
        ordered,
        pairing: Pairing::default(),
    }
}

/// Keys in byte order, and where each of them went. Sums of floats, ties and seeds follow the rows, so that rows in order
/// of appearance would let the order of the file show in the build.
fn in_key_order(mut keys: Vec<String>) -> (Vec<String>, Vec<u32>) {
    let rows = ranks(&keys);
    keys.sort_unstable();
    (keys, rows)
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;

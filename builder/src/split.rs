//! Train, history and test. Owns the decision into which file a row of the log goes; reads and writes nothing.
//!
//! History is what the recommender may see of the test users. It is a part of train, but for the strict protocol, where
//! training sees nothing of the event before the last, and for whole sessions, which are new to the recommender. Only
//! positive interactions are tested; a row that is none (`hide`, `shown`) goes with the history or is left out, never
//! into the test.

mod last;

use anyhow::{Result, bail};

use crate::splitmix;
use last::Ends;

/// How to split.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum By {
    /// One moment for all: about `share` of the events lie after it.
    Time {
        /// Part of the events to test with.
        share: f64,
        /// Keep the events of a user together, since they are one session: a session that ends before the moment is
        /// train, any other is history but for its last event, which is test.
        whole: bool,
    },
    /// The last event of each user.
    Last {
        /// Training sees nothing of the event before the last either, which the history ends with.
        strict: bool,
    },
    /// A seeded part of each user's items.
    Random {
        /// Part of the items to test with.
        share: f64,
        /// Another seed gives another split.
        seed: u64,
    },
}

/// One row of the log.
#[derive(Clone, Copy, Debug)]
pub struct SplitRow {
    /// Row in the list of user keys.
    pub user: u32,
    /// Row in the list of item keys.
    pub item: u32,
    /// Time; 0 where there is none.
    pub millis: i64,
    /// True for a positive interaction.
    pub positive: bool,
}

/// Where a row goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Into train.
    Train,
    /// Into train and history: its user is tested.
    History,
    /// Into history alone: the recommender may see it, training may not.
    Past,
    /// Into test.
    Test,
    /// Nowhere.
    Left,
}

/// The parts of all rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// `parts[i]` is where row `i` goes.
    pub parts: Vec<Part>,
    /// First moment of the test, where one moment splits all.
    pub cut: Option<i64>,
}

/// Decides for every row. `users` and `items` are the keys behind the row numbers; the order of the rows has no say.
pub fn split(rows: &[SplitRow], users: &[String], items: &[String], by: By) -> Result<Split> {
    let ends = Ends::of(rows, users.len(), items);
    let (mut parts, cut) = match by {
        By::Time { share, whole: false } => {
            let cut = moment(rows, share, |row| row.millis)?;
            let later = rows.iter().map(|row| if row.millis < cut { Part::Train } else { Part::Test });
            (later.collect(), Some(cut))
        }
        By::Time { share, whole: true } => {
            let cut = moment(rows, share, |row| ends.end(row))?;
            (rows.iter().map(|row| ends.whole(row, cut)).collect(), Some(cut))
        }
        By::Last { strict } => (rows.iter().map(|row| ends.leave_out(row, strict)).collect(), None),
        By::Random { share, seed } => (random(rows, users, items, share, seed), None),
    };
    settle(rows, users.len(), &mut parts, cut.is_some());
    if !parts.contains(&Part::Test) {
        let why = match by {
            By::Time { whole: false, .. } => {
                "no user has events on both sides of the cut; try --by last, --by random, or --sessions where users are sessions"
            }
            By::Time { whole: true, .. } => {
                "no session after the cut has two events at different times or with different items"
            }
            By::Last { .. } => "no user has two events at different times or with different items",
            By::Random { .. } => "no user has two different items",
        };
        bail!("the log cannot be split: {why}");
    }
    Ok(Split { parts, cut })
}

/// The moment that comes nearest to `share`, with events on both sides, by the time that each row counts with.
fn moment(rows: &[SplitRow], share: f64, time_of: impl Fn(&SplitRow) -> i64) -> Result<i64> {
    let mut times: Vec<i64> = rows.iter().filter(|row| row.positive).map(time_of).collect();
    times.sort_unstable();
    let wanted = (times.len() as f64 * (1.0 - share)).round() as usize;
    let Some(&at) = times.get(wanted.min(times.len().saturating_sub(1))) else {
        bail!("the log cannot be split: it has no positive interaction");
    };
    let (before, after) = (times.partition_point(|&time| time < at), times.partition_point(|&time| time <= at));
    let down = (before > 0).then_some(before);
    let up = (after < times.len()).then_some(after);
    match [down, up].into_iter().flatten().min_by_key(|place| place.abs_diff(wanted)) {
        Some(place) => Ok(times[place]),
        None => {
            bail!("the log cannot be split by time: all events have the same time; try --by random")
        }
    }
}

/// Marks the items of each user that a hash of seed, user and item puts first: no file order, no state.
fn random(rows: &[SplitRow], users: &[String], items: &[String], share: f64, seed: u64) -> Vec<Part> {
    let mut pairs: Vec<(u32, u64, u32)> = rows
        .iter()
        .filter(|row| row.positive)
        .map(|row| {
            let chance = hash(seed, &users[row.user as usize], &items[row.item as usize]);
            (row.user, chance, row.item)
        })
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut tested = Vec::new();
    for user in pairs.chunk_by(|left, right| left.0 == right.0) {
        if user.len() > 1 {
            let count = ((user.len() as f64 * share).round() as usize).clamp(1, user.len() - 1);
            tested.extend(user[..count].iter().map(|pair| (pair.0, pair.2)));
        }
    }
    tested.sort_unstable();
    let part = |row: &SplitRow| match tested.binary_search(&(row.user, row.item)) {
        Ok(_) => Part::Test,
        Err(_) => Part::Train,
    };
    rows.iter().map(part).collect()
}

/// Makes of the marks what the module promises: tests are positive and have a history, histories have a test.
fn settle(rows: &[SplitRow], users: usize, parts: &mut [Part], future: bool) {
    let mut seen = vec![(false, false); users];
    for (row, part) in rows.iter().zip(&*parts).filter(|(row, _)| row.positive) {
        let (history, test) = &mut seen[row.user as usize];
        *history |= matches!(part, Part::Train | Part::Past);
        *test |= *part == Part::Test;
    }
    for (row, part) in rows.iter().zip(parts) {
        *part = match (*part, seen[row.user as usize]) {
            (Part::Train, (true, true)) => Part::History,
            (Part::Test, (true, _)) if row.positive => Part::Test,
            // Nobody may learn from what lies after the one moment; a user with one event can still be learnt from.
            (Part::Test, (false, _)) if row.positive && !future => Part::Train,
            (Part::Test, _) => Part::Left,
            (part, _) => part,
        };
    }
}

/// FNV-1a over the three, then the finaliser of SplitMix64.
fn hash(seed: u64, user: &str, item: &str) -> u64 {
    let bytes = seed.to_le_bytes().into_iter().chain(user.bytes()).chain([0xFF]).chain(item.bytes());
    let mixed = bytes
        .fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
    splitmix::mix(mixed)
}

#[cfg(test)]
#[path = "split_tests.rs"]
mod tests;

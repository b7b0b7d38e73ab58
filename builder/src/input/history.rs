//! What `evaluate` replays: per user the events that the recommender sees, and the items that it should find.
//! Owns the pairing of the two files; scores nothing.

use std::path::Path;

use anyhow::{Result, bail};
use serde::Serialize;

use super::Reading;
use super::events::{EventReader, LogSummary};
use super::interner::{Interner, ranks};
use super::time::minute;
use crate::config::InputConfig;

/// All users to replay, with the names that their rows use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replays {
    /// Item keys.
    pub items: Vec<String>,
    /// Kinds of events in lower case; an empty string where the log has none.
    pub kinds: Vec<String>,
    /// The users, in order of first appearance in the history, then in the test file.
    pub users: Vec<Replay>,
    /// True where the history has times.
    pub ordered: bool,
}

/// One user to replay.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// The user key.
    pub user: String,
    /// Events that may be seen: oldest first (ties by item key), by item key where there are no times. May be empty.
    /// Events that are no positive interactions (`hide`, `shown`) are among them.
    pub history: Vec<PastEvent>,
    /// Items to find, each once, by item key. Never empty.
    pub test: Vec<u32>,
}

/// One event of a history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PastEvent {
    /// Row in [`Replays::items`].
    pub item: u32,
    /// Row in [`Replays::kinds`].
    pub kind: u32,
    /// Minutes since the Unix epoch.
    pub minute: Option<u32>,
    /// Weight as the log and the configuration have it; zero or less for `shown` and `hide`.
    pub weight: f32,
}

/// What was found in the two files.
#[derive(Clone, Debug, Serialize)]
pub struct ReplaySummary {
    /// The history file.
    pub history: LogSummary,
    /// The test file.
    pub test: LogSummary,
    /// Users with something to find.
    pub users: usize,
    /// Those of them without any history.
    pub without_history: usize,
    /// Users of the history file with nothing to find, left out.
    pub without_test: usize,
}

/// An event with all that its order depends on.
struct Timed {
    user: u32,
    millis: i64,
    event: PastEvent,
}

/// Reads both files; only positive interactions of the test file are items to find.
pub fn read_replays(
    history: &Path,
    test: &Path,
    config: &InputConfig,
    reading: Reading<'_>,
) -> Result<(Replays, ReplaySummary)> {
    let (mut users, mut items, mut kinds) = (Interner::default(), Interner::default(), Interner::default());
    let mut past = Vec::new();
    let history = EventReader::open(history, config, reading)?.each("reading histories", |row| {
        let event = PastEvent {
            item: items.row(row.item)?,
            kind: kinds.row(&row.kind)?,
            minute: row.millis.map(minute),
            weight: row.weight,
        };
        past.push(Timed { user: users.row(&row.user)?, millis: row.millis.unwrap_or(0), event });
        Ok(())
    })?;
    let mut wanted = Vec::new();
    let test = EventReader::open(test, config, reading)?.each("reading tests", |row| {
        if row.weight > 0.0 {
            wanted.push((users.row(&row.user)?, items.row(row.item)?));
        }
        Ok(())
    })?;
    if wanted.is_empty() {
        bail!("{}: no positive interaction, so there is nothing to find", test.file);
    }

    let (items, kinds) = (items.into_keys(), kinds.into_keys());
    let (item_rank, kind_rank) = (ranks(&items), ranks(&kinds));
    past.sort_unstable_by(|left, right| {
        let key =
            |it: &Timed| (it.user, it.millis, item_rank[it.event.item as usize], kind_rank[it.event.kind as usize]);
        key(left).cmp(&key(right)).then(left.event.weight.total_cmp(&right.event.weight))
    });
    wanted.sort_unstable_by_key(|&(user, item)| (user, item_rank[item as usize]));
    wanted.dedup();

    let mut replays: Vec<_> =
        users.into_keys().into_iter().map(|user| Replay { user, history: Vec::new(), test: Vec::new() }).collect();
    for it in past {
        replays[it.user as usize].history.push(it.event);
    }
    for (user, item) in wanted {
        replays[user as usize].test.push(item);
    }
    let all = replays.len();
    replays.retain(|replay| !replay.test.is_empty());
    let summary = ReplaySummary {
        users: replays.len(),
        without_history: replays.iter().filter(|replay| replay.history.is_empty()).count(),
        without_test: all - replays.len(),
        history,
        test,
    };
    Ok((Replays { items, kinds, users: replays, ordered: summary.history.ordered }, summary))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Files;
    use super::*;

    fn read(history: &str, test: &str) -> Result<(Replays, ReplaySummary), String> {
        let files = Files::empty();
        let (history, test) = (files.file("history.csv", history), files.file("test.csv", test));
        read_replays(&history, &test, &InputConfig::default(), files.lenient()).map_err(|error| error.to_string())
    }

    #[test]
    fn histories_and_tests_meet_by_user() {
        let (replays, summary) = read(
            "user,item,type,time\nu1,b,view,120\nu1,a,cart,60\nu3,x,view,1\nu1,c,hide,180\n",
            "user,item,type,time\nu2,n,view,200\nu1,z,view,200\nu1,b,view,300\nu1,z,view,400\nu1,q,hide,500\n",
        )
        .unwrap();
        let names = |rows: Vec<u32>| rows.iter().map(|&row| replays.items[row as usize].as_str()).collect::<Vec<_>>();
        assert_eq!(replays.users.len(), 2);
        let first = &replays.users[0];
        assert_eq!(first.user, "u1");
        assert_eq!(names(first.history.iter().map(|event| event.item).collect()), ["a", "b", "c"]);
        assert_eq!(names(first.test.clone()), ["b", "z"]);
        assert_eq!(replays.kinds[first.history[0].kind as usize], "cart");
        assert_eq!((first.history[0].minute, first.history[0].weight), (Some(1), 5.0));
        assert_eq!(first.history[2].weight, -4.0);
        assert_eq!((replays.users[1].user.as_str(), replays.users[1].history.len()), ("u2", 0));
        assert_eq!((summary.users, summary.without_history, summary.without_test), (2, 1, 1));
        assert!(replays.ordered);
    }

    #[test]
    fn a_test_without_positives_is_an_error() {
        let message = read("user,item\nu,a\n", "user,item,type\nu,b,hide\n").unwrap_err();
        assert!(message.contains("test.csv: no positive interaction, so there is nothing to find"), "{message}");
    }

    #[test]
    fn histories_without_times_are_ordered_by_key() {
        let (replays, _) = read("user,item\nu,b\nu,a\n", "user,item\nu,c\n").unwrap();
        let order: Vec<_> = replays.users[0].history.iter().map(|event| (event.item, event.minute)).collect();
        assert_eq!(order, [(1, None), (0, None)]);
        assert!(!replays.ordered);
    }
}

//! What `split` answers: the counts of its parts, for machines and for people.

use std::path::Path;

use serde::Serialize;

use super::split::{ByArg, Protocol};
use crate::input::events::LogSummary;
use crate::split::{Part, SplitRow};

/// The answer, and the content of split.json.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    pub(super) by: ByArg,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seed: Option<u64>,
    /// What training may see, where the last event is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) protocol: Option<Protocol>,
    /// Each session is wholly on one side of the moment.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) sessions: bool,
    /// First moment of the test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cut: Option<String>,
    pub(super) train: Count,
    pub(super) history: Count,
    pub(super) test: Count,
    /// Good rows that went nowhere.
    pub(super) left_out: u64,
    /// Test rows whose item is in the history of the same user: a recommender that leaves out seen items cannot find them.
    pub(super) test_seen_before: u64,
    /// Test rows whose item no train row has: nothing learnt from train can find them.
    pub(super) test_unknown_items: u64,
    pub(super) rows: u64,
    pub(super) bad_rows: u64,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Count {
    pub(super) events: u64,
    pub(super) users: u64,
}

/// Counts what went where; what was asked for is the caller's to fill in.
pub(super) fn count(rows: &[SplitRow], parts: &[Part], users: usize, items: usize, log: &LogSummary) -> Answer {
    let tally = |wanted: &[Part]| {
        let mut seen = vec![false; users];
        let mut count = Count::default();
        for (row, _) in rows.iter().zip(parts).filter(|(_, part)| wanted.contains(part)) {
            count.events += 1;
            count.users += u64::from(!std::mem::replace(&mut seen[row.user as usize], true));
        }
        count
    };
    let mut known = vec![false; items];
    let mut histories = Vec::new();
    for (row, part) in rows.iter().zip(parts).filter(|(row, _)| row.positive) {
        known[row.item as usize] |= matches!(part, Part::Train | Part::History);
        if matches!(part, Part::History | Part::Past) {
            histories.push((row.user, row.item));
        }
    }
    histories.sort_unstable();
    let tested = || rows.iter().zip(parts).filter(|(_, part)| **part == Part::Test).map(|(row, _)| row);
    Answer {
        by: ByArg::Last,
        share: None,
        seed: None,
        protocol: None,
        sessions: false,
        cut: None,
        train: tally(&[Part::Train, Part::History]),
        history: tally(&[Part::History, Part::Past]),
        test: tally(&[Part::Test]),
        left_out: parts.iter().filter(|part| **part == Part::Left).count() as u64,
        test_seen_before: tested().filter(|row| histories.binary_search(&(row.user, row.item)).is_ok()).count() as u64,
        test_unknown_items: tested().filter(|row| !known[row.item as usize]).count() as u64,
        rows: log.rows,
        bad_rows: log.bad_rows.count(),
    }
}

/// The answer for people.
pub(super) fn text(answer: &Answer, out: &Path) -> String {
    let mut text = format!("{}: {} rows", out.display(), answer.rows);
    if let Some(cut) = &answer.cut {
        text.push_str(&format!(", test from {cut}"));
        text.push_str(if answer.sessions { ", sessions kept whole" } else { "" });
    }
    for (name, count) in [("train", &answer.train), ("history", &answer.history), ("test", &answer.test)] {
        text.push_str(&format!("\n  {name:<8} {:>10} events {:>9} users", count.events, count.users));
    }
    for (count, what) in [
        (answer.left_out, "rows left out: no history, or no positive interaction after the cut"),
        (answer.test_seen_before, "test events with an item of the user's own history"),
        (answer.test_unknown_items, "test events with an item that train does not hold"),
        (answer.bad_rows, "bad rows left out"),
    ] {
        if count > 0 {
            text.push_str(&format!("\n  {count} {what}"));
        }
    }
    text
}

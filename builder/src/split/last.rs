//! The last events of each user. Owns leaving them out; the rest of a split is decided in `split.rs`.

use super::{Part, SplitRow};
use crate::input::interner::ranks;

/// Orders the events of a user: by time, then by item key. Rows with the same moment are one event.
type Moment = (i64, u32);

/// The newest positive events of one user that differ in time or item.
#[derive(Clone, Copy, Debug, Default)]
struct Newest {
    last: Option<Moment>,
    before: Option<Moment>,
}

impl Newest {
    fn add(&mut self, moment: Moment) {
        if Some(moment) > self.last {
            self.before = self.last.replace(moment);
        } else if Some(moment) < self.last {
            self.before = self.before.max(Some(moment));
        }
    }
}

/// Where each user's end lies.
pub(super) struct Ends {
    rank: Vec<u32>,
    newest: Vec<Newest>,
}

impl Ends {
    /// Finds them.
    pub(super) fn of(rows: &[SplitRow], users: usize, items: &[String]) -> Self {
        let mut ends = Self { rank: ranks(items), newest: vec![Newest::default(); users] };
        for row in rows.iter().filter(|row| row.positive) {
            let moment = ends.moment(row);
            ends.newest[row.user as usize].add(moment);
        }
        ends
    }

    fn moment(&self, row: &SplitRow) -> Moment {
        (row.millis, self.rank[row.item as usize])
    }

    /// The time of the user's last positive event; that of the row where there is none.
    pub(super) fn end(&self, row: &SplitRow) -> i64 {
        self.newest[row.user as usize].last.map_or(row.millis, |last| last.0)
    }

    /// Marks the last event of each user as test. What is no positive interaction is left out from that moment on. `strict`
    /// keeps from training what the user did from the last event but one on.
    pub(super) fn leave_out(&self, row: &SplitRow, strict: bool) -> Part {
        let Newest { last, before } = self.newest[row.user as usize];
        let moment = Some(self.moment(row));
        let later = |than: Option<Moment>| than.is_some_and(|than| row.millis >= than.0);
        match row.positive {
            true if moment == last => Part::Test,
            false if later(last) => Part::Left,
            true if strict && moment == before => Part::Past,
            false if strict && later(before) => Part::Past,
            _ => Part::Train,
        }
    }

    /// Marks whole sessions: train where they end before `cut`, else the last event is test and the rest history.
    pub(super) fn whole(&self, row: &SplitRow, cut: i64) -> Part {
        if self.end(row) < cut {
            return Part::Train;
        }
        match self.leave_out(row, false) {
            Part::Train => Part::Past,
            part => part,
        }
    }
}

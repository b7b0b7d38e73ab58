//! How many users were shown a target beside a trigger, and how many took it. Owns what stands for an exposure where the log has
//! none; weighs nothing.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::model::{I2iTable, Interactions};
use crate::sparse::Scatter;
use crate::stages::places::Places;

/// Events after a trigger within which a target is met soon.
const SOON: usize = 20;

/// What tells whether a target suits a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// What was shown, and clicked.
    Exposures,
    /// What was met, and put into the cart or bought.
    Conversions,
}

/// What a log can tell by; `None` where nobody clicked what was shown, and nothing was taken in any order.
pub fn evidence_of(log: &Interactions) -> Option<Evidence> {
    if log.exposures.iter().any(|shown| shown.clicked) {
        return Some(Evidence::Exposures);
    }
    (log.ordered && log.events.iter().any(|event| event.taken)).then_some(Evidence::Conversions)
}

/// Distinct users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Who were shown it.
    pub shown: u32,
    /// Who took it.
    pub clicked: u32,
}

impl Tally {
    fn add(&mut self, clicked: bool) {
        self.shown += 1;
        self.clicked += u32::from(clicked);
    }

    /// The share that took it; `None` where nobody did.
    pub fn rate(self) -> Option<f32> {
        (self.clicked > 0).then(|| self.clicked as f32 / self.shown as f32)
    }

    /// The share that took it, if `prior` more users had taken it at this `rate`.
    pub fn towards(self, rate: f32, prior: f32) -> f32 {
        (self.clicked as f32 + prior * rate) / (self.shown as f32 + prior)
    }
}

/// The counts of a log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// Of every target, place by place as in the rows of the table that was asked for.
    pub pairs: Vec<Vec<Tally>>,
    /// Of every item, beside whatever it was shown.
    pub items: Vec<Tally>,
    /// Of all items together.
    pub all: Tally,
}

impl Counts {
    /// Counts the pairs of a table.
    pub fn of(log: &Interactions, evidence: Evidence, table: &I2iTable) -> Counts {
        let (pairs, items) = match evidence {
            Evidence::Exposures => (exposed(log, table), exposed_items(log)),
            Evidence::Conversions => (converted(log, table), converted_items(log)),
        };
        let mut all = Tally::default();
        for item in &items {
            all.shown += item.shown;
            all.clicked += item.clicked;
        }
        Counts { pairs, items, all }
    }
}

fn exposed(log: &Interactions, table: &I2iTable) -> Vec<Vec<Tally>> {
    let row = |(item, row): (usize, &Vec<(u32, f32)>)| {
        let trigger = Some(item as u32);
        let start = log.exposures.partition_point(|shown| shown.trigger < trigger);
        let end = log.exposures.partition_point(|shown| shown.trigger <= trigger);
        let own = &log.exposures[start..end];
        let tally = |&(other, _): &(u32, f32)| {
            let mut tally = Tally::default();
            let from = own.partition_point(|shown| shown.item < other);
            own[from..].iter().take_while(|shown| shown.item == other).for_each(|shown| tally.add(shown.clicked));
            tally
        };
        row.iter().map(tally).collect()
    };
    table.rows.par_iter().enumerate().map(row).collect()
}

/// Users who were shown an item beside several others count once.
fn exposed_items(log: &Interactions) -> Vec<Tally> {
    let mut shown: Vec<(u32, u32, bool)> = log.exposures.iter().map(|it| (it.item, it.user, it.clicked)).collect();
    shown.par_sort_unstable();
    let mut items = vec![Tally::default(); log.items.len()];
    for own in shown.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        // Clicked comes after not clicked.
        let (item, _, clicked) = own[own.len() - 1];
        items[item as usize].add(clicked);
    }
    items
}

/// Who met the target within the next events after the trigger, and who took it there.
fn converted(log: &Interactions, table: &I2iTable) -> Vec<Vec<Tally>> {
    let places = Places::of(log);
    let row = |(sums, met): &mut (Scatter<Tally>, Vec<(u32, bool)>), (item, row): (usize, &Vec<(u32, f32)>)| {
        let own = if row.is_empty() { &[] } else { places.of_item(item) };
        for of_user in own.chunk_by(|&a, &b| places.users[a] == places.users[b]) {
            met.clear();
            let end = log.offsets[places.users[of_user[0]] as usize + 1];
            for &place in of_user {
                let next = place + 1;
                met.extend(log.events[next..end.min(next + SOON)].iter().map(|event| (event.item, event.taken)));
            }
            met.sort_unstable();
            for same in met.chunk_by(|a, b| a.0 == b.0) {
                // Taken comes after not taken.
                sums.slot(same[0].0).add(same[same.len() - 1].1);
            }
        }
        let tallies = row.iter().map(|&(other, _)| *sums.slot(other)).collect();
        sums.drain(|_, _| {});
        tallies
    };
    let buffers = || (Scatter::<Tally>::new(log.items.len()), Vec::new());
    table.rows.par_iter().enumerate().with_min_len(64).map_init(buffers, row).collect()
}

fn converted_items(log: &Interactions) -> Vec<Tally> {
    let mut items = vec![Tally::default(); log.items.len()];
    let mut met: Vec<(u32, bool)> = Vec::new();
    for user in 0..log.users.len() {
        met.clear();
        met.extend(log.user(user).iter().map(|event| (event.item, event.taken)));
        met.sort_unstable();
        for same in met.chunk_by(|a, b| a.0 == b.0) {
            items[same[0].0 as usize].add(same[same.len() - 1].1);
        }
    }
    items
}

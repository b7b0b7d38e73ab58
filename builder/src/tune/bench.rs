//! The users of the hold-out with everything that trials need of them. Owns who is replayed and how a list is judged; knows no family.

use edge_recall::candidate::{Candidate, CandidateList, ItemSet, Trigger};
use edge_recall::format::manifest::TriggerSpec;
use edge_recall::ids::{ChannelId, Ordinal};
use edge_recall::recaller::{KnownEvent, MAX_WALKS, triggers};
use edge_recall::topk::TopK;
use edge_recall::{EventKind, HistoryEvent, Recaller, fusion};
use rayon::prelude::*;

use super::K;
use super::holdout::{HeldOut, HoldOut, spread};
use super::report::Scores;
use crate::metrics::Metric;
use crate::model::{Event, I2iTable, Interactions, UserAttributes};
use crate::recipe::{WHOLE, Walk};
use crate::replay::Case;
use crate::sparse::Scatter;

/// Users that are replayed at most in a group. Trials of tables are quick enough for all of them, and gains of a percent show
/// among no fewer.
const MAX_CASES: usize = 8000;
/// Triggers of a group that a trial of a table goes through, about: where histories are long, fewer users are replayed.
const MAX_TRIGGERS: usize = 250_000;
/// Users that trials of vectors and of whole builds go through at most.
const MAX_COARSE: usize = 4000;
/// Users that are replayed at least, where there are as many.
const MIN_CASES: usize = 250;
/// Items that a trial of vectors goes through at most. Every user vector is held against every item, so that large catalogues
/// get fewer users; a group has all of [`MAX_COARSE`] up to 20,000 items.
const MAX_SCANNED: usize = 80_000_000;
/// Candidates of a channel that trials keep.
pub const DEPTH: usize = 100;
/// Cases that one thread takes at a time.
pub const CHUNK: usize = 32;

/// Users of a log that are replayed in a group.
pub fn cases(log: &Interactions) -> usize {
    let items = log.items.len();
    let history = (log.events.len() / log.users.len().max(1)).clamp(1, WHOLE.window as usize);
    (MAX_TRIGGERS / history).clamp(coarse(items), coarse(items) * (MAX_CASES / MAX_COARSE))
}

/// Users of a group that trials of vectors and of whole builds go through.
fn coarse(items: usize) -> usize {
    (MAX_SCANNED / items.max(1)).clamp(MIN_CASES, MAX_COARSE)
}

/// What one channel proposes: by group, by case; items by their rows in the log.
pub type Lists = Vec<Vec<CandidateList>>;

/// The users of the hold-out.
pub struct Bench<'a> {
    /// What they are held out of.
    pub held: &'a HoldOut,
    /// Their attributes.
    pub users: &'a UserAttributes,
    /// Users of a group that are replayed, evenly spread over those that were held out.
    limit: usize,
    /// By group.
    groups: Vec<Vec<Visitor>>,
}

/// One user as a device would see him.
struct Visitor {
    known: Vec<KnownEvent>,
    exclude: ItemSet,
    /// Rows to find, ascending.
    test: Vec<u32>,
}

impl<'a> Bench<'a> {
    /// Prepares all users of a hold-out.
    pub fn fine(held: &'a HoldOut, users: &'a UserAttributes) -> Bench<'a> {
        Bench::new(held, users, usize::MAX)
    }

    /// Prepares fewer of them, for trials that take longer.
    pub fn coarse(held: &'a HoldOut, users: &'a UserAttributes) -> Bench<'a> {
        Bench::new(held, users, coarse(held.train.items.len()))
    }

    fn new(held: &'a HoldOut, users: &'a UserAttributes, limit: usize) -> Bench<'a> {
        let visitor = |own: &HeldOut| Visitor {
            known: known_of(&own.history),
            exclude: own.history.iter().filter(|_| !held.returning).map(|event| Ordinal(event.item)).collect(),
            test: own.test.clone(),
        };
        let group = |group: &Vec<HeldOut>| spread(group.len(), limit).map(|place| visitor(&group[place])).collect();
        Bench { held, users, limit, groups: held.groups.iter().map(group).collect() }
    }

    /// The log that trials learn from.
    pub fn train(&self) -> &'a Interactions {
        &self.held.train
    }

    /// Triggers of all cases together, at most `window` each: what a trial of a table visits rows of.
    pub fn triggers(&self, window: u32) -> usize {
        let count = |visitor: &Visitor| visitor.known.len().min(window as usize);
        self.groups.iter().flatten().map(count).sum()
    }

    /// Items whose rows a trial opens.
    pub fn opened(&self) -> Vec<bool> {
        let mut opened = vec![false; self.train().items.len()];
        let known = self.groups.iter().flatten().flat_map(|visitor| &visitor.known);
        known.for_each(|event| opened[event.item.place()] = true);
        opened
    }

    /// What a walk over a table proposes, as the runtime's channel walks.
    pub fn of_walk(&self, table: &I2iTable, walk: &Walk) -> Lists {
        let window = walk.triggers.window.min(MAX_WALKS);
        self.lists(ChannelId::Walk, TriggerSpec { window, ..walk.triggers }, |triggers, sums| {
            for trigger in triggers {
                for &(step, first) in table.rows[trigger.item.place()].iter().take(walk.fan as usize) {
                    for &(target, second) in &table.rows[step as usize] {
                        *sums.slot(target) += trigger.weight * first * second;
                    }
                }
            }
        })
    }

    /// What offering the triggers again proposes.
    pub fn of_repeat(&self, spec: TriggerSpec) -> Lists {
        self.lists(ChannelId::Repeat, spec, |triggers, sums| {
            triggers.iter().for_each(|trigger| *sums.slot(trigger.item.0) += trigger.weight);
        })
    }

    /// The cases as requests to a recaller, by group.
    pub fn replayed(&self, recaller: &Recaller) -> Vec<Vec<Case>> {
        let case = |held: &HeldOut| held.case(self.train(), self.users, recaller, self.held.returning);
        let group = |group: &Vec<HeldOut>| spread(group.len(), self.limit).map(|place| case(&group[place])).collect();
        self.held.groups.iter().map(group).collect()
    }

    /// A channel that proposes nothing.
    pub fn nothing(channel: ChannelId) -> CandidateList {
        CandidateList { channel, candidates: Vec::new() }
    }

    /// Groups of cases.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Cases of a group.
    pub fn cases_of(&self, group: usize) -> usize {
        self.groups[group].len()
    }

    /// Cases of all groups.
    pub fn cases(&self) -> usize {
        self.groups.iter().map(Vec::len).sum()
    }

    /// What `propose` gives for the triggers of every case: it adds amounts to the sums of items.
    pub fn lists(
        &self,
        channel: ChannelId,
        spec: TriggerSpec,
        propose: impl Fn(&[Trigger], &mut Scatter<f32>) + Sync,
    ) -> Lists {
        let items = self.train().items.len();
        let list = |sums: &mut Scatter<f32>, visitor: &Visitor| {
            propose(&triggers(&visitor.known, &spec, &|_: EventKind| 1.0), sums);
            let mut top = TopK::new(DEPTH);
            sums.drain(|item, score| {
                let item = Ordinal(item);
                if score > 0.0 && top.admits(score) && !visitor.exclude.contains(item) {
                    top.push(Candidate { item, score });
                }
            });
            CandidateList { channel, candidates: top.into_sorted() }
        };
        let group = |visitors: &Vec<Visitor>| {
            let sums = || Scatter::<f32>::new(items);
            visitors.par_iter().with_min_len(CHUNK).map_init(sums, list).collect()
        };
        self.groups.iter().map(group).collect()
    }

    /// What the rows of a table propose.
    pub fn of_table(&self, channel: ChannelId, table: &I2iTable, spec: TriggerSpec) -> Lists {
        self.lists(channel, spec, |triggers, sums| {
            for trigger in triggers {
                for &(target, weight) in &table.rows[trigger.item.place()] {
                    *sums.slot(target) += trigger.weight * weight;
                }
            }
        })
    }

    /// How well one channel finds what is held out.
    pub fn judge(&self, lists: &Lists) -> Scores {
        self.scores(|group, case| lists[group][case].candidates.iter().take(K).map(|c| c.item.0).collect())
    }

    /// How well channels find it together, merged as the runtime merges: `lists[group][case]` holds the lists of all channels.
    pub fn judge_merged(
        &self,
        lists: &[Vec<Vec<CandidateList>>],
        weight_of: impl Fn(ChannelId) -> f32 + Sync,
    ) -> Scores {
        self.scores(|group, case| merged(&lists[group][case], &weight_of))
    }

    fn scores(&self, ranked: impl Fn(usize, usize) -> Vec<u32> + Sync) -> Scores {
        let mut scores = Scores::default();
        for (group, visitors) in self.groups.iter().enumerate() {
            scores.add_group(visitors, |case, visitor| judged(&ranked(group, case), &visitor.test));
        }
        scores
    }
}

/// The items of the merged list, best first.
pub fn merged(lists: &[CandidateList], weight_of: impl Fn(ChannelId) -> f32) -> Vec<u32> {
    fusion::weighted(lists, weight_of, K).iter().map(|fused| fused.item.0).collect()
}

/// NDCG and recall of one list; `test` ascending.
pub fn judged(ranked: &[u32], test: &[u32]) -> [f64; 2] {
    [Metric::Ndcg, Metric::Recall].map(|metric| metric.of(ranked, test, K))
}

/// Events of a log (oldest first) as the runtime knows them: newest first, `now` at the newest event. The log in memory has no
/// event types, so all are views.
fn known_of(events: &[Event]) -> Vec<KnownEvent> {
    let now = events.iter().filter_map(|event| event.minute).max();
    let known = |(source, event): (u32, &Event)| KnownEvent {
        item: Ordinal(event.item),
        kind: EventKind::View,
        age: now.zip(event.minute).map(|(now, minute)| now - minute),
        source,
    };
    (0..).zip(events.iter().rev()).map(known).collect()
}

/// The same with keys, as a device would send them.
pub fn history_of(log: &Interactions, events: &[Event]) -> Vec<HistoryEvent> {
    let past = |event: KnownEvent| HistoryEvent {
        key: log.items[event.item.place()].clone(),
        kind: event.kind,
        age: event.age,
    };
    known_of(events).into_iter().map(past).collect()
}

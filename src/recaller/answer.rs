//! The second half of a request: channels over what is attached, fusion, explanation.

use crate::candidate::{CandidateList, ItemSet, Trigger};
use crate::channel::RecallChannel;
use crate::channel::crowd::CrowdChannel;
use crate::channel::i2i::{I2iChannel, TableRows};
use crate::channel::repeat::RepeatChannel;
use crate::channel::u2i::U2iChannel;
use crate::channel::walk::WalkChannel;
use crate::error::{Error, Result};
use crate::format::manifest::{TowerKind, TowerSpec, TriggerSpec};
use crate::fusion::{self, Fused};
use crate::ids::{ChannelId, ChannelMask, Ordinal};
use crate::index::flat::FlatIndex;
use crate::profile::EventKind;
use crate::store::cards::Cards;
use crate::user::UserVector;

use super::Recaller;
use super::request::{Diagnostics, MAX_LIMIT, Reason, Recommendation, Request, Response, Task};
use super::triggers::{KnownEvent, triggers};

/// Reasons kept for one result.
const MAX_REASONS: usize = 4;

impl Recaller {
    /// Answers from whatever is attached. What was wanted and is not there is named in the diagnostics.
    pub fn finish(&self, request: &Request) -> Result<Response> {
        if request.limit > MAX_LIMIT {
            return Err(Error::Request {
                problem: crate::error::text(&[
                    "k is ",
                    &crate::error::digits(request.limit as u64),
                    ", and at most ",
                    &crate::error::digits(MAX_LIMIT as u64),
                    " are possible",
                ]),
            });
        }
        let known = self.known_events(request);
        let cards = self.cards(request);
        let channels = self.channels(request, &known, &cards);
        let depth = (self.manifest.fusion.depth as usize).max(request.limit);
        let excluded = self.exclusions(request);
        // An item without a key cannot be shown: its cell is missing, and others take its place.
        let admits = |item: Ordinal| !excluded.contains(item) && self.attached.catalog.has(item);
        let lists: Vec<CandidateList> = channels.iter().map(|channel| channel.recall(depth, &admits)).collect();
        let (spec, weight_of) = (&self.manifest.fusion, |channel| self.weight(request.task, channel));
        // No item's category is at hand here, and unknown ones differ from all: `mic` tells likeness and agreement apart.
        let fused = fusion::merge(spec.policy, spec.mic, &lists, &weight_of, &|_| None, request.limit);
        let reasons = explain(&channels, &fused);
        let recommendations = fused.iter().zip(reasons).filter_map(|(fused, why)| self.recommendation(fused, why));
        let recommendations = recommendations.collect();
        let diagnostics = Diagnostics {
            cells: self.attached.embeddings.segments().count() as u32,
            unknown: (request.history.len() - known.len()) as u32,
        };
        Ok(Response { recommendations, diagnostics })
    }

    /// What each channel proposes before fusion: for the evaluator and the tuner.
    pub fn channel_lists(&self, request: &Request, depth: usize) -> Vec<CandidateList> {
        let (known, cards) = (self.known_events(request), self.cards(request));
        let excluded = self.exclusions(request);
        let admits = |item: Ordinal| !excluded.contains(item);
        self.channels(request, &known, &cards).iter().map(|channel| channel.recall(depth, &admits)).collect()
    }

    /// Weight of a channel in the answer to a task. A list asked for by name must not stay empty because personal
    /// recommendations do without that channel.
    pub(super) fn weight(&self, task: Task, channel: ChannelId) -> f32 {
        let weight = self.manifest.weight_of(channel);
        if task == Task::Recommend || weight > 0.0 { weight } else { 1.0 }
    }

    pub(super) fn known_events(&self, request: &Request) -> Vec<KnownEvent> {
        let known = (0u32..).zip(&request.history).filter_map(|(source, event)| {
            let item = self.item_of(request, &event.key)?;
            Some(KnownEvent { item, kind: event.kind, age: event.age, source })
        });
        known.collect()
    }

    /// The item of a key: by the catalogue as far as it is attached, else by the card that the profile keeps.
    pub(super) fn item_of(&self, request: &Request, key: &str) -> Option<Ordinal> {
        let card = || Some(request.cards.iter().find(|(known, _)| known == key)?.1.item());
        self.attached.catalog.find(key).or_else(card)
    }

    pub(super) fn cards<'a>(&self, request: &'a Request) -> Cards<'a> {
        Cards::new(request.cards.iter().map(|(_, card)| card), self.manifest.items, self.manifest.dim())
    }

    /// The vector of an item: of its cell, else of its card, which is a little coarser.
    pub(super) fn vector_of(&self, item: Ordinal, cards: &Cards<'_>) -> Option<Vec<f32>> {
        self.attached.embeddings.vector(item).or_else(|| cards.vector(item))
    }

    fn exclusions(&self, request: &Request) -> ItemSet {
        let keys = request.exclude.iter().filter_map(|key| self.item_of(request, key));
        keys.chain(self.attached.masked.as_slice().iter().copied()).collect()
    }

    /// The channels that the task wants and the attached shards can serve.
    fn channels<'a>(
        &'a self,
        request: &Request,
        known: &[KnownEvent],
        cards: &'a Cards<'a>,
    ) -> Vec<Box<dyn RecallChannel + 'a>> {
        let wanted = request.task.channels().and(request.channels);
        let mut channels: Vec<Box<dyn RecallChannel + 'a>> = Vec::new();
        for table in self.table_channels(request, known, wanted, cards) {
            channels.push(Box::new(table));
        }
        if let Some(walk) = self.manifest.walk.filter(|_| wanted.has(ChannelId::Walk))
            && let Some(rows) = self.rows(walk.table as usize, cards)
        {
            let triggers = self.weigh(request, known, &walk.triggers);
            channels.push(Box::new(WalkChannel::new(rows, triggers, walk.fan as usize)));
        }
        if let Some(spec) = self.manifest.repeat.filter(|_| wanted.has(ChannelId::Repeat)) {
            channels.push(Box::new(RepeatChannel::new(self.weigh(request, known, &spec))));
        }
        if wanted.has(ChannelId::U2i) {
            let user = self.user_vector(request, known, &|item| self.vector_of(item, cards));
            let index = FlatIndex::new(&self.attached.embeddings);
            channels
                .extend(user.map(|user| Box::new(U2iChannel::new(index, &self.attached.embeddings, user)) as Box<_>));
        }
        if let Some(crowd) = self.attached.crowd.find(&request.context).filter(|_| wanted.has(ChannelId::Crowd)) {
            channels.push(Box::new(CrowdChannel::new(crowd)));
        }
        channels
    }

    /// The channels of the item-to-item tables.
    pub(super) fn table_channels<'a>(
        &'a self,
        request: &Request,
        known: &[KnownEvent],
        wanted: ChannelMask,
        cards: &'a Cards<'a>,
    ) -> Vec<I2iChannel<'a>> {
        let mut channels = Vec::new();
        for (place, spec) in self.manifest.tables.iter().enumerate() {
            if let Some(rows) = self.rows(place, cards).filter(|_| wanted.has(spec.channel)) {
                channels.push(I2iChannel::new(spec.channel, rows, self.weigh(request, known, &spec.triggers)));
            }
        }
        channels
    }

    /// The rows of the table at a place of the manifest.
    fn rows<'a>(&'a self, place: usize, cards: &'a Cards<'a>) -> Option<TableRows<'a>> {
        Some(TableRows { table: self.attached.tables.get(place)?, cards, place })
    }

    /// The user vector of a request, by the tower of the manifest.
    pub(super) fn user_vector(
        &self,
        request: &Request,
        known: &[KnownEvent],
        vector_of: &dyn Fn(Ordinal) -> Option<Vec<f32>>,
    ) -> Option<UserVector> {
        let tower = self.manifest.tower.as_ref()?;
        let tower = TowerSpec { kind: tower_kind(request.task, tower.kind), ..*tower };
        let triggers = self.weigh(request, known, &tower.triggers);
        UserVector::new(&tower, self.attached.gram.as_deref(), vector_of, &triggers)
    }

    fn weigh(&self, request: &Request, known: &[KnownEvent], spec: &TriggerSpec) -> Vec<Trigger> {
        // Seeds were given, not touched: no event weighs them.
        triggers(known, spec, &|kind| if request.task == Task::Similar { 1.0 } else { self.event_weight(kind) })
    }

    fn event_weight(&self, kind: EventKind) -> f32 {
        self.event_weights[kind as usize]
    }

    /// A fused candidate with its key; `None` where its key is not at hand, so that it cannot be shown.
    fn recommendation(&self, fused: &Fused, why: Vec<Reason>) -> Option<Recommendation> {
        let key = self.attached.catalog.key(fused.item)?;
        let shares = fused.parts.map(|part| part / fused.score);
        Some(Recommendation { key, score: fused.score, channels: fused.channels, shares, ranks: fused.ranks, why })
    }
}

/// Fold-in makes a user out of a whole history; what is like one item is a question of direction alone.
fn tower_kind(task: Task, kind: TowerKind) -> TowerKind {
    if task == Task::Similar { TowerKind::Pool } else { kind }
}

/// The most important reasons of each result: a channel's share of the score, split among the triggers that brought it.
fn explain(channels: &[Box<dyn RecallChannel + '_>], fused: &[Fused]) -> Vec<Vec<Reason>> {
    let targets: ItemSet = fused.iter().map(|fused| fused.item).collect();
    let mut reasons: Vec<Vec<Reason>> = vec![Vec::new(); fused.len()];
    for channel in channels {
        let mut given: Vec<Vec<(Trigger, f32)>> = vec![Vec::new(); fused.len()];
        channel.explain(targets.as_slice(), &mut |place, trigger, amount| {
            if amount > 0.0 && amount.is_finite() {
                given[place].push((trigger, amount));
            }
        });
        for (fused, why) in fused.iter().zip(&mut reasons) {
            let share = fused.parts[channel.id() as usize] / fused.score;
            if let Some(place) = targets.place(fused.item).filter(|_| share > 0.0) {
                split_share(channel.id(), share, &given[place], why);
            }
        }
    }
    reasons
}

/// Splits a channel's share of one result in proportion to what each trigger gave.
fn split_share(channel: ChannelId, share: f32, given: &[(Trigger, f32)], why: &mut Vec<Reason>) {
    if given.is_empty() {
        keep(why, Reason { channel, trigger: None, share });
    }
    let total: f32 = given.iter().map(|(_, amount)| amount).sum();
    for (trigger, amount) in given {
        keep(why, Reason { channel, trigger: Some(trigger.source), share: share * (amount / total) });
    }
}

/// Keeps the largest shares, largest first; of equal shares the one that came first.
fn keep(why: &mut Vec<Reason>, reason: Reason) {
    let place = why.partition_point(|kept| kept.share >= reason.share);
    if place < MAX_REASONS {
        why.truncate(MAX_REASONS - 1);
        why.insert(place, reason);
    }
}

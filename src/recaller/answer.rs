//! The second half of a request: channels over what is attached, fusion, explanation.

use crate::candidate::{CandidateList, Fused, Trigger};
use crate::channel::RecallChannel;
use crate::channel::i2i::{self, TableRows};
use crate::channel::popular::PopularChannel;
use crate::channel::sums::SumsChannel;
use crate::channel::u2i::U2iChannel;
use crate::channel::{repeat, walk};
use crate::error::{Error, Result};
use crate::format::manifest::{TowerKind, TowerSpec, TriggerSpec};
use crate::fusion;
use crate::ids::{ChannelId, ChannelMask, Ordinal};
use crate::index::flat::FlatIndex;
use crate::listed::Listed;
use crate::profile::EventKind;
use crate::store::cards::Cards;
use crate::user::UserVector;

use super::Recaller;
use super::request::{Diagnostics, MAX_LIMIT, Reason, Recommendation, Request, Response, Task};
use super::triggers::{Known, KnownEvent, retargets, weigh};

/// Triggers that a walk starts from, the newest ones, whatever its window: each step of two reads a row of a row, and what lies
/// two steps from older items the other channels know better.
pub const MAX_WALKS: u32 = 20;
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
        Ok(self.answer(request, None))
    }

    /// The answer; or what it would say of one item if nothing held that back, however deep it lies.
    pub(super) fn answer(&self, request: &Request, alone: Option<Ordinal>) -> Response {
        let known = Known::new(self.known_events(request));
        let cards = self.cards(request);
        let mut channels = self.channels(request, &known, &cards);
        let usual = (self.manifest.fusion.depth as usize).max(request.reach());
        let depth = if alone.is_some() { MAX_LIMIT } else { usual };
        let (filter, shares) = (self.filter(request, &known.events), self.shares(request));
        let lists = recall(&channels, depth, &|channel, item| alone == Some(item) || filter.admits(channel, item));
        let (spec, weight_of) = (&self.manifest.fusion, |channel| self.quota(request, channel));
        // A share may turn away what its channel proposed, and others come in its place; rules may turn to anything.
        let (rules, mut bound) = (request.rules.need_selection() || self.bits(request) > 0, 0);
        for list in &lists {
            bound += if shares[list.channel as usize] < 1.0 { list.candidates.len() } else { 0 };
        }
        let selects = rules || bound > 0;
        let most = if rules || alone.is_some() { usize::MAX } else { request.limit + bound };
        let attributes = &self.attached.attributes;
        let category = spec.category.as_ref().and_then(|name| attributes.column(name));
        let category_of = |item| attributes.values(item, category?).first().map(|value| value.0);
        let policy = self.policy(request);
        let mut fused = fusion::merge(policy, spec.mic, &lists, &weight_of, &category_of, most);
        if let Some(item) = alone {
            fused.retain(|fused| fused.item == item);
        } else {
            let fill = self.fill(request, &filter, &shares, depth.min(most), &fused);
            if !fill.is_empty() {
                channels.push(Box::new(PopularChannel::new(&self.attached.catalog)));
            }
            if selects {
                fused = self.select(request, &filter, &cards, shares, fused, fill);
            } else {
                fused.extend(fill);
                fused.truncate(request.limit);
            }
        }
        let reasons = explain(&channels, &fused);
        let mut recommendations = Vec::new();
        for (fused, why) in fused.iter().zip(reasons) {
            self.recommendation(fused, why).into_iter().append_to(&mut recommendations);
        }
        let diagnostics = Diagnostics {
            cells: self.attached.embeddings.segments().count() as u32,
            unknown: (request.history.len() - known.events.len()) as u32,
        };
        Response { recommendations, diagnostics }
    }

    /// What each channel proposes before fusion: for the evaluator and the tuner.
    pub fn channel_lists(&self, request: &Request, depth: usize) -> Vec<CandidateList> {
        let (known, cards) = (Known::new(self.known_events(request)), self.cards(request));
        let filter = self.filter(request, &known.events);
        let channels = self.channels(request, &known, &cards);
        recall(&channels, depth, &|channel, item| filter.may_propose(channel, item))
    }

    /// Weight of a channel in the answer to a task. A list asked for by name must not stay empty because personal
    /// recommendations do without that channel.
    pub(super) fn weight(&self, task: Task, channel: ChannelId) -> f32 {
        let weight = self.manifest.weight_of(channel);
        if task == Task::Recommend || weight > 0.0 { weight } else { 1.0 }
    }

    pub(super) fn known_events(&self, request: &Request) -> Vec<KnownEvent> {
        let mut known = Vec::new();
        for (source, event) in (0u32..).zip(&request.history) {
            if let Some(item) = self.item_of(request, &event.key) {
                known.push(KnownEvent { item, kind: event.kind, age: event.age, source });
            }
        }
        known
    }

    /// The item of a key: by the catalogue as far as it is attached, else by the card that the profile keeps.
    pub(super) fn item_of(&self, request: &Request, key: &str) -> Option<Ordinal> {
        let mut item = self.attached.catalog.find(key);
        if item.is_none() {
            for (known, card) in &request.cards {
                if known == key {
                    item = Some(card.item());
                }
            }
        }
        item
    }

    pub(super) fn cards<'a>(&self, request: &'a Request) -> Cards<'a> {
        Cards::new(request.cards.iter().map(|(_, card)| card), self.manifest.items, self.manifest.dim())
    }

    /// The vector of an item: of its cell, else of its card, which is a little coarser.
    pub(super) fn vector_of(&self, item: Ordinal, cards: &Cards<'_>) -> Option<Vec<f32>> {
        self.attached.embeddings.vector(item).or_else(|| cards.vector(item))
    }

    /// The channels that the task wants and the attached shards can serve.
    fn channels<'a>(
        &'a self,
        request: &Request,
        known: &Known,
        cards: &'a Cards<'a>,
    ) -> Vec<Box<dyn RecallChannel + 'a>> {
        let wanted = request.running();
        let mut channels: Vec<Box<dyn RecallChannel + 'a>> = Vec::new();
        for table in self.table_channels(request, known, wanted, cards) {
            channels.push(Box::new(table));
        }
        if let Some(spec) = self.manifest.walk.filter(|_| wanted.has(ChannelId::Walk))
            && let Some(rows) = self.rows(spec.table as usize, cards)
        {
            let window = spec.triggers.window.min(MAX_WALKS);
            let triggers = self.weigh(request, known, &TriggerSpec { window, ..spec.triggers });
            channels.push(Box::new(walk::channel(rows, &triggers, spec.fan as usize)));
        }
        if let Some(spec) = self.manifest.repeat.filter(|_| wanted.has(ChannelId::Repeat)) {
            channels.push(Box::new(repeat::channel(ChannelId::Repeat, &self.weigh(request, known, &spec))));
        }
        if let Some(spec) = self.manifest.retarget.filter(|_| wanted.has(ChannelId::Retarget)) {
            channels.push(Box::new(repeat::channel(ChannelId::Retarget, &retargets(&known.events, spec.days))));
        }
        let mut user = None;
        if wanted.has(ChannelId::U2i) || wanted.has(ChannelId::Peers) {
            user = self.user_vector(request, known, &|item| self.vector_of(item, cards));
        }
        let lists = self.lists(request, known, user.as_ref());
        if let Some(user) = user.filter(|_| wanted.has(ChannelId::U2i)) {
            let index = FlatIndex::new(&self.attached.embeddings);
            channels.push(Box::new(U2iChannel::new(index, &self.attached.embeddings, user)));
        }
        for own in lists {
            channels.push(Box::new(own));
        }
        channels
    }

    /// The channels of the item-to-item tables.
    pub(super) fn table_channels<'a>(
        &'a self,
        request: &Request,
        known: &Known,
        wanted: ChannelMask,
        cards: &'a Cards<'a>,
    ) -> Vec<SumsChannel<'a>> {
        let mut channels = Vec::new();
        for (place, spec) in self.manifest.tables.iter().enumerate() {
            if let Some(rows) = self.rows(place, cards).filter(|_| wanted.has(spec.channel)) {
                channels.push(i2i::channel(spec.channel, rows, &self.weigh(request, known, &spec.triggers)));
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
        known: &Known,
        vector_of: &dyn Fn(Ordinal) -> Option<Vec<f32>>,
    ) -> Option<UserVector> {
        let tower = self.manifest.tower.as_ref()?;
        let tower = TowerSpec { kind: tower_kind(request.task, tower.kind), ..*tower };
        let triggers = self.weigh(request, known, &tower.triggers);
        UserVector::new(&tower, self.attached.gram.as_deref(), vector_of, &triggers)
    }

    pub(super) fn weigh(&self, request: &Request, known: &Known, spec: &TriggerSpec) -> Vec<Trigger> {
        // Seeds were given, not touched: no event weighs them.
        weigh(known, spec, &|kind| if request.task == Task::Similar { 1.0 } else { self.event_weight(kind) })
    }

    fn event_weight(&self, kind: EventKind) -> f32 {
        self.event_weights[kind as usize]
    }

    /// A fused candidate with its key; `None` where its key is not at hand, so that it cannot be shown.
    fn recommendation(&self, fused: &Fused, why: Vec<Reason>) -> Option<Recommendation> {
        let key = self.attached.catalog.key(fused.item)?;
        // What is pinned may have no score to split.
        let mut shares = fused.parts;
        for share in &mut shares {
            *share = if fused.score > 0.0 { *share / fused.score } else { 0.0 };
        }
        Some(Recommendation { key, score: fused.score, channels: fused.channels, shares, ranks: fused.ranks, why })
    }
}

/// Fold-in makes a user out of a whole history; what is like one item is a question of direction alone.
fn tower_kind(task: Task, kind: TowerKind) -> TowerKind {
    if task == Task::Similar { TowerKind::Pool } else { kind }
}

/// What each channel proposes of what it may.
fn recall(
    channels: &[Box<dyn RecallChannel + '_>],
    depth: usize,
    admits: &dyn Fn(ChannelId, Ordinal) -> bool,
) -> Vec<CandidateList> {
    let mut lists = Vec::new();
    for channel in channels {
        let id = channel.id();
        lists.push(channel.recall(depth, &|item| admits(id, item)));
    }
    lists
}

/// The most important reasons of each result: a channel's share of the score, split among the triggers that brought it.
fn explain(channels: &[Box<dyn RecallChannel + '_>], fused: &[Fused]) -> Vec<Vec<Reason>> {
    let targets = Fused::items(fused);
    let mut reasons: Vec<Vec<Reason>> = vec![Vec::new(); fused.len()];
    for channel in channels {
        // What was given is looked through once more here: only where something came of it.
        if fused.iter().all(|fused| !fused.channels.has(channel.id())) {
            continue;
        }
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
    let mut total = 0.0;
    for (_, amount) in given {
        total += amount;
    }
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

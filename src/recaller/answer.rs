//! The second half of a request: channels over what is attached, fusion, explanation.

use crate::candidate::{CandidateList, ExclusionSet, Trigger};
use crate::channel::RecallChannel;
use crate::channel::crowd::CrowdChannel;
use crate::channel::i2i::I2iChannel;
use crate::channel::u2i::U2iChannel;
use crate::error::{Error, Result};
use crate::format::manifest::{TowerKind, TowerSpec, TriggerSpec};
use crate::fusion::{self, Fused};
use crate::ids::{ChannelId, Ordinal};
use crate::index::flat::FlatIndex;
use crate::profile::EventKind;
use crate::user::UserVector;

use super::request::{Diagnostics, MAX_LIMIT, Reason, Recommendation, Request, Response, Task};
use super::triggers::{KnownEvent, triggers};
use super::{Attached, Recaller};

/// Reasons kept for one result.
const MAX_REASONS: usize = 4;

impl Recaller {
    /// Answers from whatever is attached. What was wanted and is not there is named in the diagnostics.
    pub fn finish(&self, request: &Request) -> Result<Response> {
        if request.limit > MAX_LIMIT {
            return Err(Error::Request { problem: format!("k is {}, and at most {MAX_LIMIT} are possible", request.limit) });
        }
        let known = self.known_events(request);
        let channels = self.channels(request, &known);
        let exclude = self.exclusions(request);
        let depth = (self.manifest.fusion.depth as usize).max(request.limit);
        let lists: Vec<CandidateList> = channels.iter().map(|channel| channel.recall(depth, &exclude)).collect();
        let fused = fusion::weighted(&lists, |channel| self.weight(request.task, channel), request.limit);
        let recommendations = fused.iter().filter_map(|fused| self.recommendation(&channels, fused)).collect();
        let diagnostics = Diagnostics {
            cells: self.attached.embeddings.segments().count() as u32,
            missing: self.plan(request).into_iter().map(|file| file.name).collect(),
            unknown: (request.history.len() - known.len()) as u32,
        };
        Ok(Response { recommendations, diagnostics })
    }

    /// What each channel proposes before fusion: for the evaluator and the tuner.
    pub fn channel_lists(&self, request: &Request, depth: usize) -> Vec<CandidateList> {
        let known = self.known_events(request);
        let exclude = self.exclusions(request);
        self.channels(request, &known).iter().map(|channel| channel.recall(depth, &exclude)).collect()
    }

    /// Weight of a channel in the answer to a task. A list asked for by name must not stay empty because personal
    /// recommendations do without that channel.
    fn weight(&self, task: Task, channel: ChannelId) -> f32 {
        let weight = self.manifest.weight_of(channel);
        if task == Task::Recommend || weight > 0.0 { weight } else { 1.0 }
    }

    fn known_events(&self, request: &Request) -> Vec<KnownEvent> {
        let known = (0u32..).zip(&request.history).filter_map(|(source, event)| {
            let item = self.attached.catalog.find(&event.key)?;
            Some(KnownEvent { item, kind: event.kind, age: event.age, source })
        });
        known.collect()
    }

    fn exclusions(&self, request: &Request) -> ExclusionSet {
        request.exclude.iter().filter_map(|key| self.attached.catalog.find(key)).collect()
    }

    /// The channels that the task wants and the attached shards can serve.
    fn channels<'a>(&'a self, request: &Request, known: &[KnownEvent]) -> Vec<Box<dyn RecallChannel + 'a>> {
        let wanted = request.task.channels();
        let attached: &'a Attached = &self.attached;
        let weigh = |spec: &TriggerSpec| triggers(known, spec, |kind: EventKind| self.event_weight(kind));
        let mut channels: Vec<Box<dyn RecallChannel + 'a>> = Vec::new();
        for (spec, table) in self.manifest.tables.iter().zip(&attached.tables) {
            if wanted.has(spec.channel) {
                channels.push(Box::new(I2iChannel::new(spec.channel, table, weigh(&spec.triggers))));
            }
        }
        if let Some(tower) = self.manifest.tower.as_ref().filter(|_| wanted.has(ChannelId::U2i)) {
            let tower = TowerSpec { kind: tower_kind(request.task, tower.kind), ..tower.clone() };
            let triggers: Vec<Trigger> = weigh(&tower.triggers);
            let user = UserVector::new(&tower, attached.gram.as_deref(), &attached.embeddings, &triggers);
            let index = FlatIndex::new(&attached.embeddings);
            channels.extend(user.map(|user| Box::new(U2iChannel::new(index, &attached.embeddings, user)) as Box<_>));
        }
        if let Some(crowd) = attached.crowd.find(&request.context).filter(|_| wanted.has(ChannelId::Crowd)) {
            channels.push(Box::new(CrowdChannel::new(crowd)));
        }
        channels
    }

    fn event_weight(&self, kind: EventKind) -> f32 {
        self.event_weights.get(&kind).copied().unwrap_or_default()
    }

    /// A fused candidate with its key and its reasons; `None` where its key is not at hand, so that it cannot be shown.
    fn recommendation(&self, channels: &[Box<dyn RecallChannel + '_>], fused: &Fused) -> Option<Recommendation> {
        let key = self.attached.catalog.key(fused.item)?;
        let mut why = Vec::new();
        for channel in channels {
            let share = fused.parts[channel.id() as usize] / fused.score;
            if share > 0.0 {
                why.extend(reasons(channel.as_ref(), fused.item, share));
            }
        }
        why.sort_by(|a: &Reason, b: &Reason| b.share.total_cmp(&a.share));
        why.truncate(MAX_REASONS);
        Some(Recommendation { key, score: fused.score, channels: fused.channels, why })
    }
}

/// Fold-in makes a user out of a whole history; what is like one item is a question of direction alone.
fn tower_kind(task: Task, kind: TowerKind) -> TowerKind {
    if task == Task::Similar { TowerKind::Pool } else { kind }
}

/// Splits a channel's share of a result among the triggers that brought it.
fn reasons(channel: &dyn RecallChannel, item: Ordinal, share: f32) -> Vec<Reason> {
    let given = channel.explain(item);
    let total: f32 = given.iter().map(|(_, amount)| amount.max(0.0)).sum();
    if given.is_empty() || total <= 0.0 {
        return vec![Reason { channel: channel.id(), trigger: None, share }];
    }
    let positive = given.into_iter().filter(|(_, amount)| *amount > 0.0);
    let reason = |(trigger, amount): (Trigger, f32)| Reason {
        channel: channel.id(),
        trigger: Some(trigger.source),
        share: share * (amount / total),
    };
    positive.map(reason).collect()
}

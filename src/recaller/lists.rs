//! The ranked lists that a request has, and what each of them weighs.

use crate::candidate::{Candidate, Trigger};
use crate::channel::lists;
use crate::channel::sums::SumsChannel;
use crate::error::{digits, text};
use crate::format::crowds::{Crowd, NEW, OF_COHORT};
use crate::ids::{ChannelId, Ordinal};
use crate::kernel;
use crate::topk::TopK;
use crate::user::UserVector;

use super::triggers::Known;
use super::{Recaller, Request};

/// Lists, and what led to each of them.
type Lists<'a> = Vec<(Trigger, &'a Crowd)>;

impl Recaller {
    /// The channels over lists that take part in a request: of the crowd and of what is new as they are; of cohorts and values as
    /// below.
    pub(super) fn lists(&self, request: &Request, known: &Known, user: Option<&UserVector>) -> Vec<SumsChannel<'_>> {
        let crowd = &self.attached.crowd;
        let mut channels = Vec::new();
        for id in [ChannelId::Peers, ChannelId::Tags, ChannelId::Fresh, ChannelId::Crowd] {
            if request.running().has(id) {
                let mut own = Vec::new();
                match id {
                    ChannelId::Peers => self.add_peers(user, &mut own),
                    ChannelId::Tags => self.add_tags(request, known, &mut own),
                    ChannelId::Fresh => add(1.0, crowd.with_key(NEW), &mut own),
                    _ => add(1.0, crowd.find(&request.context), &mut own),
                }
                channels.push(lists::channel(id, &own));
            }
        }
        channels
    }

    /// The lists of the nearest cohorts, each weighing the cosine of user and centroid, where that is above 0.
    fn add_peers<'a>(&'a self, user: Option<&UserVector>, lists: &mut Lists<'a>) {
        let Some(user) = user.map(UserVector::values) else { return };
        let mut nearest = TopK::new(self.manifest.peers.unwrap_or(0) as usize);
        for (number, cohort) in (0u32..).zip(&self.attached.cohorts) {
            let squares = kernel::dot(user, user) * kernel::dot(&cohort.mean, &cohort.mean);
            nearest.push(Candidate { item: Ordinal(number), score: kernel::dot(user, &cohort.mean) / squares.sqrt() });
        }
        for cohort in nearest.into_sorted() {
            if cohort.score > 0.0 {
                let key = text(&[OF_COHORT, &digits(u64::from(cohort.item.0))]);
                add(cohort.score, self.attached.crowd.with_key(&key), lists);
            }
        }
    }

    /// The lists of the values of the history's items; the weight of an item is split evenly among its values.
    fn add_tags<'a>(&'a self, request: &Request, known: &Known, lists: &mut Lists<'a>) {
        let Some(spec) = &self.manifest.tags else { return };
        let (of_values, attributes) = (self.attached.crowd.of_values(), &self.attached.attributes);
        for trigger in self.weigh(request, known, &spec.triggers) {
            let mut values = Vec::new();
            for name in &spec.attributes {
                if let Some(column) = attributes.column(name) {
                    values.extend_from_slice(attributes.values(trigger.item, column));
                }
            }
            let weight = trigger.weight / values.len() as f32;
            for value in values {
                for &(own, list) in &of_values {
                    if own == value {
                        lists.push((Trigger { weight, ..trigger }, list));
                    }
                }
            }
        }
    }
}

/// Adds a list that no item led to, where there is one.
fn add<'a>(weight: f32, list: Option<&'a Crowd>, lists: &mut Lists<'a>) {
    if let Some(list) = list {
        lists.push((Trigger { item: Ordinal(0), weight, source: 0 }, list));
    }
}

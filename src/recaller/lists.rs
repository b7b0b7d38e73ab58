//! The ranked lists that a request has, and what each of them weighs.

use crate::candidate::{Candidate, Trigger};
use crate::channel::lists::ListsChannel;
use crate::error::{digits, text};
use crate::format::crowds::{Crowd, NEW, OF_COHORT};
use crate::ids::{ChannelId, Ordinal};
use crate::kernel;
use crate::topk::TopK;
use crate::user::UserVector;

use super::triggers::Known;
use super::{Recaller, Request};

impl Recaller {
    /// A channel over the lists of the visitor's crowd, or of what is new.
    pub(super) fn one_list(&self, request: &Request, id: ChannelId) -> ListsChannel<'_> {
        let crowd = &self.attached.crowd;
        let list = if id == ChannelId::Fresh { crowd.with_key(NEW) } else { crowd.find(&request.context) };
        let mut lists = Vec::new();
        if let Some(list) = list {
            lists.push(untriggered(1.0, list));
        }
        ListsChannel::new(id, lists)
    }

    /// The lists of the nearest cohorts, each weighing the cosine of user and centroid, where that is above 0.
    pub(super) fn peers(&self, user: &UserVector) -> ListsChannel<'_> {
        let mut nearest = TopK::new(self.manifest.peers.unwrap_or(0) as usize);
        let user = user.values();
        for (number, cohort) in (0u32..).zip(&self.attached.cohorts) {
            let squares = kernel::dot(user, user) * kernel::dot(&cohort.mean, &cohort.mean);
            nearest.push(Candidate { item: Ordinal(number), score: kernel::dot(user, &cohort.mean) / squares.sqrt() });
        }
        let mut lists = Vec::new();
        for cohort in nearest.into_sorted() {
            let list = self.attached.crowd.with_key(&text(&[OF_COHORT, &digits(u64::from(cohort.item.0))]));
            if let Some(list) = list.filter(|_| cohort.score > 0.0) {
                lists.push(untriggered(cohort.score, list));
            }
        }
        ListsChannel::new(ChannelId::Peers, lists)
    }

    /// The lists of the values of the history's items; the weight of an item is split evenly among its values.
    pub(super) fn tags(&self, request: &Request, known: &Known) -> ListsChannel<'_> {
        let mut lists = Vec::new();
        if let Some(spec) = &self.manifest.tags {
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
        ListsChannel::new(ChannelId::Tags, lists)
    }
}

fn untriggered(weight: f32, list: &Crowd) -> (Trigger, &Crowd) {
    (Trigger { item: Ordinal(0), weight, source: 0 }, list)
}

//! Rules of a request over the stores: which items they hold back, what they make of the fused candidates, and what fills up a list
//! that is short.

use crate::candidate::Fused;
use crate::channel::RecallChannel;
use crate::channel::popular::PopularChannel;
use crate::format::manifest::Policy;
use crate::ids::{ChannelId, ChannelMask, Ordinal};
use crate::listed::Listed;
use crate::mechanism::filter::{Filter, Held};
use crate::mechanism::purchases::Bought;
use crate::mechanism::select::{Order, turned};
use crate::numeric::exp2;
use crate::profile::{EventKind, MINUTES_A_DAY};
use crate::store::cards::Cards;

use super::request::Task;
use super::triggers::KnownEvent;
use super::{Recaller, Request};

impl Recaller {
    /// Why a request may not be answered with an item, whatever proposes it; `None` if it may.
    pub fn held(&self, request: &Request, key: &str) -> Option<Held> {
        let filter = self.filter(request, &self.known_events(request));
        self.item_of(request, key).map_or(Some(Held::Unknown), |item| filter.held(item))
    }

    pub(super) fn filter<'a>(&'a self, request: &'a Request, known: &[KnownEvent]) -> Filter<'a> {
        let attached = &self.attached;
        let mut excluded = Vec::new();
        for keys in [&request.exclude, &request.rules.exclude, &request.page] {
            for key in keys {
                self.item_of(request, key).into_iter().append_to(&mut excluded);
            }
        }
        let spec = self.manifest.purchases.as_ref().filter(|_| request.task == Task::Recommend);
        let mut purchases = spec.map(|spec| (spec, Bought::default()));
        let mut note = |item, kind, age: Option<u32>| {
            if let Some((spec, bought)) = &mut purchases {
                bought.note(spec, &attached.attributes, item, kind, age.unwrap_or(u32::MAX));
            }
        };
        let mut seen = Vec::new();
        for event in known {
            note(event.item, event.kind, event.age);
            if request.is_new {
                seen.push(event.item);
            }
        }
        if spec.is_some() || request.is_unbought {
            for &(item, _) in &request.traces.purchased {
                attached.catalog.each_of_hash(item, &mut |item| {
                    note(item, EventKind::Purchase, None);
                    if request.is_unbought {
                        excluded.push(item);
                    }
                });
            }
        }
        let (excluded, seen) = (excluded.into(), seen.into());
        Filter::new(
            &attached.catalog,
            &attached.masked,
            excluded,
            seen,
            purchases,
            &attached.attributes,
            &request.rules,
        )
    }

    /// Share of the answer that each channel may propose: by the rules of the request, else by the build.
    pub(super) fn shares(&self, request: &Request) -> [f32; ChannelId::ALL.len()] {
        let bound = self.manifest.retarget.map_or(1.0, |spec| spec.share);
        let is_quota = self.policy(request) == Policy::Quota;
        let mut shares = [1.0; ChannelId::ALL.len()];
        for channel in ChannelId::ALL {
            let usual = if channel == ChannelId::Retarget { bound } else { 1.0 };
            // Quotas are there to be filled: what one channel drafts may be known to others.
            shares[channel as usize] = if is_quota { usual } else { request.rules.share(channel, usual) };
        }
        shares
    }

    /// Fewest bits by which the fingerprints of two results differ.
    pub(super) fn bits(&self, request: &Request) -> u32 {
        request.rules.duplicates.unwrap_or(self.manifest.duplicates)
    }

    pub(super) fn policy(&self, request: &Request) -> Policy {
        request.rules.fusion.unwrap_or(self.manifest.fusion.policy)
    }

    /// The weight of a channel in fusion; where that fills quotas, the share that the rules give to it.
    pub(super) fn quota(&self, request: &Request, channel: ChannelId) -> f32 {
        let weight = self.weight(request.task, channel);
        if self.policy(request) == Policy::Quota { request.rules.share(channel, weight) } else { weight }
    }

    /// What the visitor has been shown lately: each exposure counts 1, and half as much two days later.
    fn tired(&self, request: &Request) -> Vec<(Ordinal, f32)> {
        let rotation = request.rules.rotation.unwrap_or(0.0);
        let mut tired = Vec::new();
        if rotation > 0.0 {
            for &(shown, age) in &request.traces.exposures {
                let amount = rotation * exp2(age as f32 / (-2.0 * MINUTES_A_DAY as f32));
                self.attached.catalog.each_of_hash(shown, &mut |item| tired.push((item, amount)));
            }
        }
        tired
    }

    /// What fills up a list that `pool` may leave short, each item with a score below all of the pool's. Empty where enough
    /// candidates are sure to be shown: they have no share that could run out, and no fingerprint counts. What a share holds back is not let in again by another door.
    pub(super) fn fill(
        &self,
        request: &Request,
        filter: &Filter<'_>,
        shares: &[f32],
        depth: usize,
        pool: &[Fused],
    ) -> Vec<Fused> {
        let mut bound = ChannelMask::default();
        for (channel, &share) in ChannelId::ALL.into_iter().zip(shares) {
            if share < 1.0 {
                bound = bound.with(channel);
            }
        }
        let mut sure = 0;
        for fused in pool {
            sure += usize::from(fused.channels.and(bound) == ChannelMask::default());
        }
        if !request.running().has(ChannelId::Popular) || (sure >= request.reach() && self.bits(request) == 0) {
            return Vec::new();
        }
        let items = Fused::items(pool);
        let admits = |item| !items.contains(item) && filter.admits(ChannelId::Popular, item);
        let list = PopularChannel::new(&self.attached.catalog).recall(depth, &admits);
        let least = pool.last().map_or(1.0, |fused| fused.score);
        let mut fill = Vec::new();
        for (rank, candidate) in (1..).zip(&list.candidates) {
            let mut fused = Fused::of(candidate.item);
            fused.score = least * candidate.score;
            fused.channels = ChannelMask::of(ChannelId::Popular);
            fused.parts[ChannelId::Popular as usize] = fused.score;
            fused.ranks[ChannelId::Popular as usize] = rank;
            fill.push(fused);
        }
        fill
    }

    /// The answer out of all fused candidates and what fills it up.
    pub(super) fn select(
        &self,
        request: &Request,
        filter: &Filter<'_>,
        cards: &Cards<'_>,
        shares: [f32; ChannelId::ALL.len()],
        pool: Vec<Fused>,
        fill: Vec<Fused>,
    ) -> Vec<Fused> {
        let (mut pins, mut page) = (Vec::new(), Vec::new());
        for pin in &request.rules.pin {
            if let Some(item) = self.item_of(request, &pin.key)
                && filter.may_pin(item)
            {
                pins.push((pin.place, item));
            }
        }
        for key in &request.page {
            self.item_of(request, key).into_iter().append_to(&mut page);
        }
        let tired = self.tired(request);
        let mut order = Order {
            limit: request.limit,
            rules: &request.rules,
            shares,
            pins,
            page,
            tired_of: &|item| {
                let mut sum = 0.0;
                for &(own, amount) in &tired {
                    sum += if own == item { amount } else { 0.0 };
                }
                sum
            },
            bits: self.bits(request),
            prints: &self.attached.prints,
            attributes: &self.attached.attributes,
            gain_of: &|item: Ordinal| self.attached.catalog.gain(item),
            vector_of: &|item: Ordinal| self.vector_of(item, cards),
        };
        turned(request.template(), &pool, &fill, &mut order)
    }
}

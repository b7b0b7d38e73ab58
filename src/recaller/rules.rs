//! Rules of a request over the stores: which items they hold back, what they make of the fused candidates, and what fills up a list
//! that is short.

use crate::candidate::{Fused, ItemSet};
use crate::channel::RecallChannel;
use crate::channel::popular::PopularChannel;
use crate::ids::{ChannelId, ChannelMask, Ordinal};
use crate::listed::Listed;
use crate::mechanism::filter::{Filter, Held};
use crate::mechanism::select::{Order, select};
use crate::store::cards::Cards;

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
        let mut seen = Vec::new();
        if request.is_new {
            known.iter().map(|event| event.item).append_to(&mut seen);
        }
        let (excluded, seen) = (excluded.into(), seen.into());
        Filter::new(&attached.catalog, &attached.masked, excluded, seen, &attached.attributes, &request.rules)
    }

    /// Share of the answer that each channel may propose: by the rules of the request, else by the build.
    pub(super) fn shares(&self, request: &Request) -> [f32; ChannelId::ALL.len()] {
        let mut shares = [1.0; ChannelId::ALL.len()];
        shares[ChannelId::Retarget as usize] = self.manifest.retarget.map_or(1.0, |spec| spec.share);
        for (channel, share) in ChannelId::ALL.into_iter().zip(&mut shares) {
            *share = request.rules.share(channel, *share);
        }
        shares
    }

    /// What fills up a list that `pool` may leave short, each item with a score below all of the pool's. Empty where enough
    /// candidates have no share that could run out. What a share holds back is not let in again by another door.
    pub(super) fn fill(
        &self,
        request: &Request,
        filter: &Filter<'_>,
        shares: &[f32],
        depth: usize,
        pool: &[Fused],
    ) -> Vec<Fused> {
        let unbound = |fused: &&Fused| {
            ChannelId::ALL.into_iter().zip(shares).all(|(channel, share)| *share >= 1.0 || !fused.channels.has(channel))
        };
        if !request.running().has(ChannelId::Popular) || pool.iter().filter(unbound).count() >= request.limit {
            return Vec::new();
        }
        let items: ItemSet = pool.iter().map(|fused| fused.item).collect();
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
        let item_of = |key: &String| self.item_of(request, key);
        let pin = |place, key| Some((place, item_of(key).filter(|&item| filter.may_pin(item))?));
        let order = Order {
            limit: request.limit,
            rules: &request.rules,
            shares,
            pins: request.rules.pin.iter().filter_map(|own| pin(own.place, &own.key)).listed(),
            page: request.page.iter().filter_map(item_of).listed(),
            attributes: &self.attached.attributes,
            gain_of: &|item: Ordinal| self.attached.catalog.gain(item),
            vector_of: &|item: Ordinal| self.vector_of(item, cards),
        };
        select(pool, fill, &order)
    }
}

//! Rules of a request over the stores: which items they hold back, and what they make of the fused candidates.

use crate::candidate::Fused;
use crate::ids::Ordinal;
use crate::mechanism::filter::{Filter, Held};
use crate::mechanism::select::{Order, select};
use crate::store::cards::Cards;

use super::{Recaller, Request};

impl Recaller {
    /// Why a request may not be answered with an item, whatever proposes it; `None` if it may.
    pub fn held(&self, request: &Request, key: &str) -> Option<Held> {
        self.item_of(request, key).map_or(Some(Held::Unknown), |item| self.filter(request).held(item))
    }

    pub(super) fn filter<'a>(&'a self, request: &'a Request) -> Filter<'a> {
        let attached = &self.attached;
        let keys = request.exclude.iter().chain(&request.rules.exclude).chain(&request.page);
        let excluded = keys.filter_map(|key| self.item_of(request, key)).collect();
        Filter::new(&attached.catalog, &attached.masked, excluded, &attached.attributes, &request.rules)
    }

    /// The answer out of all fused candidates.
    pub(super) fn select(
        &self,
        request: &Request,
        filter: &Filter<'_>,
        cards: &Cards<'_>,
        pool: Vec<Fused>,
    ) -> Vec<Fused> {
        let item_of = |key: &String| self.item_of(request, key);
        let pin = |place, key| Some((place, item_of(key).filter(|&item| filter.may_pin(item))?));
        let order = Order {
            limit: request.limit,
            rules: &request.rules,
            pins: request.rules.pin.iter().filter_map(|own| pin(own.place, &own.key)).collect(),
            page: request.page.iter().filter_map(item_of).collect(),
            attributes: &self.attached.attributes,
            gain_of: &|item: Ordinal| self.attached.catalog.gain(item),
            vector_of: &|item: Ordinal| self.vector_of(item, cards),
        };
        select(pool, &order)
    }
}

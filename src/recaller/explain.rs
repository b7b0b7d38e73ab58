//! Why one item is in the answer, or is not: the answer itself where the item is there, else what the channels would give to it
//! if nothing held it back. Nobody waits for it, so it asks twice.

use crate::error::Result;
use crate::mechanism::filter::Held;
use crate::store::prints::alike;

use super::Recaller;
use super::request::{Explanation, Recommendation, Request};

impl Recaller {
    /// What a request makes of the item of a key.
    pub fn explain(&self, request: &Request, key: &str) -> Result<Explanation> {
        let mut shown = self.finish(request)?.recommendations;
        if let Some(place) = shown.iter().position(|shown| shown.key == key) {
            let recommendation = Some(shown.remove(place));
            return Ok(Explanation { place: Some(place as u32), held: None, recommendation });
        }
        let alone = |item| self.answer(request, Some(item)).recommendations.pop();
        let recommendation = self.item_of(request, key).and_then(alone);
        let proposed = match recommendation {
            Some(_) if self.repeats(request, key, &shown) => Held::Duplicate,
            Some(_) => Held::Depth,
            None => Held::Unproposed,
        };
        Ok(Explanation { place: None, held: Some(self.held(request, key).unwrap_or(proposed)), recommendation })
    }

    /// Whether an item is, by its fingerprint, a product that the answer or the page around it shows.
    fn repeats(&self, request: &Request, key: &str, shown: &[Recommendation]) -> bool {
        let print_of = |key: &str| self.attached.catalog.find(key).map_or(0, |item| self.attached.prints.of(item));
        let (own, bits) = (print_of(key), self.bits(request));
        shown.iter().any(|shown| alike(own, print_of(&shown.key), bits))
            || request.page.iter().any(|other| alike(own, print_of(other), bits))
    }
}

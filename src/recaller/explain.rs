//! Why one item is in the answer, or is not: the answer itself where the item is there, else what the channels would give to it
//! if nothing held it back. Nobody waits for it, so it asks twice.

use crate::error::Result;
use crate::mechanism::filter::Held;

use super::Recaller;
use super::request::{Explanation, Request};

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
        let proposed = if recommendation.is_some() { Held::Depth } else { Held::Unproposed };
        Ok(Explanation { place: None, held: Some(self.held(request, key).unwrap_or(proposed)), recommendation })
    }
}

//! Why one item is in the answer, or is not: the answer itself where it is there, else the channels asked as if nothing held
//! it back. Shows nothing to a visitor, so it may take its time.

use crate::candidate::CandidateList;
use crate::error::Result;
use crate::mechanism::filter::Held;

use super::answer::explain;
use super::request::{Explanation, MAX_LIMIT, Request};
use super::{Recaller, Recommendation};

impl Recaller {
    /// What a request makes of the item of a key.
    pub fn explain(&self, request: &Request, key: &str) -> Result<Explanation> {
        let shown = (0..).zip(self.finish(request)?.recommendations).find(|(_, shown)| shown.key == key);
        if let Some((place, shown)) = shown {
            return Ok(Explanation { place: Some(place), held: None, recommendation: Some(shown) });
        }
        let recommendation = self.unheld(request, key);
        let proposed = if recommendation.is_some() { Held::Depth } else { Held::Unproposed };
        Ok(Explanation { place: None, held: Some(self.held(request, key).unwrap_or(proposed)), recommendation })
    }

    /// What every channel gives to an item that may be held back, however deep it lies.
    fn unheld(&self, request: &Request, key: &str) -> Option<Recommendation> {
        let item = self.item_of(request, key)?;
        let (known, cards, filter) = (self.known_events(request), self.cards(request), self.filter(request));
        let channels = self.channels(request, &known, &cards);
        let admits = |other| other == item || filter.admits(other);
        let lists: Vec<CandidateList> = channels.iter().map(|channel| channel.recall(MAX_LIMIT, &admits)).collect();
        let fused = self.merge(request, &lists, usize::MAX).into_iter().find(|fused| fused.item == item)?;
        let fused = [fused];
        explain(&channels, &fused).into_iter().zip(&fused).find_map(|(why, fused)| self.recommendation(fused, why))
    }
}

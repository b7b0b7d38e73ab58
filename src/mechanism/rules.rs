//! The rules of an answer, from whoever makes them: one struct for the options of a call and for a site's overlay, and how the
//! two are laid over each other. How they read as JSON stands in `read`.

use crate::format::manifest::Policy;
use crate::ids::{ChannelId, ChannelMask};
use crate::mechanism::clause::Clause;

/// What an answer must obey. None by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// Keys of items that must not come back; unknown keys do no harm.
    pub exclude: Vec<String>,
    /// What every item must be (`where`): all of it.
    pub wanted: Vec<Clause>,
    /// What no item may be: any of it.
    pub without: Vec<Clause>,
    /// What ranks higher or lower; factors of several boosts multiply.
    pub boost: Vec<Boost>,
    /// Items at fixed places; of two pins of one place, or of one item, the first holds.
    pub pin: Vec<Pin>,
    /// How many items with one value of an attribute a page shows, as long as it can be filled otherwise.
    pub spread: Vec<Spread>,
    /// From 0, what scores best, to 1, what is least like the items that stand before it (maximal marginal relevance,
    /// Carbonell and Goldstein 1998).
    pub diversity: Option<f32>,
    /// From 0, what scores best, to 1, what is most popular.
    pub popularity: Option<f32>,
    /// From 0 to 1: how much what pages have shown lately loses, half of its score for each fresh exposure at 1.
    pub rotation: Option<f32>,
    /// Fewest bits by which the fingerprints of two results differ, at most 64: what differs in fewer is one product and comes
    /// once. 0 lets everything come.
    pub duplicates: Option<u32>,
    /// Pages that are turned to one after the other, as long as the visitor acts on none; at most [`MAX_TEMPLATES`].
    pub templates: Option<u32>,
    /// Share of the answer that a channel may propose, 0 to 1: at 0 it does not run, at 1 it is not bounded. Of two entries
    /// of one channel the last holds.
    pub channels: Vec<(ChannelId, f32)>,
    /// What makes one list of the channels' lists; else the build's own policy.
    pub fusion: Option<Policy>,
}

/// A factor on the score of items.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Boost {
    /// Which items: those that pass all of it.
    pub wanted: Vec<Clause>,
    /// The factor, 0 to [`MAX_BOOST`].
    pub by: f32,
}

/// An item at a fixed place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pin {
    /// Place in the answer, from 0.
    pub place: u32,
    /// Key of the item.
    pub key: String,
}

/// A bound on the items with one value of an attribute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    /// Name of the column.
    pub attribute: String,
    /// Items with one value of it, at least 1.
    pub most: u32,
}

/// Largest factor of boosts, one or several.
pub const MAX_BOOST: f32 = 100.0;
/// Most pages to turn to.
pub const MAX_TEMPLATES: u32 = 100;

impl Rules {
    /// Share of the answer that a channel may propose; `or` where the rules do not say.
    pub fn share(&self, channel: ChannelId, or: f32) -> f32 {
        self.channels.iter().rfind(|(known, _)| *known == channel).map_or(or, |(_, share)| *share)
    }

    /// The channels that may run.
    pub fn running(&self) -> ChannelMask {
        let mut running = ChannelMask::default();
        for channel in ChannelId::ALL {
            if self.share(channel, 1.0) > 0.0 {
                running = running.with(channel);
            }
        }
        running
    }

    /// Whether the best of fusion may not be the answer as they are: then more of them are needed, and a selection.
    pub fn need_selection(&self) -> bool {
        let knobs = self.diversity.unwrap_or(0.0) + self.popularity.unwrap_or(0.0) + self.rotation.unwrap_or(0.0);
        knobs > 0.0
            || self.templates.is_some_and(|pages| pages > 1)
            || !(self.boost.is_empty() && self.pin.is_empty() && self.spread.is_empty())
            || self.channels.iter().any(|(_, share)| *share < 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::json::Json;

    fn rules(keys: &[&str], pins: &[(u32, &str)], spread: &[(&str, u32)]) -> Rules {
        Rules {
            exclude: keys.iter().map(|&key| key.into()).collect(),
            pin: pins.iter().map(|&(place, key)| Pin { place, key: key.into() }).collect(),
            spread: spread.iter().map(|&(name, most)| Spread { attribute: name.into(), most }).collect(),
            ..Rules::default()
        }
    }

    #[test]
    fn the_call_lies_over_the_overlay_but_for_places() {
        let map =
            |fields: &[(&str, Json)]| Json::Map(fields.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect());
        let (text, list) = (|text: &str| Json::Text(text.into()), Json::List);
        let half = |name: &str| ("channels", map(&[(name, Json::Number(0.5)), ("walk", Json::Number(0.0))]));
        let overlay = map(&[
            ("exclude", list(vec![text("b")])),
            ("where", map(&[("stock", Json::Bool(true))])),
            ("without", map(&[("colour", text("dark"))])),
            ("boost", list(vec![map(&[("where", map(&[("brand", text("x"))])), ("by", Json::Number(0.5))])])),
            ("pin", map(&[("1", text("z"))])),
            ("spread", map(&[("brand", Json::Number(1.0)), ("shop", Json::Number(2.0))])),
            ("diversity", Json::Number(0.5)),
            ("popularity", Json::Number(0.25)),
            ("rotation", Json::Number(0.75)),
            ("templates", Json::Number(3.0)),
            half("crowd"),
            ("fusion", text("rounds")),
        ]);
        let call = map(&[
            ("exclude", list(vec![text("a")])),
            ("where", map(&[("colour", text("light"))])),
            ("boost", list(vec![map(&[("by", Json::Number(2.0))])])),
            ("pin", map(&[("1", text("x")), ("2", text("y"))])),
            ("spread", map(&[("brand", Json::Number(3.0))])),
            ("diversity", Json::Number(0.0)),
            ("channels", map(&[("crowd", Json::Number(0.0))])),
        ]);
        let merged = Rules::read_all(&[&overlay, &call]).unwrap();
        assert_eq!(merged.exclude, ["b", "a"]);
        assert_eq!(merged.wanted.iter().map(|own| own.attribute.as_str()).collect::<Vec<_>>(), ["stock", "colour"]);
        assert_eq!(merged.without.len(), 1);
        assert_eq!(merged.boost.iter().map(|own| own.by).collect::<Vec<_>>(), [0.5, 2.0]);
        let named = rules(&[], &[(1, "z"), (1, "x"), (2, "y")], &[("brand", 3), ("shop", 2)]);
        assert_eq!((merged.pin.clone(), merged.spread.clone()), (named.pin, named.spread));
        assert_eq!((merged.diversity, merged.popularity, merged.rotation), (Some(0.0), Some(0.25), Some(0.75)));
        assert_eq!((merged.templates, merged.fusion), (Some(3), Some(Policy::Rounds)));
        assert_eq!((merged.share(ChannelId::Crowd, 1.0), merged.share(ChannelId::U2i, 0.25)), (0.0, 0.25));
        let off = ChannelMask::of(ChannelId::Crowd).with(ChannelId::Walk);
        assert_eq!(merged.running().0, ChannelMask::ALL.0 & !off.0);
        assert_eq!(Rules::read_all(&[&Json::Null, &call]), Rules::read(&call));
        assert_eq!(Rules::read_all(&[&overlay, &Json::Null]), Rules::read(&overlay));
        let own = map(&[("fusion", text("quota"))]);
        assert_eq!(Rules::read_all(&[&overlay, &own]).unwrap().fusion, Some(Policy::Quota));
    }

    #[test]
    fn only_what_changes_places_needs_a_selection() {
        let clause = vec![Clause::default()];
        assert!(!Rules::default().need_selection());
        let filters = Rules { wanted: clause.clone(), without: clause, ..rules(&["a"], &[], &[]) };
        assert!(!filters.need_selection());
        assert!(!Rules { diversity: Some(0.0), channels: vec![(ChannelId::Walk, 1.0)], ..filters }.need_selection());
        assert!(rules(&[], &[(0, "a")], &[]).need_selection() && rules(&[], &[], &[("brand", 1)]).need_selection());
        assert!(Rules { rotation: Some(0.1), ..Rules::default() }.need_selection());
        assert!(Rules { templates: Some(2), ..Rules::default() }.need_selection());
        assert!(!Rules { templates: Some(1), rotation: Some(0.0), ..Rules::default() }.need_selection());
        assert!(Rules { popularity: Some(0.1), ..Rules::default() }.need_selection());
        assert!(Rules { channels: vec![(ChannelId::Walk, 0.5)], ..Rules::default() }.need_selection());
    }
}

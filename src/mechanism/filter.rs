//! Which items may be proposed, and why others may not. Asked during recall, so that lists are full where enough items may
//! enter.

use crate::candidate::ItemSet;
use crate::format::manifest::PurchaseSpec;
use crate::ids::{ChannelId, Ordinal};
use crate::mechanism::clause::Conditions;
use crate::mechanism::purchases::Bought;
use crate::mechanism::rules::Rules;
use crate::store::attributes::Attributes;
use crate::store::catalog::Catalog;

/// Why an item is held back. The first that applies is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Held {
    /// Its key is not at hand, so that it cannot be shown.
    Unknown = 1,
    /// The request excludes it: by its key, as hidden, or because it stands on the page already.
    Excluded,
    /// The build masks it for now.
    Masked,
    /// The visitor has bought it.
    Purchased,
    /// The visitor has bought something of its kind, and that kind rests for a while.
    Period,
    /// It is not all of what `where` asks for.
    Where,
    /// It is something that `without` rules out.
    Without,
    /// The visitor has met it. Told last, for retargeting is there to bring such items back.
    Seen,
    /// The page shows what is the same product by its fingerprint.
    Duplicate,
    /// Others stand before it: it scores less, lies deeper in the channels' lists than fusion looks, or rules turned to others.
    Depth,
    /// No channel that runs knows it from this history.
    Unproposed,
}

/// The filter of one request.
pub struct Filter<'a> {
    catalog: &'a Catalog,
    masked: &'a ItemSet,
    excluded: ItemSet,
    seen: ItemSet,
    purchases: Option<(&'a PurchaseSpec, Bought)>,
    bought: ItemSet,
    attributes: &'a Attributes,
    wanted: Conditions<'a>,
    without: Conditions<'a>,
}

impl<'a> Filter<'a> {
    /// A filter by rules; `excluded` are the items that they, the request and the page exclude, `seen` those that the visitor
    /// has met and does not want back, `purchases` what the build makes of theirs.
    pub fn new(
        catalog: &'a Catalog,
        masked: &'a ItemSet,
        excluded: ItemSet,
        seen: ItemSet,
        mut purchases: Option<(&'a PurchaseSpec, Bought)>,
        attributes: &'a Attributes,
        rules: &'a Rules,
    ) -> Filter<'a> {
        let wanted = Conditions::new(attributes, &rules.wanted);
        let without = Conditions::new(attributes, &rules.without);
        let bought = ItemSet::from(purchases.as_mut().map_or(Vec::new(), |(_, own)| std::mem::take(&mut own.items)));
        Filter { catalog, masked, excluded, seen, purchases, bought, attributes, wanted, without }
    }

    /// Why an item may not be shown; `None` if it may.
    pub fn held(&self, item: Ordinal) -> Option<Held> {
        if self.catalog.has(item) { self.barred(item) } else { Some(Held::Unknown) }
    }

    /// Why an item may not be proposed, whether or not its key is at hand.
    pub fn barred(&self, item: Ordinal) -> Option<Held> {
        if self.excluded.contains(item) {
            Some(Held::Excluded)
        } else if self.masked.contains(item) {
            Some(Held::Masked)
        } else if self.bought.contains(item) {
            Some(Held::Purchased)
        } else if self.purchases.as_ref().is_some_and(|(spec, own)| own.rests(spec, self.attributes, item)) {
            Some(Held::Period)
        } else if !self.wanted.all(item) {
            Some(Held::Where)
        } else if self.without.any(item) {
            Some(Held::Without)
        } else {
            self.seen.contains(item).then_some(Held::Seen)
        }
    }

    /// Whether a channel may propose an item that can be shown.
    pub fn admits(&self, channel: ChannelId, item: Ordinal) -> bool {
        is_open(channel, self.held(item))
    }

    /// Whether a channel may propose an item, whether or not its key is at hand.
    pub fn may_propose(&self, channel: ChannelId, item: Ordinal) -> bool {
        is_open(channel, self.barred(item))
    }

    /// Whether an item may be pinned: who pins it knows what it is.
    pub fn may_pin(&self, item: Ordinal) -> bool {
        !self.seen.contains(item) && matches!(self.held(item), None | Some(Held::Period | Held::Where | Held::Without))
    }
}

/// What was seen is closed to all channels but retargeting.
fn is_open(channel: ChannelId, held: Option<Held>) -> bool {
    match held {
        None => true,
        Some(Held::Seen) => channel == ChannelId::Retarget,
        Some(_) => false,
    }
}

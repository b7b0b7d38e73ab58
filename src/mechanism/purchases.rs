//! What a visitor has bought and need not be offered for now: the item, and what is of its kind, each kind for a period of its
//! own. Turning to the kind again ends the period.

use crate::candidate::ItemSet;
use crate::format::manifest::PurchaseSpec;
use crate::ids::{Ordinal, Value};
use crate::mechanism::filter::Held;
use crate::profile::{EventKind, MINUTES_A_DAY};
use crate::store::attributes::Attributes;

/// One event of the past: its item, what happened, and its age in minutes where that is known.
pub type Touch = (Ordinal, EventKind, Option<u32>);

/// What is closed to one visitor.
pub struct Bought<'a> {
    attributes: &'a Attributes,
    column: Option<usize>,
    items: ItemSet,
    values: Vec<Value>,
}

impl<'a> Bought<'a> {
    /// Looks through a history, newest first, and through items of which it is known only that they were bought. An event of
    /// unknown age closes no kind, and an item whose cell is not attached has none.
    pub fn new(
        spec: &PurchaseSpec,
        attributes: &'a Attributes,
        history: &mut dyn Iterator<Item = Touch>,
        remembered: &[Ordinal],
    ) -> Bought<'a> {
        let named = |name: &Option<String>| attributes.column(name.as_ref()?);
        let (column, consumable) = (named(&spec.attribute), named(&spec.consumable));
        let truth = Value::of(spec.consumable.as_deref().unwrap_or_default(), "true");
        let comes_back = |item| {
            consumable.is_some_and(|column| {
                attributes.values(item, column).contains(&truth) || attributes.number(item, column) == Some(1.0)
            })
        };
        let (mut items, mut values, mut touched): (Vec<Ordinal>, Vec<Value>, Vec<Value>) = Default::default();
        for &item in remembered {
            if !comes_back(item) {
                items.push(item);
            }
        }
        for (item, kind, age) in history {
            let own = column.map_or(&[][..], |column| attributes.values(item, column));
            let is_within = |days: u32| age.is_some_and(|age| age / MINUTES_A_DAY < days);
            if kind != EventKind::Purchase {
                if kind != EventKind::Hide {
                    touched.extend_from_slice(own);
                }
                continue;
            }
            let mut is_recent = own.is_empty() && is_within(spec.days);
            for &value in own {
                let is_due = is_within(period(spec, value));
                is_recent |= is_due;
                if is_due && touched.iter().filter(|&&other| other == value).count() < spec.release as usize {
                    values.push(value);
                }
            }
            if is_recent || !comes_back(item) {
                items.push(item);
            }
        }
        Bought { attributes, column, items: ItemSet::from(items), values }
    }

    /// Why an item is closed.
    pub fn held(&self, item: Ordinal) -> Option<Held> {
        if self.items.contains(item) {
            return Some(Held::Purchased);
        }
        let own = self.attributes.values(item, self.column?);
        own.iter().any(|value| self.values.contains(value)).then_some(Held::Period)
    }
}

/// Days that a value is closed.
fn period(spec: &PurchaseSpec, value: Value) -> u32 {
    let attribute = spec.attribute.as_deref().unwrap_or_default();
    let own = spec.periods.iter().find(|(name, _)| Value::of(attribute, name) == value);
    own.map_or(spec.days, |(_, days)| *days)
}

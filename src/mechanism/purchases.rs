//! What a visitor has bought and need not be offered for now: the item, and what is of its kind, each kind for a period of its
//! own. Turning to the kind again ends the period.

use crate::format::manifest::PurchaseSpec;
use crate::ids::{Ordinal, Value};
use crate::profile::{EventKind, MINUTES_A_DAY};
use crate::store::attributes::Attributes;

/// What is closed to one visitor.
#[derive(Default)]
pub struct Bought {
    /// Items that stay away, in no order.
    pub items: Vec<Ordinal>,
    /// Values that rest.
    pub values: Vec<Value>,
    /// What the visitor has turned to since.
    touched: Vec<Value>,
}

impl Bought {
    /// Takes in one event; the newest come first. Of unknown age is what is older than any period. An item whose cell is not
    /// attached is of no kind.
    pub fn note(&mut self, spec: &PurchaseSpec, attributes: &Attributes, item: Ordinal, kind: EventKind, age: u32) {
        let own = values(attributes, item, &spec.attribute);
        if kind != EventKind::Purchase {
            if kind != EventKind::Hide {
                self.touched.extend_from_slice(own);
            }
            return;
        }
        let days = age / MINUTES_A_DAY;
        let mut rests = own.is_empty() && days < spec.days;
        for &value in own {
            let named = spec.periods.iter().find(|(name, _)| Value::of(&spec.attribute, name) == value);
            if days < named.map_or(spec.days, |named| named.1) {
                rests = true;
                if self.touched.iter().filter(|&&other| other == value).count() < spec.release as usize {
                    self.values.push(value);
                }
            }
        }
        if rests || !is_true(attributes, item, &spec.consumable) {
            self.items.push(item);
        }
    }

    /// Whether the kind of an item rests.
    pub fn rests(&self, spec: &PurchaseSpec, attributes: &Attributes, item: Ordinal) -> bool {
        !self.values.is_empty()
            && values(attributes, item, &spec.attribute).iter().any(|value| self.values.contains(value))
    }
}

/// Whether an attribute of an item is `true`, or 1.
fn is_true(attributes: &Attributes, item: Ordinal, name: &str) -> bool {
    let number = attributes.column(name).and_then(|column| attributes.number(item, column));
    number == Some(1.0) || values(attributes, item, name).contains(&Value::of(name, "true"))
}

fn values<'a>(attributes: &'a Attributes, item: Ordinal, name: &str) -> &'a [Value] {
    attributes.column(name).map_or(&[], |column| attributes.values(item, column))
}

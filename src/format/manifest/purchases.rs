//! The field `purchases` of `recall.json`: what a visitor who has bought is not offered for a while. Owns its reader and writer.

use crate::format::json::{Fields, Json};
#[cfg(feature = "json")]
use crate::listed::Listed;

/// What a visitor who has bought is not offered for a while.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PurchaseSpec {
    /// Attribute whose values are left out after a purchase; where it is empty, only the item itself.
    pub attribute: String,
    /// Attribute that is true of what is bought again and again: such an item comes back after its period, others never. May be
    /// empty.
    pub consumable: String,
    /// Days that a value is left out.
    pub days: u32,
    /// Days of single values.
    pub periods: Vec<(String, u32)>,
    /// Events on items of a value, newer than the purchase, that end its period.
    pub release: u32,
}

pub(super) fn read(fields: &mut Fields, json: &Json) -> PurchaseSpec {
    let (days, release) = (fields.integer(json, "days"), fields.integer(json, "release"));
    let mut spec = PurchaseSpec { days, release, ..PurchaseSpec::default() };
    for (to, name) in [(&mut spec.attribute, "attribute"), (&mut spec.consumable, "consumable")] {
        if let Some(text) = json.get(name) {
            *to = String::from(fields.as_text(text, name));
        }
    }
    for period in fields.list(json, "periods") {
        spec.periods.push((String::from(fields.text(period, "value")), fields.integer(period, "days")));
    }
    spec
}

#[cfg(feature = "json")]
pub(super) fn write(spec: &PurchaseSpec) -> Json {
    let number = |number: u32| Some(Json::Number(f64::from(number)));
    let name = |name: &String| Some(Json::Text(name.clone())).filter(|_| !name.is_empty());
    let period = |(value, days): &(String, u32)| super::fields::map([("value", name(value)), ("days", number(*days))]);
    super::fields::map([
        ("attribute", name(&spec.attribute)),
        ("consumable", name(&spec.consumable)),
        ("days", number(spec.days)),
        ("periods", Some(Json::List(spec.periods.iter().map(period).listed()))),
        ("release", number(spec.release)),
    ])
}

//! The field `purchases` of `recall.json`: what a visitor who has bought is not offered for a while. Owns its reader and writer.

use crate::format::json::{Fields, Json};
#[cfg(feature = "json")]
use crate::listed::Listed;

/// What a visitor who has bought is not offered for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct PurchaseSpec {
    /// Attribute whose values are left out after a purchase; without one, only the item itself.
    pub attribute: Option<String>,
    /// Days that they are left out.
    pub days: u32,
    /// Days of single values.
    pub periods: Vec<(String, u32)>,
    /// Events on items of a value, newer than the purchase, that end its period.
    pub release: u32,
    /// Attribute that is true of what is bought again and again: such an item itself comes back after its period, others never.
    pub consumable: Option<String>,
}

pub(super) fn read(fields: &mut Fields, json: &Json) -> PurchaseSpec {
    let mut name = |name| json.get(name).map(|text| String::from(fields.as_text(text, name)));
    let (attribute, consumable) = (name("attribute"), name("consumable"));
    let mut periods = Vec::new();
    match json.get("periods") {
        None => {}
        Some(Json::Map(days)) => {
            for (value, days) in days {
                periods.push((value.clone(), fields.as_integer(days, "periods")));
            }
        }
        Some(_) => fields.check(false, "periods", &"is not an object"),
    }
    let (days, release) = (fields.integer(json, "days"), fields.integer(json, "release"));
    PurchaseSpec { attribute, days, periods, release, consumable }
}

#[cfg(feature = "json")]
pub(super) fn write(spec: &PurchaseSpec) -> Json {
    let number = |number: u32| Json::Number(f64::from(number));
    let name = |name: &Option<String>| name.clone().map(Json::Text);
    let days = |(value, days): &(String, u32)| (value.clone(), number(*days));
    let periods = Json::Map(spec.periods.iter().map(days).listed());
    super::fields::map([
        ("attribute", name(&spec.attribute)),
        ("days", Some(number(spec.days))),
        ("periods", Some(periods).filter(|_| !spec.periods.is_empty())),
        ("release", Some(number(spec.release))),
        ("consumable", name(&spec.consumable)),
    ])
}

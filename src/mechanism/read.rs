//! Rules out of JSON, by one reader for everyone who writes them. Names that it does not know are left alone; whatever is wrong
//! with a field, the field's own sentence says what would be right.

use crate::error::{Error, Result, Thin, digits, text};
use crate::format::json::Json;
use crate::format::manifest::Policy;
use crate::ids::{ChannelId, Value};
use crate::mechanism::clause::{Clause, Test};
use crate::mechanism::rules::{Boost, MAX_BOOST, MAX_TEMPLATES, Pin, Rules, Spread};

/// Most entries of a list.
pub const MAX_ENTRIES: usize = 1000;

const CLAUSES: Thin = &"must be like { \"brand\": [\"a\", \"b\"], \"price\": { \"max\": 9 } }";
const UNIT: Thin = &"must be a number from 0 to 1";

/// Takes in the value of one field.
type Take = fn(&mut Rules, &mut Field, &Json);

/// Each field: its name, what it must be, and how it is read.
const FIELDS: [(&str, Thin, Take); 13] = [
    ("exclude", &"must be an array of item keys", |rules, field, value| {
        for key in field.list(value) {
            rules.exclude.push(String::from(field.text(key)));
        }
    }),
    ("where", CLAUSES, |rules, field, value| field.clauses(value, &mut rules.wanted)),
    ("without", CLAUSES, |rules, field, value| field.clauses(value, &mut rules.without)),
    (
        "boost",
        &"must be like [{ \"where\": { \"brand\": \"a\" }, \"by\": 1.5 }], `by` from 0 to 100",
        |rules, field, value| {
            for boost in field.list(value) {
                let part = |name| boost.get(name).unwrap_or(&Json::Null);
                let mut wanted = Vec::new();
                field.clauses(part("where"), &mut wanted);
                rules.boost.push(Boost { wanted, by: field.number(part("by"), MAX_BOOST) });
            }
        },
    ),
    ("pin", &"must be like { \"0\": \"sku-1\" }, places from 0 to 9999", |rules, field, value| {
        field.each(value, &mut |field, place, key| {
            let is_place = (1..=4).contains(&place.len()) && place.bytes().all(|digit| digit.is_ascii_digit());
            field.check(is_place);
            let place = place.bytes().fold(0u32, |all, digit| all.wrapping_mul(10) + u32::from(digit & 15));
            rules.pin.push(Pin { place, key: String::from(field.text(key)) });
        });
    }),
    ("spread", &"must be like { \"brand\": 2 }, whole numbers from 1", |rules, field, value| {
        field.each(value, &mut |field, attribute, most| {
            let most = field.whole(most, 1.0, u32::MAX as f32);
            match rules.spread.iter_mut().find(|own| own.attribute == attribute) {
                Some(below) => below.most = most,
                None => rules.spread.push(Spread { attribute: String::from(attribute), most }),
            }
        });
    }),
    ("diversity", UNIT, |rules, field, value| rules.diversity = Some(field.number(value, 1.0))),
    ("popularity", UNIT, |rules, field, value| rules.popularity = Some(field.number(value, 1.0))),
    ("rotation", UNIT, |rules, field, value| rules.rotation = Some(field.number(value, 1.0))),
    ("duplicates", &"must be a whole number from 0 to 64", |rules, field, value| {
        rules.duplicates = Some(field.whole(value, 0.0, 64.0));
    }),
    ("templates", &"must be a whole number from 1 to 100", |rules, field, value| {
        rules.templates = Some(field.whole(value, 1.0, MAX_TEMPLATES as f32));
    }),
    ("channels", &"must be like { \"crowd\": 0.2 }, shares from 0 to 1", |rules, field, value| {
        field.each(value, &mut |field, name, share| {
            let share = field.number(share, 1.0);
            if let Some(channel) = ChannelId::parse(name) {
                rules.channels.push((channel, share));
            }
        });
    }),
    ("fusion", &"must be one of weighted, rrf, rounds, quota, mic", |rules, field, value| {
        rules.fusion = Policy::parse(field.text(value));
        field.check(rules.fusion.is_some());
    }),
];

impl Rules {
    /// Reads rules: `exclude`, `where`, `without`, `boost`, `pin`, `spread`, `diversity`, `popularity`, `rotation`,
    /// `duplicates`, `templates`, `channels`, `fusion`.
    pub fn read(json: &Json) -> Result<Rules> {
        Rules::read_all(&[json])
    }

    /// Whether rules have a field of that name.
    pub fn knows(name: &str) -> bool {
        FIELDS.iter().any(|(known, ..)| *known == name)
    }

    /// Reads rules in layers, the most general first. Numbers are those of the last layer that gives them; exclusions, clauses and
    /// boosts add up; a place belongs to the first that pins it, for a site's overlay owns places.
    pub fn read_all(layers: &[&Json]) -> Result<Rules> {
        let mut rules = Rules::default();
        let mut field = Field { name: "rules", rule: &"must be an object", problem: None };
        for layer in layers {
            field.each(layer, &mut |field, name, value| {
                if let Some((name, rule, take)) = FIELDS.iter().find(|(known, ..)| *known == name) {
                    (field.name, field.rule) = (name, rule);
                    take(&mut rules, field, value);
                }
            });
        }
        let Some((name, rule)) = field.problem else { return Ok(rules) };
        let most = digits(MAX_ENTRIES as u64);
        Err(Error::Request { problem: text(&["`", name, "` ", rule, "; at most ", &most, " entries each"]) })
    }
}

/// The field that is being read, and the first that was wrong. What is wrong reads as nothing: a way out at every value would
/// be most of the code.
struct Field {
    name: &'static str,
    rule: Thin,
    problem: Option<(&'static str, Thin)>,
}

impl Field {
    fn check(&mut self, holds: bool) {
        if !holds {
            self.problem = self.problem.or(Some((self.name, self.rule)));
        }
    }

    fn text<'j>(&mut self, json: &'j Json) -> &'j str {
        let Json::Text(text) = json else {
            self.check(false);
            return "";
        };
        text
    }

    /// A number from 0 to `most`.
    fn number(&mut self, json: &Json, most: f32) -> f32 {
        let number = if let Json::Number(number) = json { *number as f32 } else { -1.0 };
        self.check(number >= 0.0 && number <= most);
        number
    }

    /// A whole number from `least` to `most`.
    fn whole(&mut self, json: &Json, least: f32, most: f32) -> u32 {
        let number = self.number(json, most);
        self.check(number >= least && number == (number as u32) as f32);
        number as u32
    }

    fn list<'j>(&mut self, json: &'j Json) -> &'j [Json] {
        let list: &[Json] = if let Json::List(list) = json { list } else { &[] };
        self.check(matches!(json, Json::List(_)) && list.len() <= MAX_ENTRIES);
        list
    }

    /// Visits the fields of an object; `null` stands for none, of them or at all.
    fn each(&mut self, json: &Json, visit: &mut dyn FnMut(&mut Field, &str, &Json)) {
        match json {
            Json::Map(fields) => {
                self.check(fields.len() <= MAX_ENTRIES);
                for (name, value) in fields.iter().filter(|(_, value)| !matches!(value, Json::Null)) {
                    visit(self, name, value);
                }
            }
            _ => self.check(matches!(json, Json::Null)),
        }
    }

    fn clauses(&mut self, json: &Json, clauses: &mut Vec<Clause>) {
        self.each(json, &mut |field, name, value| {
            let mut test = Test::default();
            match value {
                Json::List(_) => field.list(value).iter().for_each(|value| field.test(name, value, &mut test)),
                _ => field.test(name, value, &mut test),
            }
            clauses.push(Clause { attribute: String::from(name), test });
        });
    }

    /// One thing that an attribute may be: a value, a number, yes or no, or numbers from `min` to `max`. Which of them counts
    /// is known when the column is; of numbers, only those without sign and fraction have a text.
    fn test(&mut self, name: &str, json: &Json, test: &mut Test) {
        let mut value = |text: &str| test.values.push(Value::of(name, text));
        match json {
            Json::Text(text) => value(text),
            Json::Bool(truth) => {
                value(if *truth { "true" } else { "false" });
                let number = f32::from(u8::from(*truth));
                test.ranges.push((number, number));
            }
            Json::Number(number) => {
                let whole = *number as u64;
                if whole as f64 == *number {
                    value(&digits(whole));
                }
                test.ranges.push((*number as f32, *number as f32));
            }
            Json::Map(_) => {
                let bound = |name| match json.get(name) {
                    Some(Json::Number(number)) => Some(*number as f32),
                    Some(_) => Some(f32::NAN),
                    None => None,
                };
                let (min, max) = (bound("min"), bound("max"));
                let usable = |bound: Option<f32>| bound.is_none_or(|bound| !bound.is_nan());
                self.check((min.is_some() || max.is_some()) && usable(min) && usable(max));
                test.ranges.push((min.unwrap_or(f32::NEG_INFINITY), max.unwrap_or(f32::INFINITY)));
            }
            _ => self.check(false),
        }
    }
}

//! A JSON value between the host's parser and our types: JavaScript has one, native has `serde_json`, and neither must be
//! carried into the wasm artefact. Owns the reading of fields with errors that name them.

use crate::error::{Error, Result, Thin, told};

/// A parsed JSON value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Json {
    /// `null`, and everything that JSON has no word for.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any number.
    Number(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, in the order of its fields.
    Map(Vec<(String, Json)>),
}

impl Json {
    /// The value of a field; `None` where this is no object, has no such field, or has `null` there.
    pub fn get(&self, name: &str) -> Option<&Json> {
        let Json::Map(fields) = self else { return None };
        fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
            .filter(|value| !matches!(value, Json::Null))
    }

    /// A number, or what is none.
    fn as_number(&self) -> f64 {
        if let Json::Number(number) = self { *number } else { f64::NAN }
    }
}

/// What is wrong with a text that should be one of a few.
pub const UNKNOWN: Thin = &"has a value that this runtime does not know";

/// Reads fields. The first thing that is wrong is kept, and everything wrong reads as nothing: [`Fields::done`] tells in the
/// end. A way out at every field would be most of the code.
#[derive(Default)]
pub struct Fields {
    problem: Option<Error>,
}

impl Fields {
    /// Notes what is wrong with a field unless `holds`.
    pub fn check(&mut self, holds: bool, name: &str, problem: Thin) {
        if !holds && self.problem.is_none() {
            self.problem = Some(Error::Json { field: String::from(name), problem: told(problem) });
        }
    }

    /// The first thing that was wrong.
    pub fn done(self) -> Result<()> {
        self.problem.map_or(Ok(()), Err)
    }

    /// The value of a field that must be there; null where it is not.
    pub fn field<'j>(&mut self, json: &'j Json, name: &str) -> &'j Json {
        let found = json.get(name);
        self.check(found.is_some(), name, &"is missing");
        found.unwrap_or(&Json::Null)
    }

    /// A field that holds a string.
    pub fn text<'j>(&mut self, json: &'j Json, name: &str) -> &'j str {
        let text = self.field(json, name);
        self.as_text(text, name)
    }

    /// This value as a string, `name` being what it is called in an error.
    pub fn as_text<'j>(&mut self, json: &'j Json, name: &str) -> &'j str {
        match json {
            Json::Text(text) => text,
            _ => {
                self.check(false, name, &"is not a string");
                ""
            }
        }
    }

    /// A field that holds one of `words`: its place.
    pub fn word(&mut self, json: &Json, name: &str, words: &[&str]) -> usize {
        let text = self.text(json, name);
        let place = words.iter().position(|word| *word == text);
        self.check(place.is_some(), name, UNKNOWN);
        place.unwrap_or(0)
    }

    /// A field that holds a whole number up to `u32::MAX`.
    pub fn integer(&mut self, json: &Json, name: &str) -> u32 {
        let number = self.field(json, name);
        self.as_integer(number, name)
    }

    /// This value as a whole number, `name` being what it is called in an error.
    pub fn as_integer(&mut self, json: &Json, name: &str) -> u32 {
        let number = json.as_number();
        let whole = f64::from(number as u32) == number;
        self.check(whole, name, &"is not a whole number from 0 to 4294967295");
        number as u32
    }

    /// A field that holds a number.
    pub fn number(&mut self, json: &Json, name: &str) -> f32 {
        let value = self.field(json, name);
        self.as_number(value, name)
    }

    /// This value as a number, `name` being what it is called in an error.
    pub fn as_number(&mut self, value: &Json, name: &str) -> f32 {
        self.check(matches!(value, Json::Number(_)), name, &"is not a number");
        value.as_number() as f32
    }

    /// A field that holds an array; empty where it is missing.
    pub fn list<'j>(&mut self, json: &'j Json, name: &str) -> &'j [Json] {
        json.get(name).map_or(&[], |list| self.as_list(list, name))
    }

    /// This value as an array, `name` being what it is called in an error.
    pub fn as_list<'j>(&mut self, json: &'j Json, name: &str) -> &'j [Json] {
        match json {
            Json::List(list) => list,
            _ => {
                self.check(false, name, &"is not an array");
                &[]
            }
        }
    }

    /// This value as an array of strings, `name` being what it is called in an error.
    pub fn as_texts(&mut self, json: &Json, name: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for text in self.as_list(json, name) {
            texts.push(String::from(self.as_text(text, name)));
        }
        texts
    }
}

/// Between this type and `serde_json`, for native hosts.
#[cfg(feature = "json")]
mod native {
    use super::Json;
    use serde_json::Value;

    impl From<Value> for Json {
        fn from(value: Value) -> Json {
            match value {
                Value::Null => Json::Null,
                Value::Bool(truth) => Json::Bool(truth),
                Value::Number(number) => Json::Number(number.as_f64().unwrap_or(f64::NAN)),
                Value::String(text) => Json::Text(text),
                Value::Array(list) => Json::List(list.into_iter().map(Json::from).collect()),
                Value::Object(map) => {
                    Json::Map(map.into_iter().map(|(name, value)| (name, Json::from(value))).collect())
                }
            }
        }
    }

    impl From<Json> for Value {
        fn from(json: Json) -> Value {
            match json {
                Json::Null => Value::Null,
                Json::Bool(truth) => Value::Bool(truth),
                // Whole numbers are written as such: `1682`, not `1682.0`.
                Json::Number(n) if n.trunc() == n && n.abs() < 1e15 => Value::from(n as i64),
                Json::Number(n) => Value::from(n),
                Json::Text(text) => Value::String(text),
                Json::List(list) => Value::Array(list.into_iter().map(Value::from).collect()),
                Json::Map(map) => {
                    Value::Object(map.into_iter().map(|(name, value)| (name, Value::from(value))).collect())
                }
            }
        }
    }
}

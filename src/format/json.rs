//! A JSON value between the host's parser and our types: JavaScript has one, native has `serde_json`, and neither must be
//! carried into the wasm artefact. Owns the reading of fields with errors that name them.

use crate::error::{Error, Result, Thin};

/// A parsed JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`, and everything that JSON has no word for.
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
        fields.iter().find(|(known, _)| known == name).map(|(_, value)| value).filter(|value| **value != Json::Null)
    }

    /// The value of a field that must be there.
    pub fn field(&self, name: &str) -> Result<&Json> {
        self.get(name).ok_or_else(|| broken(name, &"is missing"))
    }

    /// A field that holds a string.
    pub fn text(&self, name: &str) -> Result<&str> {
        match self.field(name)? {
            Json::Text(text) => Ok(text),
            _ => Err(broken(name, &"is not a string")),
        }
    }

    /// A field that holds a string which `parse` understands.
    pub fn parsed<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
        parse(self.text(name)?).ok_or_else(|| broken(name, &"has a value that this runtime does not know"))
    }

    /// A field that holds a whole number up to `u32::MAX`.
    pub fn integer(&self, name: &str) -> Result<u32> {
        self.field(name)?.as_integer(name)
    }

    /// A field that holds a number.
    pub fn number(&self, name: &str) -> Result<f32> {
        match self.field(name)? {
            Json::Number(n) => Ok(*n as f32),
            _ => Err(broken(name, &"is not a number")),
        }
    }

    /// A field that holds an array; empty where it is missing.
    pub fn list(&self, name: &str) -> Result<&[Json]> {
        match self.get(name) {
            None => Ok(&[]),
            Some(Json::List(list)) => Ok(list),
            Some(_) => Err(broken(name, &"is not an array")),
        }
    }

    /// A field that holds an array of strings; empty where it is missing.
    pub fn texts(&self, name: &str) -> Result<Vec<String>> {
        self.list(name)?.iter().map(|value| value.as_text(name).map(String::from)).collect()
    }

    /// This value as a string; `None` where it is something else.
    pub fn text_value(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// This value as a whole number, `name` being what it is called in an error.
    pub fn as_integer(&self, name: &str) -> Result<u32> {
        match self {
            Json::Number(n) if n.trunc() == *n && (0.0..=f64::from(u32::MAX)).contains(n) => Ok(*n as u32),
            _ => Err(broken(name, &"is not a whole number from 0 to 4294967295")),
        }
    }

    /// This value as a string, `name` being what it is called in an error.
    pub fn as_text(&self, name: &str) -> Result<&str> {
        match self {
            Json::Text(text) => Ok(text),
            _ => Err(broken(name, &"holds something that is not a string")),
        }
    }
}

/// An error about a field.
pub fn broken(name: &str, what: Thin) -> Error {
    Error::Json { field: String::from(name), problem: what }
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

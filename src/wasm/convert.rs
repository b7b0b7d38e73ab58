//! JavaScript values to requests, responses to flat arrays, errors to `Error` objects with a code. No decisions.

use js_sys::{Array, Float32Array, Object, Reflect, Uint8Array};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use crate::error::Error;
use crate::format::manifest::Manifest;
use crate::profile::Profile;
use crate::recaller::{FileWanted, Request, Response, Task};

/// What crosses to JavaScript: a value or an `Error` object.
pub type Outcome<T> = Result<T, JsValue>;

#[derive(Deserialize)]
struct CoreRequest {
    task: TaskName,
    k: u32,
    #[serde(default)]
    seeds: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
    minute: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum TaskName {
    Recommend,
    Similar,
    Trending,
}

/// Reads a value, or says what is wrong with it.
pub fn from_js<T: DeserializeOwned>(value: JsValue, what: &str) -> Outcome<T> {
    serde_wasm_bindgen::from_value(value).map_err(|error| to_js(Error::Request { problem: format!("{what}: {error}") }))
}

/// Reads the parsed `recall.json`. The version comes first: fields of another major may be anything.
pub fn manifest_from(value: JsValue) -> Outcome<Manifest> {
    let major = Reflect::get(&value, &"format".into()).ok().map(|format| Array::from(&format).get(0));
    if let Some(found) =
        major.and_then(|major| major.as_f64()).filter(|&major| major != f64::from(crate::format::header::MAJOR))
    {
        return Err(to_js(Error::ManifestVersion { found: found as u32 }));
    }
    let broken = |error: serde_wasm_bindgen::Error| to_js(Error::Manifest { problem: error.to_string() });
    serde_wasm_bindgen::from_value(value).map_err(broken)
}

/// Makes the request of a profile out of its options.
pub fn request_from(value: JsValue, profile: &Profile) -> Outcome<Request> {
    let request: CoreRequest = from_js(value, "options")?;
    let task = match request.task {
        TaskName::Recommend => Task::Recommend,
        TaskName::Similar => Task::Similar,
        TaskName::Trending => Task::Trending,
    };
    let made = Request::of_profile(task, profile, &request.seeds, &request.exclude, request.minute);
    Ok(made.limit(request.k as usize))
}

/// A wanted file as `{ name, kind, bytes }`.
pub fn file(file: &FileWanted) -> Object {
    object([("name", file.name.to_string().into()), ("kind", file.kind.name().into()), ("bytes", file.bytes.into())])
}

/// A response as parallel arrays; see `Answer` in ARCHITECTURE.md.
pub fn answer(request: &Request, response: &Response) -> JsValue {
    let list = &response.recommendations;
    let reasons = || list.iter().flat_map(|r| &r.why);
    let trigger = |place: Option<u32>| place.and_then(|place| request.history.get(place as usize));
    let bytes = |values: Vec<u8>| JsValue::from(Uint8Array::from(values.as_slice()));
    let floats = |values: Vec<f32>| JsValue::from(Float32Array::from(values.as_slice()));
    let lines = |texts: Vec<&str>| JsValue::from(texts.join("\n"));
    let missing = response.diagnostics.missing.iter().map(|name| JsValue::from(name.to_string()));
    let seed = |place| trigger(place).map_or("", |event| event.key.as_str());
    let kind = |place| trigger(place).map_or("", |event| event.kind.name());
    object([
        ("keys", lines(list.iter().map(|r| r.key.as_str()).collect())),
        ("scores", floats(list.iter().map(|r| r.score).collect())),
        ("channels", bytes(list.iter().map(|r| r.channels.0).collect())),
        ("whyCounts", bytes(list.iter().map(|r| r.why.len() as u8).collect())),
        ("whyChannel", bytes(reasons().map(|w| w.channel as u8).collect())),
        ("whyShare", floats(reasons().map(|w| w.share).collect())),
        ("whySeed", lines(reasons().map(|w| seed(w.trigger)).collect())),
        ("whyType", lines(reasons().map(|w| kind(w.trigger)).collect())),
        ("cells", response.diagnostics.cells.into()),
        ("missing", missing.collect::<Array>().into()),
    ])
    .into()
}

/// An error as a JavaScript `Error` with `code`, `shard` and `section`.
pub fn to_js(error: Error) -> JsValue {
    let made = js_sys::Error::new(&error.to_string());
    let shard = error.shard().map(|name| name.to_string());
    for (field, value) in [("code", Some(error.code())), ("shard", shard.as_deref()), ("section", error.section())] {
        if let Some(value) = value {
            set(&made, field, value.into());
        }
    }
    made.into()
}

fn object<const N: usize>(fields: [(&str, JsValue); N]) -> Object {
    let made = Object::new();
    fields.into_iter().for_each(|(name, value)| set(&made, name, value));
    made
}

fn set(target: &JsValue, name: &str, value: JsValue) {
    // Setting a field of an ordinary object cannot fail.
    let _set = Reflect::set(target, &name.into(), &value);
}

//! JavaScript values to requests, responses to flat arrays, errors to `Error` objects with a code. No decisions.

use js_sys::{Array, Float32Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use crate::context::Context;
use crate::error::Error;
use crate::format::json::Json;
use crate::ids::ShardName;
use crate::profile::Profile;
use crate::recaller::{Budget, FileWanted, Plan, Privacy, Recaller, Request, Response, Task};

/// What crosses to JavaScript: a value or an `Error` object.
pub type Outcome<T> = Result<T, JsValue>;

/// Deeper values than any of ours are cut off, so that a hostile manifest cannot exhaust the stack.
const MAX_DEPTH: u32 = 8;

/// A JavaScript value as JSON; what JSON has no word for becomes null.
pub fn json(value: &JsValue) -> Json {
    json_at(value, MAX_DEPTH)
}

fn json_at(value: &JsValue, depth: u32) -> Json {
    if let Some(number) = value.as_f64() {
        return Json::Number(number);
    }
    if let Some(text) = value.as_string() {
        return Json::Text(text);
    }
    if let Some(truth) = value.as_bool() {
        return Json::Bool(truth);
    }
    let Some(below) = depth.checked_sub(1).filter(|_| value.is_object()) else { return Json::Null };
    if Array::is_array(value) {
        return Json::List(Array::from(value).iter().map(|value| json_at(&value, below)).collect());
    }
    let entries = Object::entries(value.unchecked_ref());
    let pairs = entries.iter().filter_map(|pair| {
        let pair = Array::from(&pair);
        Some((pair.get(0).as_string()?, json_at(&pair.get(1), below)))
    });
    Json::Map(pairs.collect())
}

/// Reads options; what is wrong with them is the caller's fault and not the manifest's.
fn options<T>(read: Result<T, Error>) -> Outcome<T> {
    read.map_err(|error| match error {
        Error::Json { field, problem } => {
            to_js(Error::Request { problem: crate::error::text(&["`", &field, "` ", &problem]) })
        }
        other => to_js(other),
    })
}

/// Makes the request of a profile out of its options.
pub fn request_from(value: &JsValue, profile: &Profile) -> Outcome<Request> {
    let json = json(value);
    options((|| {
        let task = json.parsed("task", |name| match name {
            "recommend" => Some(Task::Recommend),
            "similar" => Some(Task::Similar),
            "trending" => Some(Task::Trending),
            _ => None,
        })?;
        let (seeds, exclude) = (json.texts("seeds")?, json.texts("exclude")?);
        let mut made = Request::of_profile(task, profile, &seeds, &exclude, json.integer("minute")?);
        let limit = |name| if json.get(name).is_some() { json.integer(name) } else { Ok(u32::MAX) };
        made.budget = Budget { bytes: limit("bytes")?, files: limit("files")? };
        made.lost = json.texts("lost")?.iter().filter_map(|name| ShardName::parse(name)).collect();
        made.privacy = match json.get("privacy").and_then(Json::text_value) {
            Some("head") => Privacy::Head,
            Some("decoy") => Privacy::Decoys(json.integer("device")?),
            _ => Privacy::Open,
        };
        Ok(made.limit(json.integer("k")? as usize))
    })())
}

/// Reads attribute names and values.
pub fn context_from(value: &JsValue) -> Outcome<Context> {
    let Json::Map(fields) = json(value) else {
        return Err(to_js(Error::Request { problem: String::from("the context is not an object") }));
    };
    let pair = |(name, value): &(String, Json)| Ok((name.clone(), String::from(value.as_text(name)?)));
    options(fields.iter().map(pair).collect())
}

/// A wanted file as `{ name, kind, bytes }`.
fn file(file: &FileWanted) -> Object {
    object([("name", file.name.text().into()), ("kind", file.kind.name().into()), ("bytes", file.bytes.into())])
}

/// A plan as `{ files, last }`.
pub fn plan(plan: &Plan) -> Object {
    object([("files", files(&plan.files).into()), ("last", plan.last.into())])
}

/// Wanted files as an array.
pub fn files(wanted: &[FileWanted]) -> Array {
    wanted.iter().map(file).collect()
}

/// A response as parallel arrays; see `Answer` in ARCHITECTURE.md.
pub fn answer(request: &Request, response: &Response) -> JsValue {
    let list = &response.recommendations;
    let reasons = || list.iter().flat_map(|r| &r.why);
    let trigger = |place: Option<u32>| place.and_then(|place| request.history.get(place as usize));
    let bytes = |values: Vec<u8>| JsValue::from(Uint8Array::from(values.as_slice()));
    let floats = |values: Vec<f32>| JsValue::from(Float32Array::from(values.as_slice()));
    let lines = |texts: Vec<&str>| JsValue::from(joined(&texts));
    let seed = |place| trigger(place).map_or("", |event| event.key.as_str());
    // A seed was given, not touched: it has no event.
    let touched = |place| trigger(place).filter(|_| request.task != Task::Similar);
    let kind = |place| touched(place).map_or("", |event| event.kind.name());
    object([
        ("keys", lines(list.iter().map(|r| r.key.as_str()).collect())),
        ("scores", floats(list.iter().map(|r| r.score).collect())),
        ("channels", bytes(list.iter().map(|r| r.channels.0).collect())),
        ("shares", floats(list.iter().flat_map(|r| r.shares).collect())),
        ("whyCounts", bytes(list.iter().map(|r| r.why.len() as u8).collect())),
        ("whyChannel", bytes(reasons().map(|w| w.channel as u8).collect())),
        ("whyShare", floats(reasons().map(|w| w.share).collect())),
        ("whySeed", lines(reasons().map(|w| seed(w.trigger)).collect())),
        ("whyType", lines(reasons().map(|w| kind(w.trigger)).collect())),
        ("cells", response.diagnostics.cells.into()),
    ])
    .into()
}

/// Texts with a line feed between them.
fn joined(texts: &[&str]) -> String {
    let mut all = String::new();
    for (place, text) in texts.iter().enumerate() {
        if place > 0 {
            all.push('\n');
        }
        all.push_str(text);
    }
    all
}

/// An error as a JavaScript `Error` with `code`, `shard` and `section`.
pub fn to_js(error: Error) -> JsValue {
    let made = js_sys::Error::new(&error.message());
    let shard = error.shard().map(|name| name.text());
    for (field, value) in [("code", Some(error.code())), ("shard", shard.as_deref()), ("section", error.section())] {
        if let Some(value) = value {
            set(&made, field, value.into());
        }
    }
    made.into()
}

/// The display fields of items: for each item a line, its fields with a unit separator (U+001F) between them.
pub fn fields(recaller: &Recaller, keys: &[String]) -> Object {
    let mut texts = String::new();
    for (place, key) in keys.iter().enumerate() {
        if place > 0 {
            texts.push('\n');
        }
        for (place, field) in recaller.display(key).unwrap_or_default().iter().enumerate() {
            if place > 0 {
                texts.push('\u{1f}');
            }
            texts.push_str(field);
        }
    }
    object([("files", files(&recaller.plan_display(keys)).into()), ("texts", texts.into())])
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

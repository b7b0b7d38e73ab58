//! The JavaScript exports: convert, call, convert. The only code that knows JavaScript; holds no recall logic.

mod convert;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::error::Error;
use crate::format::bytes::AlignedBytes;
use crate::format::manifest::Manifest;
use crate::ids::ShardName;
use crate::profile::{EventKind, Profile};
use crate::recaller::Recaller;
use convert::{Outcome, answer, context_from, json, request_from, to_js};

/// One loaded build and one profile.
#[wasm_bindgen]
pub struct Core {
    recaller: Recaller,
    profile: Profile,
}

#[wasm_bindgen]
impl Core {
    /// Starts with the parsed `recall.json`.
    #[wasm_bindgen(constructor)]
    pub fn new(manifest: &JsValue) -> Outcome<Core> {
        let manifest = Manifest::read(&json(manifest)).map_err(to_js)?;
        Ok(Core { recaller: Recaller::new(manifest).map_err(to_js)?, profile: Profile::default() })
    }

    /// Files that the request lacks: an array of `{ name, kind, bytes }`.
    pub fn plan(&self, request: &JsValue) -> Outcome<Array> {
        let request = request_from(request, &self.profile)?;
        Ok(self.recaller.plan(&request).iter().map(convert::file).collect())
    }

    /// Checks a file and takes it in, whole or not at all.
    pub fn attach(&mut self, name: &str, bytes: &Uint8Array) -> Outcome<()> {
        let length = bytes.length() as usize;
        // The one copy of a shard: from JavaScript's buffer straight into aligned memory.
        let bytes = AlignedBytes::with(length, |to| bytes.copy_to(to));
        let problem = || Error::Request { problem: format!("{name} is not the name of a shard") };
        let name = ShardName::parse(name).ok_or_else(problem).map_err(to_js)?;
        self.recaller.attach(name, bytes).map_err(to_js)
    }

    /// Answers from whatever is attached.
    pub fn finish(&self, request: &JsValue) -> Outcome<JsValue> {
        let request = request_from(request, &self.profile)?;
        let response = self.recaller.finish(&request).map_err(to_js)?;
        Ok(answer(&request, &response))
    }

    /// Records one event for each item, at a minute since the Unix epoch; all of them or, if an id is bad, none.
    pub fn observe(&mut self, kind: &str, keys: Vec<String>, minute: u32) -> Outcome<()> {
        let names = || EventKind::ALL.map(EventKind::name).join(", ");
        let problem = || Error::Request { problem: format!("event type {kind} is none of {}", names()) };
        let kind = EventKind::parse(kind).ok_or_else(problem).map_err(to_js)?;
        self.profile.observe_all(kind, &keys, minute).map_err(to_js)
    }

    /// Replaces the coarse attributes that choose a crowd.
    #[wasm_bindgen(js_name = setContext)]
    pub fn set_context(&mut self, attributes: &JsValue) -> Outcome<()> {
        self.profile.set_context(context_from(attributes)?);
        Ok(())
    }

    /// The profile as one blob.
    #[wasm_bindgen(js_name = exportProfile)]
    pub fn export_profile(&self) -> Vec<u8> {
        self.profile.encode()
    }

    /// Replaces the profile by a blob.
    #[wasm_bindgen(js_name = importProfile)]
    pub fn import_profile(&mut self, bytes: &[u8]) -> Outcome<()> {
        self.profile = Profile::decode(bytes).map_err(to_js)?;
        Ok(())
    }

    /// Removes every trace of an item from the profile.
    pub fn forget(&mut self, key: &str) {
        self.profile.forget(key);
    }

    /// Empties the profile.
    #[wasm_bindgen(js_name = clearProfile)]
    pub fn clear_profile(&mut self) {
        self.profile = Profile::default();
    }
}

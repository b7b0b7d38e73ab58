//! The JavaScript exports: convert, call, convert. The only code that knows JavaScript; holds no recall logic.

mod allocator;
mod convert;

use js_sys::{Object, Uint8Array};
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
        let mut core = Core { recaller: Recaller::new(manifest).map_err(to_js)?, profile: Profile::default() };
        core.settle();
        Ok(core)
    }

    /// Files that the request lacks: `{ files: { name, kind, bytes }[], last }`.
    pub fn plan(&self, request: &JsValue) -> Outcome<Object> {
        let request = request_from(request, &self.profile)?;
        Ok(convert::plan(&self.recaller.plan(&request)))
    }

    /// Fills the profile's item cards from what is attached; tells whether the profile changed.
    pub fn keep(&mut self) -> bool {
        let mut changed = false;
        for key in self.profile.without_card() {
            if let Some(card) = self.recaller.card(&key) {
                changed |= self.profile.keep(&key, card);
            }
        }
        changed
    }

    /// Takes in the card of an item that a page brought along.
    #[wasm_bindgen(js_name = addCard)]
    pub fn add_card(&mut self, key: &str, bytes: &[u8]) -> Outcome<()> {
        self.recaller.check_card(bytes).map(|card| drop(self.profile.keep(key, card))).map_err(to_js)
    }

    /// Display fields of items: `{ files, texts }`, the files that are lacking and a line for each key.
    pub fn fields(&self, keys: Vec<String>) -> Object {
        convert::fields(&self.recaller, &keys)
    }

    /// Checks a file and takes it in, whole or not at all.
    pub fn attach(&mut self, name: &str, bytes: &Uint8Array) -> Outcome<()> {
        let length = bytes.length() as usize;
        // The one copy of a shard: from JavaScript's buffer straight into aligned memory.
        let bytes = AlignedBytes::with(length, |to| bytes.copy_to(to));
        let problem = || Error::Request { problem: crate::error::text(&[name, " is not the name of a shard"]) };
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
        let problem =
            || Error::Request { problem: crate::error::text(&["event type ", kind, " is none of ", &names()]) };
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
        self.settle();
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
        self.settle();
    }

    /// Tells the profile which build its cards are for.
    fn settle(&mut self) {
        let manifest = self.recaller.manifest();
        let (epoch, model) = (manifest.epoch, manifest.model);
        self.profile.settle(epoch, model);
    }
}

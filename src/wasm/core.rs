//! What the core exports to JavaScript: one door through which bytes go in and bytes come out. `pkg-config/src/core.ts` is its other
//! side. Reads, calls, writes; holds no recall logic.

use wasm_bindgen::prelude::*;

use super::{answer, arguments};
use crate::error::{Error, Part, Result, digits, push, text};
use crate::format::bytes::{AlignedBytes, Reader};
use crate::format::json::Json;
use crate::format::manifest::Manifest;
use crate::ids::ShardName;
use crate::mechanism::rules::Rules;
use crate::profile::{EventKind, Profile};
use crate::recaller::{FileWanted, Recaller};

/// One loaded build and one profile.
#[wasm_bindgen]
#[derive(Default)]
pub struct Core {
    /// Once the manifest is here.
    recaller: Option<Recaller>,
    profile: Profile,
    overlay: Json,
}

#[wasm_bindgen]
impl Core {
    /// A core without a build: before its manifest it answers nothing.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Core {
        Core::default()
    }

    /// Does what number `task` stands for. Arguments and answer are bytes; the first four of the answer are zero, or the
    /// rest is an error: code, shard, section and message, a line each.
    pub fn call(&mut self, task: u32, arguments: &[u8]) -> Vec<u8> {
        let mut answer = vec![0; 4];
        let mut reader = Reader::new(arguments, Part::Unknown);
        finished(self.run(task, &mut reader, &mut answer), answer)
    }

    /// Checks a file and takes it in, whole or not at all. Answers as `call` does.
    pub fn attach(&mut self, name: &str, bytes: &[u8]) -> Vec<u8> {
        let attached = match ShardName::parse(name) {
            Some(name) => match &mut self.recaller {
                Some(recaller) => recaller.attach(name, AlignedBytes::copy_of(bytes)),
                None => Err(no_build()),
            },
            None => Err(Error::Request { problem: text(&[name, " is not the name of a shard"]) }),
        };
        finished(attached, vec![0; 4])
    }

    fn run(&mut self, task: u32, reader: &mut Reader<'_>, answer: &mut Vec<u8>) -> Result<()> {
        if task == 0 {
            // The parsed `recall.json`.
            let recaller = Recaller::new(Manifest::read(&arguments::json(reader, 0))?)?;
            settle(&mut self.profile, &recaller);
            self.recaller = Some(recaller);
            return Ok(());
        }
        let Some(recaller) = &self.recaller else { return Err(no_build()) };
        match task {
            // The files that a request lacks; or the answer from whatever is attached.
            1 | 2 => {
                let request = arguments::request(reader, &self.profile, &self.overlay)?;
                if task == 1 {
                    let plan = recaller.plan(&request);
                    answer.push(if plan.last { b'1' } else { b'0' });
                    put_files(answer, &plan.files);
                } else {
                    answer::put(answer, &request, &recaller.finish(&request)?);
                }
            }
            // Fills the profile's item cards from what is attached: a byte for each.
            3 => {
                for key in self.profile.without_card() {
                    if recaller.card(&key).is_some_and(|card| self.profile.keep(&key, card)) {
                        answer.push(1);
                    }
                }
            }
            // The display fields of items, a line for each, and the files that have more.
            4 => {
                let keys = arguments::texts(reader);
                answer::put_fields(answer, recaller, &keys);
                put_files(answer, &recaller.plan_display(&keys));
            }
            // One event for each item, or that a page has `shown` them; all of them or, if an id is bad, none.
            5 => {
                let (kind, minute) = (reader.string(), reader.varint());
                if kind == "shown" {
                    self.profile.show(&arguments::texts(reader), minute);
                    return Ok(());
                }
                let Some(known) = EventKind::parse(kind) else {
                    return Err(Error::Request { problem: text(&["event type ", kind, " is unknown"]) });
                };
                self.profile.observe_all(known, &arguments::texts(reader), minute)?;
            }
            // The card of an item that a page brought along.
            6 => {
                let key = reader.string();
                let card = recaller.check_card(reader.take(reader.remaining()))?;
                self.profile.keep(key, card);
            }
            // The coarse attributes that choose a crowd.
            7 => self.profile.set_context(arguments::context(reader)),
            // The profile as one blob.
            8 => answer.extend_from_slice(&self.profile.encode()),
            // Another profile in place of this one.
            9 => {
                self.profile = Profile::decode(reader.take(reader.remaining()))?;
                settle(&mut self.profile, recaller);
            }
            // Removes every trace of an item from the profile.
            10 => self.profile.forget(reader.string()),
            // Why an item is in the answer to a request, or is not: its place from 1, or 0; why it has none, or 0; and an
            // answer of one result or none.
            12 => {
                let request = arguments::request(reader, &self.profile, &self.overlay)?;
                let explanation = recaller.explain(&request, reader.string())?;
                answer::put_explanation(answer, &request, explanation);
            }
            // The site's rules, below those of every request.
            13 => {
                let overlay = arguments::json(reader, 0);
                Rules::read(&overlay)?;
                self.overlay = overlay;
            }
            // Empties the profile.
            _ => {
                self.profile = Profile::default();
                settle(&mut self.profile, recaller);
            }
        }
        Ok(())
    }
}

fn no_build() -> Error {
    Error::Request { problem: String::from("the manifest comes first") }
}

/// Tells the profile which build its cards are for.
fn settle(profile: &mut Profile, recaller: &Recaller) {
    let manifest = recaller.manifest();
    profile.settle(manifest.epoch, manifest.model);
}

/// The answer, or the error in its place.
fn finished(result: Result<()>, answer: Vec<u8>) -> Vec<u8> {
    let Err(error) = result else { return answer };
    let mut all = String::from("\u{1}\0\0\0");
    let shard = error.shard().map_or(String::new(), |name| name.text());
    push(&mut all, &[error.code(), "\n", &shard, "\n", error.section().unwrap_or_default(), "\n", &error.message()]);
    all.into_bytes()
}

/// Wanted files, a line each: name, kind, bytes.
fn put_files(to: &mut Vec<u8>, files: &[FileWanted]) {
    for file in files {
        for part in ["\n", &file.name.text(), " ", file.kind.name(), " ", &digits(u64::from(file.bytes))] {
            to.extend_from_slice(part.as_bytes());
        }
    }
}

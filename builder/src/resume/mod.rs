//! Results of stages on disk, so that a build that was broken off goes on where it stopped. Owns the directory: names,
//! whole writes, what is believed and what is thrown away; the bytes of a result are in `stored`.
//!
//! A file is named after its stage and a hash of all that its result depends on: the interactions, the parameters, the
//! version of this program. A file that does not hold what its name promises is made again, never an error.

mod stored;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
pub use stored::Stored;

use crate::model::Interactions;
use crate::progress::{Progress, Stage};
use crate::report::Report;

/// Raise it when a stage gives other results for the same parameters.
const RESULTS_VERSION: u32 = 1;
const EXTENSION: &str = "stage";
/// Characters of the hash in a name.
const HASH_CHARACTERS: usize = 32;

/// A directory of results.
#[derive(Debug)]
pub struct Work {
    dir: PathBuf,
    report: Report,
    used: Mutex<BTreeSet<String>>,
}

impl Work {
    /// Uses a directory, which is made where it does not exist.
    pub fn open(dir: &Path, report: Report) -> Result<Self> {
        fs::create_dir_all(dir).with_context(|| format!("cannot make the work directory {}", dir.display()))?;
        Ok(Self { dir: dir.to_owned(), report, used: Mutex::default() })
    }

    /// Removes the results that nothing asked for since the directory was opened: those of other logs and parameters.
    pub fn sweep(&self) {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_ours(&name) && !used.contains(&name) {
                // Litter, at worst.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn read<T: Stored>(&self, name: &str, key: &[u8; 32]) -> Option<T> {
        let path = self.dir.join(name);
        if !path.exists() {
            return None;
        }
        let read = stored::read(&path, key);
        if let Err(error) = &read {
            self.report.notice(&format!("{}: {error}; the stage runs again", path.display()));
        }
        read.ok()
    }

    fn write<T: Stored>(&self, name: &str, key: &[u8; 32], result: &T) {
        if let Err(error) = stored::write(&self.dir, name, key, result) {
            let dir = self.dir.display();
            self.report.notice(&format!("{dir}: cannot keep {name}: {error}; a later build will not find it"));
        }
    }
}

/// `two-hop-table-0123456789abcdef0123456789abcdef.stage`
fn is_ours(name: &str) -> bool {
    let stem = name.strip_suffix(EXTENSION).and_then(|stem| stem.strip_suffix('.'));
    let hash = stem.and_then(|stem| stem.rsplit_once('-')).map(|(_, hash)| hash);
    hash.is_some_and(|hash| hash.len() == HASH_CHARACTERS && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// How stages run: where they are shown, and where their results are kept, if anywhere.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    progress: &'a Progress,
    work: Option<&'a Work>,
    part: &'static str,
}

impl<'a> From<&'a Progress> for Run<'a> {
    fn from(progress: &'a Progress) -> Self {
        Self { progress, work: None, part: "" }
    }
}

impl<'a> Run<'a> {
    /// Shown in `progress` and kept in `work`.
    pub fn new(progress: &'a Progress, work: Option<&'a Work>) -> Self {
        Self { progress, work, part: "" }
    }

    /// The same, for a part of the whole that is named before its stages.
    #[must_use]
    pub fn part(self, part: &'static str) -> Self {
        Self { part, ..self }
    }

    /// Starts a stage that is not kept.
    pub fn stage(&self, name: &str) -> Stage<'a> {
        self.progress.spinner(&format!("{}{name}", self.part))
    }

    /// The interactions that kept stages are about.
    pub fn about<'b>(&'b self, log: &'b Interactions) -> About<'b> {
        About { run: self, fingerprint: self.work.map(|_| fingerprint(log)) }
    }
}

/// Stages about one log.
#[derive(Debug)]
pub struct About<'a> {
    run: &'a Run<'a>,
    fingerprint: Option<[u8; 32]>,
}

impl About<'_> {
    /// The result of a stage: an earlier one, or a new one, which is kept. `parameters` must show, by `Debug`, all that it
    /// depends on beside the log.
    pub fn stage<T: Stored>(&self, name: &str, parameters: &dyn Debug, make: impl FnOnce() -> T) -> T {
        let stage = self.run.stage(name);
        let (Some(work), Some(fingerprint)) = (self.run.work, &self.fingerprint) else { return make() };
        let mut hash = Sha256::new();
        hash.update(RESULTS_VERSION.to_le_bytes());
        hash.update(concat!(env!("CARGO_PKG_VERSION"), "\n"));
        hash.update(fingerprint);
        hash.update(format!("{name}\n{parameters:?}"));
        let key: [u8; 32] = hash.finalize().into();
        let hex: String = key[..HASH_CHARACTERS / 2].iter().map(|byte| format!("{byte:02x}")).collect();
        let name = format!("{}-{hex}.{EXTENSION}", name.replace(' ', "-"));
        work.used.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
        if let Some(result) = work.read(&name, &key) {
            stage.reused();
            return result;
        }
        let result = make();
        work.write(&name, &key, &result);
        result
    }
}

/// A hash of all that stages see of a log: they know rows, not keys.
fn fingerprint(log: &Interactions) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut bytes = Vec::with_capacity(1 << 16);
    let sizes = [log.users.len(), log.items.len(), log.events.len(), usize::from(log.ordered)];
    for size in sizes.into_iter().chain(log.offsets.iter().copied()) {
        bytes.extend_from_slice(&(size as u64).to_le_bytes());
        flush(&mut hash, &mut bytes);
    }
    for event in &log.events {
        bytes.extend_from_slice(&event.item.to_le_bytes());
        bytes.extend_from_slice(&event.weight.to_bits().to_le_bytes());
        bytes.push(u8::from(event.taken));
        bytes.extend_from_slice(&event.minute.map_or(u64::MAX, u64::from).to_le_bytes());
        flush(&mut hash, &mut bytes);
    }
    for shown in &log.exposures {
        bytes.extend_from_slice(&shown.trigger.map_or(u64::MAX, u64::from).to_le_bytes());
        bytes.extend_from_slice(&shown.item.to_le_bytes());
        bytes.extend_from_slice(&shown.user.to_le_bytes());
        bytes.push(u8::from(shown.clicked));
        flush(&mut hash, &mut bytes);
    }
    hash.update(&bytes);
    hash.update(format!("{:?}", log.pairing));
    hash.finalize().into()
}

/// Hashing a field at a time would cost more than hashing.
fn flush(hash: &mut Sha256, bytes: &mut Vec<u8>) {
    if bytes.len() >= (1 << 16) - 64 {
        hash.update(&*bytes);
        bytes.clear();
    }
}

#[cfg(test)]
mod tests;

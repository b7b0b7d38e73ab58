//! Ctrl-C and its relatives. Owns what happens then: unfinished work is removed and the process ends with 130, or a
//! command that only waits for it goes on to its own end.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};

/// Directories to remove when a signal comes.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Who waits for a signal instead.
static WAITING: Mutex<Option<Sender<()>>> = Mutex::new(None);

/// Watches for interruption and for the wish of the system that the process end. Call once, from `main`.
pub fn watch() -> Result<()> {
    ctrlc::set_handler(|| {
        if lock(&WAITING).as_ref().is_some_and(|waiting| waiting.send(()).is_ok()) {
            return;
        }
        let unfinished = unfinished();
        for path in unfinished.iter() {
            // The interrupted thread may still be adding files; each try leaves fewer.
            for _ in 0..20 {
                if fs::remove_dir_all(path).is_ok() || !path.exists() {
                    break;
                }
            }
        }
        std::process::exit(130);
    })
    .context("cannot watch for interruption")
}

/// From now on an interruption does not end the process but is to be received here, for as long as this is held.
pub fn instead() -> Receiver<()> {
    let (sender, receiver) = channel();
    *lock(&WAITING) = Some(sender);
    receiver
}

/// The directories to remove when a signal comes. While this is held, a signal waits.
pub(crate) fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    lock(&UNFINISHED)
}

fn lock<T>(mutex: &'static Mutex<T>) -> MutexGuard<'static, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

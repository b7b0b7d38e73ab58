//! A packed build to its directory: manifest, shards, cache rules, the files of earlier builds that pages may still ask
//! for, and the runtime where one is given.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use edge_recall::ids::ShardName;
use serde::Serialize;

use crate::builds::{self, BUILDS, Build};
use crate::notes::{NOTES, Notes};
use crate::output::OutputDir;
use crate::pack::Packed;

/// Cache rules for hosts that read a `_headers` file: shards never change, the manifest always may.
const HEADERS: &str = "/c/*\n  Cache-Control: public, max-age=31536000, immutable\n\
/recall.json\n  Cache-Control: public, max-age=60, stale-while-revalidate=86400\n";

/// What a runtime directory must hold.
const RUNTIME: [&str; 2] = ["recall.js", "recall.wasm"];

/// Refuses a runtime directory that lacks a file, before any work is done for it.
pub fn check_runtime(runtime: &Path) -> Result<()> {
    for name in RUNTIME {
        let there = runtime.join(name).is_file();
        ensure!(
            there,
            "{} has no {name}; make it with `cargo xtask package`, which writes dist/recall",
            runtime.display()
        );
    }
    Ok(())
}

/// What stays of earlier builds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Kept {
    /// Earlier builds whose pages still find their files.
    pub builds: usize,
    /// Files that only they need.
    pub files: usize,
    /// Bytes of those files.
    pub bytes: u64,
}

/// Writes everything into a directory in the making and puts it in its place. The shards of the last `keep` builds, this
/// one among them, stay.
pub fn publish(
    packed: &Packed,
    notes: Option<&Notes>,
    runtime: Option<&Path>,
    dir: OutputDir,
    keep: usize,
) -> Result<Kept> {
    for (name, _, bytes) in &packed.files {
        dir.write(&builds::path_of(&name.to_string()), bytes)?;
    }
    dir.write("recall.json", packed.manifest_text().as_bytes())?;
    if let Some(notes) = notes {
        dir.write(NOTES, notes.text()?.as_bytes())?;
    }
    dir.write("_headers", HEADERS.as_bytes())?;
    if let Some(runtime) = runtime {
        copy_runtime(runtime, &dir)?;
    }
    let this = Build::new(packed.manifest.build, packed.files.iter().map(|(name, _, _)| *name));
    let kept = keep_earlier(this, &dir, keep)?;
    dir.commit()?;
    Ok(kept)
}

/// Replaces the build of a directory by one that shares most of its files. `packed` holds the new ones, `shards` names all.
/// The runtime and the cache rules stay as they are.
pub fn republish(packed: &Packed, shards: &[ShardName], dir: OutputDir, keep: usize) -> Result<Kept> {
    for (name, _, bytes) in &packed.files {
        dir.write(&builds::path_of(&name.to_string()), bytes)?;
    }
    let old = shards.iter().filter(|name| packed.files.iter().all(|(new, _, _)| new != *name));
    old.map(|name| builds::path_of(&name.to_string())).try_for_each(|name| dir.take_over(&name))?;
    let cannot = || format!("cannot look into {}", dir.target().display());
    for entry in std::fs::read_dir(dir.target()).with_context(cannot)? {
        let name = entry.with_context(cannot)?.file_name().to_string_lossy().into_owned();
        if !["recall.json", BUILDS, "c"].contains(&name.as_str()) {
            dir.take_over(&name)?;
        }
    }
    dir.write("recall.json", packed.manifest_text().as_bytes())?;
    let kept = keep_earlier(Build::new(packed.manifest.build, shards.iter().copied()), &dir, keep)?;
    dir.commit()?;
    Ok(kept)
}

/// Carries the files of earlier builds along and records who needs what.
fn keep_earlier(this: Build, dir: &OutputDir, keep: usize) -> Result<Kept> {
    let builds = builds::merge([this], earlier(dir.target()), keep);
    let mut kept = Kept { builds: builds.len() - 1, ..Kept::default() };
    for file in builds[1..].iter().flat_map(|build| &build.files) {
        let name = builds::path_of(file);
        let path = dir.path().join(&name);
        if !path.exists() {
            dir.take_over(&name)?;
            kept.files += 1;
            kept.bytes += path.metadata().map_or(0, |meta| meta.len());
        }
    }
    dir.write(BUILDS, builds::text(&builds)?.as_bytes())?;
    Ok(kept)
}

/// The builds of the directory that is replaced, as far as they are whole. A record that cannot be read costs a page its
/// old files, at worst; it must not cost the new build.
fn earlier(target: &Path) -> Vec<Build> {
    let known = builds::read(target).or_else(|_| builds::unrecorded(target).map(|build| vec![build]));
    let whole = |build: &Build| build.files.iter().all(|file| target.join(builds::path_of(file)).is_file());
    known.unwrap_or_default().into_iter().filter(whole).collect()
}

fn copy_runtime(runtime: &Path, dir: &OutputDir) -> Result<()> {
    check_runtime(runtime)?;
    let entries = std::fs::read_dir(runtime).with_context(|| format!("cannot read {}", runtime.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", runtime.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let wanted = name.starts_with("recall") && (name.ends_with(".js") || name.ends_with(".wasm"));
        if wanted {
            let bytes =
                std::fs::read(entry.path()).with_context(|| format!("cannot read {}", entry.path().display()))?;
            dir.write(&name, &bytes)?;
        }
    }
    Ok(())
}

//! What a host needs for a new build and what it may lose, in an order that no page in the middle of it suffers from.
//! Owns that order; uploads nothing.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::builds::{self, BUILDS, Build, path_of};
use crate::serve::files::shard_kind;

/// Files to upload, one after the other, and then files to delete.
#[derive(Debug, PartialEq, Serialize)]
pub struct Plan {
    /// The build that is published.
    pub build: String,
    /// Upload in this order: a file comes after everything that it names.
    pub upload: Vec<Upload>,
    /// Delete when all of that is done.
    pub delete: Vec<String>,
    /// Bytes of all uploads.
    pub bytes: u64,
    /// Files of ours that the host holds afterwards.
    pub files_afterwards: usize,
    /// What `builds.json` has to say afterwards.
    pub record: Vec<Build>,
}

/// One file.
#[derive(Debug, PartialEq, Serialize)]
pub struct Upload {
    /// Path below the build.
    pub path: String,
    /// What it is.
    pub kind: &'static str,
    /// Its size.
    pub bytes: u64,
}

/// Plans the way from what the host has (`None` = nothing, or nobody knows) to the build in `dir`. The shards of the
/// last `keep` builds stay on the host.
pub fn plan(dir: &Path, published: Option<Vec<Build>>, keep: usize) -> Result<Plan> {
    let own = builds::read(dir)?;
    let on_host: BTreeSet<&String> = published.iter().flatten().flat_map(|build| &build.files).collect();
    let record = builds::merge(own.clone(), published.clone().unwrap_or_default(), keep);
    let needed: BTreeSet<&String> = record.iter().flat_map(|build| &build.files).collect();
    let mut upload = Vec::new();
    for name in needed.difference(&on_host) {
        upload.push(shard(dir, name)?);
    }
    // A stable sort: files of one kind stay in order of their names.
    upload.sort_by_key(|file| rank(file.kind));
    let others = others(dir)?;
    let files_afterwards = needed.len() + others.len();
    upload.extend(others);
    Ok(Plan {
        build: record[0].build.clone(),
        bytes: upload.iter().map(|file| file.bytes).sum(),
        delete: on_host.difference(&needed).map(|name| path_of(name)).collect(),
        files_afterwards,
        upload,
        record,
    })
}

/// Shards that name others come after those: leaves name cells, the directory names leaves.
fn rank(kind: &str) -> usize {
    ["leaf", "dir", "head"].iter().position(|later| *later == kind).map_or(0, |place| place + 1)
}

fn shard(dir: &Path, name: &str) -> Result<Upload> {
    let path = path_of(name);
    let file = dir.join(&path);
    let lacking = || format!("cannot read {}; the build is incomplete, build again", file.display());
    let mut start = Vec::new();
    File::open(&file).and_then(|file| file.take(16).read_to_end(&mut start)).with_context(lacking)?;
    let kind = shard_kind(&start);
    let kind = kind.with_context(|| format!("{} is not a shard; build again", file.display()))?.name();
    Ok(Upload { path, kind, bytes: fs::metadata(&file).with_context(lacking)?.len() })
}

/// Everything that keeps its name from build to build. The manifest comes last: with it, pages begin to ask for the rest.
fn others(dir: &Path) -> Result<Vec<Upload>> {
    let cannot = || format!("cannot look into {}", dir.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let path = entry.file_name().to_string_lossy().into_owned();
        let runtime = path.starts_with("recall") && (path.ends_with(".js") || path.ends_with(".wasm"));
        let kind = match path.as_str() {
            "recall.json" => "manifest",
            BUILDS => "record",
            "_headers" => "headers",
            _ if runtime => "runtime",
            _ => continue,
        };
        files.push(Upload { path, kind, bytes: entry.metadata().with_context(cannot)?.len() });
    }
    let order = ["runtime", "headers", "record", "manifest"];
    files.sort_by_key(|file| (order.iter().position(|kind| *kind == file.kind), file.path.clone()));
    ensure!(files.last().is_some_and(|file| file.kind == "manifest"), "{} holds no recall.json", dir.display());
    Ok(files)
}

#[cfg(test)]
#[path = "upload_tests.rs"]
mod tests;

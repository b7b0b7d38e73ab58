//! A build directory to a recaller: plans, reads the files, attaches them. The command line's stand-in for a browser.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use edge_recall::format::write::shard_name;
use edge_recall::{AlignedBytes, Manifest, Recaller, Request};

/// A build as it was read, and what the reading cost.
pub struct Opened {
    /// Everything that the request wanted is attached.
    pub recaller: Recaller,
    /// Bytes read, the manifest's among them.
    pub bytes: u64,
    /// Files read, the manifest among them.
    pub requests: u32,
}

/// Opens `dir` and attaches what `request` wants, as often as its plan has rounds.
pub fn open(dir: &Path, request: &Request) -> Result<Opened> {
    let path = dir.join("recall.json");
    let text = std::fs::read_to_string(&path).with_context(|| {
        format!("cannot read {}; give the directory that `edge-recall build --out` wrote", path.display())
    })?;
    let manifest = Manifest::parse(&text).with_context(|| dir.display().to_string())?;
    let mut opened = Opened {
        recaller: Recaller::new(manifest).with_context(|| dir.display().to_string())?,
        bytes: text.len() as u64,
        requests: 1,
    };
    opened.recaller.attach_inline().with_context(|| dir.display().to_string())?;
    loop {
        let wanted = opened.recaller.plan(request);
        if wanted.is_empty() {
            return Ok(opened);
        }
        for file in wanted {
            let path = dir.join("c").join(format!("{}.er", file.name));
            let bytes = std::fs::read(&path).with_context(|| {
                format!("cannot read {}; the build is incomplete, build or upload it again", path.display())
            })?;
            opened.bytes += bytes.len() as u64;
            opened.requests += 1;
            let attached = opened.recaller.attach(file.name, AlignedBytes::copy_of(&bytes));
            attached.with_context(|| dir.display().to_string())?;
            // A browser takes the host's word for it; here the check costs nothing.
            ensure!(
                shard_name(&bytes) == file.name,
                "{} does not hold the bytes that it is named after; build or upload it again",
                path.display()
            );
        }
    }
}

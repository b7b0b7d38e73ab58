//! A packed build to its directory: manifest, shards, cache rules, and the runtime beside them where one is given.

use std::path::Path;

use anyhow::{Context, Result, ensure};

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

/// Writes everything into a directory in the making and puts it in its place.
pub fn publish(packed: &Packed, runtime: Option<&Path>, dir: OutputDir) -> Result<()> {
    for (name, _, bytes) in &packed.files {
        dir.write(&format!("c/{name}.er"), bytes)?;
    }
    dir.write("recall.json", packed.manifest_text().as_bytes())?;
    dir.write("_headers", HEADERS.as_bytes())?;
    if let Some(runtime) = runtime {
        copy_runtime(runtime, &dir)?;
    }
    dir.commit()
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

//! The output directory: whole or not at all. Owns the temporary directory, the swap and the cleaning up;
//! knows file names only as far as it must recognise a directory that may be replaced.
//!
//! Files are written into a directory beside the target. `commit` puts it in the target's place in one step where the
//! system can exchange two directories, in two renames elsewhere. An error or a signal removes the unfinished work.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::builds::{BUILDS, shard_of};
use crate::interrupt::unfinished;
use crate::notes::NOTES;

/// What a directory of one kind looks like, so that nothing else is ever replaced.
#[derive(Clone, Copy, Debug)]
pub struct OutputKind {
    /// The file that marks a directory as ours.
    pub marker: &'static str,
    /// Every name that such a directory may hold; `*` at the end stands for the rest of a name.
    pub owned: &'static [&'static str],
}

/// The output of `build`.
pub const SHARDS: OutputKind = OutputKind {
    marker: "recall.json",
    owned: &["recall.json", BUILDS, NOTES, "c", "recall*.js", "recall*.wasm", "_headers"],
};

/// The output of `split`.
pub const SPLIT: OutputKind =
    OutputKind { marker: "split.json", owned: &["split.json", "train.csv", "history.csv", "test.csv"] };

/// The output of `build --tables`.
pub const TABLES: OutputKind =
    OutputKind { marker: "tables.json", owned: &["tables.json", "item_vectors.*", "i2i.*", "crowds.*"] };

/// The output of `generate`.
pub const GENERATED: OutputKind = OutputKind {
    marker: "generated.json",
    owned: &["generated.json", "log.csv", "items.csv", "users.csv", "recall", "history.csv", "test.csv"],
};

/// A directory in the making.
#[derive(Debug)]
pub struct OutputDir {
    target: PathBuf,
    kind: OutputKind,
    work: TempDir,
    /// Parents that did not exist before, innermost first.
    made: Vec<PathBuf>,
    committed: bool,
}

impl OutputDir {
    /// Starts an output that will stand at `target`. Refuses a target that holds anything which `kind` doesn't own.
    pub fn create(target: &Path, kind: OutputKind) -> Result<Self> {
        let target = resolve(target)?;
        check_replaceable(&target, kind)?;
        let parent = parent_of(&target)?;
        let made = make_parents(&parent)?;
        let mut prefix = OsString::from(".");
        prefix.push(target.file_name().unwrap_or_default());
        prefix.push(".unfinished-");
        let mut unfinished = unfinished();
        let work =
            new_directory(&prefix, &parent).with_context(|| format!("cannot write beside {}", target.display()))?;
        unfinished.insert(work.path().to_owned());
        Ok(Self { target, kind, work, made, committed: false })
    }

    /// Where the files are to be written. Sub-directories are the caller's to make.
    pub fn path(&self) -> &Path {
        self.work.path()
    }

    /// Starts one file, making its sub-directory where needed; a file of that name is emptied.
    pub fn create_file(&self, name: &str) -> Result<File> {
        let path = self.path().join(name);
        let parent = path.parent().unwrap_or(self.path());
        fs::create_dir_all(parent)
            .and_then(|()| File::create(&path))
            .with_context(|| format!("cannot write {name} beside {}", self.target.display()))
    }

    /// Writes one file.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let mut file = self.create_file(name)?;
        file.write_all(bytes).with_context(|| format!("cannot write {name} beside {}", self.target.display()))
    }

    /// Where the directory will stand. What stands there until `commit` is the earlier output, if any.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Takes a file of the earlier output over. Costs no space where the system can link, so the file must be one that is
    /// never written to again.
    pub fn take_over(&self, name: &str) -> Result<()> {
        let (old, new) = (self.target.join(name), self.path().join(name));
        fs::create_dir_all(new.parent().unwrap_or(self.path()))
            .and_then(|()| fs::hard_link(&old, &new).or_else(|_| fs::copy(&old, &new).map(drop)))
            .with_context(|| format!("cannot carry {name} of the earlier build in {} along", self.target.display()))
    }

    /// Puts the directory in its place. Until this returns, the target is untouched; afterwards it is whole.
    pub fn commit(mut self) -> Result<()> {
        let shown = self.target.display().to_string();
        sync_tree(self.path()).with_context(|| format!("cannot bring {shown} to the disk"))?;
        // Held during the swap: a signal waits until either the old or the new directory stands.
        let mut unfinished = unfinished();
        check_replaceable(&self.target, self.kind)?;
        swap(self.path(), &self.target).with_context(|| format!("cannot put the output in place at {shown}"))?;
        unfinished.remove(self.path());
        self.committed = true;
        if let Some(parent) = self.target.parent() {
            // The rename stands already; on systems that cannot sync a directory there is nothing left to do.
            let _ = sync_directory(parent);
        }
        Ok(())
    }
}

impl Drop for OutputDir {
    fn drop(&mut self) {
        unfinished().remove(self.work.path());
        if !self.committed {
            let _ = fs::remove_dir_all(self.work.path());
            for parent in &self.made {
                let _ = fs::remove_dir(parent);
            }
        }
    }
}

/// The real place of the target: through links, absolute, and never a bare `..`.
fn resolve(target: &Path) -> Result<PathBuf> {
    if target.as_os_str().is_empty() {
        bail!("the output directory has no name");
    }
    if fs::symlink_metadata(target).is_ok() {
        return fs::canonicalize(target).with_context(|| format!("cannot follow the link {}", target.display()));
    }
    std::path::absolute(target).with_context(|| format!("cannot find the place of {}", target.display()))
}

fn parent_of(target: &Path) -> Result<PathBuf> {
    match (target.parent(), target.file_name()) {
        (Some(parent), Some(_)) => Ok(parent.to_owned()),
        _ => bail!("{} cannot be an output directory; name a directory of its own", target.display()),
    }
}

fn check_replaceable(target: &Path, kind: OutputKind) -> Result<()> {
    let shown = target.display();
    let Ok(meta) = fs::metadata(target) else {
        return Ok(());
    };
    if !meta.is_dir() {
        bail!("{shown} is a file; name a directory for the output");
    }
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(target).with_context(|| format!("cannot look into {shown}"))? {
        names.insert(entry?.file_name().to_string_lossy().into_owned());
    }
    if names.is_empty() {
        return Ok(());
    }
    if !names.contains(kind.marker) {
        bail!(
            "{shown} is not empty and holds no {}, so it is not ours to replace; name another directory or empty it",
            kind.marker
        );
    }
    if let Ok(shards) = fs::read_dir(target.join("c")) {
        for entry in shards {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if shard_of(&name).is_none() {
                names.insert(format!("c/{name}"));
            }
        }
    }
    if let Some(foreign) = names.iter().find(|name| !kind.owned.iter().any(|owned| matches(owned, name))) {
        bail!(
            "{shown} holds `{foreign}`, which edge-recall did not write and would remove; move it away or name another directory"
        );
    }
    Ok(())
}

/// A name, or a name with one `*` for any run of characters.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.len() >= pattern.len() - 1 && name.starts_with(head) && name.ends_with(tail),
    }
}

fn make_parents(parent: &Path) -> Result<Vec<PathBuf>> {
    let made = parent.ancestors().take_while(|path| !path.exists()).map(Path::to_owned).collect();
    fs::create_dir_all(parent).with_context(|| format!("cannot make the directory {}", parent.display()))?;
    Ok(made)
}

/// A published directory must be readable by the web server, so it takes the usual rights, not those of a secret.
fn new_directory(prefix: &OsString, parent: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.tempdir_in(parent)
}

fn sync_tree(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_tree(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    sync_directory(path)
}

#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Afterwards `work` is gone and `target` is what `work` was.
fn swap(work: &Path, target: &Path) -> io::Result<()> {
    if !target.exists() {
        return fs::rename(work, target);
    }
    if exchange(work, target) {
        // The new output stands; an old file that cannot be removed is litter, not a failure.
        let _ = fs::remove_dir_all(work);
        return Ok(());
    }
    rename_twice(work, target)
}

/// For systems that cannot exchange: for a moment there is no target.
fn rename_twice(work: &Path, target: &Path) -> io::Result<()> {
    let mut old = work.as_os_str().to_owned();
    old.push("-old");
    fs::rename(target, &old)?;
    if let Err(error) = fs::rename(work, target) {
        fs::rename(&old, target)?;
        return Err(error);
    }
    let _ = fs::remove_dir_all(&old);
    Ok(())
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn exchange(left: &Path, right: &Path) -> bool {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, left, CWD, right, RenameFlags::EXCHANGE).is_ok()
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> bool {
    false
}

#[cfg(test)]
#[path = "output_tests.rs"]
mod tests;

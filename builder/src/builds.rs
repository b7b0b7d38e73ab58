//! `builds.json`: which files each of the last builds needs, newest build first. Owns its shape and its rules.
//!
//! A page that was opened before a deploy holds the manifest of an earlier build and goes on asking for that build's
//! files. The record says which those are, so that a new build carries them along and a publisher knows what may go.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use edge_recall::ids::{BuildId, ShardName};
use serde::{Deserialize, Serialize};

/// Name of the record, beside `recall.json`. No page reads it.
pub const BUILDS: &str = "builds.json";

/// One build.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// Its id, as its manifest has it.
    pub build: String,
    /// Its shards, each a file `c/<name>.er`, in order of their names.
    pub files: Vec<String>,
}

impl Build {
    /// A build of these shards.
    pub fn new(build: BuildId, files: impl IntoIterator<Item = ShardName>) -> Self {
        let files: BTreeSet<String> = files.into_iter().map(|name| name.to_string()).collect();
        Self { build: build.to_string(), files: files.into_iter().collect() }
    }
}

/// `c/<name>.er`
pub fn path_of(name: &str) -> String {
    format!("c/{name}.er")
}

/// The shard that a file name under `c/` stands for.
pub fn shard_of(file: &str) -> Option<ShardName> {
    ShardName::parse(file.strip_suffix(".er")?)
}

/// The text of the record.
pub fn text(builds: &[Build]) -> Result<String> {
    Ok(format!("{}\n", serde_json::to_string(builds)?))
}

/// Reads and checks the text of a record; `name` is where it came from.
pub fn parse(text: &str, name: &Path) -> Result<Vec<Build>> {
    let wrong = || format!("{} is no record of builds, as `edge-recall build` writes it", name.display());
    let builds: Vec<Build> = serde_json::from_str(text).with_context(wrong)?;
    for build in &builds {
        ensure!(BuildId::parse(&build.build).is_some(), "{}: `{}` is no build id", wrong(), build.build);
        let stranger = build.files.iter().find(|file| ShardName::parse(file).is_none());
        ensure!(stranger.is_none(), "{}: `{}` is no name of a shard", wrong(), stranger.map_or("", |name| name));
    }
    Ok(builds)
}

/// The builds of an output directory, newest first: its record, or, where it has none, the one build that it holds.
pub fn read(dir: &Path) -> Result<Vec<Build>> {
    let (path, served) = (dir.join(BUILDS), build_id(dir)?);
    match fs::read_to_string(&path) {
        Ok(text) => {
            let builds = parse(&text, &path)?;
            ensure!(
                builds.first().is_some_and(|newest| newest.build == served.to_string()),
                "{} does not begin with build {served}, which recall.json beside it is of; build again",
                path.display()
            );
            Ok(builds)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(vec![unrecorded(dir)?]),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// The build of a directory whose record is missing or of no use: every shard there is its.
pub fn unrecorded(dir: &Path) -> Result<Build> {
    let build = build_id(dir)?;
    let folder = dir.join("c");
    let cannot = || format!("cannot look into {}", folder.display());
    let mut files = Vec::new();
    match fs::read_dir(&folder) {
        Ok(entries) => {
            for entry in entries {
                files.extend(shard_of(&entry.with_context(cannot)?.file_name().to_string_lossy()));
            }
        }
        // A small build may ride whole inside its manifest.
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(cannot),
    }
    Ok(Build::new(build, files))
}

/// The id of the build that a directory serves. Reads no more of the manifest than that, so any format will do.
pub fn build_id(dir: &Path) -> Result<BuildId> {
    let path = dir.join("recall.json");
    let text = fs::read_to_string(&path).with_context(|| {
        format!("cannot read {}; give the directory that `edge-recall build --out` wrote", path.display())
    })?;
    let manifest: serde_json::Value =
        serde_json::from_str(&text).with_context(|| format!("{} is not valid JSON", path.display()))?;
    let build = manifest.get("build").and_then(|build| BuildId::parse(build.as_str()?));
    build.with_context(|| format!("{} names no build; build again", path.display()))
}

/// `newest` and then `earlier`, each build once, at most `keep` of them.
pub fn merge(
    newest: impl IntoIterator<Item = Build>,
    earlier: impl IntoIterator<Item = Build>,
    keep: usize,
) -> Vec<Build> {
    let mut merged: Vec<Build> = Vec::new();
    for build in newest.into_iter().chain(earlier) {
        if merged.len() < keep && merged.iter().all(|known| known.build != build.build) {
            merged.push(build);
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(id: u64, files: &[u8]) -> Build {
        Build::new(BuildId(id), files.iter().map(|&file| ShardName([file; 10])))
    }

    #[test]
    fn files_stand_once_in_order_of_their_names() {
        assert_eq!(build(1, &[3, 1, 3]), build(1, &[1, 3]));
        let text = text(&[build(1, &[3, 1])]).unwrap();
        assert_eq!(parse(&text, Path::new("x")).unwrap(), [build(1, &[1, 3])]);
        assert!(text.starts_with("[{\"build\":\"0000000000000001\",\"files\":["), "{text}");
    }

    #[test]
    fn the_newest_come_first_and_none_comes_twice() {
        let earlier = [build(2, &[2]), build(1, &[1]), build(0, &[0])];
        assert_eq!(merge([build(3, &[3])], earlier.clone(), 3), [build(3, &[3]), build(2, &[2]), build(1, &[1])]);
        assert_eq!(merge([build(2, &[2])], earlier.clone(), 3), earlier);
        assert_eq!(merge([build(1, &[1])], earlier.clone(), 2), [build(1, &[1]), build(2, &[2])]);
        assert_eq!(merge([build(3, &[3])], earlier, 1), [build(3, &[3])]);
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for (text, message) in [
            ("<!doctype html>", "is no record of builds"),
            ("{}", "is no record of builds"),
            (r#"[{"build":"x","files":[]}]"#, "`x` is no build id"),
            (r#"[{"build":"0000000000000001","files":["../../../etc"]}]"#, "`../../../etc` is no name of a shard"),
        ] {
            let error = format!("{:#}", parse(text, Path::new("builds.json")).unwrap_err());
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn a_directory_without_a_record_holds_one_build() {
        let home = tempfile::tempdir().unwrap();
        let error = read(home.path()).unwrap_err().to_string();
        assert!(error.contains("give the directory that `edge-recall build --out` wrote"), "{error}");
        fs::write(home.path().join("recall.json"), r#"{"build":"00000000000000ff"}"#).unwrap();
        assert_eq!(read(home.path()).unwrap(), [build(255, &[])]);
        fs::create_dir(home.path().join("c")).unwrap();
        for file in [ShardName([7; 10]).to_string() + ".er", "notes.txt".into()] {
            fs::write(home.path().join("c").join(file), "x").unwrap();
        }
        assert_eq!(read(home.path()).unwrap(), [build(255, &[7])]);
        fs::write(home.path().join(BUILDS), text(&[build(254, &[])]).unwrap()).unwrap();
        let error = read(home.path()).unwrap_err().to_string();
        assert!(error.contains("does not begin with build 00000000000000ff"), "{error}");
    }
}

//! Where the tests of the command work: a directory of their own, and the command run from there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

/// A directory to work in, and the command run from there.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.0.path().join(name), content).unwrap();
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn run(&self, line: &str) -> Output {
        self.run_with(line, &[])
    }

    pub fn run_with(&self, line: &str, variables: &[(&str, &str)]) -> Output {
        let mut command = Command::cargo_bin("edge-recall").unwrap();
        command.current_dir(self.0.path()).envs(variables.iter().copied()).args(line.split(' ')).output().unwrap()
    }

    /// Runs a command that must fail, and gives what it says.
    pub fn fails(&self, line: &str, code: i32) -> String {
        let output = self.run(line);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Runs a command that must succeed, and gives its JSON.
    pub fn json(&self, line: &str) -> serde_json::Value {
        let output = self.run(&format!("{line} --json"));
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Runs a command that must succeed, and gives what it tells on stderr.
    pub fn notices(&self, line: &str) -> String {
        let output = self.run(line);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Every file below a directory, by its path from there.
    pub fn files(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for entry in self.names(name) {
            let path = format!("{name}/{entry}");
            if self.path(&path).is_dir() {
                let inner = self.files(&path).into_iter();
                files.extend(inner.map(|(inner, bytes)| (format!("{entry}/{inner}"), bytes)));
            } else {
                files.insert(entry, fs::read(self.path(&path)).unwrap());
            }
        }
        files
    }

    /// The files of a build that a byte budget counts: `recall.json` and the shards.
    pub fn budgeted(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        let counted = |(name, _): &(String, Vec<u8>)| name == "recall.json" || name.starts_with("c/");
        self.files(name).into_iter().filter(counted).collect()
    }

    pub fn names(&self, name: &str) -> Vec<String> {
        names(&self.path(name))
    }
}

fn names(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = entries.collect();
    names.sort();
    names
}

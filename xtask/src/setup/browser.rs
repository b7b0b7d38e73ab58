//! A Chromium for the browser tests and for `demo --once`: found where browsers usually are, installed otherwise.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};

use super::debian;
use crate::paths::Paths;
use crate::tool::{Tool, step};

const COMMANDS: [&str; 4] = [
    "chromium",
    "google-chrome",
    "google-chrome-stable",
    "chromium-browser",
];
const APPLICATIONS: [&str; 4] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
];
/// Below the home folder.
const PLAYWRIGHT: [&str; 3] = [
    ".cache/ms-playwright",
    "Library/Caches/ms-playwright",
    "AppData/Local/ms-playwright",
];
const PLAYWRIGHT_NAMES: [&str; 6] = [
    "chrome",
    "chrome-headless-shell",
    "headless_shell",
    "Chromium",
    "chrome.exe",
    "chrome-headless-shell.exe",
];

/// The path of a Chromium; installs one where that can be done.
pub fn ensure(paths: &Paths) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROME").map(PathBuf::from) {
        if !named.is_file() {
            bail!(
                "CHROME names {}, which is no file\nremedy: unset CHROME, or name a browser",
                named.display()
            );
        }
        return Ok(named);
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    if debian::may_install() {
        debian::install(&["chromium"])?;
    } else {
        download(paths)?;
    }
    match find() {
        Some(found) => Ok(found),
        None => bail!(
            "no Chromium was found after installing one\nremedy: set CHROME to the path of Chrome or Chromium"
        ),
    }
}

/// Playwright's own download, into its cache below the user's home folder.
fn download(paths: &Paths) -> Result<()> {
    step(
        "download of Chromium into Playwright's cache (no Chrome or Chromium was found)",
        || {
            let cli = paths.node_module("playwright-core/cli.js");
            let install = Tool::new("node")
                .arg(cli)
                .args(["install", "--only-shell", "chromium"]);
            install
                .limit(Duration::from_secs(300))
                .remedy("install Chrome or Chromium, or set CHROME to its path")
                .run()
        },
    )
}

fn find() -> Option<PathBuf> {
    on_path().or_else(application).or_else(in_playwright_cache)
}

fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let candidates = COMMANDS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|candidate| candidate.is_file())
}

fn application() -> Option<PathBuf> {
    APPLICATIONS
        .iter()
        .map(PathBuf::from)
        .find(|candidate| candidate.is_file())
}

fn in_playwright_cache() -> Option<PathBuf> {
    let home = std::env::var_os("HOME")
        .or_else(|| std::env::var_os("USERPROFILE"))
        .map(PathBuf::from)?;
    PLAYWRIGHT
        .iter()
        .find_map(|cache| browser_below(&home.join(cache), 6))
}

/// The first browser at most `depth` folders down; folder names carry versions and differ by system.
fn browser_below(folder: &Path, depth: usize) -> Option<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    let is_browser = |path: &&PathBuf| {
        path.is_file()
            && path
                .file_name()
                .is_some_and(|name| PLAYWRIGHT_NAMES.iter().any(|known| name == *known))
    };
    if let Some(found) = entries.iter().rev().find(is_browser) {
        return Some(found.clone());
    }
    let deeper = depth.checked_sub(1)?;
    entries
        .iter()
        .rev()
        .filter(|path| path.is_dir())
        .find_map(|path| browser_below(path, deeper))
}

//! Where everything lies in the working tree. Owns names of folders, creates nothing.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folders that the tasks share, all absolute.
#[derive(Clone)]
pub struct Paths {
    /// The root of the repository.
    pub root: PathBuf,
}

impl Paths {
    /// The repository this xtask was built in.
    pub fn new() -> Result<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = here
            .parent()
            .context("xtask lies at the root of no repository")?;
        Ok(Paths {
            root: root.to_path_buf(),
        })
    }

    /// A path below the root.
    pub fn at(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Cargo's target folder, wherever the user has put it.
    pub fn target(&self) -> PathBuf {
        match std::env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => self.root.join(dir),
            None => self.at("target"),
        }
    }

    /// A script under `xtask/node`.
    pub fn script(&self, name: &str) -> PathBuf {
        self.at("xtask/node").join(name)
    }

    /// A file below `node_modules`.
    pub fn node_module(&self, relative: &str) -> PathBuf {
        self.at("node_modules").join(relative)
    }

    /// The folder that becomes the npm package.
    pub fn npm(&self) -> PathBuf {
        self.at("dist/npm")
    }

    /// The files that a page without a bundler uses.
    pub fn recall(&self) -> PathBuf {
        self.at("dist/recall")
    }

    /// The packed package.
    pub fn tarball(&self) -> PathBuf {
        self.at(&format!("dist/edge-recall-{VERSION}.tgz"))
    }

    /// The builder's command, as built for release.
    pub fn builder(&self) -> PathBuf {
        self.target()
            .join("release")
            .join(format!("edge-recall{}", std::env::consts::EXE_SUFFIX))
    }
}

/// The version of the workspace, which is the version of everything in it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

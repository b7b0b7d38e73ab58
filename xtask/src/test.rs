//! Every test there is, part by part. A part that cannot run says so loudly; all parts run before the verdict.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::paths::Paths;
use crate::setup::{browser, vulkan};
use crate::tool::{Tool, step};
use crate::{lint, package};

/// One part of the tests, in the order they run: what builds comes first, so that the runners' summaries come last.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Formatting, clippy, licences, types, links.
    Lint,
    /// Builds the npm package and holds it against its size budget.
    Package,
    /// The workspace's own tests.
    Native,
    /// The GPU search on a software adapter, natively and in headless Chromium.
    Webgpu,
    /// The packed package in Node.
    Node,
    /// The packed package in headless Chromium.
    Browser,
    /// The packed package in workerd.
    Workerd,
}

/// What the parts had to say, for the end of the run.
#[derive(Default)]
struct Report {
    skipped: Vec<String>,
    failed: Vec<String>,
}

/// Runs one part, or all of them.
pub fn run(paths: &Paths, part: Option<Part>) -> Result<()> {
    let parts: Vec<Part> = match part {
        Some(part) => vec![part],
        None => Part::value_variants().to_vec(),
    };
    let mut report = Report::default();
    let mut packaged = None;
    for part in parts {
        if let Err(error) = run_part(paths, part, &mut packaged, &mut report) {
            eprintln!("{error:#}");
            report.failed.push(name_of(part));
        }
    }
    report.finish()
}

/// `packaged` remembers across parts whether the package was built, and whether that went well.
fn run_part(paths: &Paths, part: Part, packaged: &mut Option<bool>, report: &mut Report) -> Result<()> {
    match part {
        Part::Lint => report.skipped.extend(lint::run(paths)?),
        Part::Native => native(paths)?,
        Part::Webgpu => {
            let native = webgpu_natively(paths, report);
            // The browser has its say all the same.
            let packed = with_package(paths, packaged).and_then(|()| on_host(paths, &name_of(part), report));
            native.and(packed)?;
        }
        Part::Package => {
            with_package(paths, packaged)?;
            package::check_sizes(paths)?;
        }
        Part::Node | Part::Browser | Part::Workerd => {
            with_package(paths, packaged)?;
            on_host(paths, &name_of(part), report)?;
        }
    }
    Ok(())
}

/// Builds the package unless that was done, or tried, before.
fn with_package(paths: &Paths, packaged: &mut Option<bool>) -> Result<()> {
    if packaged.is_none() {
        *packaged = Some(false);
        prepare(paths)?;
        *packaged = Some(true);
    }
    if *packaged == Some(false) {
        bail!("not run: the package could not be built");
    }
    Ok(())
}

fn name_of(part: Part) -> String {
    part.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn native(paths: &Paths) -> Result<()> {
    let cargo = Tool::new("cargo").args(["test", "--workspace", "--exclude", "edge-recall-webgpu", "--no-fail-fast"]);
    let cargo = cargo.args(["--features", "edge-recall/write"]);
    step("cargo test", || cargo.dir(&paths.root).run_in_front())
}

/// The crate of the GPU search, on a software device.
fn webgpu_natively(paths: &Paths, report: &mut Report) -> Result<()> {
    let device = match vulkan::ensure() {
        Ok(device) => device,
        Err(error) => {
            report.skipped.push(format!("webgpu, natively: {error:#}"));
            return Ok(());
        }
    };
    step("cargo test: the GPU search", || {
        let cargo = Tool::new("cargo").args(["test", "--package", "edge-recall-webgpu", "--no-fail-fast"]);
        // With a device, tests that find none fail instead of passing unseen.
        let cargo = cargo.env("VK_ICD_FILENAMES", device).env("EDGE_RECALL_GPU", "required");
        cargo.dir(&paths.root).run_in_front()
    })
}

/// The package, and the builder that makes shards for its tests.
fn prepare(paths: &Paths) -> Result<()> {
    package::build_whole(paths)?;
    build_builder(paths)
}

/// The command `edge-recall`, optimised; without Parquet, which no task reads, and so compiled sooner.
pub fn build_builder(paths: &Paths) -> Result<()> {
    step("builder: cargo build --release", || {
        let cargo = Tool::new("cargo").args([
            "build",
            "--release",
            "--package",
            "edge-recall-builder",
            "--no-default-features",
        ]);
        cargo.dir(&paths.root).run()
    })
}

/// Runs the tests of one host.
fn on_host(paths: &Paths, host: &str, report: &mut Report) -> Result<()> {
    let mut node = Tool::new("node").args(["--test", "--test-reporter=spec"]).dir(&paths.root);
    for file in files_of(paths, host)? {
        node = node.arg(file);
    }
    if ["browser", "webgpu"].contains(&host) {
        match browser::ensure(paths) {
            Ok(chrome) => node = node.env("CHROME", chrome),
            Err(error) => {
                report.skipped.push(format!("{host}: {error:#}"));
                return Ok(());
            }
        }
    }
    let node = node.env("EDGE_RECALL_TARBALL", paths.tarball()).env("EDGE_RECALL_BUILDER", paths.builder());
    let node = node.env("EDGE_RECALL_DIST", paths.at("dist"));
    step(&format!("tests/packaging: {host}"), || node.run_in_front())
}

/// The test files of a host: `HOST.test.mjs` and `HOST-*.test.mjs`; and for Node, which needs nothing besides, every file that
/// is no other host's.
fn files_of(paths: &Paths, host: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(paths.at("tests/packaging"))? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(subject) = name.strip_suffix(".test.mjs") else { continue };
        let first = subject.split('-').next().unwrap_or_default();
        let owner = if ["browser", "webgpu", "workerd"].contains(&first) { first } else { "node" };
        if owner == host {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

impl Report {
    /// Says what was skipped; fails when a part failed.
    fn finish(self) -> Result<()> {
        for line in &self.skipped {
            eprintln!("SKIPPED: {line}");
        }
        if self.failed.is_empty() { Ok(()) } else { bail!("failed: {}", self.failed.join(", ")) }
    }
}

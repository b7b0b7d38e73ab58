//! `edge-recall publish --plan`: what to upload and what to delete, in a safe order.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use super::Context;
use crate::builds::{self, Build};
use crate::cli::WrongUse;
use crate::upload::{Plan, plan};

/// List what to upload and what to delete, in a safe order.
#[derive(Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct PublishArgs {
    /// The build: a directory with recall.json
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Print the plan; there is nothing else that this command does
    #[arg(long)]
    pub plan: bool,
    /// What the host has: its builds.json, downloaded, or a directory that it was uploaded from; left out = nothing
    #[arg(long, value_name = "FILE")]
    pub published: Option<PathBuf>,
}

/// Plans.
pub fn run(args: &PublishArgs, context: &Context) -> Result<()> {
    if !args.plan {
        return Err(WrongUse(UPLOADS_NOTHING.into()).into());
    }
    let published = args.published.as_deref().map(on_host).transpose()?;
    let plan = plan(&args.dir, published, context.config.shards.keep_builds)?;
    if plan.record != builds::read(&args.dir)? {
        let record = args.dir.join(builds::BUILDS);
        context.report.notice(&format!(
            "the host remembers other builds than {}; before the upload, write `record` of --json there",
            record.display()
        ));
    }
    if plan.files_afterwards > HOSTS_STOP_AT {
        context.report.notice(&format!(
            "the host will hold {} files, and free ones stop at {HOSTS_STOP_AT}; lower [shards] keep_builds or max_files",
            plan.files_afterwards
        ));
    }
    context.report.answer(&plan, text)
}

fn on_host(path: &Path) -> Result<Vec<Build>> {
    if path.is_dir() {
        return builds::read(path);
    }
    if path.to_str().is_some_and(|path| path.contains("://")) {
        bail!("{} is an address; download its builds.json and name the file", path.display());
    }
    let text = std::fs::read_to_string(path).with_context(|| {
        format!("cannot read {}; leave --published out for a host that has nothing yet", path.display())
    })?;
    builds::parse(&text, path)
}

fn text(plan: &Plan) -> String {
    let mut text = format!(
        "build {}: upload {} files ({} bytes), then delete {}; the host then holds {} files of the last {} build(s)",
        plan.build,
        plan.upload.len(),
        plan.bytes,
        plan.delete.len(),
        plan.files_afterwards,
        plan.record.len()
    );
    for file in &plan.upload {
        let _ = write!(text, "\nupload  {:<22} {:<8} {:>10} bytes", file.path, file.kind, file.bytes);
    }
    for path in &plan.delete {
        let _ = write!(text, "\ndelete  {path}");
    }
    text
}

const HOSTS_STOP_AT: usize = 20_000;
const UPLOADS_NOTHING: &str =
    "edge-recall uploads nothing itself; `publish DIR --plan` lists what to upload and delete, in a safe order";
const HELP: &str = "\
The order is safe: a page that is open meanwhile, with the old manifest or the new one, finds every file it asks for.
Files that no kept build names ([shards] keep_builds, 3 where nothing is said) are deleted last.

  curl -fO https://shop.example/recall/builds.json        what the host has
  edge-recall publish public/recall --plan --published builds.json --json";

//! `edge-recall inspect`: its arguments.

use std::path::PathBuf;

use clap::Args;

/// Look inside a build: sections, sizes, what a visit costs.
#[derive(Args, Clone, Debug)]
pub struct InspectArgs {
    /// The build: a directory with recall.json
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

//! `edge-recall evaluate`: its arguments. The histories to replay come from `input::history`.

use std::path::PathBuf;

use clap::Args;

/// Measure a build: replay histories through the runtime and count what it finds.
#[derive(Args, Clone, Debug)]
pub struct EvaluateArgs {
    /// The build: a directory with recall.json
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// What the recommender may see of each user, as `split` writes it
    #[arg(long, value_name = "FILE")]
    pub history: PathBuf,
    /// What it should find
    #[arg(long, value_name = "FILE")]
    pub test: PathBuf,
    /// Lengths of the lists to measure
    #[arg(long, value_name = "K", value_delimiter = ',', default_value = "10,20",
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub k: Vec<u32>,
    /// Leave the items of the history in the lists
    #[arg(long)]
    pub no_mask: bool,
}

//! `edge-recall similar`: its arguments.

use std::path::PathBuf;

use clap::Args;

/// Items that go with one item.
#[derive(Args, Clone, Debug)]
pub struct SimilarArgs {
    /// The build: a directory with recall.json
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// The item key
    #[arg(value_name = "ID")]
    pub id: String,
    /// How many to show
    #[arg(short, long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub k: u32,
}

//! The command `edge-recall`: arguments in, exit code out. Owns no logic; see the library beside it.

use std::process::ExitCode;

use clap::Parser;
use edge_recall_builder::{cli, interrupt};

fn main() -> ExitCode {
    let arguments = cli::Cli::parse();
    if let Err(error) = interrupt::watch() {
        edge_recall_builder::report::Report::default().error(&error);
        return ExitCode::FAILURE;
    }
    cli::run(arguments)
}

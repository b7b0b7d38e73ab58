//! The offline half of edge-recall as a library: reading logs, the stages, the output directory, the commands.
//! Owns the list of modules and nothing else; `main.rs` is a thin caller, tests and tools may call too.

pub mod builds;
pub mod cli;
pub mod commands;
pub mod config;
pub mod epoch;
pub mod generate;
pub mod input;
pub mod interrupt;
pub mod layout;
pub mod learn;
pub mod locate;
pub mod make;
pub mod mask;
pub mod memory;
pub mod metrics;
pub mod model;
pub mod numbering;
pub mod open;
pub mod output;
pub mod pack;
pub mod progress;
pub mod publish;
pub mod recipe;
pub mod replay;
pub mod report;
pub mod resume;
pub mod serve;
pub mod sparse;
pub mod split;
pub mod splitmix;
pub mod stages;
pub mod tune;
pub mod typed;
pub mod upload;
pub mod visit;

//! The integration tests of the runtime, as one binary: they see what a host sees and link once.

mod allocations;
mod board;
mod dice;
mod files_end_to_end;
mod fixture;
mod format_golden;
mod format_hostile;
mod format_resigned;
mod format_rules;
mod format_spec;
mod format_spec_large;
mod index_conformance;
mod kernel_parity;
mod layering;
mod manifest_hostile;
mod packing;
mod properties;
mod recall_channels;
mod recall_end_to_end;
mod spec_page;
mod surgery;

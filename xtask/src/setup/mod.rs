//! Making a fresh machine able to do the work: the wasm target, npm packages, a browser.
//! Each file owns one of them; all of them look first and install only what is missing.

pub mod browser;
mod debian;
pub mod node_modules;
pub mod vulkan;
pub mod wasm_target;

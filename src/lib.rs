//! edge-recall: personalised recommendations computed where the user is, from static files.
//!
//! This crate is the runtime: a complete native library that also compiles to wasm. It is *sans-IO*: the host fetches
//! bytes, the crate decides. A session is
//!
//! ```text
//! let mut recaller = Recaller::new(Manifest::parse(&json)?)?;
//! loop {
//!     let wanted = recaller.plan(&request);
//!     if wanted.is_empty() { break; }
//!     for file in wanted { recaller.attach(file.name, AlignedBytes::copy_of(&fetch(file)))?; }
//! }
//! let response = recaller.finish(&request)?;
//! ```
//!
//! | feature | adds |
//! | --- | --- |
//! | `json` (default) | `Manifest::parse` and `to_json` |
//! | `write` | the writing side of the format, for builders |
//! | `search` | index files and their searches (in `write`, too) |
//! | `bindings` | the JavaScript exports of the core's wasm |
//! | `search-bindings` | the JavaScript exports of search's wasm |

pub mod candidate;
pub mod channel;
pub mod context;
pub mod error;
pub mod format;
pub mod fusion;
pub mod ids;
pub mod index;
pub mod kernel;
mod listed;
pub mod mechanism;
pub mod numeric;
pub mod profile;
pub mod recaller;
pub mod store;
pub mod topk;
pub mod user;
#[cfg(all(target_arch = "wasm32", any(feature = "bindings", feature = "search-bindings")))]
pub mod wasm;

pub use context::Context;
pub use error::{Error, FormatError, Result};
pub use format::bytes::AlignedBytes;
pub use format::manifest::Manifest;
pub use profile::{EventKind, HistoryEvent, Profile};
pub use recaller::{Recaller, Recommendation, Request, Response};

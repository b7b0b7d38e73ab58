//! A made-up site of any size, for tests and for measuring large builds: items in Zipf-sized clusters on a tree, users whose
//! few interests drift, visits, exposures with their triggers. Owns what the law speaks of; reads nothing.
//!
//! [`law::Law`] tells the truth about any item or user from its number alone; [`files`] writes what a site owner would have,
//! [`shards`] a build of it, without a log.

mod dice;
pub mod files;
pub mod law;
pub mod people;
pub mod shards;
mod tree;
pub mod walk;
pub mod words;

use serde::Serialize;

pub use law::Law;

/// How much is made, and which of all worlds of this size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Size {
    /// Items of the catalogue.
    pub items: u32,
    /// Users.
    pub users: u32,
    /// Interactions; exposures come on top, about a quarter as many.
    pub events: u32,
    /// Days that the log covers.
    pub days: u32,
    /// Another seed makes another world.
    pub seed: u64,
}

impl Default for Size {
    fn default() -> Self {
        Self { items: 5_000, users: 5_000, events: 100_000, days: 30, seed: 1 }
    }
}

impl Size {
    /// Seconds that the log covers.
    pub fn seconds(&self) -> u32 {
        self.days * DAY
    }
}

/// Seconds of a day.
pub const DAY: u32 = 86_400;
/// Most days of a log: ten years.
pub const MAX_DAYS: u32 = 3_650;
/// The start: 2024-01-01T00:00:00Z.
pub const START: u64 = 1_704_067_200;

//! What makes a list bearable: business rules, filters, and the choice of what stands where. Knows candidates and
//! attributes, neither channels nor requests.

pub mod clause;
pub mod filter;
mod limits;
pub mod purchases;
mod rank;
mod read;
pub mod rules;
pub mod select;

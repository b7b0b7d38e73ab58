//! The allocator of the artefact: two-level segregated fit, constant time, 3 KB less to download than the standard
//! library's. Owns nothing but its settings.

use rlsf::{GlobalTlsf, GlobalTlsfOptions};

#[global_allocator]
static ALLOCATOR: GlobalTlsf<Settings> = GlobalTlsf::new();

struct Settings;

impl GlobalTlsfOptions for Settings {
    /// A block that grows is copied: growing it in place is code that the few growing vectors here do not repay.
    const ENABLE_REALLOCATION: bool = false;
    /// Memory only grows at its end, so what a shard left can be joined with what comes after it.
    const COALESCE_POOLS: bool = true;
}

//! Runs the pieces of one operation on several threads, on threads of its own that live as long as the process.
//!
//! Threads start at the first call that needs them, wait without using a processor, and belong to one process:
//! after `fork` the child starts its own. A call never waits for a busy thread; it does the work itself instead.

pub mod audit;
mod caches;
mod chunk;
mod grid;
mod items;
mod job;
mod participant;
mod placed;
mod pool;
mod run;
mod shares;
mod spans;
mod spans_known;
mod sync;
mod team;
mod threads;

#[cfg(all(test, unix, not(miri)))]
mod fork_test;
#[cfg(all(test, not(target_arch = "s390x")))]
mod interleavings;
#[cfg(test)]
mod placed_tests;
#[cfg(test)]
mod tests;

pub(crate) use caches::exceeds_caches;
pub use caches::last_level_bytes;
pub use chunk::chunk_size;
pub(crate) use grid::{Grid, SHARE};
pub(crate) use items::for_each_item;
pub use run::{run, worker_count};
pub use shares::PARALLEL_FROM;
pub(crate) use shares::{alone, fill_grid, for_each_share};
pub use team::Team;
pub use threads::{MAX_THREADS, default_threads, resolve_threads};

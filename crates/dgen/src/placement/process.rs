//! For programs that place whole processes: binding to processors, and looking where pages came to lie.

use super::system::{LIVE, System};
use crate::error::{Error, Result};
use crate::topology::IdSet;
use crate::units::PAGE;

/// Keeps the calling thread, and the threads that it starts from now on, on these processors.
///
/// # Errors
/// When the system refuses, or none of them may be used.
///
/// ```
/// use dgen::{placement, topology::Limits};
/// placement::keep_to(&Limits::read().cpus)?;
/// # Ok::<(), dgen::Error>(())
/// ```
pub fn keep_to(cpus: &IdSet) -> Result<()> {
    LIVE.set_affinity(cpus).map_err(|error| Error::system(&format!("keep a process on processors {cpus}"), error))
}

/// The node of each of up to `count` pages, spread evenly over the memory; `None` for pages that nobody has touched.
///
/// # Errors
/// When the system does not tell.
///
/// ```
/// let memory = vec![7; 1 << 20];
/// if let Ok(nodes) = dgen::placement::nodes_of_pages(&memory, 16) {
///     assert!((1..=16).contains(&nodes.len()));
/// }
/// ```
pub fn nodes_of_pages(memory: &[u8], count: usize) -> Result<Vec<Option<u32>>> {
    let step = memory.len().div_ceil(count.max(1)).next_multiple_of(PAGE).max(PAGE);
    let pages: Vec<usize> = memory.chunks(step).map(|part| part.as_ptr().addr()).collect();
    LIVE.locate(&pages).map_err(|error| Error::system("ask on which nodes pages lie", error))
}

//! Memory that limits leave to this process.

use super::Tree;
use crate::units::human_size;

/// Memory that this process may still take before a limit on it stops or slows it.
///
/// ```
/// use dgen::topology::MemoryRoom;
/// if let Some(room) = MemoryRoom::read() {
///     println!("{} bytes, by {}", room.bytes, room.limit);
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryRoom {
    /// Bytes.
    pub bytes: u64,
    /// Which limit it is, in words that name it and its size.
    pub limit: String,
}

impl MemoryRoom {
    pub(super) fn new(limit: u64, used: u64, name: &str) -> Self {
        Self { bytes: limit.saturating_sub(used), limit: format!("the limit of {} ({name})", human_size(limit)) }
    }
}

/// Rooms under the limits of the process: lines of `/proc/self/limits`, and the use of each in `/proc/self/status`.
pub(super) fn of_process(tree: &Tree) -> Vec<MemoryRoom> {
    let limits = tree.text("proc/self/limits").unwrap_or_default();
    let status = tree.text("proc/self/status").unwrap_or_default();
    let soft = |name: &str| {
        let values = limits.lines().find_map(|line| line.strip_prefix(name))?;
        values.split_whitespace().next()?.parse::<u64>().ok()
    };
    let used = |name: &str| {
        let kib = status.lines().find_map(|line| line.strip_prefix(name))?.trim().strip_suffix("kB")?;
        kib.trim().parse::<u64>().ok()?.checked_mul(1024)
    };
    let room = |(line, use_line, name): (&str, &str, &str)| {
        Some(MemoryRoom::new(soft(line)?, used(use_line).unwrap_or(0), name))
    };
    let kinds = [("Max address space", "VmSize:", "ulimit -v"), ("Max data size", "VmData:", "ulimit -d")];
    kinds.into_iter().filter_map(room).collect()
}

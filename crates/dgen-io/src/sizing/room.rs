//! Fewer or smaller buffers, where a limit on memory leaves no room for more.

use dgen::topology::MemoryRoom;
use dgen::units::{exact_size, human_size};
use dgen::{Error, ErrorKind, Result};

use super::{Plan, Wish};
use crate::engine::kind::EngineKind;
use crate::storage::direct::ALIGNMENT;

/// Of the room under a limit, what buffers take where nobody asked for more: half. The rest is for the page cache, threads
/// and other processes.
const SHARE: u64 = 2;
/// Of the room, what buffers leave in any case: an eighth.
const LEFT: u64 = 8;

impl Wish {
    /// The plan for an operation, as [`plan`](Self::plan) makes it, of buffers that fit in the room there is, if that is
    /// limited. What was not asked for is lowered, and a warning says so.
    /// Fails when what was asked for does not fit.
    pub(crate) fn plan_within(
        self,
        room: Option<&MemoryRoom>,
        alignment: u64,
        bytes: u64,
        engine: &EngineKind,
    ) -> Result<Plan> {
        let plan = self.plan(alignment, bytes, engine)?;
        let Some(room) = room.filter(|room| plan.memory() > room.bytes / SHARE) else { return Ok(plan) };
        let mut lower = self.lowered(&plan, room.bytes / SHARE, alignment).plan(alignment, bytes, engine)?;
        if lower.memory() > most(room) {
            return Err(self.refused(&lower, room));
        }
        if lower.memory() < plan.memory() {
            let [before, after] = [&plan, &lower].map(Plan::memory_in_words);
            let (limit, left) = (&room.limit, human_size(room.bytes));
            lower.warnings.push(format!("buffers lowered from {before} to {after}: {limit} leaves {left}"));
        }
        Ok(lower)
    }

    /// The same with what was not asked for lowered until buffers take `budget`, as far as that goes: first their number,
    /// then the workers, then their size.
    fn lowered(self, plan: &Plan, budget: u64, alignment: u64) -> Self {
        let fit = |size: u64| usize::try_from(budget / size).unwrap_or(usize::MAX);
        let least = self.depth.map_or(1, |_| plan.depth);
        let (mut size, mut workers) = (plan.buffer, plan.workers);
        if self.buffer_count.is_none() && self.workers.is_none() {
            workers = workers.min((fit(size) / least).max(1));
        }
        let count = self.buffer_count.unwrap_or(least * workers);
        if self.buffer_size.is_none() && fit(size) < count {
            let most = (budget / count as u64 / plan.vectored).max(1);
            size = plan.vectored * (1 << most.ilog2()).max(alignment);
        }
        let each = (fit(size) / workers).clamp(least, plan.buffers.max(least));
        Self {
            buffer_size: Some(size / plan.vectored),
            workers: Some(workers),
            buffer_count: self.buffer_count.or(Some(each * workers)),
            ..self
        }
    }

    /// Names the option that takes the room.
    fn refused(self, lower: &Plan, room: &MemoryRoom) -> Error {
        let (count, most) = (lower.workers * lower.buffers, most(room));
        let why = format!("{} leaves {}", room.limit, human_size(room.bytes));
        let accepted = |what: String| format!("{what}: {why}");
        let refuse = |option: &str, asked: usize, each: u64| {
            Error::invalid(option, asked, &accepted(format!("at most {} here", most / each.max(1))))
        };
        let buffer = lower.buffer;
        match (self.buffer_size, self.buffer_count, self.depth, self.workers) {
            (Some(asked), ..) => {
                let fits = most / count as u64 / lower.vectored;
                let fits = exact_size(fits - fits % ALIGNMENT.min(fits.max(1)));
                Error::invalid(
                    "buffer size",
                    exact_size(asked),
                    &accepted(format!("at most {fits} in {count} buffers")),
                )
            }
            (_, Some(asked), ..) => refuse("buffer count", asked, buffer),
            (_, _, Some(asked), _) => refuse("depth", asked, buffer * lower.workers as u64),
            (_, _, _, Some(asked)) => refuse("workers", asked, buffer),
            _ => Error::new(ErrorKind::Io, format!("there is no memory for buffers: {why}")),
        }
    }
}

/// Most memory of all buffers.
fn most(room: &MemoryRoom) -> u64 {
    room.bytes - room.bytes / LEFT
}

impl Plan {
    /// Bytes of all buffers.
    fn memory(&self) -> u64 {
        self.buffer.saturating_mul(self.workers as u64).saturating_mul(self.buffers as u64)
    }

    fn memory_in_words(&self) -> String {
        format!("{} of {}", self.workers * self.buffers, exact_size(self.buffer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{sync::SYNC, uring::IO_URING};

    const MIB: u64 = 1 << 20;

    fn room(bytes: u64) -> MemoryRoom {
        // One under a limit that has such a size.
        let folder = tempfile::tempdir().unwrap();
        let group = folder.path().join("sys/fs/cgroup");
        let membership = folder.path().join("proc/self");
        std::fs::create_dir_all(&group).unwrap();
        std::fs::create_dir_all(&membership).unwrap();
        std::fs::write(membership.join("cgroup"), "0::/").unwrap();
        std::fs::write(group.join("memory.max"), bytes.to_string()).unwrap();
        MemoryRoom::from_root(folder.path()).unwrap()
    }

    fn plan(wish: Wish, bytes: u64) -> Result<Plan> {
        wish.plan_within(Some(&room(bytes)), 4096, 1 << 40, &IO_URING)
    }

    #[test]
    fn what_was_not_asked_for_is_lowered_until_it_fits() {
        let wish = Wish { workers: None, threads: Some(4), waits: true, direct: true, ..Wish::default() };
        let free = wish.plan_within(None, 4096, 1 << 40, &IO_URING).unwrap();
        assert!(free.memory() > 64 * MIB && free.warnings.is_empty());
        assert_eq!(plan(wish, 1 << 40).unwrap().memory(), free.memory());
        for (bytes, workers, size) in [(56 * MIB, 4, MIB), (5 * MIB, 2, MIB), (MIB, 1, MIB / 2), (100_000, 1, 32768)] {
            let lower = plan(wish, bytes).unwrap();
            assert_eq!((lower.workers, lower.buffer), (workers, size), "{bytes}");
            assert!(lower.memory() <= bytes / SHARE && lower.memory() > bytes / 5, "{bytes}: {lower:?}");
            assert!(lower.depth <= lower.buffers && lower.depth > 0);
            assert!(lower.warnings[0].contains("memory.max"), "{:?}", lower.warnings);
        }
        assert!(plan(wish, 4096).unwrap_err().to_string().contains("no memory for buffers"));
    }

    #[test]
    fn what_was_asked_for_fits_or_is_refused_by_name() {
        let size = Wish { buffer_size: Some(16 * MIB), workers: Some(2), ..Wish::default() };
        let lower = plan(size, 64 * MIB).unwrap();
        assert_eq!((lower.workers, lower.buffers, lower.buffer), (2, 1, 16 * MIB));
        // More than half of the room, but what was asked for.
        assert_eq!(plan(size, 40 * MIB).unwrap().memory(), 32 * MIB);
        let wish = Wish { workers: Some(2), ..Wish::default() };
        for (wish, option, fits) in [
            (size, "buffer size", "7.5MiB in 2 buffers"),
            (Wish { buffer_count: Some(64), buffer_size: None, ..wish }, "buffer count", ""),
            (Wish { depth: Some(64), ..wish }, "depth", ""),
        ] {
            // Where only their number is given, they become smaller.
            let bytes = if option == "buffer size" { 17 * MIB + 146_286 } else { 100_000 };
            let error = plan(wish, bytes).unwrap_err().to_string();
            assert!(error.contains(option) && error.contains("memory.max"), "{error}");
            assert!(fits.is_empty() || error.contains("at most 7"), "{error}");
        }
        let sync = wish.plan_within(Some(&room(64 * MIB)), 4096, 1 << 40, &SYNC).unwrap();
        assert_eq!((sync.workers, sync.buffers, sync.warnings.len()), (2, 1, 0));
    }
}

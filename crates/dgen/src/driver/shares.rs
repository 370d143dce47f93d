//! Splitting one buffer into disjoint shares that threads claim in order.

use super::grid::{Grid, LARGE_SHARE, SHARE};
use super::placed::{self, Part};
use super::run::run;
use super::spans_known::Area;
use super::team::Team;
use super::{audit, pool, spans};
use crate::units::page_remainder;
use std::sync::{Mutex, PoisonError};

/// Buffers of fewer bytes than this are filled by the calling thread alone.
pub const PARALLEL_FROM: usize = 512 << 10;
/// Threads with fewer large shares than this each take small ones, so that all end at about the same time.
const LARGE_SHARES: usize = 8;

/// The bytes that each of `threads` threads claims at a time of a buffer of `len` bytes.
fn share_of(len: usize, threads: usize) -> usize {
    if len / threads.max(1) >= LARGE_SHARES * LARGE_SHARE { LARGE_SHARE } else { SHARE }
}

/// Where a fill of `buffer`, which begins at `offset` of a stream, is cut.
pub(crate) fn fill_grid<T>(team: &Team, offset: u64, buffer: &[T]) -> Grid {
    const { assert!(size_of::<T>() == 1, "positions are in bytes") };
    let share = share_of(buffer.len(), team.threads());
    // Nodes are told apart by address, and pages of the stream need not be whole in a share.
    let by_address = share == LARGE_SHARE || team.spreads();
    let cut = if by_address { buffer.as_ptr().align_offset(share) } else { up_to_page(offset) };
    let first = if cut == 0 { share } else { cut }.min(buffer.len());
    Grid { first, share, cut_anywhere: true }
}

/// The length of the first share, so that the later ones start on page boundaries of the stream; 0 for any.
fn up_to_page(offset: u64) -> usize {
    match page_remainder(offset) {
        0 => 0,
        within => SHARE - within,
    }
}

/// Calls `f(position, share)` for consecutive shares of `buffer`, on the threads of `team`.
pub(crate) fn for_each_share<T: Send>(team: &Team, grid: Grid, buffer: &mut [T], f: &(dyn Fn(usize, &mut [T]) + Sync)) {
    const { assert!(size_of::<T>() == 1, "positions are in bytes") };
    let f = |at: usize, share: &mut [T]| {
        f(at, share);
        audit::count(team, &share.as_ptr_range());
    };
    // One thread does not go from node to node.
    let Some((placement, groups)) = team.placed().filter(|(_, groups)| groups.len() == 1 || team.threads() > 1) else {
        let queue = Queue::new(grid, buffer);
        run(team.threads().min(queue.tasks), queue.tasks, &|_| queue.serve(&f));
        return;
    };
    if groups.len() == 1 {
        let queue = Queue::new(grid, buffer);
        let f = |_| queue.serve(&f);
        let helpers = team.threads().min(queue.tasks).saturating_sub(1);
        placed::run(placement, &[Part { group: 0, helpers, tasks: queue.tasks, f: &f }]);
        return;
    }
    let area = Area { address: buffer.as_ptr().addr(), len: buffer.len(), grid };
    let spans = spans::of(team, placement, area, &pool::current().spans);
    let mut lists: Vec<Vec<(usize, &mut [T])>> = groups.iter().map(|_| Vec::new()).collect();
    let mut rest = buffer;
    for span in spans.iter() {
        let (part, behind) = rest.split_at_mut(span.len);
        lists[span.group].push((span.start, part));
        rest = behind;
    }
    let queues: Vec<Queue<'_, T>> = lists.into_iter().map(Queue::of).collect();
    let serve: Vec<_> = queues.iter().map(|queue| |_| queue.serve(&f)).collect();
    let here = placement.system().cpu().and_then(|cpu| placement.group_of_cpu(cpu));
    let threads = placement.share_out(team.threads());
    let part = |group: usize| {
        let tasks = queues[group].tasks;
        let own = usize::from(here == Some(group));
        Part { group, helpers: threads[group].saturating_sub(own).min(tasks), tasks, f: &serve[group] }
    };
    let parts: Vec<Part<'_>> = (0..groups.len()).filter(|&group| queues[group].tasks > 0).map(part).collect();
    placed::run(placement, &parts);
}

/// Calls `f` on the calling thread, kept where the team belongs meanwhile; for less than is worth several threads.
pub(crate) fn alone<T>(team: &Team, out: &mut [T], f: impl FnOnce(&mut [T])) {
    let mut seat = None;
    if let Some((placement, [group])) = team.placed() {
        let system = placement.system();
        let is_here = system.cpu().is_some_and(|cpu| group.cpus.contains(cpu));
        if !is_here {
            let seat = seat.insert(placement.free_seat());
            // Refused, the work is done from where the thread is.
            _ = seat.take(&group.cpus);
        }
    }
    f(out);
    audit::count(team, &out.as_ptr_range());
}

/// Shares with their positions.
type Shares<'a, T> = dyn Iterator<Item = (usize, &'a mut [T])> + Send + 'a;

/// Shares that nobody has claimed yet.
struct Queue<'a, T> {
    tasks: usize,
    // Each claim takes the next share; the lock is held for the few instructions of that.
    shares: Mutex<Box<Shares<'a, T>>>,
}

impl<'a, T: Send> Queue<'a, T> {
    /// All shares of a buffer.
    fn new(grid: Grid, buffer: &'a mut [T]) -> Self {
        let first = grid.first.min(buffer.len());
        let (head, rest) = buffer.split_at_mut(first);
        let tasks = 1 + rest.len().div_ceil(grid.share);
        let mut at = 0;
        let placed = move |share: &'a mut [T]| {
            let start = at;
            at += share.len();
            (start, share)
        };
        let shares = std::iter::once(head).chain(rest.chunks_mut(grid.share)).map(placed);
        Self { tasks, shares: Mutex::new(Box::new(shares)) }
    }

    /// Those of a list.
    fn of(list: Vec<(usize, &'a mut [T])>) -> Self {
        Self { tasks: list.len(), shares: Mutex::new(Box::new(list.into_iter())) }
    }

    /// Claims the next share and works on it.
    fn serve(&self, f: &(dyn Fn(usize, &mut [T]) + Sync)) {
        let next = self.shares.lock().unwrap_or_else(PoisonError::into_inner).next();
        if let Some((at, share)) = next {
            f(at, share);
        }
    }
}

//! Splitting one buffer into disjoint shares that threads claim in order.

use std::sync::Mutex;

/// Buffers of fewer bytes than this are filled by the calling thread alone.
pub const PARALLEL_FROM: usize = 512 << 10;
/// Bytes that one thread claims at a time in a parallel fill.
pub(crate) const SHARE: usize = 256 << 10;
/// Bytes that one thread claims at a time when there are many for each: a huge page. Two threads that touch one for the
/// first time would both clear it, and one of them in vain.
pub(crate) const LARGE_SHARE: usize = 2 << 20;
/// Threads with fewer large shares than this each take small ones, so that all end at about the same time.
const LARGE_SHARES: usize = 8;

/// The bytes that each of `threads` threads claims at a time of a buffer of `len` bytes.
pub(crate) fn share_of(len: usize, threads: usize) -> usize {
    if len / threads.max(1) >= LARGE_SHARES * LARGE_SHARE { LARGE_SHARE } else { SHARE }
}

/// Calls `f(position, share)` for consecutive shares of `buffer`, on up to `threads` threads.
///
/// The first share has `first` bytes, so that the later ones, of `share` bytes each, start where the caller wants them.
pub(crate) fn for_each_share<T: Send>(
    threads: usize,
    share: usize,
    first: usize,
    buffer: &mut [T],
    f: &(dyn Fn(usize, &mut [T]) + Sync),
) {
    let (head, rest) = buffer.split_at_mut(first);
    let tasks = 1 + rest.len().div_ceil(share);
    // Each claim takes the next share; the lock is held for the few instructions of a split.
    let shares = Mutex::new((0, std::iter::once(head).chain(rest.chunks_mut(share))));
    super::run(threads.min(tasks), tasks, &|_| {
        let (at, share) = {
            let mut claims = shares.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let Some(share) = claims.1.next() else { return };
            let at = claims.0;
            claims.0 += share.len();
            (at, share)
        };
        f(at, share);
    });
}

//! The caches of this process's processors, as far as fills go by them; looked up once.

use crate::topology::{CoreCache, Limits};
use std::sync::Mutex;

/// Levels of caches that are asked for.
const LEVELS: usize = 3;
/// Shorter fills fit any last-level cache; nothing is looked up for them.
const SMALL: usize = 1 << 20;
/// The last-level cache where the kernel does not show caches.
const UNKNOWN: u64 = 32 << 20;

/// Whether a fill of `len` bytes by `threads` threads is larger than all last-level caches that they can have.
pub(crate) fn exceeds_caches(len: usize, threads: usize) -> bool {
    // One cache is known; how many there are is asked of the system.
    let exceeds = |threads| len as u64 > last_level_bytes(threads);
    len > SMALL && exceeds(1) && (threads <= 1 || exceeds(threads))
}

/// Bytes of the last-level caches that `threads` threads of this process have together when each runs on a processor as
/// far from the others as possible; 32 MiB where the kernel does not show caches.
pub fn last_level_bytes(threads: usize) -> u64 {
    match core_cache(LEVELS).or_else(|| core_cache(LEVELS - 1)) {
        Some(cache) if threads <= 1 => cache.size_bytes,
        Some(cache) => {
            let caches = (usable_cpus() / cache.cpus.max(1)).clamp(1, threads);
            cache.size_bytes.saturating_mul(caches as u64)
        }
        None => UNKNOWN,
    }
}

/// Processors that this process may use.
pub(super) fn usable_cpus() -> usize {
    crate::topology::affinity().unwrap_or_else(|| Limits::read().cpus).len()
}

/// The cache of a level, from 1 to 3, of a processor of this process.
pub(super) fn core_cache(level: usize) -> Option<CoreCache> {
    /// Of no cache at all, where the kernel shows none.
    const NONE: CoreCache = CoreCache { size_bytes: 0, cpus: 0 };
    static KNOWN: Mutex<[Option<CoreCache>; LEVELS]> = Mutex::new([None; LEVELS]);
    let read = || CoreCache::read(u32::try_from(level).expect("levels are few"));
    // A child of `fork` may find it locked for ever by a thread that it does not have.
    let Ok(mut known) = KNOWN.try_lock() else { return read() };
    Some(*known[level - 1].get_or_insert_with(|| read().unwrap_or(NONE))).filter(|cache| *cache != NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_fills_stay_in_the_caches_and_huge_ones_do_not() {
        assert!(!exceeds_caches(SMALL, 1));
        assert!(exceeds_caches(usize::MAX / 2, 4));
        let one = last_level_bytes(1);
        assert!(one >= 256 << 10 && last_level_bytes(64) >= one);
    }
}

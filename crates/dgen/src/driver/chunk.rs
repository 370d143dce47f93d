//! How many bytes to generate at a time, so that they are still in the caches when the consumer reads them.

use super::Team;
use super::caches::{core_cache, usable_cpus};
use crate::topology::CoreCache;

/// Bytes for each thread where the kernel does not show caches.
const UNKNOWN: usize = 512 << 10;
/// Least and most bytes for each thread.
const EACH: std::ops::RangeInclusive<usize> = 128 << 10..=2 << 20;
/// Most bytes in all.
const ALL: usize = 32 << 20;
/// Chunks are a multiple of this.
const STEP: usize = 64 << 10;

/// Bytes of a chunk that suits a team.
///
/// For each thread half of what it has of a second-level cache: the cache's size, divided by the threads that share it when
/// all of the team's threads run (threads that have a core to themselves share with nobody). The result is rounded down to
/// 64 KiB and lies between 128 KiB and 2 MiB; 512 KiB where the kernel does not show caches. All threads together get at
/// most 32 MiB.
pub fn chunk_size(team: &Team) -> usize {
    let usable =
        team.placed().map_or_else(usable_cpus, |(_, groups)| groups.iter().map(|group| group.cpus.len()).sum());
    chunk(team.threads(), usable, core_cache(2))
}

fn chunk(threads: usize, usable_cpus: usize, cache: Option<CoreCache>) -> usize {
    let each = cache.map_or(UNKNOWN, |cache| {
        let caches = (usable_cpus / cache.cpus.max(1)).max(1);
        let sharing = threads.div_ceil(caches).clamp(1, cache.cpus.max(1));
        let bytes = usize::try_from(cache.size_bytes).unwrap_or(usize::MAX) / sharing / 2;
        (bytes / STEP * STEP).clamp(*EACH.start(), *EACH.end())
    });
    threads.saturating_mul(each).min(ALL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_caches_and_the_threads() {
        let cache = |kib: u64, cpus| Some(CoreCache { size_bytes: kib << 10, cpus });
        let kib = |threads, usable, cache| chunk(threads, usable, cache) >> 10;
        // A core of its own, with 1 MiB.
        assert_eq!([1, 2, 8].map(|threads| kib(threads, 8, cache(1024, 1))), [512, 1024, 4096]);
        // Two processors for each core: sharing begins with the ninth thread.
        assert_eq!([8, 9, 16].map(|threads| kib(threads, 16, cache(1024, 2))), [4096, 9 * 256, 4096]);
        // Caches that are small, large, shared by many, and odd.
        assert_eq!(kib(4, 4, cache(256, 1)), 512);
        assert_eq!(kib(4, 4, cache(16384, 1)), 8192);
        assert_eq!(kib(4, 4, cache(4096, 4)), 2048);
        assert_eq!(kib(1, 4, cache(1280, 1)), 640);
        assert_eq!(kib(1, 0, cache(1024, 0)), 512);
        // What the kernel does not show, and the most.
        assert_eq!([kib(2, 2, None), kib(4096, 4096, cache(2048, 1))], [1024, 32 << 10]);
    }

    #[test]
    fn this_machine_has_one() {
        let bytes = chunk_size(&Team::free(2));
        assert!((256 << 10..=4 << 20).contains(&bytes), "{bytes}");
    }
}

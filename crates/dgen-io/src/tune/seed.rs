//! Where the ramp begins: what has proved good on machines of a size.

use crate::storage::host;

/// Writers and bytes of a buffer for a machine with so many processors.
pub(crate) fn for_cpus(cpus: usize) -> (usize, u64) {
    match cpus {
        0..12 => (cpus.div_ceil(2).clamp(1, 4), 4 << 20),
        12..24 => (8, 8 << 20),
        24..48 => (12, 8 << 20),
        48..96 => (16, 8 << 20),
        _ => (32, 8 << 20),
    }
}

/// Buffers for each writer that has a queue.
pub(crate) const BUFFERS_EACH: usize = 16;

/// Most memory that buffers are tried with.
const MOST_MEMORY: u64 = 4 << 30;

/// Bytes that all buffers of a try may take: a quarter of what is available.
pub(crate) fn memory() -> u64 {
    host::memory(host::AVAILABLE).map_or(MOST_MEMORY, |bytes| bytes / 4).min(MOST_MEMORY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_known() {
        assert!((1 << 20..=MOST_MEMORY).contains(&memory()));
    }

    #[test]
    fn larger_machines_begin_higher() {
        let writers = [1, 2, 8, 16, 32, 64, 128].map(|cpus| for_cpus(cpus).0);
        assert_eq!(writers, [1, 1, 4, 8, 12, 16, 32]);
        assert_eq!((for_cpus(8).1, for_cpus(16).1), (4 << 20, 8 << 20));
    }
}

//! The memory-store limit: loops of plain stores, shared out as fills are; no generator can pass the fastest of them.

use crate::driver::{PARALLEL_FROM, Team, alone, fill_grid, for_each_share};
use crate::kernel::{Kernel, StoreLoop};

/// Fills `out` with `value` on the threads of a team, shared out exactly as a fill by the team is.
///
/// Benchmarks set the rate of a fill beside the rates of these loops over the same buffer, by the same threads.
pub fn store_with(way: StoreLoop, kernel: Kernel, value: u8, out: &mut [u8], team: &Team) {
    if team.threads() == 1 || out.len() < PARALLEL_FROM {
        alone(team, out, |out| kernel.store(way, value, out));
        return;
    }
    let grid = fill_grid(team, 0, out);
    for_each_share(team, grid, out, &|_, part| kernel.store(way, value, part));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_stored_by_any_number_of_threads() {
        let kernel = Kernel::selected().unwrap();
        for &way in StoreLoop::available(kernel) {
            for threads in [1, 2, 5] {
                let mut out = vec![0; (3 << 20) + 77];
                store_with(way, kernel, 9, &mut out, &Team::free(threads));
                assert!(out.iter().all(|&byte| byte == 9), "{way:?}");
            }
        }
    }
}

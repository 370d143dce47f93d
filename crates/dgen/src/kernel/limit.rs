//! The memory-store limit: plain stores of one constant line, the rate that no generator can pass.

use super::Kernel;
use crate::driver::{Grid, PARALLEL_FROM, SHARE, Team, alone, for_each_share};
use crate::units::LINE;

/// Stores one line, derived from `value`, over and over until `out` is full, with the widest plain vector stores of `kernel`.
///
/// Benchmarks set the rate of a fill beside the rate of this loop over the same buffer.
pub fn store_limit(kernel: Kernel, value: u64, out: &mut [u8]) {
    match kernel.0 {
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
        // SAFETY: this kind is only made after the processor reported the feature.
        super::Kind::Avx512 => unsafe { stores_avx512(value, out) },
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
        // SAFETY: this kind is only made after the processor reported the feature.
        super::Kind::Avx2 => unsafe { stores_avx2(value, out) },
        _ => stores(value, out),
    }
}

/// [`store_limit`] on up to `threads` threads that run anywhere, shared out as a parallel fill is.
pub fn par_store_limit(kernel: Kernel, value: u64, out: &mut [u8], threads: usize) {
    store_limit_with(kernel, value, out, &Team::free(threads));
}

/// [`store_limit`] on the threads of a team, shared out as a fill by the team is.
pub fn store_limit_with(kernel: Kernel, value: u64, out: &mut [u8], team: &Team) {
    if team.threads() == 1 || out.len() < PARALLEL_FROM {
        alone(team, out, |out| store_limit(kernel, value, out));
        return;
    }
    let first = if team.spreads() { out.as_ptr().align_offset(SHARE) } else { SHARE };
    let grid = Grid { first: first.min(out.len()), share: SHARE, cut_anywhere: true };
    for_each_share(team, grid, out, &|_, part| store_limit(kernel, value, part));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn stores_avx512(value: u64, out: &mut [u8]) {
    stores(value, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn stores_avx2(value: u64, out: &mut [u8]) {
    stores(value, out);
}

/// Compiled once for each instruction set that inlines it.
#[inline(always)]
fn stores(value: u64, out: &mut [u8]) {
    let mut line = [0; LINE];
    for word in line.as_chunks_mut::<8>().0 {
        *word = value.to_le_bytes();
    }
    // Several lines at a time, as the kernels store them; `black_box` keeps the loop from becoming a call to memset.
    let line = std::hint::black_box(line);
    let (quads, rest) = out.as_chunks_mut::<{ 4 * LINE }>();
    for quad in quads {
        for place in quad.as_chunks_mut::<LINE>().0 {
            *place = line;
        }
    }
    let tail = rest.len();
    for (place, byte) in rest.iter_mut().zip(line.iter().cycle().take(tail)) {
        *place = *byte;
    }
}

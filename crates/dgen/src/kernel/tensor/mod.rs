//! Pages of numbers (FORMAT.md, section 6, "Tensors"): random lines of which each number's field is drawn from a table.
//!
//! Lines are made some pages at a time and stay in the first cache until they are numbers.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
mod types;

use super::{Byte, How, Kernel, Kind};
use crate::key::Key;
use crate::tensor::Numbers;
use crate::uninit;
#[cfg(target_arch = "x86_64")]
use crate::units::LINE;
use crate::units::PAGE;

/// Pages whose lines are made at a time.
const GROUP: usize = 4;

/// Lines of some pages, aligned for vector loads.
#[repr(C, align(64))]
struct Lines([Byte; GROUP * PAGE]);

impl Kernel {
    /// Fills `out`, a whole number of pages, with the numbers of pages `first`, `first + 1`, and so on.
    pub(crate) fn fill_numbers(self, key: &Key, numbers: &Numbers, first: u64, out: &mut [Byte], how: How) {
        let mut lines = Lines([Byte::uninit(); GROUP * PAGE]);
        let mut first = first;
        for pages in out.chunks_mut(GROUP * PAGE) {
            let lines = &mut lines.0[..pages.len()];
            self.fill_pages(key, None, first, lines, false);
            #[allow(unsafe_code, reason = "the lines are made now")]
            // SAFETY: the fill of pages writes every byte.
            let lines = unsafe { uninit::filled(lines) };
            self.shape(numbers, lines, pages, how);
            first = first.wrapping_add(GROUP as u64);
        }
    }

    /// Makes numbers of lines.
    fn shape(self, numbers: &Numbers, lines: &[u8], out: &mut [Byte], How { stream, tagged }: How) {
        #[cfg(target_arch = "x86_64")]
        let stream = stream && out.as_ptr().addr().is_multiple_of(LINE);
        #[cfg(not(target_arch = "x86_64"))]
        let _ = stream;
        match self.0 {
            Kind::Portable => portable::shape(numbers, lines, out, tagged),
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
            // SAFETY: the processor is asked for each feature.
            Kind::Avx512 if looks_up_bytes() => unsafe { avx512::shape(numbers, lines, out, stream, tagged) },
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
            // SAFETY: this kind is only made after the processor reported the feature; who has AVX-512 has AVX2.
            Kind::Avx2 | Kind::Avx512 => unsafe { avx2::shape(numbers, lines, out, stream, tagged) },
            #[cfg(target_arch = "aarch64")]
            #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
            // SAFETY: this kind is only made after the processor reported the feature.
            Kind::Neon => unsafe { neon::shape(numbers, lines, out, tagged) },
        }
    }
}

/// Whether the processor looks bytes up in registers of 64.
#[cfg(target_arch = "x86_64")]
fn looks_up_bytes() -> bool {
    std::arch::is_x86_feature_detected!("avx512bw") && std::arch::is_x86_feature_detected!("avx512vbmi")
}

//! How bytes get into memory: through the caches or past them, and the loops of plain stores that fills are measured by.

use super::Kernel;
#[cfg(target_arch = "x86_64")]
use super::Kind;
use crate::units::LINE;
use serde::{Deserialize, Serialize};

/// How a fill stores its bytes. The bytes are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stores {
    /// Past the caches when one fill is larger than the last-level caches of the cores that take part, so that none of it
    /// would still be there in the end; else through them.
    #[default]
    Auto,
    /// Through the caches: for data that a core reads soon.
    Cached,
    /// Past the caches, where the kernel has instructions for that: for data that no core reads soon.
    Streaming,
}

/// A way to store one value over and over: the rate that no generator can pass is that of the fastest way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreLoop {
    /// The widest plain vector stores of the kernel.
    Plain,
    /// Vector stores past the caches.
    Streaming,
    /// The processor's own instruction for repeated stores (`rep stosb` on x86-64).
    Repeated,
}

impl StoreLoop {
    /// The ways that a kernel and this processor have.
    pub fn available(kernel: Kernel) -> &'static [Self] {
        match kernel.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 | Kind::Avx512 => &[Self::Plain, Self::Streaming, Self::Repeated],
            _ => &[Self::Plain],
        }
    }
}

impl Kernel {
    /// Fills `out` with `value`, in this way. One that the kernel does not have stores plainly; so do streaming stores to memory that
    /// is not aligned to 64 bytes.
    pub fn store(self, way: StoreLoop, value: u8, out: &mut [u8]) {
        match (self.0, way) {
            #[cfg(target_arch = "x86_64")]
            (Kind::Avx2 | Kind::Avx512, StoreLoop::Repeated) => repeated(value, out),
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
            // SAFETY: this kind is only made after the processor reported the feature.
            (Kind::Avx512, StoreLoop::Streaming) if aligned(out) => unsafe { streaming_avx512(value, out) },
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
            // SAFETY: as above.
            (Kind::Avx2, StoreLoop::Streaming) if aligned(out) => unsafe { streaming_avx2(value, out) },
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
            // SAFETY: as above.
            (Kind::Avx512, _) => unsafe { plain_avx512(value, out) },
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
            // SAFETY: as above.
            (Kind::Avx2, _) => unsafe { plain_avx2(value, out) },
            _ => plain(value, out),
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn aligned(out: &[u8]) -> bool {
    out.as_ptr().addr().is_multiple_of(LINE)
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "the instruction has no intrinsic")]
fn repeated(value: u8, out: &mut [u8]) {
    // SAFETY: the instruction writes `out.len()` bytes from its start on, and changes the two registers named.
    unsafe {
        std::arch::asm!(
            "rep stosb",
            inout("rcx") out.len() => _,
            inout("rdi") out.as_mut_ptr() => _,
            in("al") value,
            options(nostack, preserves_flags),
        );
    }
}

macro_rules! streaming {
    ($name:ident, $feature:literal, $set:ident, $store:ident, $width:literal) => {
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = $feature)]
        #[allow(unsafe_code, reason = "the store intrinsic takes a pointer")]
        fn $name(value: u8, out: &mut [u8]) {
            let vector = std::arch::x86_64::$set(value.cast_signed());
            let (quads, rest) = out.as_chunks_mut::<{ 4 * LINE }>();
            for quad in quads {
                for place in quad.as_chunks_mut::<$width>().0 {
                    // SAFETY: `place` is as long as the vector and, as `out` begins at a multiple of 64, aligned to it.
                    unsafe { std::arch::x86_64::$store(place.as_mut_ptr().cast(), vector) };
                }
            }
            std::arch::x86_64::_mm_sfence();
            rest.fill(value);
        }
    };
}
streaming!(streaming_avx512, "avx512f", _mm512_set1_epi8, _mm512_stream_si512, 64);
streaming!(streaming_avx2, "avx2", _mm256_set1_epi8, _mm256_stream_si256, 32);

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn plain_avx512(value: u8, out: &mut [u8]) {
    plain(value, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn plain_avx2(value: u8, out: &mut [u8]) {
    plain(value, out);
}

/// Compiled once for each instruction set that inlines it.
#[inline(always)]
fn plain(value: u8, out: &mut [u8]) {
    // Several lines at a time, as the kernels store them; `black_box` keeps the loop from becoming a call to memset.
    let line = std::hint::black_box([value; LINE]);
    let (quads, rest) = out.as_chunks_mut::<{ 4 * LINE }>();
    for quad in quads {
        for place in quad.as_chunks_mut::<LINE>().0 {
            *place = line;
        }
    }
    rest.fill(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loop_writes_every_byte_and_no_other() {
        for kernel in Kernel::available() {
            for way in [StoreLoop::Plain, StoreLoop::Streaming, StoreLoop::Repeated] {
                for (at, len) in [(0, 0), (0, 64), (64, 256), (3, 1000), (128, 65_537)] {
                    let mut memory = vec![0xEE; len + at + 100];
                    let start = at + memory.as_ptr().align_offset(64);
                    kernel.store(way, 7, &mut memory[start.min(100)..][..len]);
                    let start = start.min(100);
                    assert!(memory[start..start + len].iter().all(|&byte| byte == 7), "{way:?} {len}");
                    assert!(memory[..start].iter().chain(&memory[start + len..]).all(|&byte| byte == 0xEE));
                }
            }
            assert!(StoreLoop::available(kernel).contains(&StoreLoop::Plain));
        }
    }
}

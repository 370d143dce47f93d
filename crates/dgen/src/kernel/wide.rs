//! Plain code compiled once for each instruction set: for arithmetic that the compiler vectorises by itself.

use super::Kernel;
#[cfg(target_arch = "x86_64")]
use super::Kind;

/// Work whose `run` is marked `#[inline(always)]`, down to its last loop: it is then compiled for whoever calls it.
pub(crate) trait Wide {
    /// What the work gives.
    type Output;
    /// Does the work.
    fn run(self) -> Self::Output;
}

impl Kernel {
    /// Does `work` with the instructions of this kernel. Rust never reorders or fuses floating-point operations, so
    /// the results are the same with any of them.
    #[inline]
    pub(crate) fn run_wide<W: Wide>(self, work: W) -> W::Output {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
            // SAFETY: this kind is only made after the processor reported the feature.
            Kind::Avx512 => unsafe { run_avx512(work) },
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
            // SAFETY: this kind is only made after the processor reported the feature.
            Kind::Avx2 => unsafe { run_avx2(work) },
            _ => work.run(),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn run_avx512<W: Wide>(work: W) -> W::Output {
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn run_avx2<W: Wide>(work: W) -> W::Output {
    work.run()
}

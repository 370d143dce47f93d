//! Kernels: the code that turns page numbers into bytes, one file per instruction set, chosen at run time.
//!
//! A [`Kernel`] can only be made by [`Kernel::available`] and the functions built on it, after the processor was
//! asked for the features; holding one is the proof that its code may run.

use std::sync::OnceLock;

use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::layout::PageLayouts;
#[cfg(target_arch = "x86_64")]
use crate::units::LINE;
use crate::units::PAGE;

#[macro_use]
mod pages;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod pieces;
mod portable;

mod stores;
mod tensor;
mod text;
mod wide;
pub(crate) use crate::uninit::Byte;
pub use stores::{StoreLoop, Stores};
pub(crate) use wide::Wide;

/// The environment variable that forces a kernel.
pub const KERNEL_VARIABLE: &str = "DGEN_KERNEL";
const NAMES: [&str; 4] = ["portable", "avx2", "avx512", "neon"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "aarch64")]
    Neon,
}

/// How pages are written.
#[derive(Clone, Copy)]
pub(crate) struct How {
    /// Past the caches, where that is possible.
    pub(crate) stream: bool,
    /// Behind their tags; without, pages of numbers have numbers in the tags' places, too.
    pub(crate) tagged: bool,
}

impl How {
    /// As pages are, into the caches.
    pub(crate) const CACHED: Self = Self { stream: false, tagged: true };
}

/// One implementation of the generator that this processor can run. All give the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel(Kind);

impl Kernel {
    /// The kernels that this processor can run, slowest first.
    pub fn available() -> Vec<Self> {
        #[allow(unused_mut, reason = "other architectures add nothing")]
        let mut kernels = vec![Self(Kind::Portable)];
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx2") {
                kernels.push(Self(Kind::Avx2));
            }
            if std::arch::is_x86_feature_detected!("avx512f") {
                kernels.push(Self(Kind::Avx512));
            }
        }
        #[cfg(target_arch = "aarch64")]
        if std::arch::is_aarch64_feature_detected!("neon") {
            kernels.push(Self(Kind::Neon));
        }
        kernels
    }

    /// The kernel named by `DGEN_KERNEL`, or else the fastest one.
    ///
    /// # Errors
    /// When `DGEN_KERNEL` names an unknown kernel or one that this processor lacks.
    pub fn selected() -> Result<Self> {
        static FASTEST: OnceLock<Kernel> = OnceLock::new();
        match std::env::var_os(KERNEL_VARIABLE) {
            Some(name) => Self::by_name(&name.to_string_lossy()),
            None => Ok(*FASTEST.get_or_init(|| *Self::available().last().expect("the portable kernel always runs"))),
        }
    }

    /// The kernel of this name: `portable`, `avx2`, `avx512` or `neon`.
    ///
    /// # Errors
    /// For an unknown name, or a kernel that this processor lacks.
    pub fn by_name(name: &str) -> Result<Self> {
        let available = Self::available();
        if let Some(kernel) = available.iter().find(|kernel| kernel.name() == name) {
            return Ok(*kernel);
        }
        let here = available.iter().map(|kernel| kernel.name()).collect::<Vec<_>>().join(", ");
        let accepted = format!("{here} on this processor");
        let kind = if NAMES.contains(&name) { ErrorKind::Unsupported } else { ErrorKind::InvalidValue };
        Err(Error::new(kind, format!("{KERNEL_VARIABLE}: `{name}` is not accepted (accepted: {accepted})")))
    }

    /// The name, as in `DGEN_KERNEL`.
    pub const fn name(self) -> &'static str {
        match self.0 {
            Kind::Portable => NAMES[0],
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => NAMES[1],
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => NAMES[2],
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => NAMES[3],
        }
    }

    /// Fills `out`, a whole number of pages, with pages `first`, `first + 1`, and so on. With `stream`, past the caches
    /// where the kernel and the memory's alignment allow that; the caller calls [`fence`] when all is stored.
    #[inline]
    pub(crate) fn fill_pages(
        self,
        key: &Key,
        layouts: Option<&PageLayouts>,
        first: u64,
        out: &mut [Byte],
        stream: bool,
    ) {
        debug_assert!(out.len().is_multiple_of(PAGE));
        macro_rules! dispatch {
            ($module:ident, $stream:literal) => {
                match layouts {
                    None => $module::fill_random::<$stream>(key, first, out),
                    Some(layouts) => $module::fill_textured::<$stream>(key, layouts, first, out),
                }
            };
        }
        #[cfg(target_arch = "x86_64")]
        let stream = stream && out.as_ptr().addr().is_multiple_of(LINE);
        #[cfg(not(target_arch = "x86_64"))]
        let _ = stream;
        match self.0 {
            Kind::Portable => dispatch!(portable, false),
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
            // SAFETY: this kind is only made after the processor reported the feature.
            Kind::Avx2 if stream => unsafe { dispatch!(avx2, true) },
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
            // SAFETY: as above.
            Kind::Avx2 => unsafe { dispatch!(avx2, false) },
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
            // SAFETY: this kind is only made after the processor reported the feature.
            Kind::Avx512 if stream => unsafe { dispatch!(avx512, true) },
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
            // SAFETY: as above.
            Kind::Avx512 => unsafe { dispatch!(avx512, false) },
            #[cfg(target_arch = "aarch64")]
            #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
            // SAFETY: this kind is only made after the processor reported the feature.
            Kind::Neon => unsafe { dispatch!(neon, false) },
        }
    }

    /// Fills `out`, at most a page, with the first bytes of random page `number`; a whole number of four-line steps.
    #[inline]
    pub(crate) fn fill_head(self, key: &Key, number: u64, out: &mut [Byte]) {
        match self.0 {
            Kind::Portable => portable::fill_head(key, number, out),
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
            // SAFETY: this kind is only made after the processor reported the feature.
            Kind::Avx2 => unsafe { avx2::fill_head(key, number, out) },
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
            // SAFETY: this kind is only made after the processor reported the feature.
            Kind::Avx512 => unsafe { avx512::fill_head(key, number, out) },
            #[cfg(target_arch = "aarch64")]
            #[allow(unsafe_code, reason = "the call crosses into code for checked features")]
            // SAFETY: this kind is only made after the processor reported the feature.
            Kind::Neon => unsafe { neon::fill_head(key, number, out) },
        }
    }
}

/// Orders stores past the caches before what follows.
pub(crate) fn fence() {
    #[cfg(target_arch = "x86_64")]
    #[allow(unsafe_code, reason = "the intrinsic needs a feature, which every x86-64 processor has")]
    // SAFETY: SSE is part of the architecture.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_choose_kernels() {
        for kernel in Kernel::available() {
            assert_eq!(Kernel::by_name(kernel.name()).unwrap(), kernel);
        }
        let absent = if cfg!(target_arch = "aarch64") { "avx2" } else { "neon" };
        let error = Kernel::by_name(absent).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(absent) && error.to_string().contains("portable"));
        assert_eq!(Kernel::by_name("sse9").unwrap_err().kind(), ErrorKind::InvalidValue);
    }
}

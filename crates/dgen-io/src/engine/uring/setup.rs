//! Making a ring, with what the kernel and its limits allow.

use std::io;
use std::os::fd::AsRawFd;

use io_uring::{IoUring, Probe, opcode};
use rustix::io::Errno;

use crate::engine::kind::EngineSetup;
use crate::memory::buffers::Buffer;
use crate::options::io::IoOptions;
use crate::storage::open_file::OpenFile;

/// Bytes that the kernel accepts as one registered buffer; fewer in tests, so that there are several.
const LARGEST: usize = if cfg!(test) { 64 << 10 } else { 1 << 30 };
/// Milliseconds after which a kernel thread that finds nothing to submit goes to sleep.
const SUBMISSION_IDLE: u32 = 1000;

/// Buffers that the kernel knows, as slices of one stretch of memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Registered {
    first: usize,
    per_slice: usize,
}

impl Registered {
    /// The number of the slice that holds `buffer`.
    pub(super) fn slice_of(self, buffer: &Buffer) -> u16 {
        u16::try_from((buffer.index() - self.first) / self.per_slice).expect("as many slices as were registered")
    }
}

/// Whether rings can be made at all: containers often forbid them, and old kernels lack what is needed.
///
/// # Errors
/// Why not, in words.
pub(crate) fn probe() -> Result<(), String> {
    let ring = IoUring::new(2).map_err(|error| refusal(&error))?;
    let mut probe = Probe::new();
    let known = match ring.submitter().register_probe(&mut probe) {
        Ok(()) => true,
        // Kernels that do not know the question.
        Err(error) if Errno::from_io_error(&error) == Some(Errno::INVAL) => false,
        Err(error) => return Err(refusal(&error)),
    };
    let codes = [opcode::Write::CODE, opcode::Read::CODE, opcode::WriteFixed::CODE, opcode::ReadFixed::CODE];
    if known && codes.iter().all(|code| probe.is_supported(*code)) && ring.params().is_feature_ext_arg() {
        Ok(())
    } else {
        Err("the kernel is older than 5.11".into())
    }
}

pub(super) fn refusal(error: &io::Error) -> String {
    match Errno::from_io_error(error) {
        Some(Errno::PERM | Errno::ACCESS) => format!("the system forbids it, as container policies often do ({error})"),
        Some(Errno::NOSYS) => format!("the kernel has none, or a container policy hides it ({error})"),
        Some(Errno::NOMEM) => format!("no memory for the ring: see the limit on locked memory ({error})"),
        _ => error.to_string(),
    }
}

/// A ring of the calling thread, which alone may use it.
pub(super) fn ring(setup: &EngineSetup<'_>) -> io::Result<IoUring> {
    let depth = u32::try_from(setup.depth).expect("at most 4096");
    let IoOptions { sqpoll, iopoll, .. } = *setup.options;
    let attempt = |single: bool, deferred: bool| {
        let mut builder = IoUring::builder();
        builder.setup_clamp();
        if iopoll {
            builder.setup_iopoll();
        }
        if sqpoll {
            builder.setup_sqpoll(SUBMISSION_IDLE);
        }
        if single {
            builder.setup_single_issuer();
        }
        if deferred {
            builder.setup_defer_taskrun().setup_taskrun_flag();
        }
        builder.build(depth)
    };
    // Kernels before 6.1 do not know the second flag, and those before 6.0 not the first; no kernel defers work that its
    // own thread does.
    let old = |error: &io::Error| Errno::from_io_error(error) == Some(Errno::INVAL);
    match attempt(true, !sqpoll) {
        Err(error) if old(&error) => match attempt(true, false) {
            Err(error) if old(&error) => attempt(false, false),
            other => other,
        },
        other => other,
    }
}

/// Registers both descriptors of every file: the buffered one at twice its number, the direct one behind it.
pub(super) fn register_files(ring: &IoUring, files: &[&OpenFile]) -> bool {
    let pair = |file: &&OpenFile| [false, true].map(|direct| file.file(direct).as_raw_fd());
    let descriptors: Vec<_> = files.iter().flat_map(pair).collect();
    ring.submitter().register_files(&descriptors).is_ok()
}

/// Registers `buffers`, which are adjacent and in order, in slices that the kernel accepts.
#[allow(unsafe_code, reason = "the kernel takes addresses")]
pub(super) fn register_buffers(ring: &IoUring, buffers: &mut [Buffer]) -> io::Result<Option<Registered>> {
    let Some(first) = buffers.first() else { return Ok(None) };
    let registered = Registered { first: first.index(), per_slice: (LARGEST / first.len()).max(1) };
    let slice = |buffers: &mut [Buffer]| {
        let bytes = buffers.iter().map(|buffer| buffer.len()).sum();
        libc::iovec { iov_base: buffers[0].pointer().cast(), iov_len: bytes }
    };
    let slices: Vec<_> = buffers.chunks_mut(registered.per_slice).map(slice).collect();
    // SAFETY: each slice is memory of adjacent buffers that the caller owns. The kernel keeps the pages themselves, so what
    // it was given stays valid until the ring is closed, whatever happens to the mapping. It touches them for operations
    // only, each of which owns its buffer.
    unsafe { ring.submitter().register_buffers(&slices)? };
    Ok(Some(registered))
}

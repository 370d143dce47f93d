//! Whether there is a standard output at all.

#![allow(unsafe_code, reason = "only what the loader calls sees descriptors before the runtime opens closed ones")]

use std::hint::black_box;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use dgen::{Error, Result};
use rustix::fs::{FileType, fstat, stat};
use rustix::io::{Errno, fcntl_getfd, ioctl_fionread};
use rustix::stdio::stdout;

/// What `--json` without a file stands for, and the path that is a standard stream.
pub(crate) const STDOUT: &str = "-";

/// Whether standard output was closed when the program was loaded.
static CLOSED: AtomicBool = AtomicBool::new(false);

/// Called by the loader: the runtime then opens `/dev/null` in the place of closed descriptors, where all is lost in
/// silence.
// SAFETY: the section holds addresses of functions with this signature. This one makes a system call and stores into a
// static; it uses nothing that the runtime sets up, and does not unwind.
#[used]
#[unsafe(link_section = ".init_array")]
static LOOK: extern "C" fn() = look;

extern "C" fn look() {
    CLOSED.store(is_closed(), Ordering::Relaxed);
}

fn is_closed() -> bool {
    fcntl_getfd(stdout()) == Err(Errno::BADF)
}

/// Whether it leads to the null device, and not to what a program that loaded this has opened since.
fn is_null() -> bool {
    fstat(stdout()).ok().zip(stat("/dev/null").ok()).is_some_and(|(found, null)| found.st_rdev == null.st_rdev)
}

/// Fails where standard output is closed, or was before the runtime put the null device there.
pub(crate) fn check() -> Result<()> {
    // A mention keeps the linker from leaving it out.
    black_box(&LOOK);
    if is_closed() || CLOSED.load(Ordering::Relaxed) && is_null() {
        let closed = io::Error::from_raw_os_error(Errno::BADF.raw_os_error());
        return Err(Error::io("write to", "standard output", None, closed));
    }
    Ok(())
}

/// Bytes in the pipe at standard output that its reader has left there; none where it is no pipe.
pub(crate) fn left_in_pipe() -> u64 {
    let is_pipe = fstat(stdout()).is_ok_and(|found| FileType::from_raw_mode(found.st_mode) == FileType::Fifo);
    if is_pipe { ioctl_fionread(stdout()).unwrap_or(0) } else { 0 }
}

//! Syncing that can be interrupted.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use crate::base::retry::uninterrupted;
use crate::metrics::watch::Watch;

/// Bytes between two looks at the cancel flag.
const STEP: u64 = 8 << 20;

/// Makes `len` bytes from `offset` on durable. Stops early, with `false`, when the caller cancels.
///
/// `fdatasync` alone would wait, deaf to signals, for everything that is still in the page cache.
pub(crate) fn sync_range(file: &File, offset: u64, len: u64, watch: Watch<'_>) -> io::Result<bool> {
    let (mut at, end) = (offset, offset + len);
    if begin(file, at, STEP.min(len)).is_ok() {
        while at < end {
            if watch.is_cancelled() {
                return Ok(false);
            }
            let step = STEP.min(end - at);
            let ahead = at + step;
            if ahead < end {
                begin(file, ahead, STEP.min(end - ahead))?;
            }
            wait(file, at, step)?;
            at = ahead;
        }
    }
    file.sync_data()?;
    Ok(true)
}

fn begin(file: &File, offset: u64, len: u64) -> io::Result<()> {
    sync_file_range(file, offset, len, libc::SYNC_FILE_RANGE_WRITE)
}

fn wait(file: &File, offset: u64, len: u64) -> io::Result<()> {
    let flags = libc::SYNC_FILE_RANGE_WAIT_BEFORE | libc::SYNC_FILE_RANGE_WRITE | libc::SYNC_FILE_RANGE_WAIT_AFTER;
    sync_file_range(file, offset, len, flags)
}

#[allow(unsafe_code, reason = "no safe binding of this system call exists")]
fn sync_file_range(file: &File, offset: u64, len: u64, flags: libc::c_uint) -> io::Result<()> {
    let signed = |value: u64| i64::try_from(value).map_err(io::Error::other);
    let (offset, len) = (signed(offset)?, signed(len)?);
    uninterrupted(|| {
        // SAFETY: the descriptor is open as long as `file` is borrowed, and the call takes no pointers.
        let result = unsafe { libc::sync_file_range(file.as_raw_fd(), offset, len, flags) };
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    })
}

//! Reserving the space of a file before it is written, so that a lack of it shows at once; and giving it back.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use dgen::units::human_size;
use dgen::{Error, Result};
use rustix::fs::{FallocateFlags, fallocate, fstatvfs};
use rustix::io::Errno;

use crate::metrics::watch::Watch;
use crate::storage::direct::in_memory;

/// Bytes between two looks at the cancel flag: some milliseconds for a file system on disk.
const STEP: u64 = 256 << 20;
/// Time between two looks at a file that is being cut.
const TICK: Duration = Duration::from_millis(5);

/// Reserves `size` bytes from `offset` on, or as many as until the caller cancels. File systems that cannot do it need not.
///
/// One in memory would clear every page, which takes about as long as writing it and belongs to the time of that: there
/// nothing is reserved, and a lack that shows before is told before.
pub(crate) fn reserve(file: &File, path: &Path, offset: u64, size: u64, watch: Watch<'_>) -> Result<()> {
    let fail = |error: Errno| {
        let action = format!("reserve {} for", human_size(size));
        Err(Error::io(&action, path, None, error.into()))
    };
    let fits = has_room(file, size);
    let step = match (in_memory(file), fits) {
        (true, true) => return Ok(()),
        (true, false) => return fail(Errno::NOSPC),
        (false, true) => STEP,
        // Where it seems not to fit, the file system may say so before it fills itself.
        (false, false) => size,
    };
    let (mut at, end) = (offset, offset + size);
    while at < end && !watch.is_cancelled() {
        // The system takes no more at once, and calls that an invalid argument, as it does what it cannot do.
        let len = step.min(end - at).min(i64::MAX as u64);
        match fallocate(file, FallocateFlags::empty(), at, len) {
            Ok(()) => at += len,
            Err(Errno::INTR) => {}
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => return Ok(()),
            Err(error) => return fail(error),
        }
    }
    Ok(())
}

/// Cuts a file to `len` bytes. To free what was reserved takes a file system tens of milliseconds for each GiB: a caller who
/// cancels does not wait for that, only until the file has its new length.
pub(crate) fn release(file: &File, len: u64, watch: Watch<'_>) -> io::Result<()> {
    if !watch.is_cancelled() {
        return file.set_len(len);
    }
    let own = file.try_clone()?;
    let (done, result) = channel();
    let cut = move || _ = done.send(own.set_len(len));
    if thread::Builder::new().name("dgen-io-release".into()).spawn(cut).is_err() {
        return file.set_len(len);
    }
    loop {
        match result.recv_timeout(TICK) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Timeout) if file.metadata()?.len() != len => {}
            // The rest of the work has no result of its own.
            Err(_) => return Ok(()),
        }
    }
}

/// Bytes that the file system of a file has for this user; `None` where it does not say.
pub(crate) fn free_space(file: &File) -> Option<u64> {
    let system = fstatvfs(file).ok().filter(|system| system.f_blocks > 0)?;
    Some(system.f_bavail.saturating_mul(system.f_frsize))
}

/// Whether the file system has `size` bytes for the file, those among them that the file has already; yes where it does not
/// say.
fn has_room(file: &File, size: u64) -> bool {
    let own = file.metadata().map_or(0, |metadata| metadata.blocks().saturating_mul(512));
    free_space(file).is_none_or(|free| free.saturating_add(own) >= size)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn all_is_reserved_unless_the_caller_cancels() {
        let folder = std::env::current_exe().unwrap();
        let file = tempfile::NamedTempFile::new_in(folder.parent().unwrap()).unwrap();
        let size = STEP + 4097;
        for (cancelled, expected) in [(true, 0), (false, 4096 + size)] {
            let cancel = AtomicBool::new(cancelled);
            let watch = Watch { cancel: Some(&cancel), ..Watch::default() };
            reserve(file.as_file(), file.path(), 4096, size, watch).unwrap();
            let len = file.as_file().metadata().unwrap().len();
            assert_eq!(len, expected);
        }
    }

    #[test]
    fn what_no_file_can_hold_is_refused() {
        let folder = std::env::current_exe().unwrap();
        let file = tempfile::NamedTempFile::new_in(folder.parent().unwrap()).unwrap();
        let error = reserve(file.as_file(), file.path(), 0, 1 << 63, Watch::default()).unwrap_err();
        assert!([Some(libc::EFBIG), Some(libc::ENOSPC)].contains(&error.raw_os_error()), "{error}");
    }

    #[test]
    fn what_was_reserved_is_given_back_also_to_those_who_cancel() {
        let folder = std::env::current_exe().unwrap();
        for cancelled in [false, true] {
            let file = tempfile::NamedTempFile::new_in(folder.parent().unwrap()).unwrap();
            reserve(file.as_file(), file.path(), 0, 2 << 30, Watch::default()).unwrap();
            let cancel = AtomicBool::new(cancelled);
            release(file.as_file(), 5000, Watch { cancel: Some(&cancel), ..Watch::default() }).unwrap();
            assert_eq!(file.as_file().metadata().unwrap().len(), 5000);
            // Waits for whoever is still cutting.
            file.as_file().set_len(5000).unwrap();
            assert!(file.as_file().metadata().unwrap().blocks() < 100);
        }
        let read_only = File::open(&folder).unwrap();
        let cancel = AtomicBool::new(true);
        release(&read_only, 1, Watch { cancel: Some(&cancel), ..Watch::default() }).unwrap_err();
    }

    #[test]
    fn memory_is_not_reserved_and_has_to_have_room() {
        let Ok(file) = tempfile::NamedTempFile::new_in("/dev/shm") else { return };
        if !in_memory(file.as_file()) {
            return;
        }
        reserve(file.as_file(), file.path(), 0, 1 << 20, Watch::default()).unwrap();
        assert_eq!(file.as_file().metadata().unwrap().blocks(), 0);
        let error = reserve(file.as_file(), file.path(), 0, 1 << 60, Watch::default());
        let limited = fstatvfs(file.as_file()).unwrap().f_blocks > 0;
        assert_eq!(error.is_err(), limited);
    }
}

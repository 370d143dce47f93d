//! Locks on the bytes of a file that a run writes: two writers never mix theirs, and several may share a file.
//!
//! They are advisory, belong to the open file and not to the process, and end with it, however that ends.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process;
use std::thread;
use std::time::Duration;

use dgen::{Error, ErrorKind, Result};
use rustix::io::Errno;

use super::name::identity;

/// How often a lock that no process seems to hold is tried again: the system takes a moment to close the files of a
/// process that was killed.
const TRIES: u32 = 25;
/// Time between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// Bytes of a file, to a place or to wherever it may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bytes {
    pub(crate) begin: u64,
    pub(crate) end: Option<u64>,
}

/// How a range is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// By readers, who exclude writers.
    Shared,
    /// By one writer.
    Alone,
}

/// What came of asking for a lock.
#[derive(Debug)]
pub(crate) enum Locked {
    Yes,
    /// The file system has none; why.
    Unknown(io::Error),
    /// Someone else has one on some of the bytes.
    Taken,
}

impl Bytes {
    pub(crate) fn new(begin: u64, size: u64) -> Self {
        Self { begin, end: Some(begin + size) }
    }

    pub(crate) fn from(begin: u64) -> Self {
        Self { begin, end: None }
    }

    fn is_empty(self) -> bool {
        self.end == Some(self.begin)
    }

    fn meets(self, begin: u64, end: Option<u64>) -> bool {
        self.end.is_none_or(|own| begin < own) && end.is_none_or(|end| self.begin < end)
    }
}

/// Takes the lock, or says in a warning that the file system has none.
/// Fails when someone else has one on some of the bytes, and names the holder where that can be found.
pub(crate) fn claim(file: &File, path: &Path, bytes: Bytes, hold: Hold) -> Result<Option<String>> {
    for attempt in 1.. {
        match lock(file, bytes, hold) {
            Locked::Yes => return Ok(None),
            Locked::Unknown(error) => {
                let place = path.display();
                return Ok(Some(format!(
                    "{place}: cannot be locked ({error}), so that nothing keeps other writers away"
                )));
            }
            Locked::Taken => {
                let found = holder(file, bytes);
                if found.is_some() || attempt == TRIES {
                    return Err(taken(path, bytes, found.as_deref()));
                }
                thread::sleep(PAUSE);
            }
        }
    }
    unreachable!("the last try returns")
}

fn taken(path: &Path, Bytes { begin, end }: Bytes, holder: Option<&str>) -> Error {
    let bytes = end.map_or_else(|| format!("bytes from {begin} on"), |end| format!("bytes {begin} to {end}"));
    let holder = holder.unwrap_or("a process that cannot be found from here");
    let message = format!("{}: {bytes} are being written by {holder}", path.display());
    Error::about(ErrorKind::Refused, path, libc::EAGAIN, message)
}

/// Takes the lock if nobody else has one on these bytes.
pub(crate) fn lock(file: &File, bytes: Bytes, hold: Hold) -> Locked {
    let kind = if hold == Hold::Shared { libc::F_RDLCK } else { libc::F_WRLCK };
    if bytes.is_empty() {
        return Locked::Yes;
    }
    match set(file, kind, bytes) {
        Ok(()) => Locked::Yes,
        Err(Errno::AGAIN | Errno::ACCESS) => Locked::Taken,
        Err(error) => Locked::Unknown(error.into()),
    }
}

/// Gives bytes back.
pub(crate) fn unlock(file: &File, bytes: Bytes) {
    if !bytes.is_empty() {
        // What is not locked need not be.
        _ = set(file, libc::F_UNLCK, bytes);
    }
}

/// Who holds a lock on some of these bytes, where that can be found: the name of the program, and its process.
pub(crate) fn holder(file: &File, bytes: Bytes) -> Option<String> {
    let id = process_of(file, bytes)?;
    if id == process::id() {
        return Some("this process".into());
    }
    let name = fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
    let name = if name.trim().is_empty() { "a process" } else { name.trim() };
    Some(format!("{name} (process {id})"))
}

fn process_of(file: &File, bytes: Bytes) -> Option<u32> {
    // Locks that belong to processes name theirs; those of open files are found where these are listed.
    if let Ok(id) = u32::try_from(test(file, bytes)?.l_pid)
        && id > 0
    {
        return Some(id);
    }
    let own = identity(&file.metadata().ok()?);
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let mut ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.find(|id| {
        let open = fs::read_dir(format!("/proc/{id}/fdinfo")).into_iter().flatten().flatten();
        let mut held = open.filter(|entry| {
            fs::read_to_string(entry.path()).is_ok_and(|text| text.lines().any(|line| is_conflict(line, own.1, bytes)))
        });
        held.any(|entry| {
            // Another file system may have a file of this number.
            let descriptor = entry.file_name();
            let open = fs::metadata(format!("/proc/{id}/fd/{}", descriptor.display()));
            open.is_ok_and(|open| identity(&open) == own) && !is_own(*id, &descriptor, file)
        })
    })
}

fn is_own(id: u32, descriptor: &std::ffi::OsStr, file: &File) -> bool {
    id == process::id() && descriptor == file.as_raw_fd().to_string().as_str()
}

/// Whether a line about an open file tells of a lock on some of these bytes of the file with this number, such as
/// `lock: 1: OFDLCK ADVISORY  WRITE -1 fe:00:131 0 EOF`.
fn is_conflict(line: &str, inode: u64, bytes: Bytes) -> bool {
    let Some(line) = line.strip_prefix("lock:") else { return false };
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [_, _, _, _, _, file, begin, end] = fields[..] else { return false };
    let number = file.rsplit(':').next().and_then(|number| number.parse().ok());
    let end = if end == "EOF" { Some(None) } else { end.parse().ok().map(|last: u64| Some(last.saturating_add(1))) };
    let (Ok(begin), Some(end)) = (begin.parse(), end) else { return false };
    number == Some(inode) && bytes.meets(begin, end)
}

fn described(kind: i32, bytes: Bytes) -> libc::flock {
    let short = |value: i32| i16::try_from(value).expect("constants are small");
    libc::flock {
        l_type: short(kind),
        l_whence: short(libc::SEEK_SET),
        l_start: i64::try_from(bytes.begin).unwrap_or(i64::MAX),
        // A length of 0 reaches to wherever the file may end.
        l_len: bytes.end.map_or(0, |end| i64::try_from(end - bytes.begin).unwrap_or(0)),
        l_pid: 0,
    }
}

#[allow(unsafe_code, reason = "no safe binding of locks of open files exists")]
fn set(file: &File, kind: i32, bytes: Bytes) -> rustix::io::Result<()> {
    let lock = described(kind, bytes);
    loop {
        // SAFETY: the descriptor is open as long as `file` is borrowed, and the structure outlives the call.
        let result = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw const lock) };
        let error = io::Error::last_os_error();
        match Errno::from_io_error(&error) {
            _ if result == 0 => return Ok(()),
            Some(Errno::INTR) => {}
            error => return Err(error.unwrap_or(Errno::NOLCK)),
        }
    }
}

/// The first lock of someone else on some of these bytes.
#[allow(unsafe_code, reason = "no safe binding of locks of open files exists")]
fn test(file: &File, bytes: Bytes) -> Option<libc::flock> {
    let mut lock = described(libc::F_WRLCK, bytes);
    // SAFETY: the descriptor is open as long as `file` is borrowed, and the structure outlives the call.
    let result = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_GETLK, &raw mut lock) };
    (result == 0 && i32::from(lock.l_type) != libc::F_UNLCK).then_some(lock)
}

/// Locks a file from its end on, wherever that is, and returns its length: nobody who locks moves it from now on.
/// Fails when someone else is at it.
pub(crate) fn claim_end(file: &File, path: &Path) -> Result<(u64, Option<String>)> {
    loop {
        let len = || file.metadata().map(|found| found.len()).map_err(|e| Error::io("look at", path, None, e));
        let before = len()?;
        let warning = claim(file, path, Bytes::from(before), Hold::Alone)?;
        let now = len()?;
        if now == before {
            return Ok((now, warning));
        }
        // It has grown or shrunk before the lock.
        unlock(file, Bytes::from(before));
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;

    use super::*;
    use crate::tests::folder;

    fn open(path: &Path) -> File {
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).unwrap()
    }

    #[test]
    fn the_same_bytes_are_locked_once() {
        let folder = folder();
        let path = folder.path().join("f");
        let (one, other) = (open(&path), open(&path));
        assert!(claim(&one, &path, Bytes::new(0, 1000), Hold::Alone).unwrap().is_none());
        assert!(claim(&other, &path, Bytes::new(1000, 1), Hold::Alone).unwrap().is_none());
        for bytes in [Bytes::new(999, 1), Bytes::from(5), Bytes::new(0, 1 << 63)] {
            let error = claim(&other, &path, bytes, Hold::Alone).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Refused);
            assert!(error.to_string().contains("being written by this process"), "{error}");
        }
        unlock(&one, Bytes::from(500));
        assert!(matches!(lock(&other, Bytes::from(500), Hold::Alone), Locked::Yes));
        assert!(matches!(lock(&other, Bytes::new(499, 1), Hold::Alone), Locked::Taken));
        drop(one);
        assert!(matches!(lock(&other, Bytes::from(0), Hold::Shared), Locked::Yes));
        assert!(matches!(lock(&open(&path), Bytes::new(3, 0), Hold::Alone), Locked::Yes));
        assert!(matches!(lock(&open(&path), Bytes::new(3, 1), Hold::Shared), Locked::Yes));
    }

    #[test]
    fn lines_about_locks_are_read() {
        let bytes = Bytes::new(100, 50);
        let tells = |line: &str| is_conflict(line, 131, bytes);
        assert!(tells("lock:\t1: OFDLCK ADVISORY  WRITE -1 fe:00:131 0 EOF"));
        assert!(tells("lock:\t1: OFDLCK ADVISORY  WRITE -1 fe:00:131 0 100"));
        assert!(tells("lock:\t1: POSIX  ADVISORY  READ 17 00:2a:131 149 149"));
        for other in
            ["1: OFDLCK ADVISORY  WRITE -1 fe:00:131 0 99", "1: OFDLCK ADVISORY  WRITE -1 fe:00:13 0 EOF", "1: x"]
        {
            assert!(!tells(&format!("lock:\t{other}")), "{other}");
        }
        assert!(!tells("lock:\t1: OFDLCK ADVISORY  WRITE -1 fe:00:131 150 EOF") && !tells("pos:\t0"));
    }

    #[test]
    fn an_end_is_locked_where_it_is() {
        let folder = folder();
        let path = folder.path().join("f");
        fs::write(&path, [1; 777]).unwrap();
        let (one, other) = (open(&path), open(&path));
        assert_eq!(claim_end(&one, &path).unwrap().0, 777);
        assert_eq!(claim_end(&other, &path).unwrap_err().kind(), ErrorKind::Refused);
        assert!(matches!(lock(&other, Bytes::new(0, 777), Hold::Alone), Locked::Yes));
    }
}

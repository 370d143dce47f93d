//! Runs the command with faults in its system calls, and counts them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::common::{Run, command, finished};
use crate::listener::{Answer, Call, answer, next, receive, trap};
use crate::sequence::{Fault, Place, What};

/// A run that takes longer hangs.
const HANGS: Duration = Duration::from_secs(50);

/// How a call names what it works on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum On {
    /// A descriptor, in its first argument.
    File,
    /// A folder's descriptor and a path.
    At,
    /// A path.
    Path,
    /// Neither: it counts wherever it comes.
    Nothing,
}

const CALLS: &[(&str, i64, On)] = &[
    ("read", libc::SYS_read, On::File),
    ("write", libc::SYS_write, On::File),
    ("pread64", libc::SYS_pread64, On::File),
    ("pwrite64", libc::SYS_pwrite64, On::File),
    ("preadv", libc::SYS_preadv, On::File),
    ("pwritev", libc::SYS_pwritev, On::File),
    ("preadv2", libc::SYS_preadv2, On::File),
    ("fsync", libc::SYS_fsync, On::File),
    ("fdatasync", libc::SYS_fdatasync, On::File),
    ("sync_file_range", libc::SYS_sync_file_range, On::File),
    ("ftruncate", libc::SYS_ftruncate, On::File),
    ("fallocate", libc::SYS_fallocate, On::File),
    ("fadvise64", libc::SYS_fadvise64, On::File),
    ("fsetxattr", libc::SYS_fsetxattr, On::File),
    ("fgetxattr", libc::SYS_fgetxattr, On::File),
    ("fremovexattr", libc::SYS_fremovexattr, On::File),
    ("getdents64", libc::SYS_getdents64, On::File),
    ("fstatfs", libc::SYS_fstatfs, On::File),
    ("lseek", libc::SYS_lseek, On::File),
    ("flock", libc::SYS_flock, On::File),
    ("openat", libc::SYS_openat, On::At),
    ("statx", libc::SYS_statx, On::At),
    ("unlinkat", libc::SYS_unlinkat, On::At),
    ("linkat", libc::SYS_linkat, On::At),
    ("mkdirat", libc::SYS_mkdirat, On::At),
    ("statfs", libc::SYS_statfs, On::Path),
    #[cfg(target_arch = "x86_64")]
    ("unlink", libc::SYS_unlink, On::Path),
    #[cfg(target_arch = "x86_64")]
    ("mkdir", libc::SYS_mkdir, On::Path),
    #[cfg(target_arch = "x86_64")]
    ("rmdir", libc::SYS_rmdir, On::Path),
    #[cfg(target_arch = "x86_64")]
    ("rename", libc::SYS_rename, On::Path),
    ("io_uring_setup", libc::SYS_io_uring_setup, On::Nothing),
    ("io_uring_enter", libc::SYS_io_uring_enter, On::Nothing),
    ("io_uring_register", libc::SYS_io_uring_register, On::Nothing),
    ("clone3", libc::SYS_clone3, On::Nothing),
    ("getrandom", libc::SYS_getrandom, On::Nothing),
    ("sched_getaffinity", libc::SYS_sched_getaffinity, On::Nothing),
];

/// How often each kind of call came.
pub(crate) type Counts = BTreeMap<String, u64>;

/// How a run with faults ended.
pub(crate) struct Ended {
    pub(crate) run: Run,
    /// The signal that ended it.
    pub(crate) signal: Option<i32>,
    pub(crate) counts: Counts,
    /// How many faults came to pass.
    pub(crate) hits: usize,
}

/// Runs the command in `folder`; `None` where calls cannot be trapped here.
pub(crate) fn with_faults(folder: &Path, args: &[&str], output: Option<File>, faults: &[Fault]) -> Option<Ended> {
    let (ours, childs) = UnixStream::pair().unwrap();
    let mut command = command();
    command.args(args).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(file) = output {
        command.stdout(file);
    }
    let numbers: Vec<i64> = CALLS.iter().map(|(_, number, _)| *number).collect();
    trap(&mut command, &numbers, childs);
    let is_over = AtomicBool::new(false);
    let mut watch = Watch { folder: folder.canonicalize().unwrap(), faults, counts: Counts::new(), hits: 0 };
    let (run, signal) = thread::scope(|scope| {
        let watching = scope.spawn(|| {
            if let Some(listener) = receive(&ours) {
                watch.serve(&listener, &is_over);
            }
        });
        let child = started(command);
        let ended = child.map(ends);
        is_over.store(true, Ordering::Release);
        watching.join().unwrap();
        ended
    })?;
    Some(Ended { run, signal, counts: watch.counts, hits: watch.hits })
}

/// Starts it, and forgets the command, which holds an end of the socket.
fn started(mut command: Command) -> Option<Child> {
    command.spawn().map_err(|error| crate::common::skip(&format!("optional: no trapped system calls: {error}"))).ok()
}

/// Waits for its end.
fn ends(mut child: Child) -> (Run, Option<i32>) {
    let drained = |mut from: Option<Box<dyn Read + Send>>| {
        thread::spawn(move || {
            let mut all = Vec::new();
            from.as_mut().map(|from| from.read_to_end(&mut all));
            all
        })
    };
    let stdout = drained(child.stdout.take().map(|it| Box::new(it) as _));
    let stderr = drained(child.stderr.take().map(|it| Box::new(it) as _));
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begin.elapsed() > HANGS {
            _ = child.kill();
            panic!("it hangs: {:?}", String::from_utf8_lossy(&stderr.join().unwrap()));
        }
        thread::sleep(Duration::from_millis(1));
    };
    let (stdout, stderr) = (stdout.join().unwrap(), stderr.join().unwrap());
    let run = finished(std::process::Output { status, stdout, stderr });
    (run, status.signal())
}

struct Watch<'a> {
    folder: PathBuf,
    faults: &'a [Fault],
    counts: Counts,
    hits: usize,
}

impl Watch<'_> {
    fn serve(&mut self, listener: &OwnedFd, is_over: &AtomicBool) {
        while !is_over.load(Ordering::Acquire) {
            match next(listener, 50) {
                Ok(Some(call)) => answer(listener, &call, self.decide(&call)),
                Ok(None) => {}
                Err(_) => break,
            }
        }
    }

    fn decide(&mut self, call: &Call) -> Answer {
        let Some((name, _, on)) = CALLS.iter().find(|(_, number, _)| *number == call.number) else {
            return Answer::GoOn;
        };
        let Some(name) = self.named(name, *on, call) else { return Answer::GoOn };
        let place = self.counts.entry(name.clone()).or_default();
        let nth = *place;
        *place += 1;
        let fits =
            |fault: &&Fault| fault.call == name && (fault.place == Place::Nth(nth) || fault.place == Place::Every);
        let Some(fault) = self.faults.iter().find(fits) else { return Answer::GoOn };
        self.hits += 1;
        match fault.what {
            What::Errno(_, errno) => Answer::Fails(errno),
            What::Nothing => Answer::Returns(0),
            What::Lost => Answer::Returns(i64::try_from(call.args[2]).unwrap()),
            What::Part => part(&name, call).unwrap_or(Answer::GoOn),
            What::Signal(signal) => {
                send(call.thread, signal);
                Answer::GoOn
            }
        }
    }

    /// What the call is counted as: with `sys.` where it looks at the machine; `None` where it is no concern of ours.
    fn named(&self, name: &str, on: On, call: &Call) -> Option<String> {
        let path = match on {
            On::Nothing => return Some(name.into()),
            On::File => fs::read_link(format!("/proc/{}/fd/{}", call.thread, call.args[0])).ok()?,
            On::At => text(call.thread, call.args[1])?,
            On::Path => text(call.thread, call.args[0])?,
        };
        if path.starts_with(&self.folder) || (path.is_relative() && on != On::File) {
            return Some(name.into());
        }
        if on == On::File && call.args[0] == 1 {
            return Some(format!("stdout.{name}"));
        }
        let looks = path.starts_with("/sys") || path.starts_with("/proc");
        (looks && on != On::File).then(|| format!("sys.{name}"))
    }
}

/// A text in the memory of a process.
fn text(thread: u32, at: u64) -> Option<PathBuf> {
    let memory = File::open(format!("/proc/{thread}/mem")).ok()?;
    let mut bytes = [0; 512];
    // It may lie at the end of what is mapped.
    let len = [512, 64, 16].into_iter().find_map(|len| memory.read_at(&mut bytes[..len], at).ok())?;
    let end = bytes[..len].iter().position(|byte| *byte == 0)?;
    Some(PathBuf::from(OsStr::from_bytes(&bytes[..end])))
}

/// Moves half of what a plain call is to move, in its place.
fn part(name: &str, call: &Call) -> Option<Answer> {
    let [fd, at, len, position, ..] = call.args;
    let half = if len >= 8192 { len / 2 / 4096 * 4096 } else { len.div_ceil(2) };
    let mut bytes = vec![0; usize::try_from(half).ok()?];
    let memory = OpenOptions::new().read(true).write(true).open(format!("/proc/{}/mem", call.thread)).ok()?;
    let path = format!("/proc/{}/fd/{fd}", call.thread);
    let moved = match name {
        "pwrite64" => {
            memory.read_exact_at(&mut bytes, at).ok()?;
            OpenOptions::new().write(true).open(path).ok()?.write_at(&bytes, position).ok()?
        }
        "pread64" => {
            let moved = File::open(path).ok()?.read_at(&mut bytes, position).ok()?;
            memory.write_all_at(&bytes[..moved], at).ok()?;
            moved
        }
        _ => return None,
    };
    Some(Answer::Returns(i64::try_from(moved).ok()?))
}

/// Sends a signal to the process that a thread belongs to.
fn send(thread: u32, signal: Signal) {
    let mut status = String::new();
    let read = File::open(format!("/proc/{thread}/status")).and_then(|mut file| {
        file.seek(SeekFrom::Start(0))?;
        file.read_to_string(&mut status)
    });
    let group = status.lines().find_map(|line| line.strip_prefix("Tgid:")?.trim().parse().ok());
    if let (Ok(_), Some(pid)) = (read, group.and_then(Pid::from_raw)) {
        _ = kill_process(pid, signal);
    }
}

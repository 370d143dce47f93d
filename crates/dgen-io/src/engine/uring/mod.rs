//! `io_uring`: one ring for each worker.

mod patience;
mod setup;

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::os::fd::AsRawFd;

use dgen::{Error, ErrorKind, Result};
use io_uring::squeue::{Entry, Flags};
use io_uring::types::{Fd, SubmitArgs, Timespec};
use io_uring::{EnterFlags, IoUring, opcode};
use rustix::io::Errno;

use super::kind::{EngineKind, EngineSetup, EngineTarget, Made};
use super::operation::{Action, Done, Engine, Op, Wait};
use super::{inline::Inline, sync::Sync, vector};
use crate::memory::buffers::Buffer;
use crate::options::{io::DEFAULT_DEPTH, io::MAX_DEPTH, modes::EngineChoice};
use crate::storage::open_file::OpenFile;
use patience::Patience;
use setup::Registered;
pub(crate) use setup::probe;

pub(crate) static IO_URING: EngineKind = EngineKind {
    name: "io_uring",
    default_depth: DEFAULT_DEPTH,
    max_depth: MAX_DEPTH,
    overlaps: true,
    is_ring: true,
    target: EngineTarget::Files,
    check_room: |_| Ok(()),
    make,
};

/// Why I/Os that the kernel hands to threads of its own are canceled.
const NO_THREADS: &str = "the kernel may start no threads for it (ulimit -u, or pids.max of a control group)";

/// A ring and the operations in it.
struct UringEngine<'a> {
    ring: IoUring,
    files: &'a [&'a OpenFile],
    fixed_files: bool,
    registered: Option<Registered>,
    /// Operations in the ring, by the number that their completion carries.
    slots: Vec<Option<Op>>,
    /// The pieces of each, where there are several.
    vectors: Vec<Vec<libc::iovec>>,
    /// Bytes of one piece.
    element: usize,
    /// Empty slots.
    vacant: Vec<usize>,
    /// Slots of the operations that were last pushed to the ring, in their order: all that the kernel has not taken, at least.
    pushed: VecDeque<usize>,
    /// Takes what a ring that polls for completions cannot, which is I/O through the page cache; and everything, once the
    /// kernel has refused the ring.
    outside: Inline<Sync<'a>>,
    polled: bool,
    /// Whether that may be: not where somebody has asked for a ring.
    may_leave: bool,
    /// Why the ring takes no more operations.
    left: Option<String>,
    patience: Patience,
}

/// A ring for the calling thread. Fails when the system refuses it.
fn make<'a>(setup: &EngineSetup<'a>, buffers: &mut [Buffer]) -> Result<Made<'a>> {
    let &EngineSetup { options, depth, files } = setup;
    let element = setup.element(buffers);
    let mut warnings = Vec::new();
    let ring = setup::ring(setup).map_err(|error| {
        Error::new(ErrorKind::Unsupported, format!("io_uring is not possible: {}", setup::refusal(&error)))
    })?;
    let fixed_files = setup::register_files(&ring, files);
    // There is no vectored operation on registered buffers in kernels before 6.15.
    let registered =
        if options.registered && options.vectored == 1 { setup::register_buffers(&ring, buffers) } else { Ok(None) };
    let registered = registered.unwrap_or_else(|error| {
        let why = match Errno::from_io_error(&error) {
            Some(Errno::NOMEM) => "the limit on locked memory (ulimit -l) is too small for them".to_owned(),
            _ => error.to_string(),
        };
        warnings.push(format!("buffers are not registered with the kernel, which costs some speed: {why}"));
        None
    });
    let slots = (0..depth).map(|_| None).collect();
    let vectors = (0..depth).map(|_| Vec::new()).collect();
    let vacant = (0..depth).rev().collect();
    let (has_registered, polled) = (registered.is_some(), options.iopoll);
    let engine = UringEngine {
        ring,
        files,
        fixed_files,
        registered,
        slots,
        vectors,
        element,
        vacant,
        pushed: VecDeque::new(),
        outside: Inline::new(Sync { files, element }),
        polled,
        may_leave: options.engine == EngineChoice::Auto && !options.polls(),
        left: None,
        patience: Patience::default(),
    };
    Ok(Made { registered: has_registered, polled, warnings, ..Made::plain(engine, depth) })
}

impl UringEngine<'_> {
    fn in_ring(&self) -> usize {
        self.slots.len() - self.vacant.len()
    }

    /// What the kernel is told of an operation that will be in `slot`.
    fn entry(&mut self, slot: usize, op: &mut Op) -> Entry {
        let len = u32::try_from(op.range.len()).expect("a buffer is at most 256 MiB");
        let (slice, at) = (self.registered.map(|registered| registered.slice_of(&op.buffer)), op.file_offset);
        let fd = if self.fixed_files {
            Fd(i32::try_from(2 * op.file).expect("there are fewer files") + i32::from(op.direct))
        } else {
            Fd(self.files[op.file].file(op.direct).as_raw_fd())
        };
        let data = op.data_mut().as_mut_ptr();
        let pieces = self.pieces(slot, op);
        let entry = match (op.action, slice) {
            (Action::Write, _) if pieces.1 > 1 => opcode::Writev::new(fd, pieces.0, pieces.1).offset(at).build(),
            (Action::Read, _) if pieces.1 > 1 => opcode::Readv::new(fd, pieces.0, pieces.1).offset(at).build(),
            (Action::Write, Some(slice)) => opcode::WriteFixed::new(fd, data, len, slice).offset(at).build(),
            (Action::Write, None) => opcode::Write::new(fd, data, len).offset(at).build(),
            (Action::Read, Some(slice)) => opcode::ReadFixed::new(fd, data, len, slice).offset(at).build(),
            (Action::Read, None) => opcode::Read::new(fd, data, len).offset(at).build(),
        };
        if self.fixed_files { entry.flags(Flags::FIXED_FILE) } else { entry }
    }

    /// The list of an operation's pieces, which stays as long as the operation is in its slot, and their number.
    fn pieces(&mut self, slot: usize, op: &mut Op) -> (*const libc::iovec, u32) {
        let first = vector::first(op, self.element);
        let vector = &mut self.vectors[slot];
        vector.clear();
        if first < op.range.len() {
            let (head, rest) = op.data_mut().split_at_mut(first);
            let piece = |data: &mut [u8]| libc::iovec { iov_base: data.as_mut_ptr().cast(), iov_len: data.len() };
            vector.extend([head].into_iter().chain(rest.chunks_mut(self.element)).map(piece));
        }
        (vector.as_ptr(), u32::try_from(vector.len()).expect("at most 1024"))
    }

    /// Enters the kernel, which begins what is queued and waits as told. Being interrupted, and the end of the time, are no
    /// errors: the caller looks again. So is being out of something, for a while.
    fn enter(&mut self, wait: Wait) -> io::Result<()> {
        let entered = if self.left.is_some() { self.enter_to_wait(wait) } else { self.enter_to_begin(wait) };
        match entered.map_err(|error| (Errno::from_io_error(&error), error)) {
            Ok(()) => {
                self.patience.renew();
                // What was taken back stays in the queue, and is never begun.
                if self.left.is_none() {
                    let waiting = self.ring.submission().len();
                    self.pushed.drain(..self.pushed.len() - waiting);
                }
                Ok(())
            }
            Err((Some(Errno::TIME | Errno::INTR), _)) => Ok(()),
            Err((Some(Errno::AGAIN | Errno::BUSY | Errno::NOMEM), error)) => match self.patience.pause() {
                Some(pause) => {
                    std::thread::sleep(pause);
                    Ok(())
                }
                None => self.leave(error),
            },
            Err((_, error)) => self.leave(error),
        }
    }

    fn enter_to_begin(&self, wait: Wait) -> io::Result<()> {
        let submitter = self.ring.submitter();
        match wait {
            Wait::No => submitter.submit(),
            Wait::One => submitter.submit_and_wait(1),
            Wait::AtMost(time) => {
                let time = Timespec::from(time);
                submitter.submit_with_args(1, &SubmitArgs::new().timespec(&time))
            }
        }
        .map(drop)
    }

    /// Begins nothing: what is in the queue was taken back.
    #[allow(unsafe_code, reason = "the binding leaves all arguments to the caller")]
    fn enter_to_wait(&self, wait: Wait) -> io::Result<()> {
        let events = u32::from(wait != Wait::No);
        // SAFETY: nothing is submitted, and the call takes no pointers.
        unsafe {
            self.ring.submitter().enter::<libc::sigset_t>(0, events, EnterFlags::GETEVENTS.bits(), None).map(drop)
        }
    }

    /// Takes back what the kernel has not taken, and lets it go another way, together with all that follows.
    /// Fails with `error` where that may not be, or where the kernel does not give back what it has.
    fn leave(&mut self, error: io::Error) -> io::Result<()> {
        if !self.may_leave || self.left.is_some() {
            return Err(error);
        }
        let waiting = {
            let mut queue = self.ring.submission();
            queue.sync();
            queue.len()
        };
        let begun = self.pushed.len() - waiting;
        for slot in self.pushed.drain(..).skip(begun) {
            let op = self.slots[slot].take().expect("what the kernel has not taken is in its slot");
            self.vacant.push(slot);
            self.outside.submit(op);
        }
        self.left = Some(setup::refusal(&error));
        self.patience.renew();
        Ok(())
    }

    /// Whether the kernel has completions that it shows only when it is entered.
    fn has_news(&mut self) -> bool {
        let polled = self.ring.params().is_setup_iopoll();
        let queue = self.ring.submission();
        polled || queue.taskrun() || queue.cq_overflow()
    }

    /// Moves completions to `done`.
    /// Fails as [`leave`](Self::leave), where the kernel cancels what it needs threads for.
    fn collect(&mut self, done: &mut Vec<Done>) -> io::Result<()> {
        let mut canceled = false;
        for completion in self.ring.completion() {
            let slot = usize::try_from(completion.user_data()).expect("a slot's number");
            let op = self.slots[slot].take().expect("each operation completes once");
            self.vacant.push(slot);
            self.patience.renew();
            if completion.result() == -libc::ECANCELED {
                canceled = true;
                if self.may_leave {
                    self.outside.submit(op);
                    continue;
                }
            }
            let result = usize::try_from(completion.result()).map_err(|_| error(-completion.result()));
            done.push(Done { op, result });
        }
        if canceled && self.may_leave && self.left.is_none() {
            self.leave(io::Error::other(NO_THREADS))?;
        }
        self.outside.reap(Wait::No, done)
    }
}

/// The error of an operation.
fn error(errno: i32) -> io::Error {
    if errno == libc::ECANCELED { io::Error::other(NO_THREADS) } else { io::Error::from_raw_os_error(errno) }
}

impl Engine for UringEngine<'_> {
    #[allow(unsafe_code, reason = "the kernel takes addresses")]
    fn submit(&mut self, mut op: Op) {
        if self.left.is_some() || (self.polled && !op.direct) {
            return self.outside.submit(op);
        }
        let slot = self.vacant.pop().expect("no more in flight than the depth");
        let entry = self.entry(slot, &mut op).user_data(slot as u64);
        self.slots[slot] = Some(op);
        self.pushed.push_back(slot);
        // SAFETY: the entry names bytes of a buffer that the operation in `slots` owns. It stays there until its completion
        // arrives, so nothing else reaches these bytes meanwhile, and the list of its pieces stays with the slot; `drop` waits for that, or gives the memory up for good.
        // The descriptor belongs to an open file, which is borrowed for longer than the ring exists.
        let pushed = unsafe { self.ring.submission().push(&entry) };
        pushed.expect("the queue has as many places as there are slots");
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.left.is_some() || self.ring.submission().is_empty() { Ok(()) } else { self.enter(Wait::No) }
    }

    fn reap(&mut self, wait: Wait, done: &mut Vec<Done>) -> io::Result<()> {
        let before = done.len();
        self.collect(done)?;
        if done.len() > before || self.in_ring() == 0 || (wait == Wait::No && !self.has_news()) {
            return Ok(());
        }
        self.enter(wait)?;
        self.collect(done)
    }

    fn left(&self) -> Option<&str> {
        self.left.as_deref()
    }
}

impl Drop for UringEngine<'_> {
    fn drop(&mut self) {
        let mut done = Vec::new();
        while self.in_ring() > 0 {
            if self.reap(Wait::One, &mut done).is_err() {
                // The kernel may still use these buffers: their memory is never freed.
                mem::forget(mem::take(&mut self.slots));
                mem::forget(mem::take(&mut self.vectors));
                return;
            }
            done.clear();
        }
        // The kernel clears up a closed ring some time later. What holds files and memory is to be gone with this call, so
        // that a device is no longer in use when the command ends. Nothing follows from a refusal.
        if self.fixed_files {
            _ = self.ring.submitter().unregister_files();
        }
        if self.registered.is_some() {
            _ = self.ring.submitter().unregister_buffers();
        }
    }
}

//! Processes whose system calls are handed to us before they happen: a filter that notifies (`seccomp(2)`).
#![allow(unsafe_code)] // A filter is set between fork and exec, and its notifications are read.

use std::io::{Error, Result};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// What the system says of a call that waits for us.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    id: u64,
    pub(crate) thread: u32,
    pub(crate) number: i64,
    pub(crate) args: [u64; 6],
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It happens.
    GoOn,
    /// It does not, and comes back with this.
    Returns(i64),
    Fails(i32),
}

/// Lets a command be started with these calls trapped; the other end of `sender` gets the listener.
pub(crate) fn trap(command: &mut Command, calls: &[i64], sender: UnixStream) {
    let step = |code: u32, jt, jf, k| libc::sock_filter { code: u16::try_from(code).unwrap(), jt, jf, k };
    let mut steps = vec![step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0)];
    for call in calls {
        steps.push(step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, u32::try_from(*call).unwrap()));
        steps.push(step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_USER_NOTIF));
    }
    steps.push(step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW));
    let set = move || {
        let filter = libc::sock_fprog { len: u16::try_from(steps.len()).unwrap(), filter: steps.as_mut_ptr() };
        // SAFETY: the call takes numbers.
        if unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } != 0 {
            return Err(Error::last_os_error());
        }
        let (mode, flags) = (libc::SECCOMP_SET_MODE_FILTER, libc::SECCOMP_FILTER_FLAG_NEW_LISTENER);
        // SAFETY: the program outlives the call, and has the length it names.
        let listener = unsafe { libc::syscall(libc::SYS_seccomp, mode, flags, &raw const filter) };
        send(&sender, i32::try_from(listener).unwrap_or(-1))
    };
    // SAFETY: the closure makes system calls and allocates nothing.
    unsafe { command.pre_exec(set) };
}

/// Room for the header of a message and one descriptor, aligned as headers are.
#[repr(C, align(8))]
struct Control([u8; 64]);

/// A message of one byte with room for a descriptor, on the stack alone.
fn with_message<R>(room: usize, go: impl FnOnce(&mut libc::msghdr) -> R) -> R {
    let (mut byte, mut control) = ([0_u8; 1], Control([0; 64]));
    let mut part = libc::iovec { iov_base: byte.as_mut_ptr().cast(), iov_len: 1 };
    // SAFETY: a header of zeros is an empty one.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.0.as_mut_ptr().cast();
    message.msg_controllen = room as _;
    go(&mut message)
}

fn room() -> usize {
    // SAFETY: the call computes a number.
    unsafe { libc::CMSG_SPACE(4) as usize }
}

fn send(to: &UnixStream, listener: RawFd) -> Result<()> {
    if listener < 0 {
        return Err(Error::last_os_error());
    }
    with_message(room(), |message| {
        // SAFETY: there is room for a header and a descriptor.
        unsafe {
            let head = libc::CMSG_FIRSTHDR(message);
            (*head).cmsg_level = libc::SOL_SOCKET;
            (*head).cmsg_type = libc::SCM_RIGHTS;
            (*head).cmsg_len = libc::CMSG_LEN(4) as _;
            libc::CMSG_DATA(head).cast::<RawFd>().write_unaligned(listener);
        }
        // SAFETY: the message names memory that outlives the call.
        let sent = unsafe { libc::sendmsg(to.as_raw_fd(), message, 0) };
        if sent == 1 { Ok(()) } else { Err(Error::last_os_error()) }
    })
}

/// The listener, when the command is started; `None` where it could not be.
pub(crate) fn receive(from: &UnixStream) -> Option<OwnedFd> {
    with_message(room(), |message| {
        // SAFETY: the message names memory that outlives the call.
        let got = unsafe { libc::recvmsg(from.as_raw_fd(), message, libc::MSG_CMSG_CLOEXEC) };
        // SAFETY: the header is that of the message received.
        let head = unsafe { libc::CMSG_FIRSTHDR(message) };
        if got != 1 || head.is_null() {
            return None;
        }
        // SAFETY: what was sent is one descriptor, which is ours alone.
        Some(unsafe { OwnedFd::from_raw_fd(libc::CMSG_DATA(head).cast::<RawFd>().read_unaligned()) })
    })
}

/// The next call that waits, within so many milliseconds. `Ok(None)` when there is none yet; fails when there will be none.
pub(crate) fn next(listener: &OwnedFd, wait_ms: i32) -> Result<Option<Call>> {
    let mut poll = libc::pollfd { fd: listener.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one entry.
    let ready = unsafe { libc::poll(&raw mut poll, 1, wait_ms) };
    if ready <= 0 {
        return Ok(None);
    }
    if poll.revents & libc::POLLIN == 0 {
        return Err(Error::other("the process is gone"));
    }
    // SAFETY: the system asks for zeros.
    let mut found: libc::seccomp_notif = unsafe { std::mem::zeroed() };
    // SAFETY: the structure is the one that the request fills.
    let got = unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut found) };
    // A call that is gone again is none.
    let call = Call { id: found.id, thread: found.pid, number: found.data.nr.into(), args: found.data.args };
    Ok((got == 0).then_some(call))
}

/// Answers a call; one that is gone needs no answer.
pub(crate) fn answer(listener: &OwnedFd, call: &Call, answer: Answer) {
    let (val, error, flags) = match answer {
        Answer::GoOn => (0, 0, libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32),
        Answer::Returns(value) => (value, 0, 0),
        Answer::Fails(errno) => (0, -errno, 0),
    };
    let mut response = libc::seccomp_notif_resp { id: call.id, val, error, flags };
    // SAFETY: the structure is the one that the request reads.
    unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw mut response) };
}

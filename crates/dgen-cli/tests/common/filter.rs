//! Processes to which system calls are forbidden, as containers do.
#![allow(unsafe_code)] // A filter is set between fork and exec.

use std::os::unix::process::CommandExt;
use std::path::Path;

use super::{Run, command, finished};

/// Runs the command in a process in which some system calls fail with `errno`.
pub(crate) fn without(calls: &[libc::c_long], errno: i32, folder: &Path, args: &str) -> Run {
    let mut command = command();
    command.args(args.split_whitespace()).current_dir(folder);
    let step = |code: u32, jt, jf, k| libc::sock_filter { code: u16::try_from(code).unwrap(), jt, jf, k };
    let refusal = libc::SECCOMP_RET_ERRNO | u32::try_from(errno).unwrap();
    let mut steps = vec![step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0)];
    for call in calls {
        steps.push(step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, u32::try_from(*call).unwrap()));
        steps.push(step(libc::BPF_RET | libc::BPF_K, 0, 0, refusal));
    }
    steps.push(step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW));
    let set = move || {
        let filter = libc::sock_fprog { len: u16::try_from(steps.len()).unwrap(), filter: steps.as_mut_ptr() };
        // SAFETY: the call takes numbers.
        let alone = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
        // SAFETY: the program outlives the call, and has the length it names.
        let set = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &filter) };
        if alone == 0 && set == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
    };
    // SAFETY: the closure makes two system calls and allocates nothing.
    unsafe { command.pre_exec(set) };
    finished(command.output().unwrap())
}

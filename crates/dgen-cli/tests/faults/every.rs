//! Every system call of a small run fails in turn.

use std::env;

use crate::calls::Counts;
use crate::scene::{Mode, play};
use crate::sequence::{Fault, Place, Sequence, What};

/// Rounds that were asked for; none in ordinary test runs, which try some places alone.
pub(crate) fn rounds() -> Option<u64> {
    env::var("DGEN_FAULTS_ROUNDS").ok().map(|text| text.parse().expect("DGEN_FAULTS_ROUNDS is a number"))
}

/// Runs that an ordinary test makes for each mode.
const QUICK: usize = 24;

/// What may become of a call of this kind.
pub(crate) fn fates(call: &str) -> &'static [&'static str] {
    match call {
        "read" | "pread64" | "preadv" | "preadv2" => &["EIO", "EINTR", "EAGAIN", "ENOMEM", "part", "nothing"],
        "write" | "stdout.write" => &["EIO", "ENOSPC", "EDQUOT", "EINTR", "nothing"],
        "pwrite64" | "pwritev" => &["EIO", "ENOSPC", "EDQUOT", "EINTR", "EAGAIN", "part", "nothing", "lost"],
        "fsync" | "fdatasync" => &["EIO", "ENOSPC", "EDQUOT"],
        "sync_file_range" => &["EIO", "ENOSPC"],
        "fallocate" => &["ENOSPC", "EOPNOTSUPP", "EINTR", "EIO"],
        "fsetxattr" => &["EOPNOTSUPP", "ENOSPC", "EACCES", "EIO"],
        "fremovexattr" => &["EOPNOTSUPP", "EIO"],
        "fgetxattr" => &["EIO"],
        "clone3" => &["EAGAIN"],
        "openat" => &["EMFILE", "EACCES", "EIO", "EINTR"],
        "statx" | "fstatfs" | "statfs" | "getdents64" | "lseek" => &["EIO", "ENOMEM"],
        "io_uring_setup" | "io_uring_register" => &["ENOSYS", "EPERM", "ENOMEM"],
        "io_uring_enter" => &["EINTR", "EAGAIN", "ENOMEM", "EIO"],
        "getrandom" => &["ENOSYS", "EINTR"],
        "sched_getaffinity" => &["EPERM"],
        name if name.starts_with("sys.") => &["ENOENT", "EACCES"],
        _ => &["EIO", "EACCES"],
    }
}

/// Every kind of call that a run makes, at every place, with everything that may become of it.
fn sequences(mode: Mode, with: &[&str], counts: &Counts) -> Vec<Sequence> {
    let with: Vec<String> = with.iter().map(|&text| text.to_owned()).collect();
    let mut all = Vec::new();
    for (call, count) in counts {
        // What looks at the machine does so many times, and always in the same way.
        let places = if call.starts_with("sys.") { (*count).min(3) } else { *count };
        for fate in fates(call) {
            let what: What = fate.parse().unwrap();
            let fault = |place| vec![Fault { call: call.clone(), place, what }];
            all.extend((0..places).map(|nth| Sequence { mode, with: with.clone(), faults: fault(Place::Nth(nth)) }));
            // Whoever is interrupted without end tries without end.
            if !matches!(what, What::Lost | What::Part | What::Errno("EINTR", _)) {
                all.push(Sequence { mode, with: with.clone(), faults: fault(Place::Every) });
            }
        }
    }
    all
}

/// All of them in `make faults`; else some, spread over them.
fn every(mode: Mode, with: &[&str]) {
    let none = Sequence { mode, with: with.iter().map(|&text| text.to_owned()).collect(), faults: Vec::new() };
    let Some((counts, _)) = play(&none) else { return };
    let all = sequences(mode, with, &counts);
    let step = if rounds().is_some() { 1 } else { all.len().div_ceil(QUICK).max(1) };
    println!("{mode}: {} of {} sequences over {counts:?}", all.len() / step, all.len());
    let (mut hits, mut failed) = (0, Vec::new());
    for sequence in all.iter().step_by(step) {
        let held = std::panic::catch_unwind(|| play(sequence));
        match held {
            Ok(played) => hits += usize::from(played.is_some_and(|(_, hits)| hits > 0)),
            Err(_) => failed.push(sequence.to_string()),
        }
    }
    assert!(failed.is_empty(), "{} of {} failed; replay with\n{}", failed.len(), all.len(), shown(&failed));
    assert!(hits > 0, "no fault came to pass");
}

fn shown(failed: &[String]) -> String {
    let lines: Vec<String> = failed.iter().map(|text| format!("DGEN_FAULTS='{text}'")).collect();
    lines.join("\n")
}

#[test]
fn replay() {
    if let Ok(text) = env::var("DGEN_FAULTS") {
        let sequence: Sequence = text.parse().unwrap();
        let (counts, hits) = play(&sequence).expect("system calls can be trapped");
        println!("{sequence}: {hits} faults in {counts:?}");
    }
}

#[test]
fn of_a_write() {
    every(Mode::Write, &[]);
}

#[test]
fn of_a_write_with_io_uring() {
    every(Mode::Write, &["--engine=auto", "--depth=3", "--threads=2", "--buffer-size=32K"]);
}

#[test]
fn of_a_write_over_an_earlier_one() {
    every(Mode::Over, &[]);
}

#[test]
fn of_a_write_of_several_files() {
    every(Mode::Several, &[]);
}

#[test]
fn of_a_write_of_a_folder() {
    every(Mode::Folder, &[]);
}

#[test]
fn of_an_append() {
    every(Mode::Append, &[]);
}

#[test]
fn of_a_resumed_write() {
    every(Mode::Resume, &[]);
}

#[test]
fn of_a_mix_of_reads_and_writes() {
    every(Mode::Mixed, &[]);
}

#[test]
fn of_a_write_that_is_read_back() {
    every(Mode::Checked, &[]);
}

#[test]
fn of_a_report() {
    every(Mode::Report, &[]);
}

#[test]
fn of_a_read() {
    every(Mode::Read, &[]);
}

#[test]
fn of_a_verification() {
    every(Mode::Verify, &[]);
}

#[test]
fn of_a_verification_of_damage() {
    every(Mode::Damaged, &[]);
}

#[test]
fn of_a_verification_of_a_folder() {
    every(Mode::Set, &[]);
}

#[test]
fn of_a_stream() {
    every(Mode::Stream, &[]);
}

#[test]
fn of_a_measurement() {
    every(Mode::Measure, &[]);
}

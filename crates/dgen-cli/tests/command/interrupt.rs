//! SIGINT and SIGTERM: commands end soon, and what they leave is true.

use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::common::{Run, command, dgen, finished, folder, len, patch, u64_of, wait_for_handler};
use rustix::process::{Pid, Signal, kill_process};

/// More than the promised 0.2 s, since test machines are busy; far less than what was asked for takes.
const SOON: Duration = Duration::from_secs(30);

fn start(folder: &Path, args: &str) -> Child {
    let mut command = command();
    command.args(args.split_whitespace()).current_dir(folder).stderr(Stdio::piped()).stdin(Stdio::piped());
    let stdout = if args.starts_with("stream") { Stdio::null() } else { Stdio::piped() };
    command.stdout(stdout).spawn().unwrap()
}

fn end(child: Child, signal: Signal) -> Run {
    wait_for_handler(&child, signal);
    let begin = Instant::now();
    kill_process(Pid::from_child(&child), signal).unwrap();
    let run = finished(child.wait_with_output().unwrap());
    let took = begin.elapsed();
    assert!(took < SOON, "{took:?}");
    println!("ended after {took:?}");
    run.code(if signal == Signal::TERM { 143 } else { 130 })
}

#[test]
fn an_interrupted_write_leaves_a_prefix_that_verifies() {
    let folder = folder();
    let size = 1_u64 << 40;
    for direct in ["off", "auto"] {
        let args = format!("write f --size {size} --direct {direct} --no-preallocate --json --seed 3");
        let child = start(folder.path(), &args);
        let path = folder.path().join("f");
        while !path.exists() || len(&path) < 8 << 20 {
            sleep(Duration::from_millis(5));
        }
        let run = end(child, Signal::INT);
        run.error_names(&["interrupted after"]);
        let report = run.json();
        assert_eq!(report["interrupted"], true);
        let prefix = u64_of(&report, "valid_prefix");
        assert_eq!(prefix, u64_of(&report, "bytes_written"));
        assert_eq!(prefix, len(&path));
        assert!(prefix >= 8 << 20);
        let found = dgen(folder.path(), "verify f --json").code(3).json();
        assert_eq!(u64_of(&found, "valid_prefix"), prefix);
        assert_eq!(u64_of(&found["bytes_by_kind"], "missing"), size - prefix);
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn an_interrupted_write_removes_what_it_did_not_reach() {
    let folder = folder();
    let child = start(folder.path(), "write a b --size 1TiB --no-preallocate");
    while !folder.path().join("a").exists() || len(&folder.path().join("a")) == 0 {
        sleep(Duration::from_millis(5));
    }
    let text = end(child, Signal::TERM).text();
    assert!(text.contains("nothing written, removed") && text.contains("valid prefix"), "{text}");
    assert!(text.contains("dgen1,seed="), "{text}");
    assert!(!folder.path().join("b").exists());
}

#[test]
fn a_stream_ends() {
    let folder = folder();
    let child = start(folder.path(), "stream --size 1PiB");
    sleep(Duration::from_millis(200));
    let run = end(child, Signal::INT);
    assert!(run.stderr.contains("interrupted after") && run.stderr.contains("dgen1,seed="), "{}", run.stderr);
}

#[test]
fn commands_that_wait_for_input_end() {
    let folder = folder();
    for args in ["measure -", "verify - --seed 1 --size 1TB"] {
        // Its standard input stays open, and empty.
        let mut child = start(folder.path(), args);
        let input = child.stdin.take();
        sleep(Duration::from_millis(200));
        end(child, Signal::INT).error_names(&["interrupted"]);
        drop(input);
    }
}

#[test]
fn a_benchmark_ends() {
    let folder = folder();
    let child = start(folder.path(), "bench fill --rounds 100000");
    sleep(Duration::from_millis(300));
    end(child, Signal::INT);
}

#[test]
fn an_interrupted_verification_says_how_far_it_came() {
    let folder = folder();
    dgen(folder.path(), "write f --size 64MiB --seed 3").code(0);
    patch(&folder.path().join("f"), 4096, &[0; 4096]);
    for direct in ["off", "auto"] {
        let args = format!("verify f --direct {direct} --buffer-size 64K --rate 2M --json");
        let (mut report, mut checked, mut wait) = (serde_json::Value::Null, 0, Duration::from_millis(300));
        // On a busy machine it may not have begun by then.
        while checked == 0 {
            let child = start(folder.path(), &args);
            sleep(wait);
            let run = end(child, Signal::INT);
            run.error_names(&["interrupted after", "of 64.00 MiB"]);
            report = run.json();
            assert_eq!((report["interrupted"].as_bool(), report["ok"].as_bool()), (Some(true), Some(false)));
            checked = u64_of(&report, "bytes_checked");
            wait *= 2;
        }
        assert!((65536..64 << 20).contains(&checked), "{checked}");
        assert_eq!((u64_of(&report, "valid_prefix"), u64_of(&report, "bytes_bad")), (4096, 4096));
    }
}

#[test]
fn a_report_for_a_pipe_that_nobody_reads_does_not_outlast_the_first_signal() {
    let folder = folder();
    let pipe = folder.path().join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
    for signal in [Signal::INT, Signal::TERM] {
        end(start(folder.path(), "write f --size 1MiB --json=pipe"), signal);
        assert!(!folder.path().join("f").exists());
    }
    let child = start(folder.path(), "write f --size 1MiB --seed 1 --json=pipe");
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&pipe).unwrap()).unwrap();
    assert_eq!(report["bytes_written"], 1 << 20);
    finished(child.wait_with_output().unwrap()).code(0);
}

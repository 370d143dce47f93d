//! What cannot be opened or read is listed, and does not keep the rest from its result.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::common::{Run, command, dgen, finished, folder, patch, u64_of, wait_for_handler};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// Two files of a write, a path that is not there, a link to itself, a pipe, and a file of somebody else.
fn mixed() -> tempfile::TempDir {
    let folder = folder();
    dgen(folder.path(), "write f g --size 4MiB --seed 5").code(0);
    symlink("loop", folder.path().join("loop")).unwrap();
    fs::write(folder.path().join("notes"), "mine").unwrap();
    pipe(&folder.path().join("pipe"));
    folder
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Name, reason and error number of what was skipped.
fn skipped(report: &Value) -> Vec<(&str, &str, Option<i64>)> {
    let list = report["skipped"].as_array().unwrap();
    list.iter()
        .map(|file| (file["path"].as_str().unwrap(), file["reason"].as_str().unwrap(), file["errno"].as_i64()))
        .collect()
}

#[test]
fn verify_goes_on() {
    let folder = mixed();
    let all = "verify gone f loop pipe notes g";
    let run = dgen(folder.path(), &format!("{all} --json")).code(1);
    run.error_names(&["4 paths", "gone", "loop", "pipe", "notes"]);
    let report = run.json();
    let expected = [
        ("gone", "vanished", Some(2)),
        ("loop", "unreadable", Some(40)),
        ("pipe", "special", Some(22)),
        ("notes", "foreign", None),
    ];
    assert_eq!(skipped(&report), expected);
    assert_eq!((u64_of(&report, "bytes_checked"), &report["ok"]), (4 << 20, &Value::Bool(false)));
    assert!(report["files"].as_array().unwrap().iter().all(|file| file["ok"] == true), "{report}");
    let run = dgen(folder.path(), all).code(1);
    for part in ["not all examined: 4 paths skipped", "skipped       4 paths, 4 of them failures", "gone: vanished"] {
        assert!(run.text().contains(part), "{part}: {}", run.text());
    }
    let run = dgen(folder.path(), &format!("{all} --strict --json")).code(1);
    run.error_names(&["gone"]);
    assert!(run.json()["error"].is_string());
    // With a recipe and a size each path has its part, whether it can be read or not.
    let told = "verify f gone g --recipe dgen1,seed=5 --size 6MiB --json";
    fs::rename(folder.path().join("g"), folder.path().join("h")).unwrap();
    dgen(folder.path(), "write g --size 2MiB --offset 4MiB --seed 5").code(0);
    let report = dgen(folder.path(), told).code(1).json();
    assert_eq!((skipped(&report), u64_of(&report, "bytes_bad")), (vec![("gone", "vanished", Some(2))], 0));
    // Damage goes before it.
    patch(&folder.path().join("g"), 5000, b"x");
    let report = dgen(folder.path(), "verify gone f g --json").code(3).json();
    assert_eq!((skipped(&report).len(), report["files"][1]["ok"].as_bool()), (1, Some(false)));
    // A single path is an error as such, and a pipe keeps nobody waiting.
    dgen(folder.path(), "verify notes").code(2).error_names(&["notes", "--recipe"]);
    dgen(folder.path(), "verify pipe").code(1).error_names(&["pipe: it is neither a regular file nor a block device"]);
}

#[test]
fn read_goes_on() {
    let folder = mixed();
    let run = dgen(folder.path(), "read gone f loop pipe g --json").code(1);
    run.error_names(&["3 paths", "gone", "loop", "pipe"]);
    let report = run.json();
    assert_eq!((skipped(&report).len(), u64_of(&report, "bytes_read")), (3, 4 << 20));
    assert_eq!((&report["interrupted"], report["files"].as_array().unwrap().len()), (&Value::Bool(false), 2));
    let text = dgen(folder.path(), "read gone f --direct off").code(1).text();
    assert!(text.contains("skipped       1 path, 1 of them failures"), "{text}");
    let run = dgen(folder.path(), "read f gone --strict --json").code(1);
    run.error_names(&["gone"]);
    assert!(run.json()["error"].is_string());
    dgen(folder.path(), "read pipe").code(1).error_names(&["pipe: it is neither a regular file"]);
    dgen(folder.path(), "read gone loop").code(1).error_names(&["gone"]);
    // What lies in folders and is no file is said, and no failure.
    fs::create_dir(folder.path().join("d")).unwrap();
    fs::copy(folder.path().join("f"), folder.path().join("d/f")).unwrap();
    symlink("nowhere", folder.path().join("d/link")).unwrap();
    pipe(&folder.path().join("d/pipe"));
    for command in ["read", "measure --no-compress"] {
        let run = dgen(folder.path(), &format!("{command} d --json")).code(0);
        assert_eq!(skipped(&run.json()), [("d/link", "link", None), ("d/pipe", "special", None)]);
        assert!(run.stderr.contains("d/link") && run.stderr.contains("d/pipe"), "{}", run.stderr);
    }
}

#[test]
fn measure_goes_on() {
    let folder = mixed();
    let run = dgen(folder.path(), "measure gone f loop g --no-compress --json").code(1);
    run.error_names(&["2 paths", "gone", "loop"]);
    let report = run.json();
    assert_eq!(skipped(&report), [("gone", "vanished", Some(2)), ("loop", "unreadable", Some(40))]);
    assert_eq!((u64_of(&report, "bytes"), u64_of(&report, "inputs")), (4 << 20, 2));
    let text = dgen(folder.path(), "measure f gone --no-compress").code(1).text();
    assert!(text.contains("skipped       1 path, 1 of them failures"), "{text}");
    let run = dgen(folder.path(), "measure f gone --strict --json").code(1);
    run.error_names(&["gone"]);
    assert!(run.json()["error"].is_string());
    // Memory of a process that cannot be read where it begins: an error while it is read.
    let run = dgen(folder.path(), "measure f /proc/self/mem --no-compress --json").code(1);
    let report = run.json();
    assert_eq!(skipped(&report), [("/proc/self/mem", "unreadable", Some(5))]);
    assert_eq!((report["skipped"][0]["offset"].as_u64(), u64_of(&report, "bytes")), (Some(0), 2 << 20));
}

#[test]
fn an_absent_member_is_found_where_recipe_and_size_are_given() {
    let folder = folder();
    let report = dgen(folder.path(), "write d --files 5 --size 10MiB --seed 6 --json").code(0).json();
    let told = format!("verify d --recipe {} --size 10MiB --json", report["recipe"].as_str().unwrap());
    dgen(folder.path(), &told).code(0);
    for index in [0, 2, 4] {
        fs::rename(folder.path().join(format!("d/dgen-00000{index}")), folder.path().join("away")).unwrap();
        let report = dgen(folder.path(), &told).code(3).json();
        let files = report["files"].as_array().unwrap();
        let bad: Vec<&Value> = files.iter().filter(|file| file["ok"] == false).collect();
        assert_eq!((files.len(), bad.len(), &bad[0]["absent"]), (5, 1, &Value::Bool(true)), "{report}");
        assert_eq!(bad[0]["path"], format!("d/dgen-00000{index}"));
        assert_eq!((u64_of(bad[0], "size"), u64_of(&report["bytes_by_kind"], "missing")), (2 << 20, 2 << 20));
        fs::rename(folder.path().join("away"), folder.path().join(format!("d/dgen-00000{index}"))).unwrap();
    }
}

fn start(folder: &Path, args: &str) -> Child {
    let mut command = command();
    command.args(args.split_whitespace()).current_dir(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn interrupted(child: Child, signal: Signal) -> Run {
    wait_for_handler(&child, signal);
    kill_process(Pid::from_child(&child), signal).unwrap();
    finished(child.wait_with_output().unwrap())
}

#[test]
fn an_interrupted_measurement_tells_what_it_measured() {
    let folder = folder();
    for (options, signal) in [("", Signal::INT), ("--no-compress", Signal::TERM)] {
        let mut child = start(folder.path(), &format!("measure - --json {options}"));
        let mut input = child.stdin.take().unwrap();
        // What does not fit the pipe was taken.
        input.write_all(&vec![7; 4 << 20]).unwrap();
        let run = interrupted(child, signal);
        assert!(matches!(run.code, Some(130 | 143)), "{:?}", run.code);
        run.error_names(&["interrupted", "first"]);
        let report = run.json();
        let bytes = u64_of(&report, "bytes");
        assert!(((3 << 20)..=(4 << 20)).contains(&bytes) && report["interrupted"] == true, "{report}");
        assert_eq!(u64_of(&report["dedup"]["4096"], "total"), bytes.div_ceil(4096));
        drop(input);
    }
}

#[test]
fn a_pipe_without_a_writer_is_waited_for_and_can_be_left() {
    let folder = folder();
    let path = folder.path().join("pipe");
    pipe(&path);
    let run = interrupted(start(folder.path(), "measure pipe --json"), Signal::INT).code(130);
    assert_eq!((u64_of(&run.json(), "bytes"), &run.json()["interrupted"]), (0, &Value::Bool(true)));
    let child = start(folder.path(), "measure pipe --json --no-compress");
    OpenOptions::new().write(true).open(&path).unwrap().write_all(&vec![1; 3_000_000]).unwrap();
    let report = finished(child.wait_with_output().unwrap()).code(0).json();
    assert_eq!((u64_of(&report, "bytes"), u64_of(&report, "inputs")), (3_000_000, 1));
}

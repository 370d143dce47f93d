//! `--progress`: how a command goes on, for programs.

use std::path::Path;

use serde_json::Value;

use crate::common::{command, dgen, finished, folder, u64_of};

/// The objects on standard error, which may hold other lines.
fn lines(stderr: &str) -> Vec<Value> {
    let objects = stderr.lines().filter(|line| line.starts_with('{'));
    objects.map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// Follows one command, and comes back with its last line.
#[track_caller]
fn followed(folder: &Path, args: &str) -> (Vec<Value>, Vec<u8>) {
    let run = dgen(folder, &format!("{args} --progress json")).code(0);
    let lines = lines(&run.stderr);
    let (last, before) = lines.split_last().unwrap_or_else(|| panic!("{args}: {}", run.stderr));
    assert_eq!(last["state"], "done", "{args}");
    let mut most = (0, 0);
    for line in &lines {
        let now = (u64_of(line, "elapsed_ns"), u64_of(line, "bytes"));
        assert!(now.0 >= most.0 && now.1 >= most.1, "{args}: {lines:?}");
        most = now;
        assert!(line["bytes_per_s"].is_number() && line["bytes_per_s_mean"].is_number(), "{line}");
    }
    assert!(before.iter().all(|line| line["state"] == "running"), "{lines:?}");
    (lines, run.stdout)
}

#[test]
fn lines_follow_the_work_and_end_with_the_reports_bytes() {
    let folder = folder();
    let slow = "--rate 2M --buffer-size 64K";
    let (lines, text) = followed(folder.path(), &format!("write a --size 5M --seed 1 {slow}"));
    assert!(lines.len() >= 2, "{lines:?}");
    let last = &lines[lines.len() - 1];
    assert_eq!((u64_of(last, "bytes"), u64_of(last, "total_bytes")), (5 << 20, 5 << 20));
    assert_eq!((u64_of(last, "operations"), &last["verb"]), (80, &"wrote".into()));
    assert!(last["workers"].is_number() && last["storage_bound"].is_number() && last["generation_bound"].is_number());
    assert!(lines[0]["latency_p50_ns"].is_number() && lines[0]["latency_p99_ns"].is_number(), "{lines:?}");
    assert!(String::from_utf8(text).unwrap().starts_with("wrote "));
    for (args, bytes) in [
        ("read a", 5 << 20),
        ("read a --passes 2", 10 << 20),
        ("verify a", 5 << 20),
        ("measure a --no-compress", 5 << 20),
        ("dataset write set --count 4 --file-size 64K --seed 1", 256 << 10),
    ] {
        let (lines, _) = followed(folder.path(), args);
        assert_eq!(u64_of(&lines[lines.len() - 1], "bytes"), bytes, "{args}");
    }
}

#[test]
fn standard_output_is_the_same() {
    let folder = folder();
    let (lines, data) = followed(folder.path(), "stream --size 3M --seed 1");
    assert_eq!(u64_of(&lines[lines.len() - 1], "bytes"), 3 << 20);
    assert!(data == dgen(folder.path(), "stream --size 3M --seed 1").code(0).stdout);
    let run = dgen(folder.path(), "write a --size 1M --seed 1 --json --progress json").code(0);
    assert_eq!(u64_of(&run.json(), "bytes_written"), 1 << 20);
    let before = finished(command().args(["--progress", "json", "info"]).current_dir(folder.path()).output().unwrap());
    assert!(before.code(0).text().starts_with("dgen"));
}

#[test]
fn nothing_is_told_elsewhere_and_other_kinds_are_refused() {
    let folder = folder();
    for kind in ["", "--progress auto", "--progress none"] {
        let run = dgen(folder.path(), &format!("write a --force --size 1M --seed 1 {kind}")).code(0);
        assert!(lines(&run.stderr).is_empty() && !run.stderr.contains('\r'), "{}", run.stderr);
    }
    dgen(folder.path(), "read a --progress often").code(2).error_names(&["--progress", "`often`", "auto, json, none"]);
}

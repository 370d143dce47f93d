//! `dgen bench numa`: its table, and that its processes neither outlive it nor keep it waiting.

use std::process::{Child, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::common::{command, dgen, finished, folder, u64_of};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;

/// Long enough to be interrupted.
const LONG: &str = "bench numa --size 1PiB --buffer-size 1MiB --threads 1";
const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn every_node_and_every_pair_of_ratios_is_in_the_table() {
    let folder = folder();
    let report = dgen(folder.path(), "bench numa --size 64MiB --buffer-size 4MiB --json=out.json").code(0);
    let text = report.text();
    let json: Value = serde_json::from_slice(&std::fs::read(folder.path().join("out.json")).unwrap()).unwrap();
    let nodes = json["nodes"].as_array().unwrap();
    assert_eq!(u64_of(&json, "processes"), nodes.len() as u64);
    assert_eq!(text.contains("1 process: there is one node to run on"), nodes.len() == 1, "{text}");
    let ratios = |case: &Value| [&case["dedup_ratio"], &case["compress_ratio"]].map(|ratio| ratio.as_f64().unwrap());
    let cases = json["cases"].as_array().unwrap();
    assert_eq!(cases.iter().map(ratios).collect::<Vec<_>>(), [[1.0, 1.0], [2.0, 1.0], [1.0, 2.0], [2.0, 2.0]]);
    for case in cases.iter().chain([&json["store_limit"]]) {
        let of_nodes = case["nodes"].as_array().unwrap();
        assert_eq!(of_nodes.len(), nodes.len());
        assert_eq!(u64_of(case, "bytes"), of_nodes.iter().map(|node| u64_of(node, "bytes")).sum::<u64>());
        let slowest = of_nodes.iter().max_by_key(|node| u64_of(node, "elapsed_ns")).unwrap();
        assert_eq!(slowest["node"], case["slowest_node"]);
        assert!(u64_of(slowest, "elapsed_ns") <= u64_of(case, "elapsed_ns"));
        let rate = u64_of(case, "bytes") as f64 * 1e9 / u64_of(case, "elapsed_ns") as f64;
        let per_core = case["bytes_per_s_per_physical_core"].as_f64().unwrap();
        assert!((per_core * u64_of(&json, "physical_cores") as f64 / rate - 1.0).abs() < 1e-9, "{case}");
    }
    for part in ["plain stores", "dedup 1, compress 1", "dedup 2, compress 2", "slowest: node", "per core", "per cpu"] {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

#[test]
fn threads_and_physical_cores_are_kept_to() {
    let folder = folder();
    let args = "bench numa --size 16MiB --physical-only --threads 1 --dedup-ratio 1 --compress-ratio 3/2 --json";
    let report = dgen(folder.path(), args).code(0).json();
    assert_eq!(report["physical_only"], true);
    assert_eq!(report["cases"].as_array().unwrap().len(), 1);
    assert_eq!(report["cases"][0]["recipe"], "dgen1,seed=0x1,compress=3/2");
    for node in report["nodes"].as_array().unwrap() {
        assert_eq!(u64_of(node, "threads"), 1);
        assert_eq!(u64_of(node, "logical_cpus"), u64_of(node, "physical_cores"));
    }
}

#[test]
fn bad_values_are_named() {
    let folder = folder();
    for (args, parts) in [
        ("--nodes 4095", ["--nodes", "4095"]),
        ("--nodes=-1", ["--nodes", "-1"]),
        ("--threads 0", ["--threads", "1 to 4096"]),
        ("--size 1", ["--size", "page per node"]),
        ("--size 2EiB", ["--size", "1 EiB"]),
        ("--buffer-size 100", ["--buffer-size", "4 KiB"]),
        ("--patience 0", ["--patience", "above 0"]),
    ] {
        dgen(folder.path(), &format!("bench numa {args}")).code(2).error_names(&parts);
    }
}

/// Starts a long benchmark and waits for its processes.
fn start(args: &str) -> (Child, Vec<Pid>) {
    let words = LONG.split_whitespace().chain(args.split_whitespace());
    let child = command().args(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let ids = processes(&child);
    (child, ids)
}

/// The processes that a benchmark has started, once all of them work.
fn processes(child: &Child) -> Vec<Pid> {
    let begin = Instant::now();
    // They are started in its main thread.
    let children = format!("/proc/{0}/task/{0}/children", child.id());
    loop {
        let ids = std::fs::read_to_string(&children).unwrap();
        let ids: Vec<Pid> = ids.split_whitespace().filter_map(|id| Pid::from_raw(id.parse().unwrap())).collect();
        if !ids.is_empty() && ids.iter().all(|id| works(*id)) {
            return ids;
        }
        assert!(begin.elapsed() < LIMIT, "no process was started");
        sleep(Duration::from_millis(5));
    }
}

/// Whether a process exists and is no zombie: where nobody adopts orphans, they stay as such.
fn runs(id: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero())).unwrap_or_default();
    test_kill_process(id).is_ok() && !stat.contains(") Z ")
}

/// Whether a process has used processor time.
fn works(id: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero())).unwrap_or_default();
    // User time is the twelfth field after the name.
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    after.split_whitespace().nth(11).is_some_and(|ticks| ticks != "0")
}

fn output(child: Child) -> Output {
    let begin = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(begin.elapsed() < LIMIT);
    output
}

#[track_caller]
fn assert_gone(ids: &[Pid]) {
    let begin = Instant::now();
    while ids.iter().any(|id| runs(*id)) {
        assert!(begin.elapsed() < LIMIT, "a process goes on");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_process_that_dies_is_named() {
    let (child, ids) = start("");
    kill_process(ids[0], Signal::KILL).unwrap();
    let run = finished(output(child)).code(1);
    run.error_names(&["node 0", "killed by signal 9", &ids[0].as_raw_nonzero().to_string()]);
    assert_gone(&ids);
}

#[test]
fn a_process_that_hangs_is_named() {
    let (child, ids) = start("--patience 500ms");
    kill_process(ids[0], Signal::STOP).unwrap();
    finished(output(child)).code(1).error_names(&["node 0", "no sign of life for 0.5 s"]);
    assert_gone(&ids);
}

#[test]
fn an_interruption_ends_all() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let (child, ids) = start("");
        kill_process(Pid::from_child(&child), signal).unwrap();
        finished(output(child)).code(code).error_names(&["interrupted"]);
        assert_gone(&ids);
    }
}

#[test]
fn processes_do_not_outlive_a_benchmark_that_is_killed() {
    let (mut child, ids) = start("");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_gone(&ids);
}

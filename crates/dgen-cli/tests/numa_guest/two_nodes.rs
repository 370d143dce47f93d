//! Two nodes with two processors and 512 MiB each.

use std::process::{Command, Stdio};

use dgen::topology::IdSet;
use serde_json::Value;

use crate::common::{command, dgen, finished, folder, u64_of};
use crate::first_writer;
use crate::outside::{Running, largest_mapping, option, wait_for, workers};
use crate::pages::Mapping;

const WHY: &str = "needs two memory nodes: make test-numa";
/// The processors of a node.
fn cpus(node: u32) -> IdSet {
    [2 * node, 2 * node + 1].into_iter().collect()
}

#[test]
#[ignore = "needs two memory nodes: make test-numa"]
fn the_topology_is_that_of_the_machine() {
    let folder = folder();
    let topology = &dgen(folder.path(), "info --json").code(0).json()["topology"];
    assert_eq!((u64_of(topology, "num_nodes"), u64_of(topology, "packages")), (2, 2), "{WHY}");
    assert_eq!((u64_of(topology, "physical_cores"), u64_of(topology, "logical_cpus")), (4, 4));
    assert_eq!(topology["is_uma"], false);
    for (id, node) in topology["nodes"].as_array().unwrap().iter().enumerate() {
        assert_eq!(u64_of(node, "id"), id as u64);
        assert_eq!(node["cpus"], cpus(u32::try_from(id).unwrap()).to_string());
        let memory = u64_of(node, "memory_total_bytes") >> 20;
        assert!((400..=512).contains(&memory), "{memory} MiB");
        for (other, distance) in node["distances"].as_array().unwrap().iter().enumerate() {
            assert_eq!(u64_of(distance, "distance"), if other == id { 10 } else { 21 });
        }
    }
    let text = dgen(folder.path(), "info").code(0).text();
    assert!(text.contains("2 memory nodes") && text.contains("processors 2-3"), "{text}");
}

#[test]
#[ignore = "needs two memory nodes: make test-numa"]
fn the_benchmark_reports_both_nodes() {
    let folder = folder();
    let args = "bench numa --size 64MiB --buffer-size 4MiB --json";
    let report = dgen(folder.path(), args).code(0).json();
    assert_eq!((u64_of(&report, "processes"), u64_of(&report, "physical_cores")), (2, 4));
    for (id, node) in report["nodes"].as_array().unwrap().iter().enumerate() {
        assert_eq!(node["cpus"], cpus(u32::try_from(id).unwrap()).to_string());
        assert_eq!(u64_of(node, "threads"), 2);
        assert!(u64_of(node, "pages_sampled") > 0);
        assert_eq!(u64_of(node, "pages_on_node"), u64_of(node, "pages_sampled"));
    }
    for case in report["cases"].as_array().unwrap() {
        let nodes: Vec<u64> = case["nodes"].as_array().unwrap().iter().map(|node| u64_of(node, "node")).collect();
        assert_eq!((nodes, u64_of(case, "bytes")), (vec![0, 1], 64 << 20));
    }
    let one = dgen(folder.path(), "bench numa --size 8MiB --buffer-size 4MiB --nodes 1 --json").code(0).json();
    assert_eq!((u64_of(&one, "processes"), u64_of(&one["nodes"][0], "node")), (1, 1));
    dgen(folder.path(), "bench numa --nodes 0,2").code(2).error_names(&["--nodes", "2", "0-1"]);
}

#[test]
#[ignore = "needs two memory nodes: make test-numa"]
fn each_process_of_the_benchmark_keeps_to_its_node() {
    let running = Running::start("bench numa --size 1PiB --buffer-size 32MiB");
    let processes = wait_for("two processes", || Some(running.children()).filter(|children| children.len() == 2));
    for process in processes {
        let node: u32 = wait_for("the program", || option(process, "--node").parse().ok());
        for thread in workers(process, "dgen", 2) {
            assert_eq!(thread.allowed, cpus(node));
            assert!(cpus(node).contains(thread.cpu), "{thread:?} on node {node}");
        }
        let touched = || Some(largest_mapping(process)).filter(|pages| pages.values().sum::<u64>() >= 8192);
        let pages = wait_for("the buffer", touched);
        assert_eq!(pages.keys().collect::<Vec<_>>(), [&node], "{pages:?}");
    }
    running.interrupt();
}

#[test]
#[ignore = "needs two memory nodes: make test-numa"]
fn affinity_is_obeyed() {
    let folder = folder();
    let run = |cpus: &str, args: &str| {
        let program = command().get_program().to_owned();
        let mut bound = Command::new("taskset");
        bound.args(["-c", cpus]).arg(program).args(args.split_whitespace());
        finished(bound.current_dir(folder.path()).stdin(Stdio::null()).output().unwrap()).code(0).json()
    };
    let report = run("0,3", "bench numa --size 8MiB --buffer-size 4MiB --json");
    let nodes = report["nodes"].as_array().unwrap();
    let cpus: Vec<&Value> = nodes.iter().map(|node| &node["cpus"]).collect();
    assert_eq!(cpus, ["0", "3"]);
    let report = run("2", "bench numa --size 8MiB --buffer-size 4MiB --json");
    assert_eq!((u64_of(&report, "processes"), &report["nodes"][0]["cpus"]), (1, &Value::from("2")));
    assert!(report["warnings"][0].as_str().unwrap().starts_with("node 0 takes no part"), "{report}");
    assert_eq!(run("1,2", "info --json")["topology"]["limits"]["cpus"], "1-2");
}

#[test]
#[ignore = "needs two memory nodes: make test-numa"]
fn pages_are_written_by_their_own_node() {
    let stream = dgen::Stream::new(&"dgen1,seed=7,dedup=2,compress=2".parse().unwrap()).unwrap();
    for nodes in [&[0, 1][..], &[1, 0], &[1], &[0, 1, 0, 1]] {
        let mut mapping = Mapping::on_nodes(nodes, 2048);
        let writers =
            first_writer::of_each_page(&mut mapping, |out| stream.par_fill_at(1 << 40, out, Some(4)).unwrap());
        let places: Vec<Option<u32>> = mapping.nodes().into_iter().map(Some).collect();
        let foreign = writers.iter().zip(&places).filter(|(writer, place)| writer != place).count();
        assert_eq!(foreign, 0, "of {} pages on nodes {nodes:?}", places.len());
        let mut expected = vec![0; mapping.len()];
        stream.fill_at(1 << 40, &mut expected).unwrap();
        assert!(mapping[..] == expected[..], "the bytes are those of one thread");
    }
}

#[test]
#[ignore = "needs two memory nodes: make test-numa"]
fn untouched_pages_come_from_the_nodes_that_fill_them() {
    let stream = dgen::Stream::new(&"dgen1,seed=7".parse().unwrap()).unwrap();
    let mut mapping = Mapping::untouched(4096);
    let writers = first_writer::of_each_page(&mut mapping, |out| stream.par_fill_at(0, out, Some(4)).unwrap());
    let places: Vec<Option<u32>> = mapping.nodes().into_iter().map(Some).collect();
    let foreign = writers.iter().zip(&places).filter(|(writer, place)| writer != place).count();
    assert_eq!(foreign, 0, "of {} pages", places.len());
    for node in [0, 1] {
        assert!(places.contains(&Some(node)), "node {node} takes part");
    }
}

/// The options of a stream whose digest the script that boots this machine has computed outside of it.
const STREAM: &str = "--seed 7 --dedup-ratio 2 --compress-ratio 1.5 --size 16MiB";

#[test]
#[ignore = "needs two memory nodes: make test-numa"]
fn bytes_are_the_same_everywhere() {
    let folder = folder();
    let expected = std::env::var("DGEN_HOST_SUM").expect("scripts/test_numa.sh sets it");
    for placement in ["", "--numa-node 0", "--numa-node 1", "--numa-mode disabled", "--physical-cores"] {
        for threads in [1, 4] {
            let data = dgen(folder.path(), &format!("stream {STREAM} {placement} --threads {threads}")).code(0).stdout;
            std::fs::write(folder.path().join("data"), data).unwrap();
            let sum = Command::new("sha256sum").arg(folder.path().join("data")).output().unwrap();
            let sum = String::from_utf8(sum.stdout).unwrap();
            assert_eq!(sum.split_whitespace().next(), Some(&*expected), "with `{placement}` and {threads} threads");
        }
    }
}

#[test]
#[ignore = "needs two memory nodes: make test-numa"]
fn workers_keep_to_the_node_that_is_asked_for() {
    for node in [0, 1] {
        // The thread that calls is kept there only while it fills, which `pages_are_written_by_their_own_node` shows.
        let stream = Running::start(&format!("stream --size 1PiB --threads 3 --numa-node {node}"));
        for thread in workers(stream.id(), "dgen-n", 1) {
            assert_eq!(thread.allowed, cpus(node), "{thread:?}");
            assert!(cpus(node).contains(thread.cpu), "{thread:?} on node {node}");
        }
        stream.interrupt();
        let write = "write /dev/null --size 1PiB --engine null --writers 2 --buffer-size 4MiB";
        let write = Running::start(&format!("{write} --numa-node {node}"));
        for thread in workers(write.id(), "dgen", 2) {
            assert_eq!(thread.allowed, cpus(node), "{thread:?}");
            assert!(cpus(node).contains(thread.cpu), "{thread:?} on node {node}");
        }
        let pages = largest_mapping(write.id());
        assert_eq!(pages.keys().collect::<Vec<_>>(), [&node], "{pages:?}");
        write.interrupt();
    }
}

#[test]
#[ignore = "needs two memory nodes: make test-numa"]
fn files_are_written_from_one_node_and_verify() {
    let folder = folder();
    for node in [0, 1] {
        let write = format!("write f --size 24MiB --dedup-ratio 2 --force --json --numa-node {node}");
        let report = dgen(folder.path(), &write).code(0).json();
        assert_eq!(u64_of(&report, "bytes_written"), 24 << 20);
        for threads in ["1", "4 --numa-node 0", "2 --numa-node 1"] {
            let verify = dgen(folder.path(), &format!("verify f --json --threads {threads}")).code(0).json();
            assert_eq!((&verify["ok"], u64_of(&verify, "bytes_checked")), (&Value::from(true), 24 << 20));
        }
    }
    dgen(folder.path(), "write f --force --size 1MiB --numa-node 2").code(2).error_names(&["numa", "2", "0", "1"]);
}

//! The topology beside that of `lstopo`, for trees with the shape of real machines. The two read different files: lists
//! here, bit masks there.

use super::fixture::Machine;
use super::*;
use std::process::Command;

/// What `lstopo` sees of a machine: nodes with their processors and memory, cores, and sizes of second-level caches.
#[derive(Debug, PartialEq)]
struct Seen {
    nodes: Vec<(u32, IdSet, u64)>,
    cores: Vec<IdSet>,
    l2_bytes: Vec<(IdSet, u64)>,
}

/// The value of an attribute of an XML element.
fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    element.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

/// A set in the form `0x000000ff,0x00000001`: 32 bits a word, the last ones first; empty words may be left out of the text.
fn cpuset(text: &str) -> IdSet {
    let words = text.split(',').rev().map(|word| u32::from_str_radix(word.trim_start_matches("0x"), 16).unwrap_or(0));
    let ids = words
        .zip((0..).step_by(32))
        .flat_map(|(word, base)| (0..32).filter(move |bit| word >> bit & 1 == 1).map(move |bit| base + bit));
    ids.collect()
}

fn oracle(machine: &Machine) -> Option<Seen> {
    let run = Command::new("lstopo")
        .args(["--of", "xml", "--disallowed", "--if", "fsroot", "-i"])
        .arg(machine.root())
        .env("HWLOC_THISSYSTEM", "0")
        .env("HWLOC_HIDE_ERRORS", "2")
        .output();
    let output = match run {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            skip("optional: the topology beside lstopo (package hwloc): it is not installed");
            return None;
        }
        other => other.unwrap(),
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let objects = |kind: &str| {
        let start = format!("<object type=\"{kind}\"");
        text.lines().filter(|line| line.trim_start().starts_with(&start)).map(str::to_owned).collect::<Vec<_>>()
    };
    let number = |element: &str, name: &str| attribute(element, name).and_then(|text| text.parse().ok()).unwrap_or(0);
    let set = |element: &str| cpuset(attribute(element, "cpuset").unwrap());
    let mut nodes: Vec<_> = objects("NUMANode")
        .iter()
        .map(|node| (u32::try_from(number(node, "os_index")).unwrap(), set(node), number(node, "local_memory")))
        .collect();
    nodes.sort_by_key(|node| node.0);
    let mut cores: Vec<_> = objects("Core").iter().map(|core| set(core)).collect();
    cores.sort_by_key(IdSet::first);
    let mut l2_bytes: Vec<_> =
        objects("L2Cache").iter().map(|cache| (set(cache), number(cache, "cache_size"))).collect();
    l2_bytes.sort_by_key(|cache| cache.0.first());
    Some(Seen { nodes, cores, l2_bytes })
}

/// Says that a test was skipped, to whoever runs it and to the summary of all tests.
fn skip(reason: &str) {
    use std::io::Write;
    println!("SKIPPED {reason}");
    let notes = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/skips.txt");
    if let Ok(mut file) = std::fs::OpenOptions::new().create(true).append(true).open(notes) {
        _ = writeln!(file, "{reason}");
    }
}

fn ours(topology: &Topology) -> Seen {
    let nodes = topology.nodes.iter().map(|node| (node.id, node.cpus.clone(), node.memory_total_bytes.unwrap_or(0)));
    let mut cores: Vec<_> = topology.cores.iter().map(|core| core.cpus.clone()).collect();
    cores.sort_by_key(IdSet::first);
    let l2 = topology.caches.iter().filter(|cache| cache.level == 2);
    Seen {
        nodes: nodes.collect(),
        cores,
        l2_bytes: l2.map(|cache| (cache.cpus.clone(), cache.size_bytes.unwrap_or(0))).collect(),
    }
}

fn agrees(name: &str, machine: Machine) {
    let machine = machine.with_masks();
    let Some(theirs) = oracle(&machine) else { return };
    assert_eq!(ours(&machine.topology()), theirs, "{name}");
}

#[test]
fn lists_and_masks_of_real_shapes_agree() {
    agrees("one node", Machine::with_packages(1, 4, 2).node_lists("0", "0").node(0, "0-7", 1 << 20, "10"));
    let two = || {
        Machine::with_packages(2, 4, 2).node_lists("0-1", "0-1").node(0, "0-3,8-11", 1 << 20, "10 21").node(
            1,
            "4-7,12-15",
            2 << 20,
            "21 10",
        )
    };
    agrees("two sockets", two());
    agrees("a restricted container", two().file("proc/self/status", "Cpus_allowed_list:\t2-5\nMems_allowed_list:\t0"));
    agrees("an offline processor", two().file("sys/devices/system/cpu/online", "0-14"));
    let mut clusters = Machine::with_packages(2, 8, 1).node_lists("0-3", "0-3");
    for node in 0..4 {
        let cpus = format!("{}-{}", node * 4, node * 4 + 3);
        clusters = clusters.node(
            node,
            &cpus,
            1 << 20,
            ["10 12 21 21", "12 10 21 21", "21 21 10 12", "21 21 12 10"][node as usize],
        );
    }
    agrees("sub-NUMA clusters", clusters);
    let mut sixteen = Machine::with_packages(16, 4, 1).node_lists("0-15", "0-15");
    for node in 0..16 {
        let distances: Vec<&str> = (0..16).map(|other| if other == node { "10" } else { "20" }).collect();
        sixteen = sixteen.node(node, &format!("{}-{}", node * 4, node * 4 + 3), 1 << 20, &distances.join(" "));
    }
    agrees("sixteen nodes", sixteen);
    let sparse = Machine::with_packages(2, 2, 1)
        .node_lists("0,8", "0-1,8,252-255")
        .node(0, "0-1", 1 << 20, "10 40")
        .node(8, "2-3", 1 << 20, "40 10");
    agrees("sparse nodes", sparse);
    let expander = Machine::with_packages(2, 2, 1)
        .node_lists("0-2", "0-3")
        .node(0, "0-1", 1 << 20, "10 21 30")
        .node(1, "2-3", 1 << 20, "21 10 30")
        .node(2, "", 4 << 20, "30 30 10");
    agrees("a node without processors", expander);
    let memoryless = Machine::with_packages(2, 2, 1)
        .node_lists("0-1", "0-1")
        .node(0, "0-1", 1 << 20, "10 21")
        .node(1, "2-3", 0, "21 10");
    agrees("a node without memory", memoryless);
    let offline = two().node_lists("0", "0-1").file("sys/devices/system/cpu/online", "0-3,8-11");
    agrees("an offline node", offline);
}

#[test]
fn more_than_1024_processors_agree() {
    let mut machine = Machine::with_packages(2, 320, 2).node_lists("0-1", "0-1");
    machine = machine.node(0, "0-319,640-959", 1 << 20, "10 21").node(1, "320-639,960-1279", 1 << 20, "21 10");
    agrees("1280 processors", machine);
}

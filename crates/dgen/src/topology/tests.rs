//! Invented machines, ordinary and odd.

use super::fixture::Machine;
use super::*;
use std::fs;

fn ids(text: &str) -> IdSet {
    text.parse().unwrap()
}

#[test]
fn one_node() {
    let machine = Machine::with_packages(1, 4, 1)
        .node_lists("0", "0")
        .node(0, "0-3", 1 << 20, "10")
        .file("proc/cpuinfo", "processor\t: 0\nmodel name\t: Example 9000\nflags\t: fpu sse2");
    let topology = machine.topology();
    assert_eq!(topology.warnings, Vec::<String>::new());
    assert_eq!(topology.cpu_model.as_deref(), Some("Example 9000"));
    assert_eq!((topology.logical_cpus, topology.physical_cores, topology.packages), (4, 4, 1));
    assert_eq!((topology.num_nodes, topology.is_uma), (1, true));
    assert_eq!(topology.nodes[0].memory_total_bytes, Some(1 << 30));
    assert_eq!(topology.nodes[0].memory_free_bytes, Some(1 << 29));
    assert_eq!(topology.deployment_type, DeploymentType::BareMetal);
    assert_eq!(topology.limits.effective_threads(), 4);
}

#[test]
fn two_sockets_with_smt() {
    let machine = Machine::with_packages(2, 4, 2).node_lists("0-1", "0-1").node(0, "0-3,8-11", 1000, "10 21").node(
        1,
        "4-7,12-15",
        2000,
        "21 10",
    );
    let topology = machine.topology();
    assert_eq!(topology.warnings, Vec::<String>::new());
    assert_eq!((topology.logical_cpus, topology.physical_cores, topology.packages), (16, 8, 2));
    assert_eq!((topology.num_nodes, topology.is_uma), (2, false));
    assert_eq!(topology.cores[4].cpus, ids("4,12"));
    assert_eq!(
        (topology.cores[4].package, topology.cores[4].die, topology.cores[4].core_id),
        (Some(1), Some(0), Some(0))
    );
    assert_eq!(topology.node(1).unwrap().distances[0], Distance { node: 0, distance: 21 });
    assert_eq!(topology.node_of_cpu(13).unwrap().id, 1);
    let counts = [1, 2, 3].map(|level| topology.caches.iter().filter(|c| c.level == level).count());
    assert_eq!(counts, [8, 8, 2]);
    let l3 = topology.cache(3).unwrap();
    assert_eq!((l3.size_bytes, l3.line_bytes, l3.kind), (Some(32 << 20), Some(64), CacheKind::Unified));
    assert_eq!(l3.cpus, ids("0-3,8-11"));
    assert_eq!(topology.cache(1).unwrap().kind, CacheKind::Data);
    assert_eq!(topology.cache(4), None);
}

#[test]
fn several_nodes_in_one_package() {
    let mut machine = Machine::with_packages(1, 8, 1).node_lists("0-3", "0-3");
    for node in 0..4 {
        machine = machine.node(node, &format!("{}-{}", node * 2, node * 2 + 1), 4096, "10 12 12 12");
    }
    let topology = machine.topology();
    assert_eq!((topology.packages, topology.num_nodes, topology.is_uma), (1, 4, false));
    assert_eq!(topology.nodes[3].cpus, ids("6-7"));
}

#[test]
fn sparse_and_offline_nodes() {
    let machine = Machine::with_packages(2, 1, 1)
        .node_lists("0,8", "0-1,8,252-255")
        .node(0, "0", 4096, "10 40")
        .node(8, "1", 4096, "40 10")
        .file("sys/devices/system/node/node1/cpulist", "");
    let topology = machine.topology();
    assert_eq!(topology.nodes.iter().map(|n| n.id).collect::<Vec<_>>(), [0, 8]);
    assert_eq!(topology.nodes[1].distances, [Distance { node: 0, distance: 40 }, Distance { node: 8, distance: 10 }]);
    assert_eq!(topology.offline_nodes, ids("1,252-255"));
    assert_eq!(topology.num_nodes, 2);
}

#[test]
fn nodes_without_processors_or_memory() {
    let machine = Machine::with_packages(2, 2, 1)
        .node_lists("0-3", "0-3")
        .node(0, "0-1", 4096, "10 20 30 40")
        .node(1, "2-3", 0, "20 10 30 40")
        .node(2, "", 8192, "30 30 10 40")
        .node(3, "", 0, "40 40 40 10");
    let topology = machine.topology();
    assert_eq!(topology.warnings, Vec::<String>::new());
    let shape: Vec<_> = topology.nodes.iter().map(|n| (n.cpus.len(), n.has_memory(), n.is_empty())).collect();
    assert_eq!(shape, [(2, true, false), (2, false, false), (0, true, false), (0, false, true)]);
    assert_eq!((topology.num_nodes, topology.is_uma), (3, false));
}

#[test]
fn no_node_folder() {
    let machine = Machine::with_packages(2, 2, 1).file("proc/meminfo", "MemTotal:  2048 kB\nMemFree:  1024 kB");
    let topology = machine.topology();
    assert_eq!((topology.num_nodes, topology.is_uma, topology.nodes.len()), (1, true, 1));
    assert_eq!(topology.nodes[0].cpus, ids("0-3"));
    assert_eq!(topology.nodes[0].memory_total_bytes, Some(2 << 20));
    assert_eq!(topology.nodes[0].distances, [Distance { node: 0, distance: 10 }]);
}

#[test]
fn nothing_to_read() {
    let topology = Machine::bare().topology();
    assert_eq!((topology.logical_cpus, topology.physical_cores, topology.packages, topology.num_nodes), (1, 1, 1, 1));
    assert_eq!(topology.limits.effective_threads(), 1);
    assert_eq!(topology.warnings, Vec::<String>::new());
    assert_eq!((topology.cpu_model, topology.limits.quota), (None, None));
}

#[test]
fn more_than_1024_processors() {
    let mut machine = Machine::with_cpus(2048).node_lists("0-15", "0-15");
    for cpu in 0..2048 {
        let siblings = format!("{},{}", cpu % 1024, cpu % 1024 + 1024);
        machine = machine.cpu_file(cpu, "topology/thread_siblings_list", &siblings);
    }
    for node in 0..16 {
        machine = machine.node(node, &format!("{}-{}", node * 128, node * 128 + 127), 4096, "10");
    }
    let topology = machine.topology();
    assert_eq!((topology.logical_cpus, topology.physical_cores, topology.num_nodes), (2048, 1024, 16));
    assert_eq!(topology.cores[1023].cpus, ids("1023,2047"));
    assert_eq!(topology.limits.effective_threads(), 2048);
    assert!(topology.nodes[0].distances.is_empty(), "one distance cannot describe sixteen nodes");
}

#[test]
fn cores_without_sibling_lists_are_found_by_number() {
    let mut machine = Machine::with_cpus(8);
    for cpu in 0..8 {
        machine = machine.cpu_file(cpu, "topology/physical_package_id", cpu / 4);
        machine = machine.cpu_file(cpu, "topology/core_id", cpu % 2);
    }
    let topology = machine.topology();
    assert_eq!((topology.physical_cores, topology.packages), (4, 2));
    assert_eq!(topology.cores[1].cpus, ids("1,3"));
}

#[test]
fn offline_processors_are_left_out() {
    let machine = Machine::with_packages(1, 2, 2)
        .file("sys/devices/system/cpu/online", "0-2")
        .node_lists("0", "0")
        .node(0, "0-3", 4096, "10")
        .file("proc/self/status", "Name:\tx\nCpus_allowed_list:\t1-1023\nMems_allowed_list:\t0");
    let topology = machine.topology();
    assert_eq!((topology.logical_cpus, topology.physical_cores), (3, 2));
    assert_eq!(topology.nodes[0].cpus, ids("0-2"));
    assert_eq!(topology.limits.cpus, ids("1-2"));
    assert_eq!(topology.limits.memory_nodes, Some(ids("0")));
}

#[test]
fn package_ids_that_say_unknown() {
    let mut machine = Machine::with_cpus(2).file("proc/cpuinfo", "CPU implementer\t: 0x41\nCPU part\t: 0xd0c");
    for cpu in 0..2 {
        machine = machine.cpu_file(cpu, "topology/physical_package_id", -1).cpu_file(cpu, "topology/die_id", u32::MAX);
    }
    let topology = machine.topology();
    assert_eq!((topology.packages, topology.physical_cores), (1, 2));
    assert_eq!((topology.cores[0].package, topology.cores[0].die), (None, None));
    assert_eq!(topology.cpu_model.as_deref(), Some("implementer 0x41 part 0xd0c"));
}

#[test]
fn deployment_is_guessed_from_signs() {
    let vm = |machine: Machine| machine.file("proc/cpuinfo", "flags\t: fpu hypervisor sse2");
    assert_eq!(vm(Machine::bare()).topology().deployment_type, DeploymentType::Vm);
    let product = Machine::bare().file("sys/class/dmi/id/product_name", "KVM Virtual Machine");
    assert_eq!(product.topology().deployment_type, DeploymentType::Vm);
    let marked = vm(Machine::bare()).file(".dockerenv", "");
    assert_eq!(marked.topology().deployment_type, DeploymentType::Container);
    let grouped = Machine::bare().file("proc/1/cgroup", "0::/kubepods/pod1");
    assert_eq!(grouped.topology().deployment_type, DeploymentType::Container);
}

#[test]
fn serialises_with_names_and_units() {
    let machine = Machine::with_packages(1, 2, 1).node_lists("0", "0").node(0, "0-1", 4096, "10");
    let json = serde_json::to_value(machine.topology()).unwrap();
    assert_eq!(json["deployment_type"], "bare_metal");
    assert_eq!(json["nodes"][0]["cpus"], "0-1");
    assert_eq!(json["nodes"][0]["memory_total_bytes"], 4 << 20);
    assert_eq!(json["caches"][0]["size_bytes"], 32 << 10);
    assert_eq!(json["is_uma"], true);
}

#[test]
fn the_running_machine_is_consistent() {
    let topology = Topology::read();
    assert_eq!(topology.logical_cpus, topology.cpus.len());
    assert!(topology.physical_cores <= topology.logical_cpus);
    assert_eq!(topology.cores.iter().map(|c| c.cpus.len()).sum::<usize>(), topology.logical_cpus);
    assert!(topology.num_nodes >= 1 && topology.limits.effective_threads() >= 1);
}

#[test]
fn damaged_files_never_stop_the_reader() {
    let junk: [&[u8]; 9] = [
        b"",
        b"garbage",
        b"-1",
        b"99999999999999999999999",
        b"5-2",
        b"0-",
        b"0-4294967295",
        b"\xff\xfe\0",
        b": :\n - \n:::",
    ];
    let machine = Machine::with_packages(1, 2, 2)
        .node_lists("0-1", "0-3")
        .node(0, "0,2", 4096, "10 20")
        .node(1, "1,3", 4096, "20 10")
        .file("proc/self/status", "Cpus_allowed_list:\t0-3\nMems_allowed_list:\t0-1")
        .file("proc/self/cgroup", "0::/a\n1:cpu:/a")
        .file("proc/self/mountinfo", "30 20 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw")
        .file("sys/fs/cgroup/a/cpu.max", "200000 100000")
        .file("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "200000")
        .file("sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000")
        .file("proc/cpuinfo", "processor\t: 0\nmodel name\t: Example")
        .file("proc/meminfo", "MemTotal: 1 kB");
    let sound = machine.topology();
    assert_eq!(sound.warnings, Vec::<String>::new());
    for file in machine.files() {
        let good = fs::read(&file).unwrap();
        for bad in junk {
            fs::write(&file, bad).unwrap();
            let topology = machine.topology();
            assert!(topology.logical_cpus >= 1 && topology.physical_cores >= 1 && topology.num_nodes >= 1);
            assert!(topology.limits.effective_threads() >= 1, "{}", file.display());
        }
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert!(machine.topology().limits.effective_threads() >= 1, "{}", file.display());
        fs::remove_dir(&file).unwrap();
        fs::write(&file, good).unwrap();
    }
    assert_eq!(machine.topology(), sound);
}

#[test]
fn what_cannot_be_understood_is_named() {
    let machine = Machine::with_cpus(2).node_lists("0", "0").node(0, "zero to one", 4096, "10");
    let warnings = machine.topology().warnings;
    assert_eq!(warnings, ["/sys/devices/system/node/node0/cpulist: cannot understand \"zero to one\""]);
}

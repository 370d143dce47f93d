//! Placements on invented machines.

use super::fake::Fake;
use super::*;
use crate::error::ErrorKind;
use crate::topology::fixture::Machine;

/// Two sockets of four cores with two processors each, and memory on both.
pub(crate) fn two_sockets() -> Machine {
    Machine::with_packages(2, 4, 2).node_lists("0-1", "0-1").node(0, "0-3,8-11", 4096, "10 21").node(
        1,
        "4-7,12-15",
        4096,
        "21 10",
    )
}

fn one_node() -> Machine {
    Machine::with_packages(1, 2, 2).node_lists("0", "0").node(0, "0-3", 4096, "10")
}

fn allowed(machine: Machine, cpus: &str, memory: &str) -> Machine {
    machine.file("proc/self/status", &format!("Cpus_allowed_list:\t{cpus}\nMems_allowed_list:\t{memory}"))
}

fn system(machine: &Machine) -> &'static Fake {
    Fake::new(machine.topology()).leak()
}

fn options(mode: NumaMode, node: impl Into<Option<u32>>) -> PlacementOptions {
    PlacementOptions::new(mode, node.into())
}

fn groups(placement: &Placement) -> Vec<String> {
    placement.groups().iter().map(|group| format!("{}:{}", group.node, group.cpus)).collect()
}

#[test]
fn one_node_needs_nothing_and_asks_nothing() {
    let fake = system(&one_node());
    for node in [None, Some(0)] {
        let placement = fake.place(options(NumaMode::Auto, node)).unwrap();
        assert!(!placement.is_active());
        let report = placement.report(2);
        assert_eq!((report.memory, report.workers, report.placed, report.threads), ("system", "free", false, 2));
        assert_eq!(report.reason, "there is one memory node");
    }
    assert_eq!(fake.calls(), ["get_mempolicy ", "get_mempolicy "]);
}

#[test]
fn all_nodes_are_used_by_themselves() {
    let fake = system(&two_sockets());
    let placement = fake.place(options(NumaMode::Auto, None)).unwrap();
    assert_eq!(groups(&placement), ["0:0-3,8-11", "1:4-7,12-15"]);
    assert_eq!(placement.threads(), Some(16));
    let report = placement.report(5);
    assert_eq!(report.nodes.iter().map(|node| node.threads).collect::<Vec<_>>(), [3, 2]);
    assert_eq!((report.memory, report.workers), ("first_touch", "pinned"));
    assert_eq!(report.memory_policy.unwrap().mode, "default");
    assert!(!placement.bind(&mut [0_u8; 10_000]));
    assert!(!fake.place(options(NumaMode::Disabled, 1)).unwrap().is_active());
}

#[test]
fn one_node_of_two_binds_threads_and_memory() {
    let fake = system(&two_sockets());
    let placement = fake.place(options(NumaMode::Auto, 1)).unwrap();
    assert_eq!(groups(&placement), ["1:4-7,12-15"]);
    assert_eq!((placement.threads(), placement.report(1).memory), (Some(8), "bound"));
    assert_eq!(placement.report(1).summary(), "threads run on processors 4-7,12-15 of node 1, pinned; memory bound");
    fake.calls();
    assert!(placement.bind(&mut [0_u8; 10_000]));
    assert!(!placement.bind(&mut [0_u8; 4095]), "no whole page lies in it");
    assert_eq!(fake.calls(), ["mbind 1"]);
    let seat = placement.seat(7).unwrap();
    assert_eq!(fake.affinity().unwrap(), "4-7,12-15".parse().unwrap());
    drop(seat);
    assert_eq!(fake.affinity().unwrap(), "0-15".parse().unwrap());
}

#[test]
fn refusals_are_reported_and_with_force_raised() {
    for (call, memory, workers) in [
        ("mbind", "first_touch", "pinned"),
        ("sched_setaffinity", "bound", "free"),
        ("get_mempolicy", "bound", "pinned"),
    ] {
        let fake = Fake::new(two_sockets().topology()).refusing(call, libc::EPERM).leak();
        let report = fake.place(options(NumaMode::Auto, 1)).unwrap().report(4);
        assert_eq!((report.memory, report.workers, report.placed), (memory, workers, true), "{call}");
        assert_eq!((report.refused[0].call, report.refused[0].errno), (call, Some(libc::EPERM)));
        assert!(report.summary().contains(&format!("{call} refused: Operation not permitted")));
        let forced = fake.place(options(NumaMode::Force, 1));
        if call == "get_mempolicy" {
            assert!(forced.is_ok(), "nothing that was asked for is refused");
        } else {
            let error = forced.unwrap_err();
            assert_eq!((error.kind(), error.raw_os_error()), (ErrorKind::Io, Some(libc::EPERM)), "{error}");
        }
    }
    let fake = Fake::new(two_sockets().topology()).refusing("move_pages", libc::EPERM).leak();
    assert_eq!(fake.place(options(NumaMode::Auto, None)).unwrap().report(4).refused[0].call, "move_pages");
    assert!(fake.place(options(NumaMode::Force, None)).is_err());
    let fake = Fake::new(one_node().topology()).refusing("mbind", libc::ENOSYS).leak();
    let error = fake.place(options(NumaMode::Force, None)).unwrap_err();
    assert_eq!(error.to_string(), "cannot bind memory to node 0: Function not implemented (os error 38)");
    assert!(fake.place(options(NumaMode::Auto, 0)).unwrap().report(1).refused.is_empty());
}

#[test]
fn unusable_nodes_are_refused_with_those_that_are_usable() {
    let machine = Machine::with_packages(2, 2, 1)
        .node_lists("0-2,5", "0-2,4-5")
        .node(0, "0-1", 4096, "10 20 30 40")
        .node(1, "2-3", 4096, "20 10 30 40")
        .node(2, "", 8192, "30 30 10 40")
        .node(5, "", 0, "40 40 40 10");
    let message =
        |machine: &Machine, node| system(machine).place(options(NumaMode::Auto, node)).unwrap_err().to_string();
    assert_eq!(message(&machine, 3), "numa node: 3 is not accepted (accepted: 0, 1)");
    assert_eq!(message(&machine, 4), "numa node: 4 (which is offline) is not accepted (accepted: 0, 1)");
    for node in [2, 5] {
        let expected = format!("numa node: {node} (which has no processors) is not accepted (accepted: 0, 1)");
        assert_eq!(message(&machine, node), expected);
    }
    let narrow = allowed(two_sockets(), "0-3", "0-1");
    let expected = "numa node: 1 (whose processors, 4-7,12-15, this process may not use: it may use 0-3) is not accepted \
                    (accepted: 0)";
    assert_eq!(message(&narrow, 1), expected);
    let bound = Fake::new(two_sockets().topology()).with_policy(2, "0").leak();
    let error = bound.place(options(NumaMode::Disabled, 1)).unwrap_err().to_string();
    assert!(error.contains("1 (whose memory this process may not use: it may use that of 0)"), "{error}");
}

#[test]
fn what_the_caller_left_is_obeyed() {
    let narrow = allowed(two_sockets(), "2-5", "0-1");
    let placement = system(&narrow).place(options(NumaMode::Auto, None)).unwrap();
    assert_eq!((groups(&placement), placement.threads()), (vec!["0:2-3".into(), "1:4-5".into()], Some(4)));
    let report = placement.report(4);
    assert_eq!((report.allowed_cpus, report.allowed_memory_nodes), ("2-5".parse().unwrap(), "0-1".parse().ok()));
    let one = system(&allowed(two_sockets(), "0-3", "0-1")).place(options(NumaMode::Auto, None)).unwrap();
    assert!(!one.is_active());
    // Memory of one node alone: the threads of both write it, as the caller wanted.
    let memory = system(&allowed(two_sockets(), "0-15", "1")).place(options(NumaMode::Auto, None)).unwrap();
    assert!(!memory.is_active(), "{:?}", groups(&memory));
    let interleaved = Fake::new(two_sockets().topology()).with_policy(3, "0-1").leak();
    let report = interleaved.place(options(NumaMode::Auto, None)).unwrap().report(2);
    assert_eq!((report.memory, report.memory_policy.unwrap().mode), ("policy", "interleave"));
    assert_eq!(interleaved.place(options(NumaMode::Auto, 0)).unwrap().report(2).memory, "bound");
}

#[test]
fn processors_without_memory_help_the_nearest_node() {
    let machine = Machine::with_packages(4, 1, 1)
        .node_lists("0-3", "0-3")
        .node(0, "0", 4096, "10 20 30 30")
        .node(1, "1", 0, "20 10 30 15")
        .node(2, "2", 4096, "30 30 10 20")
        .node(3, "", 4096, "30 12 11 10");
    let fake = system(&machine);
    let placement = fake.place(options(NumaMode::Auto, None)).unwrap();
    assert_eq!(groups(&placement), ["0:0-1", "2:2"]);
    assert_eq!([0, 1, 2, 3, 9].map(|node| placement.group_of_node(node)), [Some(0), Some(0), Some(1), Some(1), None]);
    let without = fake.place(options(NumaMode::Auto, 1)).unwrap().report(1);
    assert_eq!((without.memory, without.refused[0].error.as_str()), ("first_touch", "node 1 has no memory"));
    assert!(fake.place(options(NumaMode::Force, 1)).is_err());
}

#[test]
fn physical_cores_get_a_thread_each() {
    let cores = |machine: &Machine, mode, node| {
        let wanted = PlacementOptions { physical_cores: true, ..options(mode, node) };
        let placement = system(machine).place(wanted).unwrap();
        (groups(&placement), placement.threads())
    };
    assert_eq!(cores(&two_sockets(), NumaMode::Auto, None), (vec!["0:0-3".into(), "1:4-7".into()], Some(8)));
    assert_eq!(cores(&two_sockets(), NumaMode::Auto, Some(1)), (vec!["1:4-7".into()], Some(4)));
    assert_eq!(cores(&two_sockets(), NumaMode::Disabled, None), (vec![], Some(8)));
    assert_eq!(cores(&one_node(), NumaMode::Auto, None), (vec!["0:0-1".into()], Some(2)));
    assert_eq!(cores(&allowed(one_node(), "1,3", "0"), NumaMode::Auto, None), (vec!["0:1".into()], Some(1)));
}

#[test]
fn a_quota_lowers_the_threads() {
    let machine = two_sockets()
        .file("proc/self/cgroup", "0::/a")
        .file("proc/self/mountinfo", "30 20 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw")
        .file("sys/fs/cgroup/a/cpu.max", "300000 100000");
    let fake = system(&machine);
    assert_eq!(fake.place(options(NumaMode::Auto, None)).unwrap().threads(), Some(3));
    assert_eq!(fake.place(options(NumaMode::Auto, 0)).unwrap().threads(), Some(3));
}

#[test]
fn sixteen_nodes_and_sparse_ones() {
    let mut machine = Machine::with_cpus(2048).node_lists("0-15", "0-15");
    for node in 0..16 {
        machine = machine.node(node, &format!("{}-{}", node * 128, node * 128 + 127), 4096, "10");
    }
    let placement = system(&machine).place(options(NumaMode::Auto, 15)).unwrap();
    assert_eq!((groups(&placement), placement.threads()), (vec!["15:1920-2047".into()], Some(128)));
    let sparse = Machine::with_packages(2, 1, 1)
        .node_lists("0,8", "0-1,8,252-255")
        .node(0, "0", 4096, "10 40")
        .node(8, "1", 4096, "40 10");
    let placement = system(&sparse).place(options(NumaMode::Auto, None)).unwrap();
    assert_eq!((groups(&placement), placement.group_of_node(8)), (vec!["0:0".into(), "8:1".into()], Some(1)));
}

#[test]
fn modes_are_named() {
    assert_eq!("uma".parse::<NumaMode>().unwrap(), NumaMode::Disabled);
    let error = "Auto".parse::<NumaMode>().unwrap_err().to_string();
    assert_eq!(error, "numa mode: `Auto` is not accepted (accepted: auto, force, uma, disabled, disable)");
}

#[test]
fn this_machine_can_be_placed_on() {
    let auto = Placement::auto();
    let first = auto.groups().first().map_or(0, |group| group.node);
    match Placement::new(options(NumaMode::Force, first)) {
        Ok(forced) => {
            assert!(forced.is_active() && forced.report(1).memory == "bound");
            let before = crate::topology::affinity().unwrap();
            drop(forced.seat(0).unwrap());
            assert_eq!(crate::topology::affinity().unwrap(), before);
        }
        Err(error) => assert!(error.raw_os_error().is_some(), "{error}"),
    }
}

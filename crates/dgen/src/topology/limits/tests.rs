//! Quotas and processor sets of invented control groups.

use super::{CpuQuota, Limits, MemoryRoom};
use crate::topology::fixture::Machine;
use crate::topology::tree::Tree;

const V2_MOUNT: &str = "30 20 0:1 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate";

fn v2(machine: Machine, group: &str) -> Machine {
    machine.file("proc/self/mountinfo", V2_MOUNT).file("proc/self/cgroup", &format!("0::{group}"))
}

#[test]
fn a_fraction_of_a_processor_counts_as_one_more() {
    for (max, threads) in [
        ("250000 100000", 3),
        ("200000 100000", 2),
        ("200001 100000", 3),
        ("50000 100000", 1),
        ("max 100000", 16),
        ("9000000 100000", 16),
        ("300000", 3),
    ] {
        let machine = v2(Machine::with_cpus(16), "/").file("sys/fs/cgroup/cpu.max", max);
        assert_eq!(machine.limits().effective_threads(), threads, "{max}");
    }
}

#[test]
fn the_tightest_ancestor_counts() {
    let machine = v2(Machine::with_cpus(64), "/top/middle/leaf")
        .file("sys/fs/cgroup/top/middle/leaf/cpu.max", "max 100000")
        .file("sys/fs/cgroup/top/middle/cpu.max", "40000 10000")
        .file("sys/fs/cgroup/top/cpu.max", "800000 100000");
    let limits = machine.limits();
    assert_eq!(limits.quota, Some(CpuQuota { quota_us: 40_000, period_us: 10_000 }));
    assert_eq!(limits.effective_threads(), 4);
}

#[test]
fn a_group_outside_the_view_stands_for_the_mounted_one() {
    for group in ["/../../host/pod", "/not/visible/here"] {
        let machine = v2(Machine::with_cpus(8), group).file("sys/fs/cgroup/cpu.max", "150000 100000");
        assert_eq!(machine.limits().effective_threads(), 2, "{group}");
    }
}

#[test]
fn version_1_with_joint_controllers() {
    let machine = Machine::with_cpus(8)
        .file("proc/self/cgroup", "11:cpuset:/job\n4:cpu,cpuacct:/job/7\n1:name=systemd:/job")
        .file(
            "proc/self/mountinfo",
            "33 25 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n\
             34 25 0:29 / /sys/fs/cgroup/cpuset rw shared:10 - cgroup cgroup rw,cpuset",
        )
        .file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1")
        .file("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "600000")
        .file("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000")
        .file("sys/fs/cgroup/cpu,cpuacct/job/7/cpu.cfs_quota_us", "-1")
        .file("sys/fs/cgroup/cpuset/job/cpuset.cpus", "2-5");
    let limits = machine.limits();
    assert_eq!(limits.cpus, "2-5".parse().unwrap());
    assert_eq!(limits.quota, Some(CpuQuota { quota_us: 600_000, period_us: 100_000 }));
    assert_eq!(limits.effective_threads(), 4);
}

#[test]
fn a_container_sees_its_group_as_the_root_of_the_mount() {
    let machine = Machine::with_cpus(8)
        .file("proc/self/cgroup", "4:cpu:/docker/abc\n0::/")
        .file("proc/self/mountinfo", "33 25 0:28 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu")
        .file("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "300000")
        .file("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
    assert_eq!(machine.limits().effective_threads(), 3);
}

#[test]
fn conventional_places_serve_without_a_list_of_mounts() {
    let v2 = Machine::with_cpus(8).file("proc/self/cgroup", "0::/a").file("sys/fs/cgroup/a/cpu.max", "100000 100000");
    assert_eq!(v2.limits().effective_threads(), 1);
    let v1 = Machine::with_cpus(8)
        .file("proc/self/cgroup", "2:cpu:/a")
        .file("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "200000")
        .file("sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000");
    assert_eq!(v1.limits().effective_threads(), 2);
}

#[test]
fn the_affinity_mask_comes_before_the_group() {
    let machine = v2(Machine::with_cpus(8), "/")
        .file("proc/self/status", "Cpus_allowed_list:\t4-6")
        .file("sys/fs/cgroup/cpuset.cpus.effective", "0-7");
    assert_eq!(machine.limits().effective_threads(), 3);
}

#[test]
fn a_quota_of_nothing_is_named_and_ignored() {
    let machine = v2(Machine::with_cpus(2), "/").file("sys/fs/cgroup/cpu.max", "0 100000");
    assert_eq!(machine.limits().quota, None);
    assert_eq!(machine.topology().warnings, ["/sys/fs/cgroup/cpu.max: quota and period must be positive"]);
}

const STATUS: &str = "VmSize:\t  204800 kB\nVmData:\t   10240 kB";
const MIB: u64 = 1 << 20;

fn room(machine: &Machine) -> Option<MemoryRoom> {
    MemoryRoom::from_root(machine.root())
}

#[test]
fn the_tightest_limit_on_memory_counts_and_cached_files_are_free() {
    let machine = v2(Machine::with_cpus(1), "/top/leaf")
        .file("sys/fs/cgroup/top/leaf/memory.max", "max")
        .file("sys/fs/cgroup/top/leaf/memory.high", "104857600")
        .file("sys/fs/cgroup/top/leaf/memory.current", "20971520")
        .file("sys/fs/cgroup/top/leaf/memory.stat", "anon 1\ninactive_file 5242880\nactive_file 5242880\nfile 99")
        .file("sys/fs/cgroup/top/memory.max", "209715200")
        .file("sys/fs/cgroup/top/memory.current", "31457280");
    let found = room(&machine).unwrap();
    assert_eq!(found.bytes, 90 * MIB);
    assert!(found.limit.contains("100.00 MiB") && found.limit.contains("top/leaf/memory.high"), "{}", found.limit);
    let machine = machine.file("sys/fs/cgroup/top/memory.current", "199229440");
    assert_eq!(room(&machine).unwrap().bytes, 10 * MIB);
    let full = machine.file("sys/fs/cgroup/top/memory.current", "999999999");
    assert_eq!(room(&full).unwrap().bytes, 0);
}

#[test]
fn limits_on_memory_of_version_1_and_of_the_process() {
    let machine = Machine::with_cpus(1)
        .file("proc/self/cgroup", "4:memory:/job")
        .file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712")
        .file("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "67108864")
        .file("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "8388608")
        .file(
            "sys/fs/cgroup/memory/job/memory.stat",
            "inactive_file 7\ntotal_inactive_file 4194304\ntotal_active_file 0",
        );
    assert_eq!(room(&machine).unwrap().bytes, 60 * MIB);
    let limits = "Max data size             unlimited            unlimited            bytes\n\
                  Max address space         262144000            unlimited            bytes";
    let machine = machine.file("proc/self/limits", limits).file("proc/self/status", STATUS);
    let found = room(&machine).unwrap();
    assert_eq!(found.bytes, 50 * MIB);
    assert!(found.limit.contains("ulimit -v"), "{}", found.limit);
    assert_eq!(room(&Machine::bare()), None);
    assert_eq!(room(&v2(Machine::with_cpus(1), "/").file("sys/fs/cgroup/memory.max", "max")), None);
}

#[test]
fn ranks_on_a_host_share_its_processors() {
    let threads = |machine: &Machine, ranks| Limits::of_one_of(ranks, &Tree::new(machine.root())).effective_threads();
    let host = Machine::with_cpus(64);
    for (ranks, count) in [(1, 64), (2, 32), (5, 12), (64, 1), (1000, 1)] {
        assert_eq!(threads(&host, ranks), count, "{ranks} ranks");
    }
    // Bound to processors of their own; bound to a socket that four share; a group of eight processors; a quota.
    let bound = |list: &str| Machine::with_cpus(64).file("proc/self/status", &format!("Cpus_allowed_list:\t{list}"));
    assert_eq!(threads(&bound("8-15"), 8), 8);
    assert_eq!(threads(&bound("3"), 2), 1);
    assert_eq!(threads(&bound("0-31"), 8), 8);
    let group = v2(bound("8-15"), "/job").file("sys/fs/cgroup/job/cpuset.cpus.effective", "8-15");
    assert_eq!(threads(&group, 4), 2);
    let quota = v2(Machine::with_cpus(64), "/").file("sys/fs/cgroup/cpu.max", "600000 100000");
    assert_eq!(threads(&quota, 4), 1);
}

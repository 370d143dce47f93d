//! Trees of `/sys` and `/proc` with any text in their files: a topology that makes sense comes of it, and no panic.

use std::fs;
use std::path::Path;

use dgen::topology::{Limits, Topology};

use crate::Target;

/// Files that are looked at; the bytes fill some of them.
const FILES: [&str; 25] = [
    "sys/devices/system/cpu/online",
    "sys/devices/system/cpu/possible",
    "sys/devices/system/cpu/cpu0/topology/physical_package_id",
    "sys/devices/system/cpu/cpu0/topology/die_id",
    "sys/devices/system/cpu/cpu0/topology/core_id",
    "sys/devices/system/cpu/cpu0/topology/core_cpus_list",
    "sys/devices/system/cpu/cpu0/topology/thread_siblings_list",
    "sys/devices/system/cpu/cpu0/cache/index0/level",
    "sys/devices/system/cpu/cpu0/cache/index0/type",
    "sys/devices/system/cpu/cpu0/cache/index0/size",
    "sys/devices/system/cpu/cpu0/cache/index0/coherency_line_size",
    "sys/devices/system/cpu/cpu0/cache/index0/shared_cpu_list",
    "sys/devices/system/node/online",
    "sys/devices/system/node/possible",
    "sys/devices/system/node/node0/cpulist",
    "sys/devices/system/node/node0/meminfo",
    "sys/devices/system/node/node0/distance",
    "sys/fs/cgroup/cpu.max",
    "sys/fs/cgroup/a/cpu.max",
    "sys/fs/cgroup/cpuset.cpus.effective",
    "proc/cpuinfo",
    "proc/meminfo",
    "proc/self/cgroup",
    "proc/self/mountinfo",
    "proc/self/status",
];

pub(crate) const TOPOLOGY: Target = Target {
    name: "topology",
    run: topology,
    // Parts are separated by lines of their number in the list.
    samples: &[
        "@00-3\n@10-3\n@20\n@40\n@50,2\n@71\n@8Data\n@932K\n@:64\n@;0-3\n@<0\n@=0-1\n@>0-3\n@?Node 0 MemTotal:  1024 kB\n@@10\n",
        "@00-1\n@A100000 100000\n@Bmax 100000\n@C0-1\n@F0::/a\n@G30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n@HCpus_allowed_list:\t0-1\n",
        "@Dprocessor\t: 0\nmodel name\t: Example\nflags\t: fpu\n@EMemTotal:  1024 kB\nMemFree:  1 kB\n",
    ],
    words: &[
        "@0",
        "@5",
        "@=",
        "@A",
        "@F",
        "@G",
        "0-4294967295",
        "4294967295",
        "18446744073709551615",
        "0-65535",
        ",",
        "-",
        "K",
        "max",
        "0::/../../..",
        "\n",
        "/",
        ":",
        "-1",
        "1-0",
        "\0",
    ],
    tries: 400,
};

fn topology(data: &[u8]) {
    let folder = tempfile::tempdir_in(memory()).expect("a temporary folder");
    let mut parts = data.split(|byte| *byte == b'@');
    _ = parts.next();
    for part in parts {
        let Some((number, content)) = part.split_first() else { continue };
        let name = FILES[usize::from(number.wrapping_sub(b'0')) % FILES.len()];
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a writable folder");
        fs::write(path, content).expect("a writable file");
    }
    let found = Topology::from_root(folder.path());
    assert!(found.limits.effective_threads() >= 1, "{found:?}");
    assert!(found.num_nodes >= 1 && found.num_nodes >= found.nodes.iter().filter(|node| !node.cpus.is_empty()).count());
    assert!(Limits::from_root(folder.path()).effective_threads() >= 1);
}

/// Where files are made quickly.
fn memory() -> &'static Path {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory } else { Path::new("/tmp") }
}

//! Writes the `/sys` and `/proc` files of an invented machine to a temporary folder.

use super::{Limits, Topology};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// An invented machine; removed when dropped.
pub(crate) struct Machine {
    folder: TempDir,
}

impl Machine {
    /// A machine that shows nothing at all.
    pub(crate) fn bare() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder") }
    }

    /// A machine whose processors `0..cpus` are online, without any topology.
    pub(crate) fn with_cpus(cpus: usize) -> Self {
        let list = format!("0-{}", cpus - 1);
        Self::bare().file("sys/devices/system/cpu/online", &list).file("sys/devices/system/cpu/possible", &list)
    }

    /// A machine of `packages` packages with `cores` cores each and `smt` processors per core, numbered as x86
    /// firmware does: first one processor of every core, then the second ones; 32 KiB, 1 MiB and 32 MiB caches.
    pub(crate) fn with_packages(packages: usize, cores: usize, smt: usize) -> Self {
        let all_cores = packages * cores;
        let mut machine = Self::with_cpus(all_cores * smt);
        for cpu in 0..all_cores * smt {
            let core = cpu % all_cores;
            let package = core / cores;
            let siblings = list((0..smt).map(|thread| core + thread * all_cores));
            let of_package = list((0..smt * cores).map(|i| package * cores + i % cores + i / cores * all_cores));
            machine = machine
                .cpu_file(cpu, "topology/physical_package_id", package)
                .cpu_file(cpu, "topology/die_id", 0)
                .cpu_file(cpu, "topology/core_id", core % cores)
                .cpu_file(cpu, "topology/core_cpus_list", &siblings)
                .cache(cpu, 0, (1, "Data", "32K"), &siblings)
                .cache(cpu, 1, (1, "Instruction", "32K"), &siblings)
                .cache(cpu, 2, (2, "Unified", "1024K"), &siblings)
                .cache(cpu, 3, (3, "Unified", "32768K"), &of_package);
        }
        machine
    }

    /// Adds a file; its folders are made.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        self.bytes(path, format!("{text}\n").as_bytes())
    }

    pub(crate) fn bytes(self, path: &str, bytes: &[u8]) -> Self {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a path below the root")).expect("a writable folder");
        fs::write(path, bytes).expect("a writable file");
        self
    }

    pub(crate) fn cpu_file(self, cpu: usize, name: &str, value: impl Copy + ToString) -> Self {
        self.file(&format!("sys/devices/system/cpu/cpu{cpu}/{name}"), &value.to_string())
    }

    /// Adds a cache of the given level, type and size.
    pub(crate) fn cache(self, cpu: usize, index: usize, what: (u32, &str, &str), shared: &str) -> Self {
        let (level, kind, size) = what;
        self.cpu_file(cpu, &format!("cache/index{index}/level"), level)
            .cpu_file(cpu, &format!("cache/index{index}/type"), kind)
            .cpu_file(cpu, &format!("cache/index{index}/size"), size)
            .cpu_file(cpu, &format!("cache/index{index}/coherency_line_size"), 64)
            .cpu_file(cpu, &format!("cache/index{index}/shared_cpu_list"), shared)
    }

    /// Adds the lists of online and possible nodes.
    pub(crate) fn node_lists(self, online: &str, possible: &str) -> Self {
        self.file("sys/devices/system/node/online", online).file("sys/devices/system/node/possible", possible)
    }

    /// Adds a node with a processor list, total memory in KiB (half of it free) and distances.
    pub(crate) fn node(self, id: u32, cpus: &str, memory_kib: u64, distances: &str) -> Self {
        let folder = format!("sys/devices/system/node/node{id}");
        let free = memory_kib / 2;
        let meminfo = format!("Node {id} MemTotal:  {memory_kib} kB\nNode {id} MemFree:  {free} kB");
        self.file(&format!("{folder}/cpulist"), cpus)
            .file(&format!("{folder}/meminfo"), &meminfo)
            .file(&format!("{folder}/distance"), distances)
    }

    /// Adds, beside each list of processors, the mask that other readers look at, and the processors of each package.
    pub(crate) fn with_masks(mut self) -> Self {
        let topology = self.topology();
        for path in self.files() {
            let name = path.file_name().and_then(|name| name.to_str()).expect("names are plain");
            let masks: &[&str] = match name {
                "core_cpus_list" => &["core_cpus", "thread_siblings"],
                "shared_cpu_list" => &["shared_cpu_map"],
                "cpulist" => &["cpumap"],
                _ => &[],
            };
            let ids: Option<super::IdSet> = fs::read_to_string(&path).ok().and_then(|text| text.parse().ok());
            for (mask, ids) in masks.iter().zip(ids.iter().cycle()) {
                fs::write(path.with_file_name(mask), mask_text(ids)).expect("a writable file");
            }
        }
        for core in &topology.cores {
            let of_package = topology.cores.iter().filter(|other| other.package == core.package);
            let package: super::IdSet = of_package.flat_map(|core| core.cpus.iter()).collect();
            for cpu in core.cpus.iter() {
                for name in ["package_cpus", "core_siblings"] {
                    self = self.file(&format!("sys/devices/system/cpu/cpu{cpu}/topology/{name}"), &mask_text(&package));
                }
            }
        }
        self
    }

    /// The folder that holds the machine.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn topology(&self) -> Topology {
        Topology::from_root(self.folder.path())
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits::from_root(self.folder.path())
    }

    /// Every file of the machine.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).expect("a readable folder") {
                let path = entry.expect("a readable entry").path();
                if path.is_dir() { walk(&path, files) } else { files.push(path) }
            }
        }
        let mut files = Vec::new();
        walk(self.folder.path(), &mut files);
        files
    }
}

fn list(ids: impl Iterator<Item = usize>) -> String {
    ids.map(|id| id.to_string()).collect::<Vec<_>>().join(",")
}

/// A set as the kernel writes masks: words of 32 bits, the last ones first.
fn mask_text(ids: &super::IdSet) -> String {
    let words = ids.iter().last().map_or(1, |last| last / 32 + 1);
    let word = |word: u32| ids.iter().filter(|id| id / 32 == word).fold(0_u32, |bits, id| bits | 1 << (id % 32));
    let texts: Vec<String> = (0..words).rev().map(|index| format!("{:08x}", word(index))).collect();
    texts.join(",")
}

//! Logical processors and the physical cores they share.

use super::{IdSet, tree::Tree};
use serde::Serialize;
use std::collections::BTreeMap;

const CPU: &str = "sys/devices/system/cpu";

/// The first processor's entry lies in this many bytes of `/proc/cpuinfo`; reading all of it is slow on big machines.
pub(super) const CPUINFO_HEAD: u64 = 16 << 10;

/// A physical core.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Core {
    /// Package (socket) number, where the kernel gives one.
    pub package: Option<u32>,
    /// Die number inside the package, where the kernel gives one.
    pub die: Option<u32>,
    /// Core number as the hardware counts it; repeats on other packages and dies.
    pub core_id: Option<u32>,
    /// Online logical processors of the core: more than one with simultaneous multithreading.
    pub cpus: IdSet,
}

/// The online processors: as listed, else those that have a folder, else those of `cpuinfo`, else CPU 0 alone.
pub(super) fn online_cpus(tree: &Tree) -> IdSet {
    let listed = tree.ids(&format!("{CPU}/online")).unwrap_or_default();
    if !listed.is_empty() {
        return listed;
    }
    let folders = tree.numbered(CPU, "cpu");
    if !folders.is_empty() {
        return folders;
    }
    let cpuinfo = tree.text("proc/cpuinfo").unwrap_or_default();
    let counted: IdSet =
        fields(&cpuinfo).filter(|(key, _)| *key == "processor").filter_map(|(_, v)| v.parse().ok()).collect();
    if counted.is_empty() { fallback_cpus(tree) } else { counted }
}

/// As many processors as the standard library knows of on a live machine without `/sys` and `/proc`, else one.
fn fallback_cpus(tree: &Tree) -> IdSet {
    let known = if tree.is_live() { std::thread::available_parallelism().ok() } else { None };
    let count = known.map_or(1, std::num::NonZero::get);
    (0..u32::try_from(count).unwrap_or(1)).collect()
}

/// Groups `online` into cores: by the kernel's sibling list, else by package, die and core number, else one each.
pub(super) fn read(tree: &Tree, online: &IdSet) -> Vec<Core> {
    let mut cores: Vec<Core> = Vec::new();
    let mut by_id: BTreeMap<(Option<u32>, Option<u32>, u32), usize> = BTreeMap::new();
    let mut grouped = IdSet::default();
    for cpu in online.iter() {
        if grouped.contains(cpu) {
            continue;
        }
        let mut core = read_one(tree, cpu);
        core.cpus = siblings(tree, cpu).intersection(online).difference(&grouped);
        if core.cpus.len() > 1 {
            grouped = grouped.iter().chain(core.cpus.iter()).collect();
        } else if let Some(id) = core.core_id.filter(|_| !has_sibling_list(tree, cpu)) {
            let index = *by_id.entry((core.package, core.die, id)).or_insert(cores.len());
            if let Some(known) = cores.get_mut(index) {
                known.cpus = known.cpus.iter().chain([cpu]).collect();
                continue;
            }
        }
        cores.push(core);
    }
    cores
}

fn read_one(tree: &Tree, cpu: u32) -> Core {
    // The kernel writes -1 or a huge number where the hardware does not say.
    let number = |name: &str| {
        let value: Option<i64> = tree.value(&format!("{CPU}/cpu{cpu}/topology/{name}"));
        value.and_then(|v| u32::try_from(v).ok()).filter(|&v| v < u32::from(u16::MAX))
    };
    Core {
        package: number("physical_package_id"),
        die: number("die_id"),
        core_id: number("core_id"),
        cpus: IdSet::default(),
    }
}

fn has_sibling_list(tree: &Tree, cpu: u32) -> bool {
    let folder = format!("{CPU}/cpu{cpu}/topology");
    tree.exists(&format!("{folder}/core_cpus_list")) || tree.exists(&format!("{folder}/thread_siblings_list"))
}

/// The processors that share a core with `cpu`, itself included.
fn siblings(tree: &Tree, cpu: u32) -> IdSet {
    let list = |name: &str| tree.ids(&format!("{CPU}/cpu{cpu}/topology/{name}")).filter(|set| set.contains(cpu));
    list("core_cpus_list").or_else(|| list("thread_siblings_list")).unwrap_or_else(|| [cpu].into_iter().collect())
}

/// The number of packages; cores whose package is unknown count as one.
pub(super) fn count_packages(cores: &[Core]) -> usize {
    let packages: std::collections::BTreeSet<_> = cores.iter().map(|core| core.package).collect();
    packages.len().max(1)
}

/// The processor's name, or implementer and part numbers on machines whose kernel gives no name.
pub(super) fn cpu_model(tree: &Tree) -> Option<String> {
    let cpuinfo = tree.head("proc/cpuinfo", CPUINFO_HEAD)?;
    let field =
        |wanted: &str| fields(&cpuinfo).find(|(key, value)| *key == wanted && !value.is_empty()).map(|(_, v)| v);
    if let Some(name) = field("model name").or_else(|| field("cpu model")).or_else(|| field("cpu")) {
        return Some(name.to_owned());
    }
    Some(format!("implementer {} part {}", field("CPU implementer")?, field("CPU part")?))
}

/// The `key : value` lines of `/proc/cpuinfo`.
pub(super) fn fields(cpuinfo: &str) -> impl Iterator<Item = (&str, &str)> {
    cpuinfo.lines().filter_map(|line| line.split_once(':')).map(|(key, value)| (key.trim(), value.trim()))
}

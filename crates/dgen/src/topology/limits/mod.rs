//! What this process may use: processors, by its affinity mask and its control groups' quota, and memory.

mod affinity;
mod cgroup;
mod memory;
mod quota;

pub(crate) use affinity::of_calling_thread as affinity;
pub use memory::MemoryRoom;
pub use quota::CpuQuota;

#[cfg(test)]
mod tests;

use super::{IdSet, cores, tree::Tree};
use crate::ranks::Ranks;
use serde::Serialize;
use std::path::Path;

/// What the operating system lets this process use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Limits {
    /// Processors the calling thread may run on: the affinity mask, else the control group's processors, else all
    /// that are online. Never empty.
    pub cpus: IdSet,
    /// The tightest processor quota of the control group and its ancestors; absent when there is none.
    pub quota: Option<CpuQuota>,
    /// Memory nodes the process may allocate from, where the kernel says so.
    pub memory_nodes: Option<IdSet>,
    /// This rank's part of the processors that all ranks on the host share, where a launcher says how many they are.
    #[serde(skip)]
    share: Option<usize>,
}

impl Limits {
    /// Reads the limits of the calling thread; takes well below a millisecond.
    pub fn read() -> Self {
        Self::collect(&Tree::live())
    }

    /// Reads the limits from the `sys` and `proc` folders below `root`, asking the kernel nothing else.
    pub fn from_root(root: &Path) -> Self {
        Self::collect(&Tree::new(root))
    }

    /// The number of threads worth running: allowed processors, or the quota rounded up if that is less, or this
    /// process's share if it is one of several [ranks](crate::ranks) on the host and that is less; at least 1.
    ///
    /// The share is what the host or the control group has, divided by the ranks there and rounded down. So ranks that
    /// their launcher bound to processors of their own use these, and those that share them do not all use them all.
    pub fn effective_threads(&self) -> usize {
        let threads = self.cpus.len().min(self.quota_threads());
        threads.min(self.share.unwrap_or(usize::MAX)).max(1)
    }

    fn quota_threads(&self) -> usize {
        let quota = self.quota.map_or(u64::MAX, CpuQuota::cpus_ceil);
        usize::try_from(quota).unwrap_or(usize::MAX)
    }

    pub(super) fn collect(tree: &Tree) -> Self {
        let ranks = if tree.is_live() { Ranks::on_this_host() } else { 1 };
        Self::of_one_of(ranks, tree)
    }

    /// The limits of one of so many ranks on the host.
    fn of_one_of(ranks: usize, tree: &Tree) -> Self {
        let groups = cgroup::Groups::of_this_process(tree);
        let status = tree.text("proc/self/status").unwrap_or_default();
        let listed = |name: &str| {
            let value = status.lines().find_map(|line| line.strip_prefix(name))?;
            tree.parsed::<IdSet>("proc/self/status", value.trim()).filter(|set| !set.is_empty())
        };
        let from_kernel = if tree.is_live() { affinity() } else { None };
        let cpus = from_kernel.unwrap_or_else(|| {
            // Unlike the system call, these lists may name processors that are offline.
            let online = cores::online_cpus(tree);
            let narrowed = |set: Option<IdSet>| set.map(|s| s.intersection(&online)).filter(|s| !s.is_empty());
            narrowed(listed("Cpus_allowed_list:")).or_else(|| narrowed(groups.cpus())).unwrap_or(online)
        });
        let memory_nodes = listed("Mems_allowed_list:");
        let mut limits = Self { cpus, quota: groups.quota(), memory_nodes, share: None };
        if ranks > 1 {
            let online = cores::online_cpus(tree);
            let together = groups.cpus().map_or(online.len(), |set| set.intersection(&online).len());
            // What this one may use is there in any case.
            let together = together.max(limits.cpus.len()).min(limits.quota_threads());
            limits.share = Some(together / ranks);
        }
        limits
    }
}

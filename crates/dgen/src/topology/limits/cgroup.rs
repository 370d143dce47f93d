//! Processor quota, processor set and memory of this process's control groups, versions 1 and 2.

use super::{CpuQuota, IdSet, MemoryRoom, Tree};

/// Where the hierarchies are by convention, for trees that show no mounts.
const ROOT: &str = "sys/fs/cgroup";

/// The folders of the process's group and its ancestors, innermost first, by hierarchy.
pub(super) struct Groups<'a> {
    tree: &'a Tree,
    unified: Vec<String>,
    cpu: Vec<String>,
    cpuset: Vec<String>,
    memory: Vec<String>,
}

impl<'a> Groups<'a> {
    pub(super) fn of_this_process(tree: &'a Tree) -> Self {
        let membership = tree.text("proc/self/cgroup").unwrap_or_default();
        let mounts = Mounts::read(tree);
        let folders = |controller: &str| {
            let group = membership.lines().find_map(|line| group_in(line, controller));
            group.map(|group| mounts.folders(controller, group)).unwrap_or_default()
        };
        Self { tree, unified: folders(""), cpu: folders("cpu"), cpuset: folders("cpuset"), memory: folders("memory") }
    }

    /// The tightest quota of all levels of both versions.
    pub(super) fn quota(&self) -> Option<CpuQuota> {
        let unified = self.unified.iter().filter_map(|folder| self.quota_v2(folder));
        let v1 = self.cpu.iter().filter_map(|folder| self.quota_v1(folder));
        unified.chain(v1).reduce(|a, b| if b.is_tighter_than(a) { b } else { a })
    }

    /// `cpu.max` holds the quota, or `max`, and the period, both in microseconds.
    fn quota_v2(&self, folder: &str) -> Option<CpuQuota> {
        let path = format!("{folder}/cpu.max");
        let text = self.tree.text(&path)?;
        let (quota, period) = text.trim().split_once(' ').unwrap_or((text.trim(), "100000"));
        if quota == "max" {
            return None;
        }
        let quota_us = self.tree.parsed(&path, quota)?;
        self.checked(&path, quota_us, self.tree.parsed(&path, period.trim())?)
    }

    /// Two files hold the quota, or -1, and the period, both in microseconds.
    fn quota_v1(&self, folder: &str) -> Option<CpuQuota> {
        let path = format!("{folder}/cpu.cfs_quota_us");
        let quota: i64 = self.tree.value(&path)?;
        let quota_us = u64::try_from(quota).ok()?;
        self.checked(&path, quota_us, self.tree.value(&format!("{folder}/cpu.cfs_period_us"))?)
    }

    fn checked(&self, path: &str, quota_us: u64, period_us: u64) -> Option<CpuQuota> {
        if quota_us == 0 || period_us == 0 {
            self.tree.warn(path, "quota and period must be positive");
            return None;
        }
        Some(CpuQuota { quota_us, period_us })
    }

    /// The room under each limit on memory, of all levels of both versions.
    pub(super) fn memory(&self) -> Vec<MemoryRoom> {
        let v2 = ["memory.max", "memory.high"].map(|limit| (&self.unified, limit, "memory.current", ""));
        let v1 = [(&self.memory, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_")];
        let room = |(folders, limit, usage, prefix): (&Vec<String>, &str, &str, &str)| {
            let rooms = folders.iter().filter_map(|folder| self.memory_of(folder, limit, usage, prefix));
            rooms.collect::<Vec<_>>()
        };
        v2.into_iter().chain(v1).flat_map(room).collect()
    }

    /// `limit` holds bytes or `max`; what files take in memory is given back when it is needed.
    fn memory_of(&self, folder: &str, limit: &str, usage: &str, prefix: &str) -> Option<MemoryRoom> {
        /// No machine has as much, which says that there is no limit.
        const NONE: u64 = 1 << 60;
        let path = format!("{folder}/{limit}");
        let text = self.tree.text(&path)?;
        let bytes = if text.trim() == "max" { None } else { self.tree.parsed::<u64>(&path, text.trim()) };
        let bytes = bytes.filter(|bytes| *bytes < NONE)?;
        let used = self.tree.value::<u64>(&format!("{folder}/{usage}")).unwrap_or(0);
        let stat = self.tree.text(&format!("{folder}/memory.stat")).unwrap_or_default();
        let count = |name: &str| {
            let name = format!("{prefix}{name} ");
            stat.lines().find_map(|line| line.strip_prefix(name.as_str()))?.trim().parse::<u64>().ok()
        };
        let cached = ["inactive_file", "active_file"].into_iter().filter_map(count).sum();
        Some(MemoryRoom::new(bytes, used.saturating_sub(cached), &format!("/{path}")))
    }

    /// The processors of the innermost group that names any.
    pub(super) fn cpus(&self) -> Option<IdSet> {
        let unified = self.unified.iter().map(|folder| format!("{folder}/cpuset.cpus.effective"));
        let effective = self.cpuset.iter().map(|folder| format!("{folder}/cpuset.effective_cpus"));
        let configured = self.cpuset.iter().map(|folder| format!("{folder}/cpuset.cpus"));
        let mut candidates = unified.chain(effective).chain(configured);
        candidates.find_map(|path| self.tree.ids(&path).filter(|set| !set.is_empty()))
    }
}

/// The group that a line of `/proc/self/cgroup` names for `controller`; the empty name stands for version 2.
fn group_in<'a>(line: &'a str, controller: &str) -> Option<&'a str> {
    let (_hierarchy, rest) = line.split_once(':')?;
    let (controllers, group) = rest.split_once(':')?;
    controllers.split(',').any(|name| name == controller).then_some(group)
}

/// Mounted hierarchies: controller names (empty for version 2), the group that is mounted, and where.
struct Mounts(Vec<Mount>);

struct Mount {
    controllers: Vec<String>,
    group: String,
    folder: String,
}

impl Mounts {
    fn read(tree: &Tree) -> Self {
        let text = tree.text("proc/self/mountinfo").unwrap_or_default();
        Self(text.lines().filter_map(Mount::parse).collect())
    }

    /// The folders that may hold the files of `group` and its ancestors, innermost first.
    fn folders(&self, controller: &str, group: &str) -> Vec<String> {
        let mounted: Vec<_> = self.0.iter().filter(|m| m.controllers.iter().any(|name| name == controller)).collect();
        if mounted.is_empty() {
            return conventional(controller).iter().flat_map(|folder| with_ancestors(folder, group)).collect();
        }
        mounted.iter().flat_map(|mount| with_ancestors(&mount.folder, mount.below(group))).collect()
    }
}

impl Mount {
    /// A line of `mountinfo`: six fields, optional ones, a dash, and the type, source and options of the file system.
    fn parse(line: &str) -> Option<Self> {
        let (place, system) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(3);
        let (group, folder) = (place.next()?, place.next()?);
        let mut system = system.split(' ');
        let controllers = match system.next()? {
            "cgroup2" => vec![String::new()],
            "cgroup" => system.nth(1)?.split(',').map(str::to_owned).collect(),
            _ => return None,
        };
        Some(Self { controllers, group: group.to_owned(), folder: folder.trim_start_matches('/').to_owned() })
    }

    /// `group` relative to the mounted one. A container may see its group as the root of the mount while its
    /// membership names the path on the host: then the root of the mount is the group.
    fn below<'a>(&self, group: &'a str) -> &'a str {
        if self.group == "/" {
            return group;
        }
        group.strip_prefix(self.group.as_str()).filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or("")
    }
}

fn conventional(controller: &str) -> Vec<String> {
    match controller {
        "" => vec![ROOT.to_owned(), format!("{ROOT}/unified")],
        "cpu" => vec![format!("{ROOT}/cpu"), format!("{ROOT}/cpu,cpuacct")],
        other => vec![format!("{ROOT}/{other}")],
    }
}

/// `root/group` and its ancestors up to `root`. A group outside the visible hierarchy stands for the root.
fn with_ancestors(root: &str, group: &str) -> Vec<String> {
    let names: Vec<&str> = group.split('/').filter(|name| !name.is_empty() && *name != ".").collect();
    let names = if names.contains(&"..") { Vec::new() } else { names };
    let joined = |depth: usize| names[..depth].iter().fold(root.to_owned(), |path, name| format!("{path}/{name}"));
    (0..=names.len()).rev().map(joined).collect()
}

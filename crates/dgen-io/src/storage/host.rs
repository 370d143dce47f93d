//! What a result depends on besides the options: the machine, and what its files lie on.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use dgen::topology::Topology;
use rustix::fs::{major, minor, statvfs};
use serde::Serialize;

/// The machine.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct HostFacts {
    /// Name of the machine in its network.
    pub name: Option<String>,
    /// Release of the operating system's kernel.
    pub os_kernel: Option<String>,
    /// Marketing name of the processor.
    pub cpu_model: Option<String>,
    /// Online logical processors.
    pub cpus: usize,
    /// Threads that this process may run at once, by affinity and quota.
    pub usable_cpus: usize,
    /// Bytes of memory.
    pub memory_total_bytes: Option<u64>,
    /// Bytes of memory that can be had without swapping.
    pub memory_available_bytes: Option<u64>,
}

/// What files lie on. What the system does not show is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StorageFacts {
    /// Kind of the file system; absent for a block device that is written without one.
    pub file_system: Option<String>,
    /// Where it is mounted.
    pub mount_point: Option<PathBuf>,
    /// What is mounted there, or the block device itself.
    pub source: Option<String>,
    /// Options of the mount.
    pub mount_options: Option<String>,
    /// Bytes of the file system.
    pub total_bytes: Option<u64>,
    /// Bytes of it that were free when the run had ended.
    pub free_bytes: Option<u64>,
    /// Name of the disk.
    pub device: Option<String>,
    /// Its model.
    pub device_model: Option<String>,
    /// Its size in bytes.
    pub device_bytes: Option<u64>,
    /// Whether it says that it has turning parts.
    pub rotational: Option<bool>,
    /// The scheduler of its queue.
    pub scheduler: Option<String>,
    /// Requests that its queue holds.
    pub queue_requests: Option<u64>,
    /// Bytes of its logical block.
    pub logical_block_bytes: Option<u64>,
    /// Bytes of its physical block.
    pub physical_block_bytes: Option<u64>,
    /// How it caches writes, as the kernel calls it: `write back` or `write through`.
    pub write_cache: Option<String>,
}

impl HostFacts {
    /// Those of this machine; what does not change is read once.
    pub fn read() -> Self {
        static FIXED: OnceLock<HostFacts> = OnceLock::new();
        let mut info = FIXED.get_or_init(Self::fixed).clone();
        info.memory_available_bytes = memory(AVAILABLE);
        info
    }

    fn fixed() -> Self {
        let topology = Topology::read();
        Self {
            name: word(Path::new("/proc/sys/kernel/hostname")),
            os_kernel: word(Path::new("/proc/sys/kernel/osrelease")),
            cpu_model: topology.cpu_model,
            cpus: topology.logical_cpus,
            usable_cpus: topology.limits.effective_threads(),
            memory_total_bytes: memory("MemTotal:"),
            memory_available_bytes: None,
        }
    }
}

/// The line of memory that can be had without swapping.
pub(crate) const AVAILABLE: &str = "MemAvailable:";

/// A line of the kernel's table of memory, in bytes.
pub(crate) fn memory(name: &str) -> Option<u64> {
    let table = fs::read_to_string("/proc/meminfo").ok()?;
    let line = table.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

impl StorageFacts {
    /// What these paths lie on, each once. Paths that keep nothing, such as `/dev/null`, lie on nothing.
    pub fn of<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Vec<Self> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let mut all = Vec::new();
        // Files of one folder and device lie on the same.
        let mut places = HashSet::new();
        let is_new = |path: &&'p Path| {
            let numbers = fs::metadata(path).map(|metadata| (metadata.dev(), metadata.rdev())).ok();
            places.insert((path.parent(), numbers))
        };
        for info in paths.into_iter().filter(is_new).filter_map(|path| Self::one(path, &mounts)) {
            // What is free may change between two looks.
            if !all.iter().any(|known: &Self| Self { free_bytes: info.free_bytes, ..known.clone() } == info) {
                all.push(info);
            }
        }
        all
    }

    fn one(path: &Path, mounts: &str) -> Option<Self> {
        // A file that is gone again lay where its folder is.
        let folder = || path.parent().map(|folder| if folder == Path::new("") { Path::new(".") } else { folder });
        let path = path.canonicalize().or_else(|_| folder().unwrap_or(Path::new("/")).canonicalize()).ok()?;
        let metadata = fs::metadata(&path).ok()?;
        if metadata.file_type().is_char_device() {
            return None;
        }
        if metadata.file_type().is_block_device() {
            let mut info = Self { source: Some(path.display().to_string()), ..Self::default() };
            info.describe_device(metadata.rdev());
            return Some(info);
        }
        let mut info = Self::default();
        let mut device = metadata.dev();
        if let Some(mount) = Mount::of(&path, mounts) {
            let source = fs::metadata(&mount.source).ok().filter(|source| source.file_type().is_block_device());
            device = source.map_or(device, |source| source.rdev());
            info.file_system = Some(mount.kind);
            info.mount_point = Some(mount.point);
            info.source = Some(mount.source);
            info.mount_options = Some(mount.options);
        }
        if let Ok(space) = statvfs(&path) {
            info.total_bytes = Some(space.f_blocks.saturating_mul(space.f_frsize));
            info.free_bytes = Some(space.f_bavail.saturating_mul(space.f_frsize));
        }
        info.describe_device(device);
        Some(info)
    }

    /// Adds what the kernel shows of the disk with this number, or of the disk that this partition is of.
    fn describe_device(&mut self, number: u64) {
        let link = format!("/sys/dev/block/{}:{}", major(number), minor(number));
        let Ok(folder) = fs::canonicalize(link) else { return };
        let disk = if folder.join("partition").exists() { folder.parent().unwrap_or(&folder) } else { &folder };
        let read = |name: &str| word(&disk.join(name));
        let number = |name: &str| read(name)?.parse::<u64>().ok();
        self.device = disk.file_name().map(|name| name.to_string_lossy().into_owned());
        self.device_model = read("device/model").or_else(|| read("dm/name"));
        self.device_bytes = number("size").and_then(|sectors| sectors.checked_mul(512));
        self.rotational = number("queue/rotational").map(|value| value != 0);
        self.scheduler = read("queue/scheduler").map(|all| chosen(&all));
        self.queue_requests = number("queue/nr_requests");
        self.logical_block_bytes = number("queue/logical_block_size");
        self.physical_block_bytes = number("queue/physical_block_size");
        self.write_cache = read("queue/write_cache");
    }
}

/// What a file of the kernel holds, if it is there and not empty.
fn word(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The one in brackets: `none [mq-deadline] kyber`.
fn chosen(all: &str) -> String {
    let marked = all.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    marked.map_or(all, |(name, _)| name).to_owned()
}

/// A line of the table of mounts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    /// The kernel's number of the mount.
    pub(crate) id: u64,
    /// Major and minor number of the device.
    pub(crate) number: String,
    pub(crate) point: PathBuf,
    pub(crate) kind: String,
    pub(crate) source: String,
    options: String,
    /// Options of the file system, whatever mount shows it.
    pub(crate) super_options: String,
}

impl Mount {
    /// Those in the kernel's table.
    pub(crate) fn all(table: &str) -> impl Iterator<Item = Self> {
        table.lines().filter_map(Self::parse)
    }

    /// The mount that holds an absolute path: the longest point that is a part of it, and of equals the last, which
    /// covers the others.
    fn of(path: &Path, table: &str) -> Option<Self> {
        let holds = Self::all(table).filter(|mount| path.starts_with(&mount.point));
        holds.max_by_key(|mount| mount.point.as_os_str().len())
    }

    fn parse(line: &str) -> Option<Self> {
        let (mount, rest) = line.split_once(" - ")?;
        let mut fields = mount.split(' ');
        let (id, _) = (fields.next()?.parse().ok()?, fields.next()?);
        let (number, _, point, options) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        let mut fields = rest.split(' ');
        let (kind, source) = (fields.next()?, fields.next()?);
        Some(Self {
            id,
            number: number.to_owned(),
            point: unescape(point).into(),
            kind: kind.to_owned(),
            source: unescape(source),
            options: options.to_owned(),
            super_options: unescape(fields.next().unwrap_or_default()),
        })
    }
}

/// Puts back the blanks and backslashes that the kernel prints as octal numbers.
fn unescape(text: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(text.to_owned(), |text, (octal, plain)| text.replace(octal, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,errors=remount-ro
25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=24684096k
40 27 8:1 / /mnt/a\\040b rw,noatime - xfs /dev/sda1 rw
41 40 8:2 / /mnt/a\\040b ro - ext4 /dev/sda2 rw
";

    #[test]
    fn the_innermost_and_uppermost_mount_counts() {
        let kind = |path: &str| Mount::of(Path::new(path), TABLE).map(|mount| mount.kind);
        assert_eq!(kind("/home/x").as_deref(), Some("ext4"));
        assert_eq!(kind("/dev/shm/x").as_deref(), Some("tmpfs"));
        assert_eq!(kind("/dev/shmx").as_deref(), Some("ext4"));
        let upper = Mount::of(Path::new("/mnt/a b/c"), TABLE).unwrap();
        assert_eq!((upper.source.as_str(), upper.options.as_str()), ("/dev/sda2", "ro"));
        assert_eq!(Mount::of(Path::new("/x"), ""), None);
        assert_eq!(chosen("none [mq-deadline] kyber"), "mq-deadline");
        assert_eq!(chosen("none"), "none");
    }

    #[test]
    fn this_machine_has_facts() {
        let host = HostFacts::read();
        assert!(host.cpus >= 1 && host.usable_cpus >= 1 && host.memory_total_bytes > host.memory_available_bytes);
        let folder = tempfile::tempdir().unwrap();
        let [a, gone] = [folder.path().join("a"), folder.path().join("gone")];
        fs::write(&a, "a").unwrap();
        let info = StorageFacts::of([a.as_path(), a.as_path(), Path::new("/dev/null")]);
        assert_eq!(info.len(), 1, "{info:?}");
        assert!(info[0].file_system.is_some() && info[0].total_bytes >= info[0].free_bytes, "{info:?}");
        assert_eq!(StorageFacts::of([gone.as_path()])[0].file_system, info[0].file_system);
    }
}

//! Block devices: whether something uses them, how large they are, and whether they hold data.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use dgen::error::Message;
use dgen::{Error, ErrorKind, Result};
use rustix::fs::{major, minor};

use super::host::Mount;
use crate::base::retry::uninterrupted;
use crate::extents::spread::spread;

/// Bytes looked at in each place when a device is searched for data.
const SAMPLE: usize = 64 << 10;
/// Places looked at, the first and last included.
const SAMPLES: u64 = 64;

/// Refuses a device that is mounted, or one with a mounted partition.
pub(crate) fn refuse_mounted(path: &Path, device: u64) -> Result<()> {
    let table = fs::read_to_string("/proc/self/mountinfo")
        .map_err(|e| Error::io("check for mounts in", "/proc/self/mountinfo", None, e))?;
    for number in std::iter::once(device).chain(partitions(device)) {
        if let Some(place) = mount_point(&table, number, |source| Some(fs::metadata(source).ok()?.rdev())) {
            let message = format!("{}: the device is mounted on {place}; not even ", path.display());
            let message = Message::from(message).option("force").text(" writes to it");
            return Err(Error::about(ErrorKind::Refused, path, libc::EBUSY, message));
        }
    }
    Ok(())
}

/// Where the device is mounted: lines whose device number, or whose source's, is `device`.
fn mount_point(table: &str, device: u64, number_of: impl Fn(&Path) -> Option<u64>) -> Option<String> {
    let number = name(device);
    let is_of = |mount: &Mount| {
        let source = Path::new(&mount.source);
        mount.number == number || (source.is_absolute() && number_of(source) == Some(device))
    };
    Mount::all(table).find(is_of).map(|mount| mount.point.display().to_string())
}

fn name(device: u64) -> String {
    format!("{}:{}", major(device), minor(device))
}

/// Device numbers of a disk's partitions.
fn partitions(device: u64) -> Vec<u64> {
    let folder = PathBuf::from(format!("/sys/dev/block/{}", name(device)));
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let number = |folder: PathBuf| {
        fs::metadata(folder.join("partition")).ok()?;
        let text = fs::read_to_string(folder.join("dev")).ok()?;
        let (major, minor) = text.trim().split_once(':')?;
        Some(rustix::fs::makedev(major.parse().ok()?, minor.parse().ok()?))
    };
    entries.filter_map(|entry| number(entry.path())).collect()
}

/// Bytes of a block device.
pub(crate) fn size(file: &File) -> io::Result<u64> {
    let mut file = file;
    file.seek(SeekFrom::End(0))
}

/// The offset of a sampled place of `offset..offset + len` that holds anything but zeros.
pub(crate) fn find_data(file: &File, offset: u64, len: u64) -> io::Result<Option<u64>> {
    let mut buffer = vec![0; SAMPLE];
    let last = len.saturating_sub(SAMPLE as u64);
    for at in spread(last, SAMPLES).map(|place| offset + place) {
        let read = uninterrupted(|| file.read_at(&mut buffer, at))?;
        if buffer[..read].iter().any(|&byte| byte != 0) {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:35 / /data rw - btrfs /dev/sdb rw
40 22 0:5 / /dev rw - devtmpfs udev rw
";

    #[test]
    fn mounts_are_found_by_number_and_by_source() {
        let sdb = rustix::fs::makedev(8, 16);
        let number_of = |path: &Path| (path == Path::new("/dev/sdb")).then_some(sdb);
        assert_eq!(mount_point(TABLE, rustix::fs::makedev(8, 1), number_of).as_deref(), Some("/"));
        assert_eq!(mount_point(TABLE, sdb, number_of).as_deref(), Some("/data"));
        assert_eq!(mount_point(TABLE, rustix::fs::makedev(8, 32), number_of), None);
    }
}

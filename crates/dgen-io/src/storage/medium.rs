//! What answers a read that the page cache does not, as far as the system shows it.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{AtFlags, OFlags, Statx, StatxAttributes, StatxFlags, fstatfs, major, minor, statx};

use super::host::Mount;

const TMPFS: u64 = 0x0102_1994;
const RAMFS: u64 = 0x8584_58f6;
const HUGETLBFS: u64 = 0x9584_58f6;
const OVERLAYFS: u64 = 0x794c_7630;
const EXT: u64 = 0xef53;
const XFS: u64 = 0x5846_5342;
const BTRFS: u64 = 0x9123_683e;
const F2FS: u64 = 0xf2f5_2010;
const JFS: u64 = 0x3153_464a;
const NILFS: u64 = 0x3434;
const MSDOS: u64 = 0x4d44;
const EXFAT: u64 = 0x2011_bab0;

/// File systems that keep data on a block device, and in memory nowhere but in the page cache.
const ON_DEVICES: [u64; 8] = [EXT, XFS, BTRFS, F2FS, JFS, NILFS, MSDOS, EXFAT];
/// Those of them that never take the page cache for a direct read where the kernel names its alignment.
const ALWAYS_DIRECT: [u64; 2] = [EXT, XFS];
/// Smaller files may lie with what a file system keeps in memory of its own structure.
const SMALL: u64 = 4096;
/// Layers and devices that are looked through, one below the other.
const DEPTH: u32 = 8;

/// What answers a read that the page cache does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Medium {
    /// A device. Whether a direct read surely bypasses the page cache.
    Device { surely_direct: bool },
    /// Something that may have an answer in memory, or that is not known; why.
    MayCache(String),
    /// Memory; whose.
    Memory(String),
}

impl Medium {
    /// The one of which less is known.
    fn weaker(self, other: Self) -> Self {
        if self.degree() <= other.degree() { self } else { other }
    }

    /// How much is known of the device being read.
    fn degree(&self) -> u8 {
        match self {
            Self::Memory(_) => 0,
            Self::MayCache(_) => 1,
            Self::Device { surely_direct } => 2 + u8::from(*surely_direct),
        }
    }
}

/// Looks at what files lie on; what is the same for many is looked at once.
#[derive(Default)]
pub(crate) struct Media {
    mounts: Option<Vec<Mount>>,
    devices: HashMap<u64, Medium>,
}

impl Media {
    /// What a file or device lies on.
    pub(crate) fn of(&mut self, file: &File) -> Medium {
        self.below(file, DEPTH)
    }

    fn below(&mut self, file: &File, depth: u32) -> Medium {
        let Ok(metadata) = file.metadata() else { return unknown() };
        let stat = statx(file, c"", AtFlags::EMPTY_PATH, StatxFlags::DIOALIGN | StatxFlags::MNT_ID).ok();
        if metadata.file_type().is_block_device() {
            return self.device(metadata.rdev(), depth);
        }
        let Some(kind) = kind(file) else { return unknown() };
        match kind {
            TMPFS | RAMFS | HUGETLBFS => Medium::Memory("the file system holds its files in memory".into()),
            OVERLAYFS => self.layers(stat.as_ref(), depth),
            kind if ON_DEVICES.contains(&kind) => {
                let surely_direct = ALWAYS_DIRECT.contains(&kind) && stat.as_ref().is_some_and(names_alignment);
                if metadata.is_file() && metadata.len() < SMALL && !surely_direct {
                    let why = "so small a file may lie with what the file system keeps in memory of its own";
                    return Medium::MayCache(why.into());
                }
                if let Some(why) = self.transforms(kind, stat.as_ref()) {
                    return Medium::MayCache(why);
                }
                let number = self.device_of(metadata.dev(), stat.as_ref());
                number
                    .map_or_else(unknown, |number| self.device(number, depth))
                    .weaker(Medium::Device { surely_direct })
            }
            _ => {
                let name = self.mount(stat.as_ref()).map(|mount| mount.kind.clone());
                let name = name.unwrap_or_else(|| format!("a file system of the kind {kind:#x}"));
                Medium::MayCache(format!("it is not known whether {name} answers from memory"))
            }
        }
    }

    /// Why reads may not reach the device, where the file system keeps a file's data in another form.
    fn transforms(&mut self, kind: u64, stat: Option<&Statx>) -> Option<String> {
        if ![BTRFS, F2FS].contains(&kind) {
            return None;
        }
        let options = self.mount(stat).map(|mount| mount.super_options.clone()).unwrap_or_default();
        let compresses = stat.is_some_and(|stat| stat.stx_attributes.contains(StatxAttributes::COMPRESSED))
            || options.split(',').any(|option| option.starts_with("compress"));
        compresses.then(|| "the file system compresses, and reads what is compressed through the page cache".into())
    }

    /// The weakest of the layers, where all of them are to be seen.
    fn layers(&mut self, stat: Option<&Statx>, depth: u32) -> Medium {
        let hidden = || Medium::MayCache("what the layers of the overlay lie on is not to be seen from here".into());
        let Some(options) = self.mount(stat).map(|mount| mount.super_options.clone()) else { return hidden() };
        let named = |option: &'_ str| {
            let (name, value) = option.split_once('=')?;
            ["lowerdir", "lowerdir+", "datadir+", "upperdir"].contains(&name).then(|| value.to_owned())
        };
        let folders: Vec<String> = options.split(',').filter_map(named).collect();
        let folders = folders.iter().flat_map(|list| list.split(':')).filter(|folder| !folder.is_empty());
        // Files of layers are not looked at one by one: what the overlay opened is not known to be direct.
        let mut medium = Medium::Device { surely_direct: false };
        let mut any = false;
        for folder in folders {
            any = true;
            let there = Some(Path::new(folder)).filter(|folder| folder.is_absolute()).and_then(look_at);
            let below = there.filter(|_| depth > 0).map_or_else(hidden, |folder| self.below(&folder, depth - 1));
            medium = medium.weaker(below);
        }
        if any { medium } else { hidden() }
    }

    /// The block device of a file system: the file's own, or where that is no device, what is mounted.
    fn device_of(&mut self, number: u64, stat: Option<&Statx>) -> Option<u64> {
        if major(number) != 0 {
            return Some(number);
        }
        let source = fs::metadata(&self.mount(stat)?.source).ok()?;
        source.file_type().is_block_device().then(|| source.rdev())
    }

    /// The mount that shows a file.
    fn mount(&mut self, stat: Option<&Statx>) -> Option<&Mount> {
        let stat = stat.filter(|stat| stat.stx_mask & StatxFlags::MNT_ID.bits() != 0)?;
        let read = || Mount::all(&fs::read_to_string("/proc/self/mountinfo").unwrap_or_default()).collect();
        self.mounts.get_or_insert_with(read).iter().find(|mount| mount.id == stat.stx_mnt_id)
    }

    /// What a block device is.
    fn device(&mut self, number: u64, depth: u32) -> Medium {
        if let Some(known) = self.devices.get(&number) {
            return known.clone();
        }
        let medium = self.look_at_device(number, depth);
        self.devices.insert(number, medium.clone());
        medium
    }

    fn look_at_device(&mut self, number: u64, depth: u32) -> Medium {
        let link = format!("/sys/dev/block/{}:{}", major(number), minor(number));
        let Ok(folder) = fs::canonicalize(link) else { return unknown() };
        let disk = if folder.join("partition").exists() { folder.parent().unwrap_or(&folder) } else { &folder };
        let name = disk.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let may = |what: &str| Medium::MayCache(format!("{name} {what}"));
        match name.trim_end_matches(|digit: char| digit.is_ascii_digit()) {
            "" => unknown(),
            "ram" | "zram" | "nullb" => Medium::Memory(format!("{name} is memory")),
            "loop" if depth > 0 => self.backing(disk, &name, depth - 1),
            "nbd" | "ublkb" | "rbd" | "zd" => may("is served by a program or a host that may cache"),
            kind => {
                let below = fs::read_dir(disk.join("slaves")).into_iter().flatten().flatten();
                let below: Vec<_> = below.map(|entry| entry.path()).collect();
                if below.is_empty() && kind != "dm-" {
                    return Medium::Device { surely_direct: true };
                }
                if below.is_empty() || depth == 0 {
                    return may("shows no device below it");
                }
                let one = |folder: &Path| number_in(&folder.join("dev")).map(|number| self.device(number, depth - 1));
                below
                    .iter()
                    .map(std::path::PathBuf::as_path)
                    .map(one)
                    .fold(Medium::Device { surely_direct: true }, |weakest, next| {
                        weakest.weaker(next.unwrap_or_else(unknown))
                    })
            }
        }
    }

    /// What a loop device reads: its file, past the page cache or through it.
    fn backing(&mut self, disk: &Path, name: &str, depth: u32) -> Medium {
        let read = |file: &str| fs::read_to_string(disk.join("loop").join(file)).ok();
        if read("dio").is_none_or(|direct| direct.trim() != "1") {
            return Medium::MayCache(format!("{name} reads its file through the page cache"));
        }
        let file = read("backing_file").and_then(|path| look_at(Path::new(path.trim_end_matches('\n'))));
        let hidden = || Medium::MayCache(format!("the file of {name} is not to be seen from here"));
        file.map_or_else(hidden, |file| self.below(&file, depth))
    }
}

/// The kind of the file system that holds an open file.
pub(crate) fn kind(file: &File) -> Option<u64> {
    #[allow(clippy::cast_sign_loss, clippy::unnecessary_cast, reason = "the field's type differs between targets")]
    fstatfs(file).ok().map(|fs| fs.f_type as u64 & 0xffff_ffff)
}

/// Whether an open file lies in an overlay, of whose layers the page cache holds the pages.
pub(crate) fn is_layered(file: &File) -> bool {
    kind(file) == Some(OVERLAYFS)
}

/// Whether the kernel says that direct reads are possible, and how.
fn names_alignment(stat: &Statx) -> bool {
    stat.stx_mask & StatxFlags::DIOALIGN.bits() != 0 && stat.stx_dio_offset_align != 0
}

fn unknown() -> Medium {
    Medium::MayCache("the system does not show what it lies on".into())
}

/// Opens a place to look at, not to read.
fn look_at(path: &Path) -> Option<File> {
    let flags = i32::try_from(OFlags::PATH.bits()).expect("flags fit");
    OpenOptions::new().read(true).custom_flags(flags).open(path).ok()
}

/// The device number in a file of the kernel.
fn number_in(path: &Path) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let (major, minor) = text.trim().split_once(':')?;
    Some(rustix::fs::makedev(major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weaker_of_two_is_taken() {
        let (sure, unsure) = (Medium::Device { surely_direct: true }, Medium::Device { surely_direct: false });
        let (may, memory) = (Medium::MayCache("a".into()), Medium::Memory("b".into()));
        let all = [memory, may, unsure, sure];
        for (at, one) in all.iter().enumerate() {
            for (other_at, other) in all.iter().enumerate() {
                assert_eq!(one.clone().weaker(other.clone()), all[at.min(other_at)]);
            }
        }
    }

    #[test]
    fn memory_degree_as_such() {
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let path = folder.path().join("f");
        fs::write(&path, "data").unwrap();
        let medium = Media::default().of(&File::open(&path).unwrap());
        assert!(matches!(medium, Medium::Memory(_)), "{medium:?}");
        assert!(!is_layered(&File::open(&path).unwrap()));
    }
}

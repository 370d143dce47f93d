//! Whether a file can be reached without the page cache, and with what alignment.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use dgen::{Error, ErrorKind, Result};
use rustix::fs::{AtFlags, OFlags, StatxFlags, fstatfs, statx};

use crate::options::modes::DirectMode;
use crate::storage::name::reopen;

/// Positions and lengths of direct I/O are multiples of this, and more where the file system asks for more:
/// so direct and buffered I/O never meet in one page of the cache.
pub(crate) const ALIGNMENT: u64 = 4096;

const TMPFS_MAGIC: u64 = 0x0102_1994;
const RAMFS_MAGIC: u64 = 0x8584_58f6;

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
    Both,
}

/// What was decided for one file.
pub(crate) struct Direct {
    /// A second descriptor, for direct I/O.
    pub(crate) file: Option<File>,
    pub(crate) alignment: u64,
    /// Why, for the report.
    pub(crate) reason: String,
}

impl Direct {
    /// Decides for `path`, which is open as `file`, and of which `len` bytes will be moved.
    pub(crate) fn choose(path: &Path, file: &File, mode: DirectMode, access: Access, len: u64) -> Result<Self> {
        let buffered = |reason: String| Self { file: None, alignment: ALIGNMENT, reason };
        if mode == DirectMode::Off {
            return Ok(buffered("buffered I/O was asked for".into()));
        }
        match Self::open(path, file, access) {
            // A read may go past the end, up to the alignment; a write may not.
            Ok((_, alignment)) if len < alignment && mode == DirectMode::Auto && access != Access::Read => {
                Ok(buffered(format!("the data is smaller than the alignment, {alignment} bytes")))
            }
            Ok((direct, alignment)) => {
                let reason = if mode == DirectMode::On { "direct I/O was asked for" } else { "supported here" };
                Ok(Self { file: Some(direct), alignment, reason: reason.into() })
            }
            Err(reason) if mode == DirectMode::Auto => Ok(buffered(reason)),
            Err(reason) => {
                let message = format!("{}: direct I/O is not possible: {reason}", path.display());
                Err(Error::about(ErrorKind::Io, path, libc::EINVAL, message))
            }
        }
    }

    fn open(path: &Path, file: &File, access: Access) -> std::result::Result<(File, u64), String> {
        let kind = file.metadata().map_err(|e| e.to_string())?.file_type();
        if !kind.is_file() && !kind.is_block_device() {
            return Err("neither a regular file nor a block device".into());
        }
        if in_memory(file) {
            return Err("the file system holds its files in memory".into());
        }
        let alignment = alignment(file).ok_or("the file system does not support direct I/O on this file")?;
        let mut options = OpenOptions::new();
        options.read(access != Access::Write).write(access != Access::Read);
        let file = reopen(file, path, &options, OFlags::DIRECT);
        let file = file.map_err(|e| format!("the file system refuses it ({e})"))?;
        Ok((file, alignment))
    }
}

/// Whether it is a regular file in tmpfs or ramfs, where the page cache is the storage.
pub(crate) fn in_memory(file: &File) -> bool {
    // A device node may lie there too; what it leads to does not.
    if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return false;
    }
    #[allow(clippy::cast_sign_loss, clippy::unnecessary_cast, reason = "the field's type differs between targets")]
    fstatfs(file).is_ok_and(|fs| [TMPFS_MAGIC, RAMFS_MAGIC].contains(&(fs.f_type as u64 & 0xffff_ffff)))
}

/// The alignment that the file needs; `None` where the kernel says that it cannot be reached directly.
fn alignment(file: &File) -> Option<u64> {
    let Ok(stat) = statx(file, c"", AtFlags::EMPTY_PATH, StatxFlags::DIOALIGN) else { return Some(ALIGNMENT) };
    if stat.stx_mask & StatxFlags::DIOALIGN.bits() == 0 {
        return Some(ALIGNMENT);
    }
    let needed = u64::from(stat.stx_dio_mem_align.max(stat.stx_dio_offset_align));
    (stat.stx_dio_offset_align != 0).then(|| needed.next_power_of_two().max(ALIGNMENT))
}

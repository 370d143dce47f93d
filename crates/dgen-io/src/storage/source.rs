//! Opening what is read.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use dgen::{Error, ErrorKind, Result};
use rustix::fs::OFlags;

use crate::options::modes::DirectMode;
use crate::storage::{device, direct::Access, name::dangling, open_file::OpenFile};

/// Opens a file to read. A pipe without a writer does not block; whoever needs a file looks at what it got.
///
/// # Errors
/// What the system says, with the path.
pub fn open_to_read(path: &Path) -> Result<File> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).expect("flags fit");
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path);
    file.map_err(|error| match missing_target(path) {
        Some(target) => dangling("open", path, &target),
        None => Error::io("open", path, None, error),
    })
}

/// Where a path leads that is a link to what does not exist.
fn missing_target(path: &Path) -> Option<PathBuf> {
    let target = fs::read_link(path).ok()?;
    fs::metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound).then_some(target)
}

/// What is known of an open file, or an error where it is neither a regular file nor a block device.
pub(crate) fn kind_to_read(path: &Path, file: &File) -> Result<Metadata> {
    let metadata = file.metadata().map_err(|e| Error::io("look at", path, None, e))?;
    if metadata.is_file() || metadata.file_type().is_block_device() {
        return Ok(metadata);
    }
    let (errno, why) = if metadata.is_dir() {
        (libc::EISDIR, "it is a directory")
    } else {
        (libc::EINVAL, "it is neither a regular file nor a block device")
    };
    Err(Error::about(ErrorKind::Io, path, errno, format!("cannot read {}: {why}", path.display())))
}

/// An open file or device of known length.
pub(crate) struct Source {
    pub(crate) open: OpenFile,
    /// Bytes in the file or device.
    pub(crate) len: u64,
    pub(crate) is_device: bool,
    /// When its content was last changed, as far as the file system keeps that.
    modified: Option<SystemTime>,
}

impl Source {
    pub(crate) fn open(path: &Path, mode: DirectMode) -> Result<Self> {
        Self::of(path, open_to_read(path)?, mode)
    }

    /// The same for what is open already.
    pub(crate) fn of(path: &Path, buffered: File, mode: DirectMode) -> Result<Self> {
        let metadata = kind_to_read(path, &buffered)?;
        let is_device = metadata.file_type().is_block_device();
        let len = if is_device {
            device::size(&buffered).map_err(|e| Error::io("find the size of", path, None, e))?
        } else {
            metadata.len()
        };
        let open = OpenFile::new(path, buffered, mode, Access::Read, len)?;
        Ok(Self { open, len, is_device, modified: metadata.modified().ok() })
    }

    /// Whether a file's content was changed since it was opened.
    pub(crate) fn was_changed(&self) -> bool {
        let now = self.open.buffered.metadata().and_then(|metadata| metadata.modified()).ok();
        !self.is_device && now.is_some() && now != self.modified
    }

    /// Bytes there are now; a file may have grown or shrunk since it was opened.
    pub(crate) fn len_now(&self) -> u64 {
        if self.is_device {
            return self.len;
        }
        self.open.buffered.metadata().map_or(self.len, |metadata| metadata.len())
    }
}

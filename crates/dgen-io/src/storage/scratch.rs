//! A file without a name: to try things in a folder, and leave nothing there.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process;

use rustix::fs::{CWD, Mode, OFlags, openat};

use super::name::{Folders, identity};

/// A file without a name: there as long as this lives, and gone afterwards, however the process ends.
#[derive(Debug)]
pub struct Scratch(pub(crate) File);

impl Scratch {
    /// Makes one in the folder of `path`.
    ///
    /// # Errors
    /// What the system says, also where it shows no way to open such a file again.
    pub fn beside(path: &Path) -> io::Result<Self> {
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Self::within(real.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))
    }

    /// Makes one in `folder`.
    pub(crate) fn within(folder: &Path) -> io::Result<Self> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = if let Ok(file) = openat(CWD, folder, flags, Mode::RUSR | Mode::WUSR) {
            File::from(file)
        } else {
            // A file system that makes no files without names: one that has its name for a moment.
            let fail = |error: dgen::Error| {
                error.raw_os_error().map_or_else(|| io::Error::other(error.to_string()), io::Error::from_raw_os_error)
            };
            let name = format!(".dgen-try-{}", process::id());
            let name = Folders::default().name(&folder.join(name)).map_err(fail)?;
            let file = name.create(OFlags::RDWR).map_err(fail)?;
            name.remove(identity(&file.metadata()?))?;
            file
        };
        let scratch = Self(file);
        fs::metadata(scratch.path()).map(|_| scratch)
    }

    /// A way to open it again, in this process.
    pub fn path(&self) -> PathBuf {
        format!("/proc/self/fd/{}", self.0.as_raw_fd()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_can_be_opened_again_and_has_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let scratch = Scratch::beside(&folder.path().join("f")).unwrap();
        fs::write(scratch.path(), "some").unwrap();
        assert_eq!(scratch.0.metadata().unwrap().len(), 4);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(Scratch::beside(Path::new("/nowhere/f")).is_err());
    }
}

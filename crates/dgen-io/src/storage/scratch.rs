//! Files to try things with, of which nothing is left: without a name, or with one that is removed again.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process;

use rustix::fs::{CWD, Mode, OFlags, openat};

use dgen::{Error, Result};

use super::name::{Folders, Identity, Name, identity};

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
            let fail = |error: Error| {
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

/// A file that was made under a name, and is told from what others put there.
pub struct OwnName {
    path: PathBuf,
    name: Name,
    own: Identity,
}

impl OwnName {
    /// Makes an empty file where nothing is.
    ///
    /// # Errors
    /// Something is there, or the system refuses.
    pub fn make(path: &Path) -> Result<Self> {
        let name = Folders::default().name(path)?;
        let made = name.create(OFlags::RDWR)?;
        let own = identity(&made.metadata().map_err(|e| Error::io("look at", path, None, e))?);
        Ok(Self { path: path.to_owned(), name, own })
    }

    /// Whether the name leads to it still.
    pub fn is_there(&self) -> bool {
        self.name.is_of(self.own)
    }

    /// Removes the name, unless it leads to something else by now.
    ///
    /// # Errors
    /// The system refuses.
    pub fn remove(&self) -> Result<()> {
        self.name.remove(self.own).map(drop).map_err(|e| Error::io("remove", &self.path, None, e))
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

    #[test]
    fn only_the_file_that_was_made_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("f"), folder.path().join("g"));
        let own = OwnName::make(&path).unwrap();
        assert!(own.is_there() && OwnName::make(&path).is_err());
        fs::write(&other, "theirs").unwrap();
        fs::rename(&other, &path).unwrap();
        own.remove().unwrap();
        assert!(!own.is_there() && fs::read(&path).unwrap() == b"theirs");
        fs::remove_file(&path).unwrap();
        own.remove().unwrap();
        let own = OwnName::make(&path).unwrap();
        own.remove().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

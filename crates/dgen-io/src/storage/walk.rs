//! Finding the files below folders, in order of name.

use std::fs;
use std::path::{Path, PathBuf};

use dgen::{Error, ErrorKind, Result};
use serde::Serialize;

/// Why something in a folder is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SkipReason {
    /// A symbolic link.
    Link,
    /// A pipe, socket or device.
    Special,
    /// A file without a valid recipe and range.
    Foreign,
}

/// What paths stand for.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The files in their order, and whether each was found in a folder.
    pub(crate) files: Vec<(PathBuf, bool)>,
    /// What is left out of folders.
    pub(crate) skipped: Vec<(PathBuf, SkipReason)>,
}

impl Found {
    /// Folders become the regular files below them, in order of name.
    /// Fails for a folder without files, one that cannot be listed, and what cannot be looked at.
    pub(crate) fn at(paths: &[PathBuf]) -> Result<Self> {
        let mut found = Self::default();
        for path in paths {
            if !is_folder(path)? {
                found.files.push((path.clone(), false));
                continue;
            }
            let before = found.files.len();
            found.collect(path)?;
            if found.files.len() == before {
                return Err(Error::new(ErrorKind::Usage, format!("{}: the folder holds no files", path.display())));
            }
        }
        Ok(found)
    }

    fn collect(&mut self, folder: &Path) -> Result<()> {
        let fail = |e| Error::io("list", folder, None, e);
        let mut entries = fs::read_dir(folder).map_err(fail)?.collect::<std::io::Result<Vec<_>>>().map_err(fail)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (kind, path) = (entry.file_type().map_err(fail)?, entry.path());
            if kind.is_dir() {
                self.collect(&path)?;
            } else if kind.is_file() {
                self.files.push((path, true));
            } else {
                let reason = if kind.is_symlink() { SkipReason::Link } else { SkipReason::Special };
                self.skipped.push((path, reason));
            }
        }
        Ok(())
    }

    fn paths(self) -> Vec<PathBuf> {
        self.files.into_iter().map(|(path, _)| path).collect()
    }
}

/// Whether a path leads to a folder. What is not there, or not for us, shows when it is opened.
fn is_folder(path: &Path) -> Result<bool> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.is_dir()),
        Err(e) if matches!(e.raw_os_error(), Some(libc::EIO | libc::ENOMEM)) => {
            Err(Error::io("look at", path, None, e))
        }
        Err(_) => Ok(false),
    }
}

/// The paths that arguments stand for: folders become the regular files below them, in order of name.
///
/// # Errors
/// A folder without files, or one that cannot be listed.
pub fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    Found::at(paths).map(Found::paths)
}

/// The regular files below a folder, in order of name; links in it are left out.
///
/// # Errors
/// A folder in it that cannot be listed.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Found::default();
    found.collect(folder)?;
    Ok(found.paths())
}

//! Finding the files below folders, in order of name.

use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use dgen::{Error, ErrorKind, Result};
use serde::Serialize;

/// Why something is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SkipReason {
    /// A symbolic link in a folder, or one that leads nowhere.
    Link,
    /// A pipe, socket or device.
    Special,
    /// A file without a valid recipe and range.
    Foreign,
    /// It is not there any more, or never was.
    Vanished,
    /// The system refuses to list, open or read it.
    Unreadable,
}

impl SkipReason {
    /// As in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Special => "special",
            Self::Foreign => "foreign",
            Self::Vanished => "vanished",
            Self::Unreadable => "unreadable",
        }
    }

    /// Why a path is left out that an operation failed on.
    pub(crate) fn of(path: &Path, error: &Error) -> Self {
        let kind = fs::metadata(path).map(|found| found.file_type());
        let is_special = |kind: &fs::FileType| !kind.is_file() && !kind.is_dir() && !kind.is_block_device();
        match error.raw_os_error() {
            Some(libc::ENOENT) if path.is_symlink() => Self::Link,
            Some(libc::ENOENT | libc::ENOTDIR) => Self::Vanished,
            _ if kind.as_ref().is_ok_and(is_special) => Self::Special,
            _ => Self::Unreadable,
        }
    }
}

/// Something that is left out.
#[derive(Debug)]
pub(crate) struct Skipped {
    pub(crate) path: PathBuf,
    pub(crate) reason: SkipReason,
    /// What failed, where something did.
    pub(crate) error: Option<Error>,
}

impl Skipped {
    /// What an operation failed on.
    pub(crate) fn failed(path: &Path, error: Error) -> Self {
        Self { path: path.to_owned(), reason: SkipReason::of(path, &error), error: Some(error) }
    }
}

/// What paths stand for.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The files in their order, and whether each was found in a folder.
    pub(crate) files: Vec<(PathBuf, bool)>,
    /// What is left out of folders.
    pub(crate) skipped: Vec<Skipped>,
}

impl Found {
    /// Folders become the regular files below them, in order of name.
    /// Fails for a folder with nothing in it, and, where `strict`, for one that cannot be listed.
    pub(crate) fn at(paths: &[PathBuf], strict: bool) -> Result<Self> {
        let mut found = Self::default();
        for path in paths {
            if !is_folder(path)? {
                found.files.push((path.clone(), false));
                continue;
            }
            let (files, failed) = (found.files.len(), found.failures());
            found.collect(path, strict || paths.len() == 1, strict)?;
            if (found.files.len(), found.failures()) == (files, failed) {
                return Err(Error::new(ErrorKind::Usage, format!("{}: the folder holds no files", path.display())));
            }
        }
        Ok(found)
    }

    fn failures(&self) -> usize {
        self.skipped.iter().filter(|skipped| skipped.error.is_some()).count()
    }

    /// Adds what is below a folder. Fails where it cannot be listed if it is `needed`, and else leaves it out.
    fn collect(&mut self, folder: &Path, needed: bool, strict: bool) -> Result<()> {
        let entries = match listed(folder) {
            Ok(entries) => entries,
            Err(error) if needed => return Err(error),
            Err(error) => {
                self.skipped.push(Skipped::failed(folder, error));
                return Ok(());
            }
        };
        for entry in entries {
            let path = entry.path();
            let kind = match entry.file_type() {
                Ok(kind) => kind,
                Err(error) => {
                    let error = Error::io("look at", &path, None, error);
                    if strict {
                        return Err(error);
                    }
                    self.skipped.push(Skipped::failed(&path, error));
                    continue;
                }
            };
            if kind.is_dir() {
                self.collect(&path, strict, strict)?;
            } else if kind.is_file() {
                self.files.push((path, true));
            } else {
                let reason = if kind.is_symlink() { SkipReason::Link } else { SkipReason::Special };
                self.skipped.push(Skipped { path, reason, error: None });
            }
        }
        Ok(())
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

/// What a folder holds, in order of name.
fn listed(folder: &Path) -> Result<Vec<fs::DirEntry>> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = entries.map_err(|e| Error::io("list", folder, None, e))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    Ok(entries)
}

//! A folder of files that one write fills: their names, and what else is there.

use std::fs;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dgen::{Error, ErrorKind, Result};

use super::name::{Folders, Identity, Name, identity};

/// Most files of one folder.
pub const MAX_FILES: usize = 1_000_000;

/// Name of the file that tells of a data set of many files what they hold; itself it holds no part of the stream.
pub const MANIFEST: &str = "dgen-dataset.json";

/// What file names begin with; a number follows.
const PREFIX: &str = "dgen-";
/// Digits of the number, so that names sort as numbers do.
const DIGITS: usize = 6;

/// The names of the files that a write of `files` files into `folder` has, in their order: `dgen-000000` and so on.
///
/// # Errors
/// When there are none, or more than a million.
pub fn folder_files(folder: &Path, files: usize) -> Result<Vec<PathBuf>> {
    if !(1..=MAX_FILES).contains(&files) {
        return Err(Error::invalid("files", files, &format!("1 to {MAX_FILES}")));
    }
    Ok((0..files).map(|number| member(folder, number)).collect())
}

/// The path of a file with this number.
pub(crate) fn member(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("{PREFIX}{number:0DIGITS$}"))
}

/// Whether a file has a name that [`folder_files`] gives.
pub(crate) fn is_member(path: &Path) -> bool {
    member_number(path).is_some()
}

/// The number in the name of a file that [`folder_files`] names.
pub(crate) fn member_number(path: &Path) -> Option<u64> {
    path.file_name().and_then(|name| number(name.to_str()?))
}

/// The number in a name that [`folder_files`] gives.
fn number(name: &str) -> Option<u64> {
    let digits = name.strip_prefix(PREFIX).filter(|digits| digits.len() >= DIGITS)?;
    // More digits than a number has are one all the same.
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().unwrap_or(u64::MAX))
}

/// The folder of one write.
pub(crate) struct Folder {
    path: PathBuf,
    open: Arc<OwnedFd>,
    /// What it is called, where it was made for the write, and what it is.
    made: Option<(Name, Identity)>,
    pub(crate) files: Vec<PathBuf>,
}

impl Folder {
    /// The one folder among `paths`, made where it is absent.
    /// Fails when there are several paths, or something else has its name.
    pub(crate) fn make(paths: &[PathBuf], files: usize) -> Result<Self> {
        let [path] = paths else {
            let message = format!("needs one folder to hold them, and {} paths are given", paths.len());
            return Err(Error::new(ErrorKind::Usage, message).of("files"));
        };
        let files = folder_files(path, files)?;
        let name = Folders::default().folder_name(path)?;
        let fail = |e| Error::io("open", path, None, e);
        let (found, made) = if let Some(found) = name.look()? {
            (found, None)
        } else {
            let found = name.create_folder()?;
            let identity = identity(&found.metadata().map_err(fail)?);
            (found, Some((name, identity)))
        };
        if !found.metadata().map_err(fail)?.is_dir() {
            let message = format!("cannot write files into {}: it is not a folder", path.display());
            return Err(Error::about(ErrorKind::Io, path, libc::ENOTDIR, message));
        }
        Ok(Self { path: path.clone(), open: Arc::new(found.into()), made, files })
    }

    /// The folder, which is open: what is made in it is made in this one, whatever has its name.
    pub(crate) fn folders(&self) -> Folders {
        Folders::with(&self.path, self.open.clone())
    }

    /// Removes a folder that was made for nothing; tells in a warning of files that an earlier write of more files has left.
    pub(crate) fn finalize(&self) -> Option<String> {
        if let Some((name, identity)) = &self.made {
            // It works only where nothing is left in it.
            _ = name.remove_folder(*identity);
            return None;
        }
        let (folder, others) = (self.path.display(), self.others());
        (others > 0).then(|| {
            format!(
                "{folder}: also holds {others} of the files dgen-N that are not this write's, left by an earlier write of \
                 more files; reading or verifying the folder takes them too"
            )
        })
    }

    /// Files with numbers past those of this write.
    fn others(&self) -> usize {
        let Ok(entries) = fs::read_dir(&self.path) else { return 0 };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.filter(|name| number(name).is_some_and(|number| number >= self.files.len() as u64)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_as_their_numbers() {
        let names = folder_files(Path::new("d"), 100_001).unwrap();
        assert!(names.is_sorted() && names[0] == Path::new("d/dgen-000000"));
        assert_eq!(names[100_000], Path::new("d/dgen-100000"));
        for files in [0, MAX_FILES + 1] {
            assert!(folder_files(Path::new("d"), files).unwrap_err().to_string().contains("files"));
        }
    }
}

//! Finding the files below folders, in order of name.

use std::fs;
use std::path::{Path, PathBuf};

use dgen::{Error, ErrorKind, Result};

/// The paths that arguments stand for: folders become the regular files below them, in order of name.
///
/// # Errors
/// A folder without files, or one that cannot be listed.
pub fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for path in paths {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let files = files_below(path)?;
        if files.is_empty() {
            return Err(Error::new(ErrorKind::Usage, format!("{}: the folder holds no files", path.display())));
        }
        all.extend(files);
    }
    Ok(all)
}

/// The regular files below a folder, in order of name; links in it are left out.
///
/// # Errors
/// A folder in it that cannot be listed.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let fail = |e| Error::io("list", folder, None, e);
    let mut entries = fs::read_dir(folder).map_err(fail)?.collect::<std::io::Result<Vec<_>>>().map_err(fail)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(fail)?;
        if kind.is_dir() {
            collect(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

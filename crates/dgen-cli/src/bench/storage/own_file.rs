//! The file that a sweep writes: gone at the end if the sweep has made it, however the process ends.

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use dgen::{Error, Result};
use dgen_io::{OwnName, Scratch};

/// A path, and whether what lies there is the sweep's.
pub(super) struct OwnFile {
    path: PathBuf,
    /// What is written in place of the path where nothing was and nothing is to stay; absent where the file system, or a
    /// system without `/proc`, has no files without names.
    nameless: Option<Scratch>,
    /// What was made at the path in its place.
    made: Option<OwnName>,
    written: bool,
    keep: bool,
}

impl OwnFile {
    /// The path itself, or a file in it where it is a folder.
    pub(super) fn new(path: &Path, keep: bool) -> Self {
        let path =
            if path.is_dir() { path.join(format!("dgen-bench-{}.bin", std::process::id())) } else { path.to_owned() };
        let is_new = fs::symlink_metadata(&path).is_err();
        let nameless = if is_new && !keep { Scratch::beside(&path).ok() } else { None };
        // What fails here fails again in the first write, which says so.
        let made = if is_new && nameless.is_none() { OwnName::make(&path).ok() } else { None };
        Self { path, nameless, made, written: false, keep }
    }

    /// The path as people know it.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The path that leads to the file.
    pub(super) fn place(&self) -> PathBuf {
        self.nameless.as_ref().map_or_else(|| self.path.clone(), Scratch::path)
    }

    /// An error with the path as people know it.
    pub(super) fn told(&self, error: Error) -> Error {
        if error.path() == Some(&self.place()) { error.with_path(&self.path) } else { error }
    }

    /// Bytes in a regular file; `None` for anything else, and where there is nothing.
    pub(super) fn len(&self) -> Option<u64> {
        fs::metadata(self.place()).ok().filter(fs::Metadata::is_file).map(|metadata| metadata.len())
    }

    /// Whether there is data to read that is not the sweep's.
    pub(super) fn is_given(&self) -> bool {
        let is_device = || fs::metadata(&self.path).is_ok_and(|metadata| metadata.file_type().is_block_device());
        !self.written && self.len().map_or_else(is_device, |len| len > 0)
    }

    /// Whether the sweep has written it already, and so may write over it.
    pub(super) fn is_ours(&self) -> bool {
        self.written && self.made.as_ref().is_none_or(OwnName::is_there)
    }

    pub(super) fn written(&mut self) {
        self.written = true;
    }

    /// Removes the file, unless it is to stay or was there before, or something else has its name.
    pub(super) fn remove(&mut self) -> Result<()> {
        let stays = self.keep && self.written;
        self.written = false;
        self.made.take().filter(|_| !stays).map_or(Ok(()), |made| made.remove())
    }
}

impl Drop for OwnFile {
    fn drop(&mut self) {
        _ = self.remove();
    }
}

//! What the file system of a folder can do.

use std::fs::{File, OpenOptions, remove_file};
use std::path::Path;
use std::process;

use dgen::{Recipe, Result};
use serde::Serialize;

use crate::engine::uring;
use crate::options::modes::DirectMode;
use crate::storage::attributes::{Mark, StreamRange};
use crate::storage::direct::{Access, Direct};

/// I/O capabilities of a folder, found with a small file that is removed again.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct FolderCapabilities {
    /// Whether a file could be made there; the rest is unknown otherwise.
    pub writable: bool,
    /// Whether files can be reached without the page cache.
    pub direct: Option<bool>,
    /// Why, or why not.
    pub direct_reason: Option<String>,
    /// Positions and lengths of direct I/O are multiples of this, in bytes.
    pub direct_alignment: Option<u64>,
    /// Whether files can carry the recipe as extended attributes.
    pub attributes: Option<bool>,
}

/// Whether this process may use `io_uring`.
///
/// # Errors
/// Why not, in words.
pub fn io_uring_allowed() -> std::result::Result<(), String> {
    uring::probe()
}

/// Finds out what files in `folder` can do.
///
/// # Errors
/// When the test file cannot be examined.
pub fn folder_capabilities(folder: &Path) -> Result<FolderCapabilities> {
    let path = folder.join(format!(".dgen-info-{}", process::id()));
    let made = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
    let Ok(file) = made else {
        let unknown = (None, None, None, None);
        let (direct, direct_reason, direct_alignment, attributes) = unknown;
        return Ok(FolderCapabilities { writable: false, direct, direct_reason, direct_alignment, attributes });
    };
    let result = examine(&path, &file);
    _ = remove_file(&path);
    result
}

fn examine(path: &Path, file: &File) -> Result<FolderCapabilities> {
    let direct = Direct::choose(path, file, DirectMode::Auto, Access::Write, u64::MAX)?;
    let mark = Mark { recipe: Recipe::with_seed(0), range: StreamRange { offset: 0, size: 0 } };
    Ok(FolderCapabilities {
        writable: true,
        direct: Some(direct.file.is_some()),
        direct_reason: Some(direct.reason),
        direct_alignment: direct.file.is_some().then_some(direct.alignment),
        attributes: Some(mark.set(file).is_ok()),
    })
}

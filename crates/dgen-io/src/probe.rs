//! What the file system of a folder can do.

use std::path::Path;

use dgen::{Recipe, Result};
use serde::Serialize;

use crate::engine::uring;
use crate::options::modes::DirectMode;
use crate::storage::{attributes::Mark, attributes::StreamRange, direct::Access, direct::Direct, scratch::Scratch};

/// I/O capabilities of a folder, found with a file without a name.
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

/// Finds out what files in `folder` can do. Nothing is left there, however the process ends.
///
/// # Errors
/// When the test file cannot be examined.
pub fn folder_capabilities(folder: &Path) -> Result<FolderCapabilities> {
    let Ok(scratch) = Scratch::within(folder) else {
        let (direct, direct_reason, direct_alignment, attributes) = (None, None, None, None);
        return Ok(FolderCapabilities { writable: false, direct, direct_reason, direct_alignment, attributes });
    };
    let direct = Direct::choose(&scratch.path(), &scratch.0, DirectMode::Auto, Access::Write, u64::MAX)?;
    let mark = Mark { recipe: Recipe::with_seed(0), version: 0, range: StreamRange { offset: 0, size: 0 }, file: None };
    Ok(FolderCapabilities {
        writable: true,
        direct: Some(direct.file.is_some()),
        direct_reason: Some(direct.reason),
        direct_alignment: direct.file.is_some().then_some(direct.alignment),
        attributes: Some(mark.set(&scratch.0).is_ok()),
    })
}

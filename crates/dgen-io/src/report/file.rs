//! What reports say of one file, and how it was reached.

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::extents::cursor::Section;
use crate::storage::{open_file::OpenFile, origin::DataOrigin};

/// One file of a run.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct FileReport {
    /// The file.
    #[serde(serialize_with = "path_text")]
    pub path: PathBuf,
    /// Position in the file at which the range begins.
    pub file_offset: u64,
    /// Stream offset of the range's first byte; the file position again where there is no stream.
    pub offset: u64,
    /// Bytes of the range.
    pub size: u64,
    /// Bytes from the range's start on that were moved without a gap.
    pub valid_prefix: u64,
    /// Whether I/O bypassed the page cache.
    pub direct: bool,
    /// Why, or why not.
    pub direct_reason: String,
    /// What is known of where its bytes were read from; absent where they were written.
    pub data_read_from: Option<DataOrigin>,
    /// Why not more, and not less.
    pub data_read_from_reason: Option<String>,
    /// Whether the run had made the file, and removed it because nothing was written to it.
    pub removed: bool,
}

impl FileReport {
    /// Of the part of an open file that a section is, of which so many bytes are right from its beginning on.
    pub(crate) fn new(open: &OpenFile, section: &Section, valid_prefix: u64) -> Self {
        let (direct, direct_reason) = open.path_taken();
        let Section { file_offset, stream_offset: offset, size } = *section;
        let path = open.path.clone();
        let (data_read_from, data_read_from_reason, removed) = (None, None, false);
        Self {
            path,
            file_offset,
            offset,
            size,
            valid_prefix,
            direct,
            direct_reason,
            data_read_from,
            data_read_from_reason,
            removed,
        }
    }
}

/// The part of a prefix of the whole operation that each section has.
pub(crate) fn prefixes(mut prefix: u64, sections: impl Iterator<Item = u64>) -> Vec<u64> {
    let own = |size: u64| {
        let own = prefix.min(size);
        prefix -= own;
        own
    };
    sections.map(own).collect()
}

/// Whether all files are direct, with the reason of the first that is not, or else of the first.
pub(crate) fn path_taken(files: &[&OpenFile]) -> (bool, String) {
    let engines: Vec<_> = files.iter().map(|file| file.path_taken()).collect();
    let decisive = engines.iter().position(|(direct, _)| !direct).unwrap_or(0);
    let Some((direct, reason)) = engines.get(decisive) else { return (false, String::new()) };
    let differ = engines.iter().any(|other| other.0 != *direct);
    let place = if differ { format!("{}: ", files[decisive].path.display()) } else { String::new() };
    (*direct, format!("{place}{reason}"))
}

/// Writes a path as text, with U+FFFD for what is not UTF-8: any path can be reported.
pub(crate) fn path_text<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

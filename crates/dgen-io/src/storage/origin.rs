//! What is known of where bytes come from that are read: the device, or memory.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use super::medium::{Media, Medium};
use super::open_file::OpenFile;
use super::page_cache::{Left, forget};
use crate::extents::cursor::Section;
use crate::metrics::watch::Watch;

/// Paths that one warning names.
const NAMED: usize = 4;

/// What is known of where the bytes of a file were read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DataOrigin {
    /// The device that the file lies on: past the page cache, or after its pages were dropped from there.
    ReadFromTheDevice,
    /// Direct I/O, which this file system may answer from memory of its own.
    DirectTheFileSystemMayCache,
    /// Memory may have answered.
    ComparedInMemory,
}

impl fmt::Display for DataOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadFromTheDevice => "read from the device",
            Self::DirectTheFileSystemMayCache => "direct, the file system may cache",
            Self::ComparedInMemory => "compared in memory",
        })
    }
}

/// What is known, and why not more or less.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Known {
    pub(crate) origin: DataOrigin,
    pub(crate) reason: String,
}

impl Known {
    pub(crate) fn new(origin: DataOrigin, reason: impl Into<String>) -> Self {
        Self { origin, reason: reason.into() }
    }
}

/// What there is to know of a file before it is read.
pub(crate) enum Grounds {
    /// Memory was asked for.
    Cached,
    Sought {
        medium: Medium,
        left: Left,
    },
}

impl Grounds {
    /// Drops the pages of a part of a file, unless memory may answer; and looks at what else might. Comes back with a
    /// warning where what is in memory cannot be made durable.
    pub(crate) fn seek(
        media: &mut Media,
        open: &mut OpenFile,
        section: &Section,
        cached: bool,
        watch: Watch<'_>,
    ) -> (Self, Option<String>) {
        if cached {
            return (Self::Cached, None);
        }
        let medium = media.of(&open.buffered);
        if matches!(medium, Medium::Memory(_)) && open.direct.is_none() {
            return (Self::Sought { medium, left: Left::Unknown }, None);
        }
        let (left, failure) = forget(&open.buffered, section.file_offset, section.size, watch);
        if open.direct.is_none() && left == Left::Nothing {
            open.reason.push_str("; its pages were dropped from the cache first");
        }
        let warning = failure
            .map(|error| format!("{}: what memory holds of it cannot be made durable: {error}", open.path.display()));
        (Self::Sought { medium, left }, warning)
    }

    /// Of a file whose pages were left where they are.
    pub(crate) fn undropped(media: &mut Media, open: &OpenFile) -> Self {
        Self::Sought { medium: media.of(&open.buffered), left: Left::Unknown }
    }

    /// What is known of a file that was read.
    pub(crate) fn known(&self, open: &OpenFile) -> Known {
        let Self::Sought { medium, left } = self else {
            return Known::new(DataOrigin::ComparedInMemory, "cached reads were asked for");
        };
        let (was_direct, dropped) = (open.was_direct(), *left == Left::Nothing);
        let (origin, reason) = match medium {
            Medium::Memory(why) => (DataOrigin::ComparedInMemory, why.as_str()),
            Medium::Device { surely_direct: true } if was_direct => (DataOrigin::ReadFromTheDevice, "I/O was direct"),
            Medium::Device { .. } if dropped => {
                (DataOrigin::ReadFromTheDevice, "its pages were dropped from the page cache first")
            }
            Medium::Device { .. } if was_direct => (
                DataOrigin::DirectTheFileSystemMayCache,
                "the page cache may hold parts of it, which cannot be dropped",
            ),
            Medium::MayCache(why) if was_direct => (DataOrigin::DirectTheFileSystemMayCache, why.as_str()),
            Medium::MayCache(why) if dropped => (DataOrigin::ComparedInMemory, why.as_str()),
            Medium::Device { .. } | Medium::MayCache(_) => return self.kept(),
        };
        Known::new(origin, reason)
    }

    /// Where the page cache had some of it, and I/O was not direct.
    fn kept(&self) -> Known {
        let reason = match self {
            Self::Sought { left: Left::Pages(pages), .. } => {
                format!("{pages} of its pages stay in the page cache: some program maps or locks them")
            }
            _ => "the system does not say what the page cache holds of it".into(),
        };
        Known::new(DataOrigin::ComparedInMemory, reason)
    }
}

/// Warnings about files of which less is known than was to be had, one for each reason; none where memory was asked for.
pub(crate) fn warnings<'a>(files: impl IntoIterator<Item = (&'a Path, &'a Grounds, &'a Known)>) -> Vec<String> {
    let mut groups: Vec<(&Known, Vec<&Path>)> = Vec::new();
    for (path, grounds, known) in files {
        if known.origin == DataOrigin::ReadFromTheDevice || matches!(grounds, Grounds::Cached) {
            continue;
        }
        match groups.iter_mut().find(|(other, _)| *other == known) {
            Some((_, paths)) => paths.push(path),
            None => groups.push((known, vec![path])),
        }
    }
    groups.iter().map(|(known, paths)| warning(known, paths)).collect()
}

fn warning(known: &Known, paths: &[&Path]) -> String {
    let named: Vec<String> = paths.iter().take(NAMED).map(|path| path.display().to_string()).collect();
    let more = paths.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}: {}: {}", named.join(", "), known.origin, known.reason)
}

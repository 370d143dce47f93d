//! The report of verifying files: totals, the first damaged ranges, and a summary per file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use dgen::placement::PlacementReport;
use dgen::{DamageKind, DamageRange, Recipe, VerifyReport};
use serde::Serialize;

use crate::report::path_text;

/// A damaged range of one file; offsets are positions in the file.
#[derive(Clone, Debug, Serialize)]
pub struct PlacedRange {
    /// The file.
    #[serde(serialize_with = "path_text")]
    pub path: PathBuf,
    /// The range.
    #[serde(flatten)]
    pub range: DamageRange,
}

/// One verified file.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct VerifiedFile {
    /// The file.
    #[serde(serialize_with = "path_text")]
    pub path: PathBuf,
    /// Whether every byte was right.
    pub ok: bool,
    /// Bytes compared, missing ones included.
    pub bytes_checked: u64,
    /// Bytes in damaged ranges.
    pub bytes_bad: u64,
    /// Bytes before the first damaged one, from `file_offset` on.
    pub valid_prefix: u64,
    /// Damaged ranges.
    pub ranges_total: u64,
    /// Damaged bytes by kind.
    pub bytes_by_kind: BTreeMap<DamageKind, u64>,
    /// The recipe compared with.
    pub recipe: Recipe,
    /// Position in the file at which the range begins.
    pub file_offset: u64,
    /// Stream offset of the range's first byte.
    pub offset: u64,
    /// Bytes of the range.
    pub size: u64,
    /// Whether reading bypassed the page cache.
    pub direct: bool,
    /// Why, or why not.
    pub direct_reason: String,
}

/// What verifying files found. Made by [`verify`](crate::verify()).
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct VerifySummary {
    /// Whether every byte of every file was right, and none was left out.
    pub ok: bool,
    /// Bytes compared, missing ones included.
    pub bytes_checked: u64,
    /// Bytes in damaged ranges.
    pub bytes_bad: u64,
    /// Bytes before the first damaged one, over the files in their order.
    pub valid_prefix: u64,
    /// The first damaged ranges, in order; `ranges_total` says how many there are.
    pub ranges: Vec<PlacedRange>,
    /// Damaged ranges in all, also those not listed.
    pub ranges_total: u64,
    /// Damaged bytes by kind.
    pub bytes_by_kind: BTreeMap<DamageKind, u64>,
    /// The recipe compared with, if it was one for all files.
    pub recipe: Option<Recipe>,
    /// Bytes to check over all files.
    pub size: u64,
    /// Wall time in nanoseconds.
    pub elapsed_ns: u64,
    /// Bytes compared per second of wall time.
    pub bytes_per_s: f64,
    /// Workers.
    pub readers: usize,
    /// Bytes of a full I/O.
    pub buffer_size: u64,
    /// Whether the caller stopped it.
    pub interrupted: bool,
    /// Why it ended early, if it did.
    pub error: Option<String>,
    /// Where workers ran, and where their buffers came from; absent before the end.
    pub placement: Option<PlacementReport>,
    /// What a reader of the numbers should know.
    pub warnings: Vec<String>,
    /// One entry per file.
    pub files: Vec<VerifiedFile>,
}

/// Where and how one file was read.
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    pub(crate) file_offset: u64,
    pub(crate) offset: u64,
    pub(crate) size: u64,
    pub(crate) direct: bool,
    pub(crate) direct_reason: String,
}

impl VerifySummary {
    /// Adds the next file.
    pub(crate) fn add(&mut self, place: Place, report: VerifyReport) {
        let first = self.files.is_empty();
        if self.bytes_bad == 0 {
            self.valid_prefix += report.valid_prefix;
        }
        self.bytes_checked += report.bytes_checked;
        self.bytes_bad += report.bytes_bad;
        self.ranges_total += report.ranges_total;
        for (kind, bytes) in &report.bytes_by_kind {
            *self.bytes_by_kind.entry(*kind).or_default() += bytes;
        }
        self.recipe = if first { Some(report.recipe) } else { self.recipe.filter(|recipe| *recipe == report.recipe) };
        let placed = |range| PlacedRange { path: place.path.clone(), range };
        self.ranges.extend(report.ranges.into_iter().map(placed));
        self.files.push(VerifiedFile {
            path: place.path,
            ok: report.ok,
            bytes_checked: report.bytes_checked,
            bytes_bad: report.bytes_bad,
            valid_prefix: report.valid_prefix,
            ranges_total: report.ranges_total,
            bytes_by_kind: report.bytes_by_kind,
            recipe: report.recipe,
            file_offset: place.file_offset,
            offset: place.offset,
            size: place.size,
            direct: place.direct,
            direct_reason: place.direct_reason,
        });
    }
}

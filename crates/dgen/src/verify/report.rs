//! What verification found.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::recipe::Recipe;
use crate::stream::Stream;

/// What kind of damage a range has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DamageKind {
    /// All bytes are zero.
    Zeroed,
    /// Intact pages of this stream that belong elsewhere.
    Misplaced,
    /// Intact pages of another version of this stream, or of a stream with another seed, of those that the verifier was
    /// told of.
    Stale,
    /// A part of a page is right, the rest is other data: a write that was cut.
    Torn,
    /// Wrong bits here and there, or a line of the data that is stuck: most bits are right.
    Flipped,
    /// Data of this stream that lies some bytes behind or before the place where it belongs, by no whole pages, with what
    /// may have been put in before it.
    Shifted,
    /// Data that is none of the above.
    Foreign,
    /// Bytes that should be there but are not: a short file.
    Missing,
    /// Bytes past the end of the stream's range.
    Extra,
}

impl fmt::Display for DamageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Zeroed => "zeroed",
            Self::Misplaced => "misplaced",
            Self::Stale => "stale",
            Self::Torn => "torn",
            Self::Flipped => "flipped",
            Self::Shifted => "shifted",
            Self::Foreign => "foreign",
            Self::Missing => "missing",
            Self::Extra => "extra",
        })
    }
}

/// One damaged range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DamageRange {
    /// First damaged byte, in bytes.
    pub offset: u64,
    /// Bytes from there on.
    pub length: u64,
    /// The kind of damage.
    pub kind: DamageKind,
    /// For misplaced, stale and shifted data: the stream offset at which it belongs. Absent where shifted data begins with
    /// bytes that were put in before the beginning of the stream.
    pub source_offset: Option<u64>,
    /// For shifted data: by how many bytes it lies behind the place where it belongs; negative where it lies before it.
    pub shift: Option<i64>,
    /// For stale data: the seed of its stream.
    pub source_seed: Option<u64>,
    /// For stale data: the version of its stream that it is of.
    pub source_version: Option<u32>,
    /// For stale data: the version that was expected in its place.
    pub version: Option<u32>,
    /// For flipped bits: how many.
    pub bits: Option<u64>,
}

impl DamageRange {
    /// A range of a kind, with no further facts.
    pub fn new(offset: u64, length: u64, kind: DamageKind) -> Self {
        Self {
            offset,
            length,
            kind,
            source_offset: None,
            shift: None,
            source_seed: None,
            source_version: None,
            version: None,
            bits: None,
        }
    }

    /// Whether `next` continues this range, so that the two are one.
    fn continues_with(&self, next: &Self) -> bool {
        let follows = |source: u64| source.checked_add(self.length);
        let shifted_alike = self.shift.is_some() && self.shift == next.shift;
        self.offset + self.length == next.offset
            && self.kind == next.kind
            && self.source_seed == next.source_seed
            && self.source_version == next.source_version
            && (shifted_alike || self.shift == next.shift && self.source_offset.and_then(follows) == next.source_offset)
    }
}

impl fmt::Display for DamageRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<9} {} bytes at offset {}", self.kind, self.length, self.offset)?;
        if let Some(bits) = self.bits {
            write!(f, ", {bits} bits")?;
        }
        if let Some(shift) = self.shift {
            let side = if shift < 0 { "before" } else { "behind" };
            write!(f, ", {} bytes {side} its place", shift.unsigned_abs())?;
        }
        if let Some(source) = self.source_offset {
            write!(f, ", belongs at stream offset {source}")?;
        }
        if let Some(seed) = self.source_seed {
            write!(f, " of seed {seed:#x}")?;
        }
        if let Some(version) = self.source_version {
            write!(f, " in version {version}")?;
        }
        if let Some(version) = self.version {
            write!(f, ", where version {version} is expected")?;
        }
        Ok(())
    }
}

/// Adds a range, as part of the last one where it continues it.
pub(super) fn push_merged(ranges: &mut Vec<DamageRange>, next: DamageRange) {
    match ranges.last_mut() {
        Some(last) if last.continues_with(&next) => merge(last, &next),
        _ => ranges.push(next),
    }
}

fn merge(last: &mut DamageRange, next: &DamageRange) {
    last.length += next.length;
    last.bits = last.bits.zip(next.bits).map(|(x, y)| x + y);
}

/// The result of a verification.
#[derive(Clone, Debug, Serialize)]
pub struct VerifyReport {
    /// Whether every byte was right.
    pub ok: bool,
    /// Bytes compared, missing ones included.
    pub bytes_checked: u64,
    /// Bytes in damaged ranges.
    pub bytes_bad: u64,
    /// Bytes before the first damaged one.
    pub valid_prefix: u64,
    /// The first damaged ranges, in order; [`ranges_total`](Self::ranges_total) says how many there are.
    pub ranges: Vec<DamageRange>,
    /// Damaged ranges in all, also those not listed.
    pub ranges_total: u64,
    /// Damaged bytes by kind.
    pub bytes_by_kind: BTreeMap<DamageKind, u64>,
    /// The recipe compared with.
    pub recipe: Recipe,
    /// The version of its stream compared with.
    pub stream_version: u32,
    #[serde(skip)]
    limit: usize,
    #[serde(skip)]
    last: Option<DamageRange>,
}

impl VerifyReport {
    /// An empty report that will list at most `limit` ranges.
    pub fn new(stream: &Stream, limit: usize) -> Self {
        Self {
            ok: true,
            bytes_checked: 0,
            bytes_bad: 0,
            valid_prefix: 0,
            ranges: Vec::new(),
            ranges_total: 0,
            bytes_by_kind: BTreeMap::new(),
            recipe: *stream.recipe(),
            stream_version: stream.version_number(),
            limit,
            last: None,
        }
    }

    /// Adds what was found in the `length` bytes from `offset` on. Calls come in ascending order of offset.
    pub fn add(&mut self, offset: u64, length: u64, ranges: Vec<DamageRange>) {
        if self.ok {
            self.valid_prefix =
                ranges.first().map_or(self.valid_prefix + length, |first| self.valid_prefix + (first.offset - offset));
        }
        self.bytes_checked += length;
        for range in ranges {
            self.ok = false;
            self.bytes_bad += range.length;
            *self.bytes_by_kind.entry(range.kind).or_default() += range.length;
            self.add_range(range);
        }
    }

    fn add_range(&mut self, range: DamageRange) {
        if let Some(last) = self.last.as_mut().filter(|last| last.continues_with(&range)) {
            merge(last, &range);
            if let Some(listed) = self.ranges.last_mut().filter(|listed| listed.offset == last.offset) {
                listed.clone_from(last);
            }
            return;
        }
        self.ranges_total += 1;
        if self.ranges.len() < self.limit {
            self.ranges.push(range.clone());
        }
        self.last = Some(range);
    }
}

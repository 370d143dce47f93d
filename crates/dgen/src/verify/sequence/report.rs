//! What verification of data in a row found.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::verify::report::{DamageKind, DamageRange};

/// One fault of data that came in a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceRange {
    /// Bytes that had come before it.
    pub received_offset: u64,
    /// The stream offset: of what is missing; of which these bytes are, where they are misplaced or came again; else at
    /// which they lie. Absent for extra bytes that are of no known place.
    pub offset: Option<u64>,
    /// Bytes of it; of what came, or of what is missing.
    pub length: u64,
    /// `missing`: the bytes did not come. `extra`: they came again, or were put in. `misplaced`: they came before or behind
    /// their turn. All else is damage in place.
    pub kind: DamageKind,
    /// For flipped bits: how many.
    pub bits: Option<u64>,
}

impl SequenceRange {
    /// Damage of the stream that came behind so many bytes.
    pub(super) fn of(range: &DamageRange, received_offset: u64) -> Self {
        let DamageRange { offset, length, kind, bits, .. } = *range;
        Self { received_offset, offset: Some(offset), length, kind, bits }
    }
}

impl fmt::Display for SequenceRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<9} {} bytes behind {} received", self.kind, self.length, self.received_offset)?;
        if let Some(bits) = self.bits {
            write!(f, ", {bits} bits")?;
        }
        match (self.kind, self.offset) {
            (_, None) => Ok(()),
            (DamageKind::Extra | DamageKind::Misplaced, Some(offset)) => write!(f, ", of stream offset {offset}"),
            (_, Some(offset)) => write!(f, ", at stream offset {offset}"),
        }
    }
}

/// The result of verifying data that came in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceReport {
    /// Whether every byte came, once, in its turn and right.
    pub ok: bool,
    /// Bytes that came.
    pub bytes_received: u64,
    /// Bytes in damaged ranges.
    pub bytes_bad: u64,
    /// Bytes that came before the first fault.
    pub valid_prefix: u64,
    /// The first damaged ranges, in the order in which they came; `ranges_total` says how many there are.
    pub ranges: Vec<SequenceRange>,
    /// Damaged ranges in all, also those not listed.
    pub ranges_total: u64,
    /// Damaged bytes by kind.
    pub bytes_by_kind: BTreeMap<DamageKind, u64>,
}

/// The faults that were found so far.
#[derive(Debug)]
pub(super) struct Faults {
    limit: usize,
    report: SequenceReport,
    first: u64,
}

impl Faults {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, report: SequenceReport { ok: true, ..SequenceReport::default() }, first: u64::MAX }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.report.ok
    }

    pub(super) fn add(&mut self, range: SequenceRange) {
        let report = &mut self.report;
        report.ok = false;
        report.bytes_bad += range.length;
        report.ranges_total += 1;
        *report.bytes_by_kind.entry(range.kind).or_default() += range.length;
        self.first = self.first.min(range.received_offset);
        if report.ranges.len() < self.limit {
            report.ranges.push(range);
        }
    }

    /// All of it, where so many bytes came.
    pub(super) fn report(self, received: u64) -> SequenceReport {
        let Self { mut report, first, .. } = self;
        report.ranges.sort_by_key(|range| range.received_offset);
        report.bytes_received = received;
        report.valid_prefix = first.min(received);
        report
    }
}

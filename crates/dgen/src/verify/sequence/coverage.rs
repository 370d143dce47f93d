//! Which bytes of a range came, and in which order.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::report::{Faults, SequenceRange};
use crate::verify::report::DamageKind;

/// Most gaps that are remembered; of more, the first ones are missing for good.
const GAPS: usize = 1 << 16;

/// A piece of the stream that came in one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// Bytes that had come before it.
    pub(super) received: u64,
    /// Its stream offset.
    pub(super) offset: u64,
    pub(super) length: u64,
}

impl Run {
    /// The stream offset behind it.
    pub(super) fn end(self) -> u64 {
        self.offset + self.length
    }

    /// Bytes that had come at its end.
    pub(super) fn received_end(self) -> u64 {
        self.received + self.length
    }

    /// Its part between two stream offsets.
    fn part(self, from: u64, to: u64) -> Self {
        Self { received: self.received + (from - self.offset), offset: from, length: to - from }
    }

    fn fault(self, kind: DamageKind) -> SequenceRange {
        let Self { received, offset, length } = self;
        SequenceRange { received_offset: received, offset: Some(offset), length, kind, bits: None }
    }
}

/// A part of the range that did not come yet.
#[derive(Clone, Copy, Debug)]
struct Gap {
    end: u64,
    /// Bytes that had come when it was passed over.
    passed: Option<u64>,
}

/// What came of a range.
#[derive(Debug)]
pub(super) struct Coverage {
    /// By where they begin.
    gaps: BTreeMap<u64, Gap>,
    /// Where what comes in order goes on, but for what came already.
    cursor: u64,
    /// What came last before its turn, or behind a loss, and the offset that should have come.
    ahead: Option<(Run, u64)>,
}

impl Coverage {
    pub(super) fn new(start: u64, end: u64) -> Self {
        let gaps = (start < end).then_some((start, Gap { end, passed: None }));
        Self { gaps: gaps.into_iter().collect(), cursor: start, ahead: None }
    }

    /// The stream offset that should come next.
    pub(super) fn expected(&self) -> u64 {
        self.gap_at_or_behind(self.cursor).map_or(self.cursor, |(start, _)| start.max(self.cursor))
    }

    /// Where the last of what did not come yet begins, latest first.
    pub(super) fn open(&self) -> impl Iterator<Item = u64> {
        self.gaps.keys().rev().copied()
    }

    /// The gap in which an offset lies, or else the next one.
    fn gap_at_or_behind(&self, offset: u64) -> Option<(u64, Gap)> {
        let at = self.gaps.range(..=offset).next_back().filter(|(_, gap)| gap.end > offset);
        at.or_else(|| self.gaps.range(offset..).next()).map(|(start, gap)| (*start, *gap))
    }

    /// Takes a run that ended: what came before is extra.
    pub(super) fn run(&mut self, run: Run, faults: &mut Faults) {
        let mut at = run.offset;
        while at < run.end() {
            let gap = self.gap_at_or_behind(at);
            let next = match gap {
                Some((start, gap)) if start <= at => {
                    let next = gap.end.min(run.end());
                    self.arrived(run.part(at, next), faults);
                    next
                }
                other => {
                    let next = other.map_or(run.end(), |(start, _)| start.min(run.end()));
                    faults.add(run.part(at, next).fault(DamageKind::Extra));
                    next
                }
            };
            at = next;
        }
    }

    /// Takes a piece that did not come before, and lies in one gap.
    fn arrived(&mut self, piece: Run, faults: &mut Faults) {
        let expected = self.expected();
        self.cover(piece);
        match piece.offset.cmp(&expected) {
            Ordering::Equal => self.cursor = piece.end(),
            Ordering::Greater => {
                for (_, gap) in self.gaps.range_mut(expected..piece.offset) {
                    gap.passed = Some(piece.received);
                }
                self.ahead = Some((piece, expected));
                self.cursor = piece.end();
            }
            Ordering::Less => self.came_late(piece, faults),
        }
        while self.gaps.len() > GAPS {
            let Some((start, gap)) = self.gaps.pop_first() else { break };
            faults.add(missing(start, gap, piece.received));
        }
    }

    /// A piece came behind its turn, or the one before it before its own: of two that changed places, the shorter one was
    /// moved.
    fn came_late(&mut self, piece: Run, faults: &mut Faults) {
        let between = |(ahead, from): &(Run, u64)| (*from..ahead.offset).contains(&piece.offset);
        match self.ahead.filter(between) {
            Some((ahead, _)) if ahead.length < piece.length => {
                faults.add(ahead.fault(DamageKind::Misplaced));
                self.cursor = piece.end();
                self.ahead = None;
            }
            _ => faults.add(piece.fault(DamageKind::Misplaced)),
        }
    }

    fn cover(&mut self, piece: Run) {
        let Some((start, gap)) = self.gap_at_or_behind(piece.offset) else { return };
        self.gaps.remove(&start);
        if start < piece.offset {
            self.gaps.insert(start, Gap { end: piece.offset, ..gap });
        }
        if piece.end() < gap.end {
            self.gaps.insert(piece.end(), gap);
        }
    }

    /// Nothing more comes, behind so many bytes; `early`: nor need it.
    pub(super) fn end(&mut self, received: u64, early: bool, faults: &mut Faults) {
        let gaps = std::mem::take(&mut self.gaps);
        for (start, gap) in gaps.into_iter().filter(|(_, gap)| !early || gap.passed.is_some()) {
            faults.add(missing(start, gap, received));
        }
    }
}

fn missing(start: u64, gap: Gap, received: u64) -> SequenceRange {
    let passed = gap.passed.unwrap_or(received);
    Run { received: passed, offset: start, length: gap.end - start }.fault(DamageKind::Missing)
}

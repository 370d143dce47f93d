//! A part of an object, compared with what it should be as it comes.

use std::time::{Duration, Instant};

use bytes::Bytes;
use dgen::{DamageKind, DamageRange, Result, Verifier, VerifyReport};

use crate::metadata::Said;

/// Pages of the stream are compared whole, so that damage in them is named.
const PAGE: usize = 4096;

/// A part of an object, which one request asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// Which of the listed objects.
    pub(crate) object: usize,
    /// First byte in it.
    pub(crate) at: u64,
    pub(crate) size: u64,
}

/// Compares what comes with what should, from where it lies.
pub(crate) struct Comparer {
    verifier: Verifier,
    /// From a stream offset to that of the object, modulo 2^64.
    shift: u64,
    part: Part,
    /// Bytes of the part that the stream has; what follows is too much.
    wanted: u64,
    /// Bytes of the object that are not there, behind the last part.
    missing: u64,
    pub(crate) came: u64,
    /// The beginning of a page whose end is yet to come.
    page: Vec<u8>,
    found: VerifyReport,
    pub(crate) took: Duration,
}

impl Comparer {
    pub(crate) fn new(said: &Said, part: Part, size: u64, limit: usize) -> Result<Self> {
        let stream = said.mark.stream()?;
        let range = said.mark.range;
        let is_last = part.at + part.size == size;
        Ok(Self {
            found: VerifyReport::new(&stream, limit),
            verifier: Verifier::new(stream),
            shift: range.offset,
            part,
            wanted: range.size.saturating_sub(part.at).min(part.size),
            missing: if is_last { range.size.saturating_sub(size) } else { 0 },
            came: 0,
            page: Vec::new(),
            took: Duration::ZERO,
        })
    }

    pub(crate) fn take(&mut self, piece: &Bytes) -> Result<()> {
        let begin = Instant::now();
        let left = usize::try_from(self.wanted.saturating_sub(self.came)).unwrap_or(usize::MAX);
        let mut data = &piece[..piece.len().min(left)];
        self.came += piece.len() as u64;
        // Stream offset of the next byte to compare, and of that behind the data.
        let mut at = self.shift + self.part.at + self.came - piece.len() as u64 - self.page.len() as u64;
        if !self.page.is_empty() {
            let more = data.len().min(to_edge(at + self.page.len() as u64));
            self.page.extend_from_slice(&data[..more]);
            data = &data[more..];
            if !is_edge(at + self.page.len() as u64) {
                self.took += begin.elapsed();
                return Ok(());
            }
            let page = std::mem::take(&mut self.page);
            self.check(at, &page)?;
            at += page.len() as u64;
        }
        let behind = usize::try_from((at + data.len() as u64) % PAGE as u64).expect("below a page").min(data.len());
        let (whole, rest) = data.split_at(data.len() - behind);
        self.check(at, whole)?;
        self.page.extend_from_slice(rest);
        self.took += begin.elapsed();
        Ok(())
    }

    fn check(&mut self, at: u64, data: &[u8]) -> Result<()> {
        let mut ranges = self.verifier.check(at, data)?;
        for range in &mut ranges {
            range.offset -= self.shift;
        }
        self.found.add(at - self.shift, data.len() as u64, ranges);
        Ok(())
    }

    /// What was found, with what is missing or too much.
    pub(crate) fn end(mut self) -> Result<VerifyReport> {
        let compared = self.came.min(self.wanted);
        let page = std::mem::take(&mut self.page);
        self.check(self.shift + self.part.at + compared - page.len() as u64, &page)?;
        if self.came < self.part.size {
            // The store sent fewer bytes than it said.
            self.odd(self.part.at + self.came, self.part.size - self.came, DamageKind::Missing);
        }
        if self.came > self.wanted {
            self.odd(self.part.at + self.wanted, self.came - self.wanted, DamageKind::Extra);
        }
        if self.missing > 0 {
            self.odd(self.part.at + self.part.size, self.missing, DamageKind::Missing);
        }
        Ok(self.found)
    }

    fn odd(&mut self, at: u64, size: u64, kind: DamageKind) {
        self.found.add(at, size, vec![DamageRange::new(at, size, kind)]);
    }
}

fn to_edge(at: u64) -> usize {
    PAGE - usize::try_from(at % PAGE as u64).expect("below a page")
}

fn is_edge(at: u64) -> bool {
    at.is_multiple_of(PAGE as u64)
}

#[cfg(test)]
mod tests {
    use dgen_io::{Mark, StreamRange};

    use super::*;

    fn compared(range: StreamRange, part: Part, size: u64, data: &[u8], cut: usize) -> VerifyReport {
        let mark = Mark { recipe: dgen::Recipe::with_seed(9), version: 0, range, file: None };
        let mut comparer = Comparer::new(&Said { mark, set: None }, part, size, 10).unwrap();
        for piece in data.chunks(cut) {
            comparer.take(&Bytes::copy_from_slice(piece)).unwrap();
        }
        comparer.end().unwrap()
    }

    #[test]
    fn pieces_of_any_size_are_compared_and_damage_is_placed() {
        let range = StreamRange { offset: 10_000, size: 50_000 };
        let stream = dgen::Stream::new(&dgen::Recipe::with_seed(9)).unwrap();
        let mut data = vec![0; 50_000];
        stream.fill_at(10_000, &mut data).unwrap();
        for cut in [1, 100, 4096, 5000, 50_000] {
            for (at, size) in [(0, 50_000), (20_000, 10_000), (40_000, 10_000)] {
                let part = Part { object: 0, at, size };
                let held = &data[usize::try_from(at).unwrap()..][..usize::try_from(size).unwrap()];
                let report = compared(range, part, 50_000, held, cut);
                assert_eq!((report.ok, report.bytes_checked), (true, size), "{cut} {at}");
                let mut damaged = held.to_vec();
                damaged[7000..7004].fill(0xAA);
                let report = compared(range, part, 50_000, &damaged, cut);
                assert_eq!((report.bytes_checked, report.ranges_total), (size, 1));
                assert!((at + 7000 - 4096..at + 7004).contains(&report.ranges[0].offset), "{:?}", report.ranges);
            }
        }
    }

    #[test]
    fn what_is_missing_or_too_much_counts() {
        let range = StreamRange { offset: 0, size: 10_000 };
        let stream = dgen::Stream::new(&dgen::Recipe::with_seed(9)).unwrap();
        let mut data = vec![0; 12_000];
        stream.fill_at(0, &mut data).unwrap();
        let whole = |size| Part { object: 0, at: 0, size };
        let short = compared(range, whole(9000), 9000, &data[..9000], 4096);
        assert_eq!((short.bytes_bad, short.ranges[0].offset, short.ranges[0].kind), (1000, 9000, DamageKind::Missing));
        let long = compared(range, whole(12_000), 12_000, &data, 5000);
        assert_eq!((long.bytes_bad, long.ranges[0].offset, long.ranges[0].kind), (2000, 10_000, DamageKind::Extra));
        let behind = Part { object: 0, at: 11_000, size: 1000 };
        assert_eq!(compared(range, behind, 12_000, &data[11_000..], 300).bytes_bad, 1000);
        let empty = compared(range, whole(0), 0, &[], 1);
        assert_eq!((empty.bytes_bad, empty.bytes_checked), (10_000, 10_000));
    }
}

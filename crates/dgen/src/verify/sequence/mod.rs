//! Verification of data that comes in a row, as from a network: finds the stream again behind what was lost, repeated,
//! put in or moved, so that each fault is one range and all behind it is right.
//!
//! Bytes are compared where they lie; only around faults some are kept. What follows a fault is found by the tags of its
//! pages, at any byte, and followed back to the fault.

mod compare;
mod coverage;
mod odd;
mod report;
mod search;

pub use report::{SequenceRange, SequenceReport};

use super::Verifier;
use crate::error::Result;
use crate::stream::{Stream, check_range};
use crate::units::MAX_OFFSET;
use coverage::{Coverage, Run};
use odd::Odd;
use report::Faults;

/// Bytes regenerated at a time: small enough to stay in the first-level cache.
const CHUNK: usize = 16 << 10;

/// Bytes behind a fault that are looked at together, so that there are tags among them, and what a piece changed places with.
const AHEAD: usize = 96 << 10;

/// Most bytes taken at a time, so that what is kept around a fault is bounded.
const TAKEN: usize = 256 << 10;

/// Searches without a tag from one page that is found to the next: they cost more than the bytes they explain.
const SEARCHES: u32 = 4;

/// Compares bytes that come in a row with a range of a stream.
///
/// ```
/// use dgen::{DamageKind, Recipe, Stream, verify::SequenceVerifier};
/// let stream = Stream::new(&Recipe::with_seed(1))?;
/// let mut sent = vec![0; 1 << 20];
/// stream.fill_at(0, &mut sent)?;
/// let mut verifier = SequenceVerifier::new(stream, 0, 1 << 20, 20)?;
/// verifier.push(&sent[..100_000])?;
/// verifier.push(&sent[101_001..])?;
/// let report = verifier.finish()?;
/// let [lost] = &report.ranges[..] else { panic!("one range") };
/// assert_eq!((lost.kind, lost.offset, lost.length), (DamageKind::Missing, Some(100_000), 1001));
/// # Ok::<(), dgen::Error>(())
/// ```
#[derive(Debug)]
pub struct SequenceVerifier {
    verifier: Verifier,
    coverage: Coverage,
    faults: Faults,
    /// One past the last byte of the range.
    end: u64,
    /// The piece of the stream that is coming.
    run: Run,
    /// What came behind the run and is not of the stream.
    odd: Odd,
    /// What came and was not looked at yet; begins behind the odd bytes.
    held: Vec<u8>,
    /// Searches that are left.
    searches: u32,
}

impl SequenceVerifier {
    /// For the `size` bytes of a stream from `offset` on; lists at most `limit` damaged ranges.
    ///
    /// # Errors
    /// When the range reaches past 2^63.
    pub fn new(stream: Stream, offset: u64, size: u64, limit: usize) -> Result<Self> {
        check_range(offset, usize::try_from(size).unwrap_or(usize::MAX))?;
        let end = offset + size;
        Ok(Self {
            verifier: Verifier::new(stream),
            coverage: Coverage::new(offset, end),
            faults: Faults::new(limit),
            end,
            run: Run { received: 0, offset, length: 0 },
            odd: Odd::default(),
            held: Vec::new(),
            searches: SEARCHES,
        })
    }

    /// Takes the bytes that come next, of any number.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn push(&mut self, data: &[u8]) -> Result<()> {
        for data in data.chunks(TAKEN) {
            let right = if self.held.is_empty() && self.odd.is_empty() { self.take_right(data)? } else { 0 };
            if right < data.len() {
                self.held.extend_from_slice(&data[right..]);
                self.settle(false)?;
            }
        }
        Ok(())
    }

    /// Bytes that came so far.
    pub fn received(&self) -> u64 {
        self.run.received_end() + self.odd.length() + self.held.len() as u64
    }

    /// Whether all that came so far is right.
    pub fn is_right(&self) -> bool {
        self.faults.is_empty() && self.held.is_empty() && self.odd.is_empty() && self.run.received == 0
    }

    /// What was found, where no more comes. What did not come is missing.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn finish(self) -> Result<SequenceReport> {
        self.finished(false)
    }

    /// The same where the sender may have ended before the end of the range: nothing is missing behind what came.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn finish_early(self) -> Result<SequenceReport> {
        self.finished(true)
    }

    fn finished(mut self, early: bool) -> Result<SequenceReport> {
        self.settle(true)?;
        let mut received = self.received();
        if !self.odd.is_empty() {
            let room = self.end.saturating_sub(self.run.end()).min(self.odd.length());
            let (odd, rest) = std::mem::take(&mut self.odd).split(room);
            self.in_place(&odd)?;
            if !rest.is_empty() {
                self.faults.add(rest.elsewhere(self.run.received_end(), None, true));
            }
            received = self.run.received_end() + rest.length();
        }
        self.coverage.run(self.run, &mut self.faults);
        self.coverage.end(received, early, &mut self.faults);
        Ok(self.faults.report(received))
    }

    /// Compares data with what should come next; how much of its beginning is right, with which the run goes on.
    fn take_right(&mut self, data: &[u8]) -> Result<usize> {
        let mut expected = [0; CHUNK];
        let mut at = 0;
        while at < data.len() {
            let from = self.run.end();
            let room = usize::try_from(MAX_OFFSET - from).unwrap_or(usize::MAX);
            let len = (CHUNK - crate::units::page_remainder(from)).min(data.len() - at).min(room);
            let (expected, actual) = (&mut expected[..len], &data[at..at + len]);
            self.verifier.stream.fill_at(from, expected)?;
            let right = if expected == actual { len } else { compare::alike(expected, actual) };
            self.run.length += right as u64;
            at += right;
            if right < len || len == 0 {
                break;
            }
        }
        Ok(at)
    }

    /// Looks at what is held as far as there is enough of it, or all of it where no more comes.
    fn settle(&mut self, last: bool) -> Result<()> {
        let mut held = std::mem::take(&mut self.held);
        let mut at = 0;
        loop {
            if self.odd.is_empty() {
                at += self.take_right(&held[at..])?;
            }
            let rest = &held[at..];
            if rest.is_empty() || (rest.len() < AHEAD && !last) {
                break;
            }
            at += self.resolve(rest, last)?;
        }
        held.drain(..at);
        self.held = held;
        Ok(())
    }

    /// Finds where the stream goes on in data that does not; how many bytes are settled.
    fn resolve(&mut self, rest: &[u8], last: bool) -> Result<usize> {
        if let Some(found) = self.find(rest, last)? {
            self.odd.add(&rest[..found.at]);
            self.go_on(found.offset)?;
            return Ok(found.at);
        }
        // A tag may begin in the last bytes and end in the next ones.
        let settled = if last { rest.len() } else { rest.len() - compare::SEEN };
        self.odd.add(&rest[..settled]);
        Ok(settled)
    }

    /// The stream goes on at `offset`, behind the odd bytes.
    fn go_on(&mut self, offset: u64) -> Result<()> {
        let odd = std::mem::take(&mut self.odd);
        let (end, at) = (self.run.end(), self.run.received_end());
        if !odd.is_empty() && end.checked_add(odd.length()) == Some(offset) {
            return self.in_place(&odd);
        }
        self.coverage.run(self.run, &mut self.faults);
        if !odd.is_empty() {
            let put_in = offset == end || offset == self.coverage.expected();
            self.faults.add(odd.elsewhere(at, Some(end).filter(|_| !put_in), put_in));
        }
        self.run = Run { received: at + odd.length(), offset, length: 0 };
        Ok(())
    }

    /// The odd bytes lie where as many bytes of the stream belong.
    fn in_place(&mut self, odd: &Odd) -> Result<()> {
        for range in odd.damage(&self.verifier, self.run.end())? {
            let received = self.run.received_end() + (range.offset - self.run.end());
            self.faults.add(SequenceRange::of(&range, received));
        }
        self.run.length += odd.length();
        Ok(())
    }
}

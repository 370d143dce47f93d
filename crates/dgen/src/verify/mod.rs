//! Verification: compares data with the stream and says what kind of damage each damaged range is.
//!
//! Data is compared page by page with a page regenerated in the core's own cache; nothing is stored. Only pages
//! that differ are looked at closely.

mod classify;
mod difference;
mod hint;
mod report;
mod sequence;
mod shift;

pub use report::{DamageKind, DamageRange, VerifyReport};
pub use sequence::{SequenceRange, SequenceReport, SequenceVerifier};

use crate::error::Result;
use crate::stream::{Stream, check_range};
use crate::units::PAGE;
use hint::Hint;
use report::push_merged;

/// Bytes regenerated at a time: small enough to stay in the first-level cache.
const CHUNK: usize = 4 * PAGE;

/// Compares data with one stream, and names pages of other streams where it is told of them.
#[derive(Clone, Debug)]
pub struct Verifier {
    stream: Stream,
    stale: Vec<Stream>,
    hint: Hint,
}

impl Verifier {
    /// A verifier for `stream`.
    pub fn new(stream: Stream) -> Self {
        Self { stream, stale: Vec::new(), hint: Hint::default() }
    }

    /// Also recognises pages of these streams, and calls them stale.
    #[must_use]
    pub fn with_stale(mut self, streams: Vec<Stream>) -> Self {
        self.stale = streams;
        self
    }

    /// The stream compared with.
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Compares `data` with the stream from stream offset `offset` on.
    ///
    /// Returns the damaged ranges, in stream offsets, in order, adjacent ones of one kind merged. Data that is checked in
    /// pieces should be cut at multiples of 4096 of the stream offset: part of a page cannot be located.
    ///
    /// # Errors
    /// When the range reaches past 2^63.
    pub fn check(&self, offset: u64, data: &[u8]) -> Result<Vec<DamageRange>> {
        check_range(offset, data.len())?;
        let mut expected = [0; CHUNK];
        let mut ranges = Vec::new();
        let mut at = 0;
        while at < data.len() {
            let position = offset + at as u64;
            let len = (CHUNK - crate::units::page_remainder(position)).min(data.len() - at);
            let (expected, actual) = (&mut expected[..len], &data[at..at + len]);
            self.stream.fill_at(position, expected)?;
            if expected != actual {
                self.check_pages(position, expected, actual, &mut ranges);
            }
            at += len;
        }
        Ok(ranges)
    }

    fn check_pages(&self, offset: u64, expected: &[u8], actual: &[u8], ranges: &mut Vec<DamageRange>) {
        let mut at = 0;
        while at < actual.len() {
            let position = offset + at as u64;
            let len = (PAGE - crate::units::page_remainder(position)).min(actual.len() - at);
            let (expected, actual) = (&expected[at..at + len], &actual[at..at + len]);
            if expected != actual {
                push_merged(ranges, self.classify(position, expected, actual));
            }
            at += len;
        }
    }
}

impl Stream {
    /// Compares `data` with the stream from `offset` on, without copying it, and says what kind of damage there is.
    ///
    /// # Errors
    /// When the range reaches past 2^63.
    ///
    /// ```
    /// use dgen::{Recipe, Stream, verify::DamageKind};
    /// let stream = Stream::new(&Recipe::with_seed(1))?;
    /// let mut data = vec![0; 3 * 4096];
    /// stream.fill_at(0, &mut data)?;
    /// data[4096..8192].fill(0);
    /// let report = stream.verify_at(0, &data)?;
    /// assert!(!report.ok);
    /// assert_eq!((report.ranges[0].offset, report.ranges[0].length), (4096, 4096));
    /// assert_eq!(report.ranges[0].kind, DamageKind::Zeroed);
    /// # Ok::<(), dgen::Error>(())
    /// ```
    pub fn verify_at(&self, offset: u64, data: &[u8]) -> Result<VerifyReport> {
        let ranges = Verifier::new(self.clone()).check(offset, data)?;
        let mut report = VerifyReport::new(self, usize::MAX);
        report.add(offset, data.len() as u64, ranges);
        Ok(report)
    }
}

#[cfg(test)]
mod tests;

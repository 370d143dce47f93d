//! The bytes of one connection, as they come.

use std::io::{self, ErrorKind as IoKind};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use dgen::units::PAGE;
use dgen::{Error, ErrorKind, Result, SequenceReport, SequenceVerifier, Stream};
use dgen_io::{StreamRange, Watch};

/// Bytes read at a time: they stay in the second-level cache until they are compared.
const BUFFER: usize = 256 << 10;
/// How many bytes more than asked for are listened to: as many again, and so many.
const MORE: u64 = 64 << 20;

/// What should come.
pub(crate) struct Due<'a> {
    pub(crate) stream: &'a Stream,
    pub(crate) part: StreamRange,
    /// Whether it may end earlier.
    pub(crate) open: bool,
    /// Whether to compare it.
    pub(crate) verify: bool,
    /// Damaged ranges to list.
    pub(crate) limit: usize,
}

/// What came.
pub(crate) struct Came {
    pub(crate) report: SequenceReport,
    pub(crate) elapsed: Duration,
    /// Time in which it was compared.
    pub(crate) comparing: Duration,
    pub(crate) error: Option<Error>,
}

impl Due<'_> {
    /// Takes all that `read` gives, to its end or a failure. `failed` makes an error of that.
    pub(crate) fn take(
        &self,
        mut read: impl FnMut(&mut [u8]) -> io::Result<usize>,
        failed: impl Fn(u64, io::Error) -> Error,
        watch: Watch<'_>,
    ) -> Result<Came> {
        let begin = Instant::now();
        let mut taken = Taken::new(self)?;
        let mut error = None;
        let most = self.part.size.saturating_mul(2).saturating_add(MORE);
        loop {
            match read(taken.room()) {
                Ok(0) => break,
                Ok(read) => {
                    taken.add(read)?;
                    if let Some(counter) = watch.done {
                        counter.fetch_add(read as u64, Ordering::Relaxed);
                    }
                }
                Err(e) if e.kind() == IoKind::Interrupted => {}
                Err(e) => {
                    error = Some(failed(taken.received, e));
                    break;
                }
            }
            if taken.received > most {
                let told = format!("{} bytes came where {} are due: this has no end", taken.received, self.part.size);
                error = Some(Error::new(ErrorKind::Io, told));
                break;
            }
        }
        let elapsed = begin.elapsed();
        // What did not come since the connection failed is no damage of the data.
        let (report, comparing) = taken.finish(self.open || error.is_some())?;
        let error = error.map(|error| self.with_progress(error, report.bytes_received));
        Ok(Came { report, elapsed, comparing, error })
    }

    fn with_progress(&self, error: Error, received: u64) -> Error {
        if error.kind() == ErrorKind::Interrupted {
            return error;
        }
        Error::new(error.kind(), format!("{error}; {received} of {} bytes had come", self.part.size))
    }
}

/// What came so far, with the beginning of a page that has not come whole.
struct Taken {
    buffer: Vec<u8>,
    kept: usize,
    received: u64,
    size: u64,
    verifier: Option<SequenceVerifier>,
    /// Bytes of the first page of the part that lie before it.
    before: usize,
    comparing: Duration,
}

impl Taken {
    fn new(due: &Due<'_>) -> Result<Self> {
        let StreamRange { offset, size } = due.part;
        let new = || SequenceVerifier::new(due.stream.clone(), offset, size, due.limit);
        let verifier = due.verify.then(new).transpose()?;
        let before = usize::try_from(offset % PAGE as u64).expect("it is below a page");
        Ok(Self { buffer: vec![0; BUFFER], kept: 0, received: 0, size, verifier, before, comparing: Duration::ZERO })
    }

    /// Where the next bytes go.
    fn room(&mut self) -> &mut [u8] {
        &mut self.buffer[self.kept..]
    }

    /// Takes so many bytes more. Whole pages are compared; what is left waits at the beginning of the buffer.
    fn add(&mut self, read: usize) -> Result<()> {
        self.received += read as u64;
        let Some(verifier) = &mut self.verifier else { return Ok(()) };
        let begin = Instant::now();
        let there = self.kept + read;
        let rest = (self.before + there) % PAGE;
        let whole = there.saturating_sub(rest);
        verifier.push(&self.buffer[..whole])?;
        self.buffer.copy_within(whole..there, 0);
        self.kept = there - whole;
        self.before = if whole > 0 { 0 } else { self.before };
        self.comparing += begin.elapsed();
        Ok(())
    }

    fn finish(self, open: bool) -> Result<(SequenceReport, Duration)> {
        let Some(mut verifier) = self.verifier else {
            let ok = open || self.received == self.size;
            let report = SequenceReport { ok, bytes_received: self.received, ..SequenceReport::default() };
            return Ok((report, self.comparing));
        };
        verifier.push(&self.buffer[..self.kept])?;
        let report = if open { verifier.finish_early()? } else { verifier.finish()? };
        Ok((report, self.comparing))
    }
}

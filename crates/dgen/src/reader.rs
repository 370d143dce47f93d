//! A range of a stream as a file-like reader.

use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::ops::Range;

use crate::error::{Error, Result};
use crate::stream::Stream;
use crate::units::MAX_OFFSET;

const BUFFER: usize = 64 << 10;

/// Reads a range of a stream; position 0 is the range's first byte. Made by [`Stream::reader`].
///
/// `Read` fills the caller's buffer directly; only `BufRead` uses a buffer, of 64 KiB, made on first use.
#[derive(Clone, Debug)]
pub struct StreamReader {
    stream: Stream,
    range: Range<u64>,
    position: u64,
    buffer: Vec<u8>,
    /// Position of the buffer's first byte, when it holds any.
    buffered_at: u64,
}

impl Stream {
    /// A reader over a range of the stream, with its own position (`Read`, `BufRead`, `Seek`).
    ///
    /// # Errors
    /// When the range reaches past 2^63 or ends before it starts.
    pub fn reader(&self, range: Range<u64>) -> Result<StreamReader> {
        if range.start > range.end || range.end > MAX_OFFSET {
            let given = format!("{}..{}", range.start, range.end);
            return Err(Error::invalid("range", given, "start <= end <= 2^63"));
        }
        Ok(StreamReader { stream: self.clone(), range, position: 0, buffer: Vec::new(), buffered_at: 0 })
    }
}

impl StreamReader {
    /// Bytes in the range.
    pub fn len(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// Whether the range is empty.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// Bytes from the start of the range.
    pub fn position(&self) -> u64 {
        self.position
    }

    fn left(&self) -> u64 {
        self.len().saturating_sub(self.position)
    }

    /// The next `len` bytes of the range (fewer at its end) as one shared buffer, for asynchronous servers.
    ///
    /// # Errors
    /// Never for a range made by [`Stream::reader`]; the result is that of the fill.
    pub fn next_bytes(&mut self, len: usize) -> io::Result<bytes::Bytes> {
        let mut buffer = vec![0; usize::try_from(self.left()).map_or(len, |left| left.min(len))];
        self.read_exact(&mut buffer)?;
        Ok(buffer.into())
    }
}

impl Read for StreamReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = usize::try_from(self.left()).map_or(out.len(), |left| left.min(out.len()));
        self.stream.fill_at(self.range.start + self.position, &mut out[..len]).map_err(io::Error::other)?;
        self.position += len as u64;
        Ok(len)
    }
}

impl BufRead for StreamReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let end = self.buffered_at + self.buffer.len() as u64;
        if self.buffer.is_empty() || self.position < self.buffered_at || self.position >= end {
            let len = usize::try_from(self.left()).map_or(BUFFER, |left| left.min(BUFFER));
            self.buffer.resize(len, 0);
            self.stream.fill_at(self.range.start + self.position, &mut self.buffer).map_err(io::Error::other)?;
            self.buffered_at = self.position;
        }
        let skip = usize::try_from(self.position - self.buffered_at).map_err(io::Error::other)?;
        Ok(&self.buffer[skip..])
    }

    fn consume(&mut self, amount: usize) {
        self.position += amount as u64;
    }
}

impl Seek for StreamReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(by) => self.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        let target = target.filter(|&target| target <= MAX_OFFSET - self.range.start);
        self.position = target.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "seek outside the stream"))?;
        Ok(self.position)
    }
}

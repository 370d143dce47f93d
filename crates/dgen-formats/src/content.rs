//! What a file holds: a range of a stream, divided into records.

use std::io;
use std::ops::Range;

use dgen::units::MAX_OFFSET;
use dgen::{Error, Result, Stream};

use crate::dtype::Dtype;

/// Bytes that are generated at a time: they stay in the caches of one core until the sink has taken them.
pub(crate) const CHUNK: usize = 256 << 10;

/// Where a buffer begins: at a line of the caches, so that stores to it cross none.
const LINE: usize = dgen::units::LINE;

/// One file: the range of a stream that is its payload, and how it is divided.
#[derive(Clone, Copy, Debug)]
pub struct Content<'a> {
    /// The stream that the payload is of.
    pub stream: &'a Stream,
    /// Stream offset of the payload's first byte.
    pub offset: u64,
    /// Bytes of payload; 0 makes a file without records.
    pub size: u64,
    /// Bytes of a record (a sample, a row), at least 1. A shorter one ends the file where the format has records of any
    /// length (`raw`, `tfrecord`); elsewhere the size is a multiple of it.
    pub record: u64,
    /// The type of the elements that a record is made of, for formats that name one.
    pub dtype: Dtype,
}

impl<'a> Content<'a> {
    /// A range of a stream as one record of bytes.
    pub fn new(stream: &'a Stream, offset: u64, size: u64) -> Self {
        Self { stream, offset, size, record: size.max(1), dtype: Dtype::U8 }
    }

    /// Records in the file, a shorter last one among them; none where the record size is 0, which no format accepts.
    pub fn records(&self) -> u64 {
        if self.record == 0 { 0 } else { self.size.div_ceil(self.record) }
    }

    /// Refuses what no format holds.
    pub(crate) fn check(&self) -> Result<()> {
        if self.record == 0 || self.record >= MAX_OFFSET {
            return Err(Error::invalid("record size", self.record, "1 byte to 2^63 - 1 bytes"));
        }
        match self.offset.checked_add(self.size) {
            Some(end) if end <= MAX_OFFSET => Ok(()),
            _ => {
                let given = format_args!("{} (from stream offset {})", self.size, self.offset);
                Err(Error::invalid("file size", given, "ranges of the stream that end at or below 2^63"))
            }
        }
    }

    /// Refuses sizes that end within a record.
    pub(crate) fn check_whole(&self) -> Result<()> {
        if self.size.is_multiple_of(self.record) {
            return Ok(());
        }
        let accepted = format!("multiples of the record size, {}", self.record);
        Err(Error::invalid("file size", self.size, &accepted))
    }

    /// Refuses records that end within an element.
    pub(crate) fn check_elements(&self) -> Result<()> {
        if self.record.is_multiple_of(self.dtype.size()) {
            return Ok(());
        }
        let accepted = format!("multiples of {}, the size of {}", self.dtype.size(), self.dtype);
        Err(Error::invalid("record size", self.record, &accepted))
    }

    /// The payload from its first byte on.
    pub(crate) fn payload(&self) -> Payload<'a> {
        let buffer = vec![0; CHUNK + LINE];
        let start = buffer.as_ptr().align_offset(LINE).min(LINE);
        let end = self.offset + self.size;
        Payload { stream: self.stream, next: self.offset, end, buffer, start, ready: start..start }
    }
}

/// The total of a file's payload and what the format adds, if a file can be so long.
pub(crate) fn total(size: u64, added: u64) -> Result<u64> {
    let total = size.checked_add(added).filter(|&total| total < MAX_OFFSET);
    total.ok_or_else(|| {
        let accepted = format!("sizes that make a file of less than 2^63 bytes, of which the format adds {added}");
        Error::invalid("file size", size, &accepted)
    })
}

/// A payload that is handed out piece by piece, generated a chunk at a time.
pub(crate) struct Payload<'a> {
    stream: &'a Stream,
    /// Stream offset of what is generated next.
    next: u64,
    end: u64,
    buffer: Vec<u8>,
    start: usize,
    /// What of the buffer is generated and not yet handed out.
    ready: Range<usize>,
}

impl Payload<'_> {
    /// The next bytes: at most `most`, at least one where there are any and `most` asks for any.
    pub(crate) fn next(&mut self, most: u64) -> io::Result<&[u8]> {
        if self.ready.is_empty() && most > 0 {
            self.generate()?;
        }
        let len = usize::try_from(most).map_or(self.ready.len(), |most| most.min(self.ready.len()));
        let piece = self.ready.start..self.ready.start + len;
        self.ready.start = piece.end;
        Ok(&self.buffer[piece])
    }

    /// Hands the next `bytes` bytes, or as many as there are, to `take`.
    pub(crate) fn each(&mut self, mut bytes: u64, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        while bytes > 0 {
            let piece = self.next(bytes)?;
            if piece.is_empty() {
                return Ok(());
            }
            bytes -= piece.len() as u64;
            take(piece)?;
        }
        Ok(())
    }

    /// Generates up to the next multiple of a chunk in the stream, so that no page is made twice.
    fn generate(&mut self) -> io::Result<()> {
        let chunk = CHUNK as u64;
        let len = (chunk - self.next % chunk).min(self.end - self.next);
        let ready = self.start..self.start + usize::try_from(len).expect("a chunk fits in memory");
        self.stream.fill_at(self.next, &mut self.buffer[ready.clone()]).map_err(io::Error::other)?;
        self.next += len;
        self.ready = ready;
        Ok(())
    }
}

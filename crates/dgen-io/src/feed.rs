//! Where the bytes to verify come from: a file read anywhere, or a reader read in order.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use dgen::{Error, ErrorKind};

use crate::attributes::StreamRange;
use crate::buffer::AlignedBuffer;
use crate::direct::ALIGNMENT;
use crate::extents::{Cursor, Extent};
use crate::modes::DirectMode;
use crate::source::Source;
use crate::transfer::{Channel, Partial};

/// Where a worker gets the next bytes from.
pub(crate) enum Feed<'a> {
    /// Read anywhere, by any worker, up to the given length.
    File(Box<Source>),
    /// Read in order, by one worker at a time; the flag says that it has ended.
    Reader(PathBuf, Mutex<(Box<dyn Read + Send + 'a>, bool)>),
}

/// Opens a file; directly only where the stream's pages and the file's blocks have the same boundaries.
fn open(path: &Path, direct: DirectMode, range: &StreamRange, file_offset: u64) -> dgen::Result<Source> {
    let mut source = Source::open(path, direct)?;
    if source.channel.direct.is_some() && !range.offset.abs_diff(file_offset).is_multiple_of(source.channel.alignment) {
        if direct == DirectMode::On {
            let message = "direct I/O is not possible: file and stream offset differ by a part of the alignment";
            return Err(Error::new(ErrorKind::Usage, format!("{}: {message}", path.display())));
        }
        source.channel.direct = None;
        source.channel.alignment = ALIGNMENT;
        source.channel.reason = "file and stream offset differ by a part of the alignment".into();
    }
    Ok(source)
}

impl Feed<'_> {
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File(source) => &source.channel.path,
            Self::Reader(name, _) => name,
        }
    }

    pub(crate) fn channel(&self) -> Option<&Channel> {
        match self {
            Self::File(source) => Some(&source.channel),
            Self::Reader(..) => None,
        }
    }

    /// Claims the next extent and reads it, as far as there is data.
    pub(crate) fn next(&self, cursor: &Cursor, buffer: &mut AlignedBuffer) -> Option<(Extent, Result<usize, Partial>)> {
        match self {
            Self::File(source) => {
                let (_, extent) = cursor.claim()?;
                Some((extent, source.channel.read_full(buffer.head(extent.len), extent.file_offset)))
            }
            Self::Reader(_, reader) => {
                let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
                if reader.1 {
                    return None;
                }
                let (_, extent) = cursor.claim()?;
                let read = fill(&mut reader.0, buffer.head(extent.len));
                reader.1 = !matches!(read, Ok(done) if done == extent.len);
                Some((extent, read))
            }
        }
    }

    /// Bytes from position `end` on. Reads a reader, which has come that far, to its end.
    pub(crate) fn bytes_behind(&self, end: u64) -> io::Result<u64> {
        match self {
            Self::File(source) if source.is_device => Ok(0),
            Self::File(source) => Ok(source.len.saturating_sub(end)),
            Self::Reader(_, reader) => {
                let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
                io::copy(&mut reader.0, &mut io::sink())
            }
        }
    }

    /// A regular file or block device.
    pub(crate) fn open(path: &Path, direct: DirectMode, range: &StreamRange, file_offset: u64) -> dgen::Result<Self> {
        Ok(Self::File(Box::new(open(path, direct, range, file_offset)?)))
    }
}

/// Reads until `data` is full or the reader ends.
fn fill(reader: &mut dyn Read, data: &mut [u8]) -> Result<usize, Partial> {
    let mut done = 0;
    while done < data.len() {
        match reader.read(&mut data[done..]) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err((done, e)),
        }
    }
    Ok(done)
}

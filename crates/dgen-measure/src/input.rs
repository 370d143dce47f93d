//! What can be measured, and how it is opened.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind as IoKind, Read, Seek, SeekFrom, stdin};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dgen::{Error, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;

/// One input of [`measure`](crate::measure()). The block grid restarts at each.
#[non_exhaustive]
pub enum Input<'a> {
    /// A regular file, a block device, or anything else that can be opened and read, such as a named pipe.
    ///
    /// A regular file is measured at the length it has when it is opened; of one that shrinks meanwhile, what is left is
    /// measured, and it is listed as skipped. The writer of a named pipe is waited for.
    Path(PathBuf),
    /// Standard input, to its end.
    Stdin,
    /// A reader, to its end.
    Reader {
        /// What errors call it.
        name: String,
        /// Where the bytes come from.
        reader: Box<dyn Read + Send + 'a>,
    },
    /// Bytes in memory; they are not copied unless they are compressed.
    Bytes(&'a [u8]),
}

impl Input<'_> {
    /// The input that a command-line argument means: `-` is standard input, anything else a path.
    ///
    /// ```
    /// use dgen_measure::Input;
    /// assert!(matches!(Input::from_arg("-"), Input::Stdin));
    /// assert!(matches!(Input::from_arg("./-"), Input::Path(_)));
    /// ```
    pub fn from_arg(arg: impl Into<PathBuf>) -> Self {
        let path = arg.into();
        if path.as_os_str() == "-" { Self::Stdin } else { Self::Path(path) }
    }
}

impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Self::Stdin => f.write_str("Stdin"),
            Self::Reader { name, .. } => f.debug_struct("Reader").field("name", name).finish_non_exhaustive(),
            Self::Bytes(bytes) => f.debug_struct("Bytes").field("len", &bytes.len()).finish(),
        }
    }
}

/// An opened input.
pub(crate) enum Source<'a> {
    /// Of known length: read anywhere, by any thread.
    Store(Store<'a>, u64),
    /// Of unknown length: read from front to back.
    Stream(Stream<'a>),
}

/// An input of known length.
#[derive(Clone)]
pub(crate) enum Store<'a> {
    Memory(&'a [u8]),
    File(Arc<(PathBuf, File)>),
}

/// An input that ends where it ends.
pub(crate) struct Stream<'a> {
    name: PathBuf,
    from: Origin<'a>,
    offset: u64,
}

/// Where a stream comes from.
enum Origin<'a> {
    Reader(Box<dyn Read + Send + 'a>),
    /// What can be waited for, so that waiting ends when it is cancelled.
    File(File),
}

impl<'a> Source<'a> {
    pub(crate) fn open(input: Input<'a>) -> Result<Self> {
        let stream = |name: PathBuf, from| Self::Stream(Stream { name, from, offset: 0 });
        Ok(match input {
            Input::Bytes(bytes) => Self::Store(Store::Memory(bytes), bytes.len() as u64),
            Input::Stdin => {
                let input = stdin().as_fd().try_clone_to_owned().map_err(|e| Error::io("open", "-", None, e))?;
                stream("-".into(), Origin::File(input.into()))
            }
            Input::Reader { name, reader } => stream(name.into(), Origin::Reader(reader)),
            Input::Path(path) => {
                let (file, len) = open_path(&path)
                    .map_err(|e| dangling(&path).unwrap_or_else(|| Error::io("open", &path, None, e)))?;
                match len {
                    Some(len) => Self::Store(Store::File(Arc::new((path, file))), len),
                    None => stream(path, Origin::File(file)),
                }
            }
        })
    }
}

/// The error for a path that is a link to what does not exist.
fn dangling(path: &Path) -> Option<Error> {
    let missing = path.metadata().is_err_and(|e| e.kind() == IoKind::NotFound);
    let target = path.read_link().ok().filter(|_| missing)?;
    let (shown, target) = (path.display(), target.display());
    let message = format!("cannot open {shown}: it is a dangling link: {target} does not exist");
    Some(Error::about(dgen::ErrorKind::Io, path, Errno::NOENT.raw_os_error(), message))
}

/// The file, and its length where it has one. A pipe without a writer is opened, too: its writer is waited for when it is
/// read.
fn open_path(path: &Path) -> std::io::Result<(File, Option<u64>)> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).expect("flags fit");
    let mut file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(IoKind::IsADirectory.into());
    }
    let len = if metadata.file_type().is_block_device() {
        Some(file.seek(SeekFrom::End(0))?)
    } else if metadata.is_file() && metadata.len() > 0 {
        Some(metadata.len())
    } else {
        // Empty, or a file that the system makes up while it is read, as under /proc.
        None
    };
    Ok((file, len))
}

impl<'a> Store<'a> {
    /// The bytes themselves, where they are in memory.
    pub(crate) fn borrow(&self, offset: u64, len: usize) -> Option<&'a [u8]> {
        let Self::Memory(bytes) = self else { return None };
        let start = usize::try_from(offset).ok()?;
        bytes.get(start..)?.get(..len)
    }

    /// Fills `buffer` from `offset`; how far that went, and what ended it early.
    pub(crate) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> (usize, Option<Error>) {
        match self {
            Self::Memory(_) => {
                buffer.copy_from_slice(self.borrow(offset, buffer.len()).expect("extents lie inside their input"));
                (buffer.len(), None)
            }
            Self::File(open) => {
                let (path, file) = &**open;
                let mut done = 0;
                while done < buffer.len() {
                    let at = offset + done as u64;
                    match file.read_at(&mut buffer[done..], at) {
                        Ok(0) => {
                            let shrank = std::io::Error::new(IoKind::UnexpectedEof, "the file became shorter");
                            return (done, Some(Error::io("read", path, Some(at), shrank)));
                        }
                        Ok(n) => done += n,
                        Err(e) if e.kind() == IoKind::Interrupted => {}
                        Err(e) => return (done, Some(Error::io("read", path, Some(at), e))),
                    }
                }
                (done, None)
            }
        }
    }
}

/// Longest wait for a stream until the next look at the cancel flag.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

impl Origin<'_> {
    /// Reads what there is, and waits for something where there is nothing yet; `None` once it is cancelled.
    fn read(&mut self, buffer: &mut [u8], cancel: &AtomicBool) -> std::io::Result<Option<usize>> {
        let file = match self {
            Self::Reader(reader) => return reader.read(buffer).map(Some),
            Self::File(file) => file,
        };
        loop {
            if cancel.load(Ordering::Relaxed) {
                return Ok(None);
            }
            if poll(&mut [PollFd::new(file, PollFlags::IN)], Some(&LOOK))? > 0 {
                match file.read(buffer) {
                    Err(e) if e.kind() == IoKind::WouldBlock => {}
                    other => return other.map(Some),
                }
            }
        }
    }
}

impl Stream<'_> {
    /// Fills `buffer` as far as the stream goes: a shorter length means that it ended, failed or was cancelled.
    pub(crate) fn read(&mut self, buffer: &mut [u8], cancel: &AtomicBool) -> (usize, Option<Error>) {
        let mut done = 0;
        while done < buffer.len() {
            match self.from.read(&mut buffer[done..], cancel) {
                Ok(None | Some(0)) => break,
                Ok(Some(n)) => {
                    done += n;
                    self.offset += n as u64;
                }
                Err(e) if e.kind() == IoKind::Interrupted => {}
                Err(e) => return (done, Some(Error::io("read", &self.name, Some(self.offset), e))),
            }
        }
        (done, None)
    }
}

//! What can be measured, and how it is opened.

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind as IoKind, Read, Seek, SeekFrom, stdin};
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dgen::{Error, Result};

/// One input of [`measure`](crate::measure()). The block grid restarts at each.
#[non_exhaustive]
pub enum Input<'a> {
    /// A regular file, a block device, or anything else that can be opened and read, such as a named pipe.
    ///
    /// A regular file is measured at the length it has when it is opened; one that shrinks meanwhile is an error.
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
    reader: Box<dyn Read + Send + 'a>,
    offset: u64,
}

impl<'a> Source<'a> {
    pub(crate) fn open(input: Input<'a>) -> Result<Self> {
        let stream = |name: PathBuf, reader| Self::Stream(Stream { name, reader, offset: 0 });
        Ok(match input {
            Input::Bytes(bytes) => Self::Store(Store::Memory(bytes), bytes.len() as u64),
            Input::Stdin => stream("-".into(), Box::new(stdin())),
            Input::Reader { name, reader } => stream(name.into(), reader),
            Input::Path(path) => {
                let (file, len) = open_path(&path).map_err(|e| Error::io("open", &path, None, e))?;
                match len {
                    Some(len) => Self::Store(Store::File(Arc::new((path, file))), len),
                    None => stream(path, Box::new(file)),
                }
            }
        })
    }
}

/// The file, and its length where it has one.
fn open_path(path: &Path) -> std::io::Result<(File, Option<u64>)> {
    let mut file = File::open(path)?;
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

    /// Fills `buffer` from `offset`.
    pub(crate) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        match self {
            Self::Memory(_) => {
                buffer.copy_from_slice(self.borrow(offset, buffer.len()).expect("extents lie inside their input"));
                Ok(())
            }
            Self::File(open) => {
                let (path, file) = &**open;
                let mut done = 0;
                while done < buffer.len() {
                    let at = offset + done as u64;
                    match file.read_at(&mut buffer[done..], at) {
                        Ok(0) => {
                            let shrank = std::io::Error::new(IoKind::UnexpectedEof, "the file became shorter");
                            return Err(Error::io("read", path, Some(at), shrank));
                        }
                        Ok(n) => done += n,
                        Err(e) if e.kind() == IoKind::Interrupted => {}
                        Err(e) => return Err(Error::io("read", path, Some(at), e)),
                    }
                }
                Ok(())
            }
        }
    }
}

impl Stream<'_> {
    /// Fills `buffer` as far as the stream goes; a shorter length means that it ended.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut done = 0;
        while done < buffer.len() {
            match self.reader.read(&mut buffer[done..]) {
                Ok(0) => break,
                Ok(n) => {
                    done += n;
                    self.offset += n as u64;
                }
                Err(e) if e.kind() == IoKind::Interrupted => {}
                Err(e) => return Err(Error::io("read", &self.name, Some(self.offset), e)),
            }
        }
        Ok(done)
    }
}

//! The one error type: a kind, and a message that names the option, the value and the accepted range.

use std::fmt;
use std::path::{Path, PathBuf};

/// What went wrong, coarse enough to choose an exit code or a Python exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value is out of range or malformed.
    InvalidValue,
    /// Options contradict each other or one is missing.
    Usage,
    /// The operating system refused an operation on a file or device.
    Io,
    /// Existing data would be overwritten.
    Refused,
    /// The machine or build lacks what was asked for.
    Unsupported,
    /// The caller asked to stop.
    Interrupted,
}

/// The error of every fallible operation.
///
/// `Display` is one line in lower case, for example
/// `compress ratio: 0.5 is out of range (accepted: 1 to 200)`.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    path: Option<PathBuf>,
    offset: Option<u64>,
    errno: Option<i32>,
    source: Option<std::io::Error>,
}

/// Shorthand for a result with [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of `kind` with a ready message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), path: None, offset: None, errno: None, source: None }
    }

    /// An objection of this library's own to a file: a message that names the file, and the error number with which
    /// the operating system would object.
    pub fn about(kind: ErrorKind, path: impl AsRef<Path>, errno: i32, message: impl Into<String>) -> Self {
        Self { path: Some(path.as_ref().to_owned()), errno: Some(errno), ..Self::new(kind, message) }
    }

    /// A bad value: names the option, the value given and the accepted range.
    pub fn invalid(name: &str, value: impl fmt::Display, accepted: &str) -> Self {
        Self::new(ErrorKind::InvalidValue, format!("{name}: {value} is not accepted (accepted: {accepted})"))
    }

    /// A failed operating-system call; `action` is a verb such as `write`.
    pub fn io(action: &str, path: impl AsRef<Path>, offset: Option<u64>, source: std::io::Error) -> Self {
        let kind =
            if source.kind() == std::io::ErrorKind::Interrupted { ErrorKind::Interrupted } else { ErrorKind::Io };
        Self {
            kind,
            message: format!("cannot {action}"),
            path: Some(path.as_ref().to_owned()),
            offset,
            errno: source.raw_os_error(),
            source: Some(source),
        }
    }

    /// A failed operating-system call that concerns no file; `action` is a verb and its object.
    pub fn system(action: &str, source: std::io::Error) -> Self {
        let errno = source.raw_os_error();
        Self { errno, source: Some(source), ..Self::new(ErrorKind::Io, format!("cannot {action}")) }
    }

    /// What went wrong, coarsely.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The file or device concerned, if there is one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The byte offset in [`path`](Self::path) at which the operation failed, if known.
    pub fn offset(&self) -> Option<u64> {
        self.offset
    }

    /// The operating system's error number, or the one it would use, if there is one.
    pub fn raw_os_error(&self) -> Option<i32> {
        self.errno
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        // Without a source the message is complete.
        if let (Some(path), Some(_)) = (&self.path, &self.source) {
            write!(f, " {}", path.display())?;
        }
        if let Some(offset) = self.offset {
            write!(f, " at offset {offset}")?;
        }
        if let Some(source) = &self.source {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|e| e as _)
    }
}

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

/// What an error says, in which options keep apart from the text, so that each front end calls them by its own names.
///
/// ```
/// use dgen::error::{Error, ErrorKind, Message};
/// let message = Message::from("data.bin: already holds data; ").option("force").text(" overwrites it");
/// let error = Error::new(ErrorKind::Refused, message);
/// assert_eq!(error.to_string(), "data.bin: already holds data; `force` overwrites it");
/// assert_eq!(error.named(|option| format!("--{option}")), "data.bin: already holds data; --force overwrites it");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// An option in words: `buffer size`.
    Option(&'static str),
}

impl Message {
    /// Continues with text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.0.push(Part::Text(text.into()));
        self
    }

    /// Continues with an option, which is given in words: `buffer size`.
    #[must_use]
    pub fn option(mut self, option: &'static str) -> Self {
        self.0.push(Part::Option(option));
        self
    }

    /// Continues with another message.
    #[must_use]
    pub fn then(mut self, other: impl Into<Self>) -> Self {
        self.0.extend(other.into().0);
        self
    }

    fn named(&self, name: impl Fn(&str) -> String) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Option(option) => name(option),
        };
        self.0.iter().map(part).collect()
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self(vec![Part::Text(text)])
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// The error of every fallible operation.
///
/// `Display` is one line in lower case, for example
/// `compress ratio: 0.5 is out of range (accepted: 1 to 200)`.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    option: Option<String>,
    message: Message,
    path: Option<PathBuf>,
    offset: Option<u64>,
    errno: Option<i32>,
    source: Option<std::io::Error>,
}

/// Shorthand for a result with [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of `kind` with a ready message.
    pub fn new(kind: ErrorKind, message: impl Into<Message>) -> Self {
        Self { kind, option: None, message: message.into(), path: None, offset: None, errno: None, source: None }
    }

    /// An objection of this library's own to a file: a message that names the file, and the error number with which
    /// the operating system would object.
    pub fn about(kind: ErrorKind, path: impl AsRef<Path>, errno: i32, message: impl Into<Message>) -> Self {
        Self { path: Some(path.as_ref().to_owned()), errno: Some(errno), ..Self::new(kind, message) }
    }

    /// A bad value of an option: names the option, in words such as `buffer size`, the value given and the accepted range.
    pub fn invalid(option: &str, value: impl fmt::Display, accepted: &str) -> Self {
        Self::new(ErrorKind::InvalidValue, format!("{value} is not accepted (accepted: {accepted})")).of(option)
    }

    /// A bad value of something that is no option, such as a variable of the environment.
    pub fn malformed(what: &str, value: impl fmt::Display, accepted: &str) -> Self {
        Self::new(ErrorKind::InvalidValue, format!("{what}: {value} is not accepted (accepted: {accepted})"))
    }

    /// The same error about an option, whose name, in words, then begins the line.
    #[must_use]
    pub fn of(self, option: &str) -> Self {
        Self { option: Some(option.to_owned()), ..self }
    }

    /// A failed operating-system call; `action` is a verb such as `write`.
    pub fn io(action: &str, path: impl AsRef<Path>, offset: Option<u64>, source: std::io::Error) -> Self {
        Self {
            path: Some(path.as_ref().to_owned()),
            offset,
            errno: source.raw_os_error(),
            source: Some(source),
            ..Self::new(ErrorKind::Io, format!("cannot {action}"))
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

    /// The option whose value is bad, if it is one, in words: `buffer size`.
    pub fn option(&self) -> Option<&str> {
        self.option.as_deref()
    }

    /// The file or device concerned, if there is one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The same error of a path that people know by another name.
    #[must_use]
    pub fn with_path(self, path: impl AsRef<Path>) -> Self {
        Self { path: Some(path.as_ref().to_owned()), ..self }
    }

    /// The byte offset in [`path`](Self::path) at which the operation failed, if known.
    pub fn offset(&self) -> Option<u64> {
        self.offset
    }

    /// The operating system's error number, or the one it would use, if there is one.
    pub fn raw_os_error(&self) -> Option<i32> {
        self.errno
    }

    /// The line of `Display`, with options as `name` calls them, which is given their words: `buffer size`.
    pub fn named(&self, name: impl Fn(&str) -> String) -> String {
        self.told(&name, &name)
    }

    /// The same without the path and the error number, for callers that show these beside it.
    pub fn reason(&self, name: impl Fn(&str) -> String) -> String {
        let cause = self.source.as_ref().map(|source| {
            let text = source.to_string();
            let number = self.errno.map(|errno| format!(" (os error {errno})"));
            number.and_then(|number| text.strip_suffix(&number).map(str::to_owned)).unwrap_or(text)
        });
        self.line(&name, &name, None, cause)
    }

    fn told(&self, subject: &dyn Fn(&str) -> String, mention: &dyn Fn(&str) -> String) -> String {
        // Without a source the message is complete.
        let path = self.path.as_deref().filter(|_| self.source.is_some());
        self.line(subject, mention, path, self.source.as_ref().map(ToString::to_string))
    }

    fn line(
        &self,
        subject: &dyn Fn(&str) -> String,
        mention: &dyn Fn(&str) -> String,
        path: Option<&Path>,
        cause: Option<String>,
    ) -> String {
        let mut line = self.option.as_deref().map(|option| subject(option) + ": ").unwrap_or_default();
        line += &self.message.named(mention);
        line += &path.map(|path| format!(" {}", path.display())).unwrap_or_default();
        line += &self.offset.map(|offset| format!(" at offset {offset}")).unwrap_or_default();
        line + &cause.map(|cause| format!(": {cause}")).unwrap_or_default()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told(&str::to_owned, &|option| format!("`{option}`")))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|e| e as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_ends_call_options_by_their_own_names() {
        let error = Error::invalid("buffer size", 0, "1 byte or more");
        assert_eq!(error.to_string(), "buffer size: 0 is not accepted (accepted: 1 byte or more)");
        assert_eq!(error.option(), Some("buffer size"));
        let named = error.named(|option| option.replace(' ', "_"));
        assert_eq!(named, "buffer_size: 0 is not accepted (accepted: 1 byte or more)");
        let holds = Message::from("data (").option("resume").text(" completes it)");
        let error = Error::about(ErrorKind::Refused, "a", 17, Message::from("a: holds ").then(holds));
        assert_eq!(error.reason(|option| format!("--{option}")), "a: holds data (--resume completes it)");
        assert_eq!(error.to_string(), "a: holds data (`resume` completes it)");
    }

    #[test]
    fn the_reason_leaves_out_what_is_shown_beside_it() {
        let source = std::io::Error::from_raw_os_error(28);
        let error = Error::io("write", "some/file", Some(4096), source);
        assert_eq!(error.to_string(), "cannot write some/file at offset 4096: No space left on device (os error 28)");
        assert_eq!(error.reason(str::to_owned), "cannot write at offset 4096: No space left on device");
    }
}

//! A sequence of faults as a line of text, which replays it.

use std::fmt;
use std::str::FromStr;

use rustix::process::Signal;

use crate::scene::Mode;

/// Which of the calls of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Nth(u64),
    Every,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Errno(&'static str, i32),
    /// It moves half of its bytes.
    Part,
    /// It comes back with 0, without having done anything.
    Nothing,
    /// It comes back as if all were moved, and nothing is.
    Lost,
    /// A signal comes before it.
    Signal(Signal),
}

const ERRORS: &[(&str, i32)] = &[
    ("EIO", libc::EIO),
    ("ENOSPC", libc::ENOSPC),
    ("EINTR", libc::EINTR),
    ("EAGAIN", libc::EAGAIN),
    ("ENOMEM", libc::ENOMEM),
    ("EACCES", libc::EACCES),
    ("EPERM", libc::EPERM),
    ("EMFILE", libc::EMFILE),
    ("EDQUOT", libc::EDQUOT),
    ("EROFS", libc::EROFS),
    ("ENOENT", libc::ENOENT),
    ("ENOSYS", libc::ENOSYS),
    ("EINVAL", libc::EINVAL),
    ("EOPNOTSUPP", libc::EOPNOTSUPP),
];
const SIGNALS: &[(&str, Signal)] = &[("SIGINT", Signal::INT), ("SIGTERM", Signal::TERM), ("SIGKILL", Signal::KILL)];

impl FromStr for What {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let error = ERRORS.iter().find(|(name, _)| *name == text).map(|(name, errno)| Self::Errno(name, *errno));
        let signal = || SIGNALS.iter().find(|(name, _)| *name == text).map(|(_, signal)| Self::Signal(*signal));
        let other = || match text {
            "part" => Some(Self::Part),
            "nothing" => Some(Self::Nothing),
            "lost" => Some(Self::Lost),
            _ => None,
        };
        error.or_else(signal).or_else(other).ok_or_else(|| format!("no fault: {text}"))
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Errno(name, _) => name,
            Self::Part => "part",
            Self::Nothing => "nothing",
            Self::Lost => "lost",
            Self::Signal(signal) => {
                SIGNALS.iter().find(|(_, known)| known == signal).map_or("signal", |(name, _)| name)
            }
        })
    }
}

/// One fault: `pread64:3:EIO`, or with `*` for every call of the kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) call: String,
    pub(crate) place: Place,
    pub(crate) what: What,
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        let [call, place, what] = parts[..] else { return Err(format!("no fault: {text}")) };
        let place = match place {
            "*" => Place::Every,
            number => Place::Nth(number.parse().map_err(|_| format!("no place: {text}"))?),
        };
        Ok(Self { call: call.into(), place, what: what.parse()? })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::Nth(number) => write!(f, "{}:{number}:{}", self.call, self.what),
            Place::Every => write!(f, "{}:*:{}", self.call, self.what),
        }
    }
}

/// What is run, with which options more, and what goes wrong: `mode=write with=--threads=2 faults=pread64:3:EIO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sequence {
    pub(crate) mode: Mode,
    pub(crate) with: Vec<String>,
    pub(crate) faults: Vec<Fault>,
}

impl FromStr for Sequence {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let value = |name: &str| text.split_whitespace().find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        let list = |name| value(name).unwrap_or_default().split(',').filter(|part| !part.is_empty());
        Ok(Self {
            mode: value("mode").ok_or("no mode")?.parse()?,
            with: list("with").map(str::to_owned).collect(),
            faults: list("faults").map(str::parse).collect::<Result<_, _>>()?,
        })
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mode={}", self.mode)?;
        if !self.with.is_empty() {
            write!(f, " with={}", self.with.join(","))?;
        }
        let faults: Vec<String> = self.faults.iter().map(ToString::to_string).collect();
        if faults.is_empty() { Ok(()) } else { write!(f, " faults={}", faults.join(",")) }
    }
}

#[test]
fn sequences_read_back_as_they_are_printed() {
    for text in
        ["mode=write faults=pwrite64:3:EIO,fsync:*:SIGKILL", "mode=resume with=--threads=2,--depth=3", "mode=verify"]
    {
        assert_eq!(text.parse::<Sequence>().unwrap().to_string(), text);
    }
    assert!("mode=other".parse::<Sequence>().is_err());
}

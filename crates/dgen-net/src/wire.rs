//! What the two sides tell each other beside the bytes (docs/NETWORK.md).

use std::fmt;
use std::str::FromStr;

use dgen::{Error, ErrorKind, Recipe, Result, SequenceReport, Stream};
use dgen_io::{RangeAttribute, StreamRange};
use serde::{Deserialize, Serialize};

use crate::options::{check_streams, parts};

/// How every message begins: the protocol and its version.
const MAGIC: &str = "dgen-net/1 ";
/// The protocol without its version.
const NAME: &str = "dgen-net/";
/// Digits of a message's length, which stands behind the magic and ends with a line.
const DIGITS: usize = 6;
/// Bytes before a message.
pub(crate) const PREFIX: usize = MAGIC.len() + DIGITS + 1;
/// Most bytes of a header.
pub(crate) const MAX_HEADER: usize = 4096;
/// Most bytes of an answer.
pub(crate) const MAX_ANSWER: usize = 64 << 10;
/// Damaged ranges in an answer.
pub(crate) const TOLD: usize = 20;

/// A message as it is sent.
pub(crate) fn framed(message: &str) -> Vec<u8> {
    format!("{MAGIC}{:0DIGITS$}\n{message}", message.len()).into_bytes()
}

/// The length of the message behind a prefix.
pub(crate) fn length(prefix: &[u8; PREFIX], most: usize) -> Result<usize> {
    let refuse = |why: String| Err(Error::new(ErrorKind::Io, why));
    let shown = String::from_utf8_lossy(prefix).escape_debug().to_string();
    let Some(digits) = prefix.strip_prefix(MAGIC.as_bytes()) else {
        if prefix.starts_with(NAME.as_bytes()) {
            return refuse(format!("it speaks another version of the protocol: `{shown}`; this one is `{MAGIC}`"));
        }
        return refuse(format!("it begins with `{shown}`, which is no header of dgen"));
    };
    let number = digits.strip_suffix(b"\n").filter(|digits| digits.iter().all(u8::is_ascii_digit));
    let number: Option<usize> = number.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    match number {
        Some(number) if number <= most => Ok(number),
        Some(number) => refuse(format!("it announces a message of {number} bytes (accepted: up to {most})")),
        None => refuse(format!("it begins with `{shown}`, in which no length stands")),
    }
}

/// What the sender says of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// A number that all connections of one session share.
    pub(crate) session: u64,
    /// Which of them this one is, from 0, and how many there are.
    pub(crate) stream: usize,
    pub(crate) streams: usize,
    pub(crate) recipe: Recipe,
    pub(crate) version: u32,
    /// What all of them carry.
    pub(crate) range: StreamRange,
    /// What this one carries: its part of that.
    pub(crate) part: StreamRange,
    /// Whether the sender may end before that.
    pub(crate) open: bool,
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let range = RangeAttribute { range: self.range, version: self.version, file: None };
        writeln!(f, "session={:016x}", self.session)?;
        writeln!(f, "stream={}/{}", self.stream, self.streams)?;
        writeln!(f, "recipe={}", self.recipe)?;
        writeln!(f, "range={range}")?;
        writeln!(f, "part={}", self.part)?;
        writeln!(f, "end={}", if self.open { "open" } else { "fixed" })
    }
}

impl FromStr for Header {
    type Err = Error;

    /// Reads exactly these lines, in this order.
    fn from_str(text: &str) -> Result<Self> {
        let mut lines = text.lines();
        let mut value = |name: &str| {
            let line = lines.next().unwrap_or_default();
            let value = line.strip_prefix(name).and_then(|rest| rest.strip_prefix('='));
            value.ok_or_else(|| malformed(name, line))
        };
        let session = value("session")?;
        let session = u64::from_str_radix(session, 16).map_err(|_| malformed("session", session))?;
        let place = value("stream")?;
        let numbers = place.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        let (stream, streams): (usize, usize) = numbers.ok_or_else(|| malformed("stream", place))?;
        check_streams(streams)?;
        let recipe: Recipe = value("recipe")?.parse()?;
        let RangeAttribute { range, version, file } = value("range")?.parse()?;
        let part = value("part")?;
        let RangeAttribute { range: said, .. } = part.parse()?;
        let end = value("end")?;
        let open = match end {
            "fixed" => false,
            "open" => true,
            _ => return Err(malformed("end", end)),
        };
        let own = parts(range, streams, &Stream::new(&recipe)?)?.get(stream).copied();
        if own != Some(said) || file.is_some() {
            return Err(malformed("part", part));
        }
        let header = Self { session, stream, streams, recipe, version, range, part: said, open };
        if lines.next().is_none() { Ok(header) } else { Err(malformed("end", "more lines behind it")) }
    }
}

fn malformed(name: &str, text: &str) -> Error {
    Error::malformed(
        &format!("`{name}` of the header"),
        format_args!("`{}`", text.escape_debug()),
        "see docs/NETWORK.md",
    )
}

/// What the receiver answers: once when it is ready, and again when it has all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// Why it does not go on.
    pub(crate) error: Option<String>,
    /// Whether what arrives is compared with its stream.
    pub(crate) verify: bool,
    /// What arrived; of an answer to a header, nothing.
    pub(crate) report: Option<SequenceReport>,
}

impl Answer {
    pub(crate) fn refusal(why: impl Into<String>) -> Self {
        Self { error: Some(why.into()), ..Self::default() }
    }

    /// As it is sent, with the first of the damaged ranges.
    pub(crate) fn framed(&self) -> Vec<u8> {
        let mut told = self.clone();
        if let Some(report) = &mut told.report {
            report.ranges.truncate(TOLD);
        }
        framed(&serde_json::to_string(&told).expect("an answer has string keys"))
    }

    pub(crate) fn read(text: &[u8]) -> Result<Self> {
        serde_json::from_slice(text)
            .map_err(|error| Error::new(ErrorKind::Io, format!("the receiver's answer cannot be read: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        let recipe: Recipe = "dgen1,seed=0x1f,dedup=3/2,compress=2".parse().unwrap();
        let range = StreamRange::new(4096, 10 << 20).unwrap();
        let part = parts(range, 3, &Stream::new(&recipe).unwrap()).unwrap()[1];
        Header { session: 77, stream: 1, streams: 3, recipe, version: 5, range, part, open: true }
    }

    #[test]
    fn a_header_is_read_as_it_was_written() {
        let header = header();
        assert_eq!(header.to_string().parse::<Header>().unwrap(), header);
        let framed = framed(&header.to_string());
        assert!(framed.starts_with(b"dgen-net/1 000"));
        let len = length(framed[..PREFIX].try_into().unwrap(), MAX_HEADER).unwrap();
        assert_eq!(PREFIX + len, framed.len());
    }

    #[test]
    fn what_is_no_header_is_refused_with_its_reason() {
        let text = header().to_string();
        for (from, to, words) in [
            ("session=", "sessions=", "session"),
            ("stream=1/3", "stream=3/3", "part"),
            ("stream=1/3", "stream=0/3", "part"),
            ("stream=1/3", "stream=1/100000", "streams"),
            ("seed=0x1f", "seed=no", "seed"),
            ("size=10485760", "size=99999999999999999999", "size"),
            ("size=10485760", "size=9223372036854775807", "2^63"),
            ("end=open", "end=maybe", "end"),
            ("end=open\n", "end=open\nmore=1\n", "more"),
        ] {
            let error = text.replace(from, to).parse::<Header>().unwrap_err().to_string();
            assert!(error.contains(words), "{from} {to}: {error}");
        }
        for (prefix, words) in [
            (b"GET / HTTP/1.1\r\nHo", "no header of dgen"),
            (b"dgen-net/2 000100\n", "another version"),
            (b"dgen-net/1 999999\n", "999999 bytes"),
            (b"dgen-net/1 -00001\n", "no length"),
        ] {
            let error = length(prefix, MAX_HEADER).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}

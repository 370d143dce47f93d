//! What to send and to receive.

use std::thread;
use std::time::Duration;

use dgen::{Error, Result, Stream};
use dgen_io::{StreamRange, split};

/// Most connections of one session.
pub const MAX_STREAMS: usize = 256;
/// How long the other side may be silent, unless said otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// What to send, and how. Start from [`new`](Self::new) and change fields.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SendOptions {
    /// Where to: `HOST:PORT`.
    pub address: String,
    /// The stream.
    pub stream: Stream,
    /// The part of it that is sent.
    pub range: StreamRange,
    /// Connections, each of which carries a part, 1 to [`MAX_STREAMS`]. Default: 1.
    pub streams: usize,
    /// Whether threads of their own generate ahead of the sending, one for each connection. Default: where there are two
    /// processors for each connection and two more, since the system needs some for the sending and the other side may be
    /// on the same machine.
    pub ahead: Option<bool>,
    /// Bytes per second of all connections together. Default: no limit.
    pub rate: Option<u64>,
    /// How long a connection may take to be made. Default: 10 seconds.
    pub connect_timeout: Duration,
    /// How long the receiver may take nothing and say nothing. Default: [`TIMEOUT`].
    pub timeout: Duration,
    /// Time after which nothing more is sent. Default: no limit.
    pub time_limit: Option<Duration>,
}

impl SendOptions {
    /// Sends a range of a stream to `HOST:PORT`.
    pub fn new(address: impl Into<String>, stream: Stream, range: StreamRange) -> Self {
        Self {
            address: address.into(),
            stream,
            range,
            streams: 1,
            ahead: None,
            rate: None,
            connect_timeout: Duration::from_secs(10),
            timeout: TIMEOUT,
            time_limit: None,
        }
    }

    /// Refuses values out of range.
    ///
    /// # Errors
    /// Names the option, the value and what is accepted.
    pub fn check(&self) -> Result<()> {
        self.parts().map(drop)
    }

    /// Whether to generate ahead.
    pub(crate) fn is_ahead(&self) -> bool {
        let spare = || thread::available_parallelism().is_ok_and(|there| there.get() >= 2 * self.streams + 2);
        self.ahead.unwrap_or_else(spare)
    }

    /// The parts of the connections, where all values are in range.
    pub(crate) fn parts(&self) -> Result<Vec<StreamRange>> {
        check_streams(self.streams)?;
        StreamRange::new(self.range.offset, self.range.size)?;
        if self.rate == Some(0) {
            return Err(Error::invalid("rate", 0, "1 byte per second or more"));
        }
        parts(self.range, self.streams, &self.stream)
    }
}

/// The parts of a range that so many connections carry.
pub(crate) fn parts(range: StreamRange, streams: usize, stream: &Stream) -> Result<Vec<StreamRange>> {
    let few = |_| Error::invalid("size", range.size, &format!("at least 1 byte for each of {streams} connections"));
    split(range, streams, stream.recipe().block_size()).map_err(few)
}

pub(crate) fn check_streams(streams: usize) -> Result<()> {
    if (1..=MAX_STREAMS).contains(&streams) {
        return Ok(());
    }
    Err(Error::invalid("streams", streams, &format!("1 to {MAX_STREAMS}")))
}

/// How to receive. Start from the default and change fields.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReceiveOptions {
    /// Whether to compare what arrives with its stream. Default: yes.
    pub verify: bool,
    /// Damaged ranges to list. Default: 20.
    pub limit: usize,
    /// How long a sender may be silent once it is connected, and how long the connections of one session may take to come.
    /// Default: [`TIMEOUT`].
    pub timeout: Duration,
}

impl Default for ReceiveOptions {
    fn default() -> Self {
        Self { verify: true, limit: 20, timeout: TIMEOUT }
    }
}

/// What a sender without a header sends.
#[derive(Clone, Debug)]
pub struct RawSource {
    /// The stream.
    pub stream: Stream,
    /// The part of it.
    pub range: StreamRange,
}

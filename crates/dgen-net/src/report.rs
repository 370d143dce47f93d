//! What was sent and received.

use std::collections::BTreeMap;
use std::time::Duration;

use dgen::{DamageKind, Recipe, SequenceRange, SequenceReport, Stream};
use dgen_io::StreamRange;
use serde::Serialize;

/// One connection.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ConnectionReport {
    /// Which of the session's connections it is, from 0.
    pub stream: usize,
    /// The other side.
    pub peer: String,
    /// Stream offset of its first byte.
    pub offset: u64,
    /// Bytes of its part.
    pub size: u64,
    /// Bytes that were sent, or that came.
    pub bytes: u64,
    /// Bytes per second.
    pub bytes_per_s: f64,
    /// Why it ended early.
    pub error: Option<String>,
}

/// A fault, and the connection on which it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlacedFault {
    /// Which of the session's connections, from 0.
    pub stream: usize,
    /// The fault.
    #[serde(flatten)]
    pub fault: SequenceRange,
}

/// What a receiver found, on all connections.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct ReceiverSaid {
    /// Whether every byte came, once, in its turn and right; without verification, whether as many came as were sent.
    pub ok: bool,
    /// Whether it compared them with their stream.
    pub verified: bool,
    /// Bytes that came.
    pub bytes_received: u64,
    /// Bytes in damaged ranges.
    pub bytes_bad: u64,
    /// Damaged ranges.
    pub ranges_total: u64,
    /// The first of them.
    pub ranges: Vec<PlacedFault>,
    /// Damaged bytes by kind.
    pub bytes_by_kind: BTreeMap<DamageKind, u64>,
}

impl ReceiverSaid {
    /// All of it, from the reports of the connections; lists at most `limit` ranges.
    pub(crate) fn of<'r>(
        verified: bool,
        reports: impl IntoIterator<Item = (usize, &'r SequenceReport)>,
        limit: usize,
    ) -> Self {
        let mut said = Self { ok: true, verified, ..Self::default() };
        for (stream, report) in reports {
            said.ok &= report.ok;
            said.bytes_received += report.bytes_received;
            said.bytes_bad += report.bytes_bad;
            said.ranges_total += report.ranges_total;
            for (kind, bytes) in &report.bytes_by_kind {
                *said.bytes_by_kind.entry(*kind).or_default() += bytes;
            }
            let room = limit.saturating_sub(said.ranges.len());
            let faults = report.ranges.iter().take(room);
            said.ranges.extend(faults.map(|fault| PlacedFault { stream, fault: fault.clone() }));
        }
        said
    }
}

/// What was sent.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct SendReport {
    /// Whether all was sent, and the receiver found it right.
    pub ok: bool,
    /// Bytes that were sent.
    pub bytes_sent: u64,
    /// Time from the moment at which the receiver was ready to its last answer.
    pub elapsed_ns: u64,
    /// Bytes per second.
    pub bytes_per_s: f64,
    /// Connections.
    pub streams: usize,
    /// Share of the time in which sending waited for data to be generated.
    pub generation_bound: f64,
    /// What the receiver answered; absent where it did not.
    pub receiver: Option<ReceiverSaid>,
    /// Each connection.
    pub connections: Vec<ConnectionReport>,
    /// The recipe.
    pub recipe: Recipe,
    /// The version of its stream.
    pub stream_version: u32,
    /// Its seed.
    pub seed: u64,
    /// Stream offset of the first byte.
    pub offset: u64,
    /// Bytes that were to be sent.
    pub size: u64,
    /// Whether the time limit ended it.
    pub time_limit_reached: bool,
    /// Whether a signal ended it.
    pub interrupted: bool,
    /// Why it ended early.
    pub error: Option<String>,
}

/// What was received in one session.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ReceiveReport {
    /// What was found.
    #[serde(flatten)]
    pub found: ReceiverSaid,
    /// Time from the moment at which all connections were there to the last byte.
    pub elapsed_ns: u64,
    /// Bytes per second.
    pub bytes_per_s: f64,
    /// Connections.
    pub streams: usize,
    /// Share of the time of all connections in which data was compared.
    pub verify_share: f64,
    /// Each connection.
    pub connections: Vec<ConnectionReport>,
    /// The recipe.
    pub recipe: Recipe,
    /// The version of its stream.
    pub stream_version: u32,
    /// Its seed.
    pub seed: u64,
    /// Stream offset of the first byte.
    pub offset: u64,
    /// Bytes that were to be sent.
    pub size: u64,
    /// Connections that were refused before.
    pub warnings: Vec<String>,
    /// Whether a signal ended it.
    pub interrupted: bool,
    /// Why it ended early.
    pub error: Option<String>,
}

/// What reports say of a stream: recipe, version, seed, offset, size.
pub(crate) type Facts = (Recipe, u32, u64, u64, u64);

pub(crate) fn facts(stream: &Stream, range: StreamRange) -> Facts {
    let recipe = *stream.recipe();
    (recipe, stream.version_number(), recipe.seed(), range.offset, range.size)
}

pub(crate) fn ns(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

pub(crate) fn rate(bytes: u64, time: Duration) -> f64 {
    bytes as f64 / time.as_secs_f64().max(1e-9)
}

//! Receiving.

use std::io::Read;
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use dgen::{Error, Result, Stream};
use dgen_io::{Outcome, StreamRange, Watch};

use crate::connection::{Came, Due};
use crate::gather::{Arrival, Gathering, answer, next};
use crate::options::{RawSource, ReceiveOptions};
use crate::report::{ConnectionReport, Facts, ReceiveReport, ReceiverSaid, facts, ns, rate};
use crate::socket::{Patience, failed};
use crate::wire::Answer;

/// Waits for senders at an address.
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Listens at `ADDRESS:PORT`; port 0 is one that the system chooses.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn bind(address: &str) -> Result<Self> {
        let fail = |error| Error::io("listen at", address, None, error);
        let listener = TcpListener::bind(address).map_err(fail)?;
        listener.set_nonblocking(true).map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes one session: waits for all its connections, takes and compares what they carry, and answers. Connections that
    /// are of no session are refused with the reason, and become warnings.
    ///
    /// # Errors
    /// Before the first byte: an interruption, and connections of a session that do not come. What happens later comes in
    /// the [`Outcome`], beside what came.
    pub fn receive(&self, options: &ReceiveOptions, watch: Watch<'_>) -> Result<Outcome<ReceiveReport>> {
        let mut gathering = Gathering::new(&self.listener, options, watch);
        let mut session = gathering.all()?;
        let warnings = std::mem::take(&mut gathering.warnings);
        let patience = Patience { watch, silence: options.timeout, end: None };
        let ready = Answer { verify: options.verify, ..Answer::default() }.framed();
        for Arrival { socket, .. } in &mut session {
            let (_, written) = socket.write(&ready, patience);
            written.map_err(|error| socket.failed("answer", None, error, patience))?;
        }
        let first = &session[0].header;
        let stream = Stream::new(&first.recipe)?.version(first.version);
        let facts = facts(&stream, first.range);
        let begin = Instant::now();
        let parts: Vec<Part> = thread::scope(|scope| {
            let stream = &stream;
            let one = |arrival: Arrival| {
                let part = arrival.header.part;
                let run = move || take(arrival, stream, options, patience);
                let thread = thread::Builder::new().name("dgen-receive".into()).spawn_scoped(scope, run);
                (part, thread)
            };
            let threads: Vec<_> = session.into_iter().map(one).collect();
            let joined =
                |(part, thread): (StreamRange, std::io::Result<thread::ScopedJoinHandle<'_, Part>>)| match thread {
                    Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                    Err(error) => {
                        Part { peer: String::new(), range: part, came: Err(Error::system("start a thread", error)) }
                    }
                };
            threads.into_iter().map(joined).collect()
        });
        Ok(summed(options, facts, parts, begin.elapsed(), warnings, watch))
    }

    /// Takes one connection of a sender that sends the bytes of a stream and no header, such as `nc`.
    ///
    /// # Errors
    /// As [`receive`](Self::receive).
    pub fn receive_raw(
        &self,
        source: &RawSource,
        options: &ReceiveOptions,
        watch: Watch<'_>,
    ) -> Result<Outcome<ReceiveReport>> {
        let mut socket = next(&self.listener, watch)?;
        let patience = Patience { watch, silence: options.timeout, end: None };
        let due = due(source, options);
        let begin = Instant::now();
        let peer = socket.peer.clone();
        let told = |at, error| failed(&peer, "receive from", Some(at), error, patience);
        let came = due.take(|room| socket.read(room, patience), told, watch);
        let part = Part { peer, range: source.range, came };
        let facts = facts(&source.stream, source.range);
        Ok(summed(options, facts, vec![part], begin.elapsed(), Vec::new(), watch))
    }
}

/// Compares what a reader gives with a range of a stream, as it would what a connection carries.
///
/// # Errors
/// Bad values. What happens later comes in the [`Outcome`], beside what came.
pub fn receive_raw(
    name: &str,
    mut reader: impl Read,
    source: &RawSource,
    options: &ReceiveOptions,
    watch: Watch<'_>,
) -> Result<Outcome<ReceiveReport>> {
    let begin = Instant::now();
    let failed = |at, error| Error::io("read", name, Some(at), error);
    let read = |room: &mut [u8]| {
        if watch.is_cancelled() {
            return Err(std::io::ErrorKind::ConnectionAborted.into());
        }
        reader.read(room)
    };
    let came = due(source, options).take(read, failed, watch);
    let part = Part { peer: name.to_owned(), range: source.range, came };
    Ok(summed(options, facts(&source.stream, source.range), vec![part], begin.elapsed(), Vec::new(), watch))
}

fn due<'a>(source: &'a RawSource, options: &ReceiveOptions) -> Due<'a> {
    let RawSource { stream, range } = source;
    Due { stream, part: *range, open: false, verify: options.verify, limit: options.limit }
}

/// What came of one connection.
struct Part {
    peer: String,
    range: StreamRange,
    came: Result<Came>,
}

/// Takes what one connection carries, and answers.
fn take(arrival: Arrival, stream: &Stream, options: &ReceiveOptions, patience: Patience<'_>) -> Part {
    let Arrival { mut socket, header } = arrival;
    let (part, peer) = (header.part, socket.peer.clone());
    let due = Due { stream, part, open: header.open, verify: options.verify, limit: options.limit };
    let told = |at, error| failed(&peer, "receive from", Some(at), error, patience);
    let came = due.take(|room| socket.read(room, patience), told, patience.watch);
    if let Ok(came) = &came {
        let error = came.error.as_ref().map(ToString::to_string);
        let said = Answer { error, verify: options.verify, report: Some(came.report.clone()) };
        // A sender that is gone learns nothing; what it sent is known here.
        _ = answer(socket, &said);
    }
    Part { peer, range: part, came }
}

/// The report of all connections.
fn summed(
    options: &ReceiveOptions,
    (recipe, stream_version, seed, offset, size): Facts,
    parts: Vec<Part>,
    elapsed: Duration,
    warnings: Vec<String>,
    watch: Watch<'_>,
) -> Outcome<ReceiveReport> {
    let (mut connections, mut reports, mut error) = (Vec::new(), Vec::new(), None);
    let (mut comparing, mut busy) = (Duration::ZERO, Duration::ZERO);
    for (stream, Part { peer, range, came }) in parts.into_iter().enumerate() {
        let (bytes, time, failure) = match came {
            Ok(came) => {
                comparing += came.comparing;
                busy += came.elapsed;
                let bytes = came.report.bytes_received;
                reports.push((stream, came.report));
                (bytes, came.elapsed, came.error)
            }
            Err(error) => (0, Duration::ZERO, Some(error)),
        };
        connections.push(ConnectionReport {
            stream,
            peer,
            offset: range.offset,
            size: range.size,
            bytes,
            bytes_per_s: rate(bytes, time),
            error: failure.as_ref().map(ToString::to_string),
        });
        error = error.or(failure);
    }
    let told = reports.iter().map(|(stream, report)| (*stream, report));
    let mut found = ReceiverSaid::of(options.verify, told, options.limit);
    found.ok &= error.is_none();
    let report = ReceiveReport {
        elapsed_ns: ns(elapsed),
        bytes_per_s: rate(found.bytes_received, elapsed),
        found,
        streams: connections.len(),
        verify_share: comparing.as_secs_f64() / busy.as_secs_f64().max(1e-9),
        connections,
        recipe,
        stream_version,
        seed,
        offset,
        size,
        warnings,
        interrupted: watch.is_cancelled(),
        error: error.as_ref().map(ToString::to_string),
    };
    Outcome { report, error }
}

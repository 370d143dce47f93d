//! Sending.

use std::io::ErrorKind as IoKind;
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use dgen::recipe::random_seed;
use dgen::{Error, ErrorKind, Result, Stream};
use dgen_io::{Outcome, StreamRange, Watch};

use crate::options::SendOptions;
use crate::pace::Pace;
use crate::report::{ConnectionReport, ReceiverSaid, SendReport, facts, ns, rate};
use crate::socket::{Patience, Socket};
use crate::wire::{Answer, Header, MAX_ANSWER, TOLD, framed};

/// Bytes generated and sent at a time: they stay in the second-level cache in between.
const BUFFER: usize = 256 << 10;
/// Buffers of a connection: one being sent, one ready, one being filled.
const BUFFERS: usize = 3;
/// How long to wait for the reason of a connection that failed.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Sends a range of a stream over one or several connections, and returns when the receiver has answered.
///
/// # Errors
/// Bad values, a receiver that cannot be reached, and one that refuses. What happens later comes in the [`Outcome`], beside
/// what was sent.
pub fn send(options: &SendOptions, watch: Watch<'_>) -> Result<Outcome<SendReport>> {
    Ok(Sender::connect(options, watch)?.send(watch))
}

/// The connections to a receiver that is ready.
#[derive(Debug)]
pub struct Sender<'a> {
    options: &'a SendOptions,
    parts: Vec<StreamRange>,
    sockets: Vec<Socket>,
}

impl<'a> Sender<'a> {
    /// Makes all connections, and waits until the receiver is ready.
    ///
    /// # Errors
    /// Bad values, a receiver that cannot be reached, and one that refuses.
    pub fn connect(options: &'a SendOptions, watch: Watch<'_>) -> Result<Self> {
        let parts = options.parts()?;
        let session = random_seed()?;
        let patience = Patience { watch, silence: options.timeout, end: None };
        let mut sockets = Vec::with_capacity(parts.len());
        for (stream, part) in parts.iter().enumerate() {
            let mut socket = connect(&options.address, options.connect_timeout)?;
            let header = header(options, session, stream, *part);
            let (_, written) = socket.write(&framed(&header.to_string()), patience);
            written.map_err(|error| socket.failed("send to", None, error, patience))?;
            sockets.push(socket);
        }
        for socket in &mut sockets {
            if let Some(error) = refusal(&answer(socket, patience)?, &socket.peer) {
                return Err(error);
            }
        }
        Ok(Self { options, parts, sockets })
    }

    /// Sends all, and returns when the receiver has answered.
    pub fn send(self, watch: Watch<'_>) -> Outcome<SendReport> {
        let Self { options, parts, sockets } = self;
        let patience = Patience { watch, silence: options.timeout, end: None };
        let pace = Pace::new(options.rate, options.time_limit);
        let sent: Vec<Sent> = thread::scope(|scope| {
            let one = |(socket, part): (Socket, &StreamRange)| {
                let (pace, part) = (&pace, *part);
                let run = move || deliver(socket, options, part, pace, patience);
                thread::Builder::new().name("dgen-send".into()).spawn_scoped(scope, run).inspect_err(|_| pace.fail())
            };
            let threads: Vec<_> = sockets.into_iter().zip(&parts).map(one).collect();
            threads.into_iter().map(|thread| thread.map_or_else(Sent::unstarted, joined)).collect()
        });
        summed(options, &parts, sent, &pace, watch)
    }
}

fn joined(thread: thread::ScopedJoinHandle<'_, Sent>) -> Sent {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn header(options: &SendOptions, session: u64, stream: usize, part: StreamRange) -> Header {
    Header {
        session,
        stream,
        streams: options.streams,
        recipe: *options.stream.recipe(),
        version: options.stream.version_number(),
        range: options.range,
        part,
        open: options.time_limit.is_some(),
    }
}

/// Connects to the first of the host's addresses that answers.
fn connect(address: &str, timeout: Duration) -> Result<Socket> {
    let fail = |error| Error::io("connect to", address, None, error);
    let mut last = IoKind::AddrNotAvailable.into();
    for place in address.to_socket_addrs().map_err(fail)? {
        match TcpStream::connect_timeout(&place, timeout) {
            Ok(stream) => return Socket::new(stream, place.to_string()).map_err(fail),
            Err(error) => last = error,
        }
    }
    Err(fail(last))
}

fn answer(socket: &mut Socket, patience: Patience<'_>) -> Result<Answer> {
    Answer::read(&socket.message(MAX_ANSWER, patience)?)
}

/// The error that an answer is, where it says why the receiver does not go on.
fn refusal(answer: &Answer, peer: &str) -> Option<Error> {
    let error = answer.error.as_ref()?;
    Some(Error::new(ErrorKind::Io, format!("the receiver at {peer} gave up: {error}")))
}

/// What came of one connection.
struct Sent {
    peer: String,
    bytes: u64,
    elapsed: Duration,
    /// Time in which sending waited for data.
    starved: Duration,
    answer: Option<Answer>,
    error: Option<Error>,
}

impl Sent {
    /// The system gave no thread.
    fn unstarted(error: std::io::Error) -> Self {
        let error = Some(Error::system("start a thread", error));
        let (elapsed, starved) = (Duration::ZERO, Duration::ZERO);
        Self { peer: String::new(), bytes: 0, elapsed, starved, answer: None, error }
    }
}

/// Sends one part, and waits for the answer.
fn deliver(mut socket: Socket, options: &SendOptions, part: StreamRange, pace: &Pace, patience: Patience<'_>) -> Sent {
    let begin = Instant::now();
    let mut outlet = Outlet { socket: &mut socket, part, pace, patience, bytes: 0, starved: Duration::ZERO };
    let mut end = outlet.pump(&options.stream, options.is_ahead());
    let (bytes, starved) = (outlet.bytes, outlet.starved);
    if end.is_ok() {
        end = socket.end().map_err(|error| socket.failed("send to", Some(part.offset + bytes), error, patience));
    }
    // A receiver that ends early may still say why.
    let silence = if end.is_ok() { patience.silence } else { LAST_WORDS };
    let (answer, error) = match answer(&mut socket, Patience { silence, ..patience }) {
        Ok(answer) => {
            let error = refusal(&answer, &socket.peer).or(end.err());
            (Some(answer), error)
        }
        Err(error) => (None, Some(end.err().unwrap_or(error))),
    };
    if error.is_some() {
        pace.fail();
    }
    Sent { peer: socket.peer, bytes, elapsed: begin.elapsed(), starved, answer, error }
}

/// Where one part goes.
struct Outlet<'a> {
    socket: &'a mut Socket,
    part: StreamRange,
    pace: &'a Pace,
    patience: Patience<'a>,
    bytes: u64,
    starved: Duration,
}

impl Outlet<'_> {
    /// Sends the part; `ahead`: a thread generates ahead of that.
    fn pump(&mut self, stream: &Stream, ahead: bool) -> Result<()> {
        if !ahead || self.part.size <= BUFFER as u64 {
            return self.pump_alone(stream);
        }
        let part = self.part;
        let (filled, ready) = sync_channel(BUFFERS);
        let (used, free) = sync_channel(BUFFERS);
        for _ in 0..BUFFERS {
            used.send(vec![0; BUFFER]).expect("the channel has room for all buffers");
        }
        thread::scope(|scope| {
            // Both ends belong to this closure, so that an early return lets the generating thread end too.
            let (used, ready) = (used, ready);
            let generate = move || generate(stream, part, &free, &filled);
            if thread::Builder::new().name("dgen-generate".into()).spawn_scoped(scope, generate).is_err() {
                return self.pump_alone(stream);
            }
            loop {
                let begin = Instant::now();
                let Ok((buffer, len)) = ready.recv() else { return Ok(()) };
                self.starved += begin.elapsed();
                if !self.put(&buffer[..len])? {
                    return Ok(());
                }
                _ = used.send(buffer);
            }
        })
    }

    /// The same by turns with generating.
    fn pump_alone(&mut self, stream: &Stream) -> Result<()> {
        let mut buffer = vec![0; BUFFER];
        let mut done = 0;
        while done < self.part.size {
            let begin = Instant::now();
            let len = fill(stream, self.part, done, &mut buffer);
            self.starved += begin.elapsed();
            if !self.put(&buffer[..len])? {
                return Ok(());
            }
            done += len as u64;
        }
        Ok(())
    }

    /// Sends a buffer when it is due; `false` where nothing more is to be sent.
    fn put(&mut self, data: &[u8]) -> Result<bool> {
        let watch = self.patience.watch;
        if !self.pace.wait(data.len(), watch) {
            let cancelled = || self.socket.failed("send to", None, IoKind::ConnectionAborted.into(), self.patience);
            return if watch.is_cancelled() { Err(cancelled()) } else { Ok(false) };
        }
        let (done, end) = self.socket.write(data, self.patience);
        self.bytes += done as u64;
        if let Some(counter) = watch.done {
            counter.fetch_add(done as u64, Ordering::Relaxed);
        }
        let at = Some(self.part.offset + self.bytes);
        end.map_err(|error| self.socket.failed("send to", at, error, self.patience))?;
        Ok(true)
    }
}

/// Fills free buffers in order until the part ends or nobody takes them.
fn generate(stream: &Stream, part: StreamRange, free: &Receiver<Vec<u8>>, filled: &SyncSender<(Vec<u8>, usize)>) {
    let mut done = 0;
    while done < part.size {
        let Ok(mut buffer) = free.recv() else { return };
        let len = fill(stream, part, done, &mut buffer);
        if filled.send((buffer, len)).is_err() {
            return;
        }
        done += len as u64;
    }
}

/// Fills a buffer with what follows the first `done` bytes, and returns how many bytes it holds.
fn fill(stream: &Stream, part: StreamRange, done: u64, buffer: &mut [u8]) -> usize {
    let len = usize::try_from(part.size - done).map_or(buffer.len(), |left| left.min(buffer.len()));
    stream.fill_at(part.offset + done, &mut buffer[..len]).expect("the range was checked at the start");
    len
}

/// The report of all connections.
fn summed(
    options: &SendOptions,
    parts: &[StreamRange],
    sent: Vec<Sent>,
    pace: &Pace,
    watch: Watch<'_>,
) -> Outcome<SendReport> {
    let elapsed = pace.elapsed();
    let (mut connections, mut reports, mut error, mut verified) = (Vec::new(), Vec::new(), None, true);
    let (mut bytes_sent, mut starved, mut busy, mut short) = (0, Duration::ZERO, Duration::ZERO, false);
    for (stream, (sent, part)) in sent.into_iter().zip(parts).enumerate() {
        bytes_sent += sent.bytes;
        starved += sent.starved;
        busy += sent.elapsed;
        connections.push(ConnectionReport {
            stream,
            peer: sent.peer,
            offset: part.offset,
            size: part.size,
            bytes: sent.bytes,
            bytes_per_s: rate(sent.bytes, sent.elapsed),
            error: sent.error.as_ref().map(ToString::to_string),
        });
        if let Some(answer) = sent.answer {
            verified &= answer.verify;
            let report = answer.report.unwrap_or_default();
            short |= report.bytes_received != sent.bytes;
            reports.push((stream, report));
        }
        error = error.or(sent.error);
    }
    let whole = reports.len() == parts.len();
    let told = reports.iter().map(|(stream, report)| (*stream, report));
    let mut receiver = (!reports.is_empty()).then(|| ReceiverSaid::of(verified, told, TOLD));
    if let Some(receiver) = receiver.as_mut().filter(|_| short) {
        receiver.ok = false;
    }
    let (recipe, stream_version, seed, offset, size) = facts(&options.stream, options.range);
    let report = SendReport {
        ok: error.is_none() && whole && receiver.as_ref().is_some_and(|receiver| receiver.ok),
        bytes_sent,
        elapsed_ns: ns(elapsed),
        bytes_per_s: rate(bytes_sent, elapsed),
        streams: parts.len(),
        generation_bound: starved.as_secs_f64() / busy.as_secs_f64().max(1e-9),
        receiver,
        connections,
        recipe,
        stream_version,
        seed,
        offset,
        size,
        time_limit_reached: pace.is_over() && bytes_sent < size && error.is_none(),
        interrupted: watch.is_cancelled(),
        error: error.as_ref().map(ToString::to_string),
    };
    Outcome { report, error }
}

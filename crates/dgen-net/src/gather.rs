//! The connections of one session, as they come.

use std::io::ErrorKind as IoKind;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use dgen::{Error, ErrorKind, Result};
use dgen_io::Watch;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::options::ReceiveOptions;
use crate::socket::{Patience, Socket};
use crate::wire::{Answer, Header, MAX_HEADER};

/// How long a header may take.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// Most connections that are listened to for their header at the same time; more wait.
const PENDING: usize = 64;
/// Most refusals that are told of.
const WARNINGS: usize = 20;
/// How often waiting looks at what came.
const TICK: Duration = Duration::from_millis(20);

/// A connection with its header.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) socket: Socket,
    pub(crate) header: Header,
}

/// A connection, and what its header says or why it has none.
type Heard = (Socket, Result<Header>);

/// Waits for the connections of one session.
#[derive(Debug)]
pub(crate) struct Gathering<'a> {
    listener: &'a TcpListener,
    options: &'a ReceiveOptions,
    watch: Watch<'a>,
    pending: usize,
    heard: (Sender<Heard>, Receiver<Heard>),
    session: Vec<Arrival>,
    /// When the last connection of the session came.
    begin: Option<Instant>,
    /// Whom it refused, and why.
    pub(crate) warnings: Vec<String>,
}

impl<'a> Gathering<'a> {
    pub(crate) fn new(listener: &'a TcpListener, options: &'a ReceiveOptions, watch: Watch<'a>) -> Self {
        let (session, warnings) = (Vec::new(), Vec::new());
        Self { listener, options, watch, pending: 0, heard: channel(), session, begin: None, warnings }
    }

    /// All connections of a session, in their order.
    pub(crate) fn all(&mut self) -> Result<Vec<Arrival>> {
        loop {
            self.accept()?;
            while let Ok((socket, header)) = self.heard.1.try_recv() {
                self.pending -= 1;
                match header {
                    Ok(header) => self.join(socket, header),
                    Err(error) => self.refuse(socket, &error.to_string()),
                }
            }
            if self.session.first().is_some_and(|first| first.header.streams == self.session.len()) {
                let mut session = std::mem::take(&mut self.session);
                session.sort_by_key(|arrival| arrival.header.stream);
                return Ok(session);
            }
            interrupted(self.watch)?;
            self.give_up()?;
        }
    }

    /// Ends a session whose connections do not all come.
    fn give_up(&mut self) -> Result<()> {
        let late = self.begin.is_some_and(|begin| begin.elapsed() >= self.options.timeout);
        let Some(first) = self.session.first().filter(|_| late) else { return Ok(()) };
        let (came, streams, time) = (self.session.len(), first.header.streams, self.options.timeout.as_secs_f64());
        let message = format!("{came} of the session's {streams} connections came, and no other one for {time} s");
        for arrival in std::mem::take(&mut self.session) {
            answer(arrival.socket, &Answer::refusal(message.clone()));
        }
        Err(Error::new(ErrorKind::Io, message))
    }

    /// Takes a connection where one waits, and lets a thread of its own read the header, so that a slow one delays nobody.
    fn accept(&mut self) -> Result<()> {
        if self.pending >= PENDING {
            thread::sleep(TICK);
            return Ok(());
        }
        if let Some((stream, peer)) = waiting(self.listener)? {
            self.listen(stream, peer);
        }
        Ok(())
    }

    fn listen(&mut self, stream: TcpStream, peer: String) {
        let Ok(mut socket) = Socket::new(stream, peer) else { return };
        let told = self.heard.0.clone();
        let listen = move || {
            let header = header(&mut socket);
            _ = told.send((socket, header));
        };
        if thread::Builder::new().name("dgen-header".into()).spawn(listen).is_ok() {
            self.pending += 1;
        }
    }

    /// Takes a connection into the session, if it belongs to it.
    fn join(&mut self, socket: Socket, header: Header) {
        if let Some(first) = self.session.first().map(|first| &first.header) {
            let same = Header { stream: first.stream, part: first.part, ..header.clone() };
            if header.session != first.session {
                return self.refuse(socket, "the receiver is taking another session");
            }
            if same != *first || self.session.iter().any(|arrival| arrival.header.stream == header.stream) {
                return self.refuse(socket, "its header does not fit those of the session's other connections");
            }
        }
        self.begin = Some(Instant::now());
        self.session.push(Arrival { socket, header });
    }

    fn refuse(&mut self, socket: Socket, why: &str) {
        if self.warnings.len() < WARNINGS {
            self.warnings.push(format!("{}: refused: {why}", socket.peer));
        }
        answer(socket, &Answer::refusal(why));
    }
}

/// The next connection.
pub(crate) fn next(listener: &TcpListener, watch: Watch<'_>) -> Result<Socket> {
    loop {
        if let Some((stream, peer)) = waiting(listener)? {
            return Socket::new(stream, peer).map_err(|error| Error::system("set up a connection", error));
        }
        interrupted(watch)?;
    }
}

fn interrupted(watch: Watch<'_>) -> Result<()> {
    if watch.is_cancelled() {
        return Err(Error::new(ErrorKind::Interrupted, "interrupted while waiting for a sender"));
    }
    Ok(())
}

/// A connection that waits to be taken, or comes within a moment.
fn waiting(listener: &TcpListener) -> Result<Option<(TcpStream, String)>> {
    let fail = |error| Error::system("wait for connections", error);
    let tick = Timespec { tv_sec: 0, tv_nsec: i64::from(TICK.subsec_nanos()) };
    match poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&tick)) {
        Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(None),
        Ok(_) => {}
        Err(error) => return Err(fail(error.into())),
    }
    match listener.accept() {
        Ok((stream, place)) => {
            // On some systems it blocks no more than the listener does.
            stream.set_nonblocking(false).map_err(fail)?;
            Ok(Some((stream, place.to_string())))
        }
        Err(error) if matches!(error.kind(), IoKind::WouldBlock | IoKind::ConnectionAborted | IoKind::Interrupted) => {
            Ok(None)
        }
        Err(error) => Err(fail(error)),
    }
}

/// Reads the header of a connection.
fn header(socket: &mut Socket) -> Result<Header> {
    let patience = Patience { watch: Watch::default(), silence: HEADER_TIME, end: Some(Instant::now() + HEADER_TIME) };
    let text = socket.message(MAX_HEADER, patience)?;
    String::from_utf8_lossy(&text).parse()
}

/// Tells a sender something, if it listens.
pub(crate) fn answer(mut socket: Socket, answer: &Answer) -> bool {
    let patience = Patience { watch: Watch::default(), silence: HEADER_TIME, end: None };
    socket.write(&answer.framed(), patience).1.is_ok() && socket.end().is_ok()
}

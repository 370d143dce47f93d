//! A connection whose other side may be slow, silent or gone.

use std::io::{self, ErrorKind as IoKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use dgen::{Error, ErrorKind, Result};
use dgen_io::Watch;

use crate::wire::{self, PREFIX};

/// How often a waiting connection looks whether it should stop.
const TICK: Duration = Duration::from_millis(100);

/// How long to wait, and for what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience<'a> {
    pub(crate) watch: Watch<'a>,
    /// Without a byte.
    pub(crate) silence: Duration,
    /// For all of it.
    pub(crate) end: Option<Instant>,
}

impl Patience<'_> {
    /// Whether waiting since `begin` is over.
    fn check(self, begin: Instant) -> io::Result<()> {
        if self.watch.is_cancelled() {
            return Err(IoKind::ConnectionAborted.into());
        }
        if begin.elapsed() >= self.silence || self.end.is_some_and(|end| Instant::now() >= end) {
            return Err(IoKind::TimedOut.into());
        }
        Ok(())
    }
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    /// The other side.
    pub(crate) peer: String,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream, peer: String) -> io::Result<Self> {
        stream.set_read_timeout(Some(TICK))?;
        stream.set_write_timeout(Some(TICK))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, peer })
    }

    /// Reads what there is; 0 at the end.
    pub(crate) fn read(&mut self, data: &mut [u8], patience: Patience<'_>) -> io::Result<usize> {
        tried(patience, || self.stream.read(data))
    }

    /// Writes all of `data`, and returns how far it came.
    pub(crate) fn write(&mut self, data: &[u8], patience: Patience<'_>) -> (usize, io::Result<()>) {
        let mut done = 0;
        while done < data.len() {
            match tried(patience, || self.stream.write(&data[done..])) {
                Ok(0) => return (done, Err(IoKind::WriteZero.into())),
                Ok(written) => done += written,
                Err(error) => return (done, Err(error)),
            }
        }
        (done, Ok(()))
    }

    /// Nothing more is sent.
    pub(crate) fn end(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    /// Reads one message.
    pub(crate) fn message(&mut self, most: usize, patience: Patience<'_>) -> Result<Vec<u8>> {
        let mut prefix = [0; PREFIX];
        self.exactly(&mut prefix, patience)?;
        let mut message = vec![0; wire::length(&prefix, most)?];
        self.exactly(&mut message, patience)?;
        Ok(message)
    }

    fn exactly(&mut self, data: &mut [u8], patience: Patience<'_>) -> Result<()> {
        let mut done = 0;
        while done < data.len() {
            match self.read(&mut data[done..], patience) {
                Ok(0) => return Err(self.failed("receive from", None, IoKind::UnexpectedEof.into(), patience)),
                Ok(read) => done += read,
                Err(error) => return Err(self.failed("receive from", None, error, patience)),
            }
        }
        Ok(())
    }

    /// The error that a failure of this connection is, behind so many bytes.
    pub(crate) fn failed(&self, action: &str, at: Option<u64>, error: io::Error, patience: Patience<'_>) -> Error {
        failed(&self.peer, action, at, error, patience)
    }
}

/// The error that a failure of a connection with `peer` is.
pub(crate) fn failed(peer: &str, action: &str, at: Option<u64>, error: io::Error, patience: Patience<'_>) -> Error {
    match error.kind() {
        IoKind::ConnectionAborted if patience.watch.is_cancelled() => {
            Error::new(ErrorKind::Interrupted, format!("interrupted while connected to {peer}"))
        }
        IoKind::TimedOut if error.raw_os_error().is_none() => {
            let seconds = patience.silence.as_secs_f64();
            let error = io::Error::new(IoKind::TimedOut, format!("nothing moved for {seconds} s"));
            Error::io(action, peer, at, error)
        }
        _ => Error::io(action, peer, at, error),
    }
}

/// Tries again until there is a result, or patience is over.
fn tried(patience: Patience<'_>, mut step: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    let mut begin = None;
    loop {
        match step() {
            Err(error) if matches!(error.kind(), IoKind::WouldBlock | IoKind::TimedOut) => {
                patience.check(*begin.get_or_insert_with(Instant::now))?;
            }
            Err(error) if error.kind() == IoKind::Interrupted => {}
            other => {
                if patience.end.is_some() {
                    patience.check(Instant::now())?;
                }
                return other;
            }
        }
    }
}

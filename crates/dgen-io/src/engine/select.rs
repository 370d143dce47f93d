//! Which engine a run gets, and why.

use std::str::FromStr;

use dgen::{Error, ErrorKind, Result};

use crate::engine::machine::Machine;
use crate::options::io::IoOptions;
use crate::storage::open_file::Channel;

/// How I/Os are issued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EngineChoice {
    /// `io_uring` where I/O is direct, or a depth above 1 is asked for, and the system allows it; `sync` elsewhere. The
    /// report says which and why.
    #[default]
    Auto,
    /// `io_uring`, or an error.
    IoUring,
    /// One `pwrite` or `pread` at a time per worker.
    Sync,
    /// Nothing is issued: data is generated and dropped. Writes to `/dev/null` alone.
    Null,
    /// Data is generated and copied into memory, 64 MiB for each worker, round and round. Writes to `/dev/null` alone.
    Memory,
}

impl FromStr for EngineChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(Self::Auto),
            "io_uring" => Ok(Self::IoUring),
            "sync" => Ok(Self::Sync),
            "null" => Ok(Self::Null),
            "memory" => Ok(Self::Memory),
            _ => Err(Error::invalid("engine", format_args!("`{text}`"), "auto, io_uring, sync, null, memory")),
        }
    }
}

/// An engine that was decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EngineKind {
    IoUring,
    Sync,
    Null,
    Memory,
}

impl EngineKind {
    /// As options and reports call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::IoUring => "io_uring",
            Self::Sync => "sync",
            Self::Null => "null",
            Self::Memory => "memory",
        }
    }
}

/// A decision and its reason.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    pub(crate) kind: EngineKind,
    pub(crate) reason: String,
    pub(crate) warnings: Vec<String>,
    /// Whether a worker may go on with `sync` where the system refuses its ring.
    pub(crate) may_fall_back: bool,
}

/// What can be decided before anything is opened: refuses an engine that was named and cannot be had.
pub(crate) fn check(options: &IoOptions, machine: &dyn Machine) -> Result<()> {
    match options.engine {
        EngineChoice::IoUring => machine.probe().map_err(|why| unavailable(&why)),
        EngineChoice::Auto if options.polls() => machine.probe().map_err(|why| unavailable(&why)),
        _ => Ok(()),
    }
}

fn unavailable(why: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("engine io_uring is not possible here: {why}"))
}

/// Decides for open channels.
///
/// # Errors
/// When polling for completions is asked for, and a channel is not direct.
pub(crate) fn choose(options: &IoOptions, channels: &[&Channel], machine: &dyn Machine) -> Result<Chosen> {
    let chosen =
        |kind, reason: &str| Chosen { kind, reason: reason.into(), warnings: Vec::new(), may_fall_back: false };
    if let Some(channel) = channels.iter().find(|channel| options.iopoll && channel.direct.is_none()) {
        let message = format!("{}: polled I/O needs direct I/O, but {}", channel.path.display(), channel.reason);
        return Err(Error::new(ErrorKind::Usage, message));
    }
    let asked = "it was asked for";
    let direct = channels.iter().any(|channel| channel.direct.is_some());
    let deep = options.depth.is_some_and(|depth| depth > 1);
    Ok(match options.engine {
        EngineChoice::IoUring => chosen(EngineKind::IoUring, asked),
        EngineChoice::Sync => chosen(EngineKind::Sync, asked),
        EngineChoice::Null => chosen(EngineKind::Null, asked),
        EngineChoice::Memory => chosen(EngineKind::Memory, asked),
        EngineChoice::Auto if options.polls() => chosen(EngineKind::IoUring, "polling was asked for"),
        EngineChoice::Auto if direct || deep => match machine.probe() {
            Ok(()) => {
                let reason = if direct { "I/O is direct" } else { "a depth above 1 was asked for" };
                Chosen { may_fall_back: true, ..chosen(EngineKind::IoUring, reason) }
            }
            Err(why) => {
                let mut chosen = chosen(EngineKind::Sync, &format!("io_uring is not possible here: {why}"));
                let cost = "each writer has one I/O in flight; more writers make up for it";
                chosen.warnings.push(format!("engine sync, since io_uring is not possible here: {why}; {cost}"));
                chosen
            }
        },
        EngineChoice::Auto => chosen(EngineKind::Sync, "I/O through the page cache is copied by the thread that asks"),
    })
}

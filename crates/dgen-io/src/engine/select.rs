//! Which engine a run gets, and why.

use dgen::{Error, ErrorKind, Result};

use super::{
    kind::EngineKind, machine::Machine, make::Chosen, memory::MEMORY, null::NULL, sync::SYNC, uring::IO_URING,
};
use crate::options::{io::IoOptions, modes::EngineChoice};
use crate::storage::open_file::OpenFile;

/// The engine that a choice names; none where it is to be decided.
pub(crate) fn named(choice: EngineChoice) -> Option<&'static EngineKind> {
    match choice {
        EngineChoice::Auto => None,
        EngineChoice::IoUring => Some(&IO_URING),
        EngineChoice::Sync => Some(&SYNC),
        EngineChoice::Null => Some(&NULL),
        EngineChoice::Memory => Some(&MEMORY),
    }
}

/// Whether data reaches files, and can be read from them.
pub(crate) fn keeps_data(options: &IoOptions) -> bool {
    named(options.engine).is_none_or(EngineKind::keeps_data)
}

/// Refuses values out of range, and what the named engine cannot do.
pub(crate) fn check(options: &IoOptions) -> Result<()> {
    options.check()?;
    let Some(kind) = named(options.engine) else { return Ok(()) };
    if options.polls() && !kind.is_ring {
        return Err(Error::new(ErrorKind::Usage, "sqpoll and iopoll belong to the engine io_uring"));
    }
    if options.depth.is_some_and(|depth| depth > kind.max_depth) {
        let why = "has one I/O in flight per writer: a depth above 1 needs io_uring, or more writers";
        return Err(Error::new(ErrorKind::Usage, format!("the engine {} {why}", kind.name)));
    }
    Ok(())
}

/// Refuses to read with an engine that cannot.
pub(crate) fn check_reads(options: &IoOptions) -> Result<()> {
    if keeps_data(options) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Usage, "the engines null and memory read nothing: they are for writing"))
}

/// Refuses an engine that was asked for, by name or by what it alone can do, and that the system does not allow.
pub(crate) fn check_allowed(options: &IoOptions, machine: &dyn Machine) -> Result<()> {
    if !named(options.engine).map_or(options.polls(), |kind| kind.is_ring) {
        return Ok(());
    }
    let refused = |why| Error::new(ErrorKind::Unsupported, format!("engine io_uring is not possible here: {why}"));
    machine.probe().map_err(refused)
}

/// Decides for open files.
/// Fails when polling for completions is asked for, and a file is not direct.
pub(crate) fn choose(options: &IoOptions, files: &[&OpenFile], machine: &dyn Machine) -> Result<Chosen> {
    let chosen =
        |kind, reason: &str| Chosen { kind, reason: reason.into(), warnings: Vec::new(), may_fall_back: false };
    if let Some(file) = files.iter().find(|file| options.iopoll && file.direct.is_none()) {
        let message = format!("{}: polled I/O needs direct I/O, but {}", file.path.display(), file.reason);
        return Err(Error::new(ErrorKind::Usage, message));
    }
    if let Some(kind) = named(options.engine) {
        return Ok(chosen(kind, "it was asked for"));
    }
    if options.polls() {
        return Ok(chosen(&IO_URING, "polling was asked for"));
    }
    let direct = files.iter().any(|file| file.direct.is_some());
    if !direct && options.depth.is_none_or(|depth| depth == 1) {
        return Ok(chosen(&SYNC, "I/O through the page cache is copied by the thread that asks"));
    }
    Ok(match machine.probe() {
        Ok(()) => {
            let reason = if direct { "I/O is direct" } else { "a depth above 1 was asked for" };
            Chosen { may_fall_back: true, ..chosen(&IO_URING, reason) }
        }
        Err(why) => {
            let cost = "each writer has one I/O in flight; more writers make up for it";
            let warning = format!("engine sync, since io_uring is not possible here: {why}; {cost}");
            let reason = format!("io_uring is not possible here: {why}");
            Chosen { warnings: vec![warning], ..chosen(&SYNC, &reason) }
        }
    })
}

//! Room for the descriptors of many open files.

use std::fs;

use dgen::error::Message;
use dgen::{Error, ErrorKind, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::options::modes::DirectMode;

/// Descriptors that a run needs besides those of its files: rings, and files that are read on the way.
const OTHERS: u64 = 64;
/// The same where it is known to work: what workers lack then they go without.
const FEW: u64 = 6;

/// Raises the limits on open files where `files` with a descriptor for each way to reach them need that: the soft one as
/// far as the hard one allows, and the hard one where this process may.
/// Fails when the hard limit stays lower; it names the limit.
pub(crate) fn make_room(files: usize, direct: DirectMode) -> Result<()> {
    let each = if direct == DirectMode::Off { 1 } else { 2 };
    let open = fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count() as u64);
    let own = (files as u64).saturating_mul(each);
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = own.saturating_add(open + OTHERS);
    if limit.current.is_none_or(|soft| soft >= wanted) {
        return Ok(());
    }
    if limit.maximum.is_some_and(|hard| hard < wanted) {
        let raised = Rlimit { current: Some(wanted), maximum: Some(wanted) };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            return Ok(());
        }
    }
    let hard = limit.maximum.unwrap_or(u64::MAX);
    if own.saturating_add(open + FEW) > hard {
        let fit = hard.saturating_sub(open + FEW) / each;
        let more = open + FEW;
        let message = Message::from(format!(
            "{files} files open at once need {own} descriptors beside {more} others, and the limit on them is {hard} \
             (ulimit -Hn): raise it, or take at most {fit} files at a time"
        ));
        let message = match each {
            0 | 1 => message,
            _ => message.text(", or ").option("direct").text(" off, with which a file needs one in place of two"),
        };
        return Err(Error::new(ErrorKind::Io, message));
    }
    limit.current = Some(hard.min(wanted));
    // A refusal shows when files are opened.
    _ = setrlimit(Resource::Nofile, limit);
    Ok(())
}

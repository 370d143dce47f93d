//! Overwrite protection: what may be written over without being asked to.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use dgen::error::Message;
use dgen::units::PAGE;
use dgen::{Error, ErrorKind, Result};

use crate::extents::spread::spread;
use crate::storage::{attributes::Mark, device};

/// Pages compared before a file counts as one of ours, the first and last included.
const SAMPLES: u64 = 18;

/// Refuses an existing file of `len` bytes, unless it is empty, or is what its attributes say.
pub(crate) fn regular(path: &Path, file: &File, len: u64) -> Result<()> {
    match if len == 0 { None } else { objection(file, len)? } {
        None => Ok(()),
        Some(why) => Err(refused(path, Message::from(format!("{len} bytes of data, ")).then(why))),
    }
}

/// Refuses a block device that holds data in the `len` bytes from `offset` on.
pub(crate) fn block_device(path: &Path, file: &File, offset: u64, len: u64) -> Result<()> {
    let found =
        device::find_data(file, offset, len).map_err(|e| Error::io("look for data in", path, Some(offset), e))?;
    found.map_or(Ok(()), |at| Err(refused(path, format!("data, at offset {at} for one").into())))
}

fn refused(path: &Path, holds: Message) -> Error {
    let message = Message::from(format!("{}: already holds ", path.display())).then(holds);
    let message = message.text("; ").option("force").text(" overwrites it");
    Error::about(ErrorKind::Refused, path, libc::EEXIST, message)
}

/// Why the file is not the untouched result of an earlier run, if it is not.
pub(crate) fn objection(file: &File, len: u64) -> Result<Option<Message>> {
    let Some(mark) = Mark::of(file) else {
        return Ok(Some("and carries no valid dgen recipe and range".into()));
    };
    if mark.range.size != len {
        let why = Message::from(format!("but its recipe covers {} bytes", mark.range.size));
        return Ok(Some(if mark.range.size > len { why.then(resumable()) } else { why }));
    }
    let stream = mark.stream()?;
    let (mut expected, mut actual) = ([0; PAGE], [0; PAGE]);
    let last = len.saturating_sub(PAGE as u64);
    for place in spread(last, SAMPLES) {
        let at = if place == last { last } else { place / PAGE as u64 * PAGE as u64 };
        let wanted = usize::try_from(len - at).map_or(PAGE, |left| left.min(PAGE));
        stream.fill_at(mark.range.offset + at, &mut expected[..wanted])?;
        let same = file.read_exact_at(&mut actual[..wanted], at).is_ok() && actual[..wanted] == expected[..wanted];
        if !same {
            let why = Message::from(format!("which differs from its recipe at offset {at}"));
            return Ok(Some(why.then(resumable())));
        }
    }
    Ok(None)
}

fn resumable() -> Message {
    Message::from(" (").option("resume").text(" completes an interrupted write)")
}

//! What an interruption leaves of a write, and nothing else may be written over: zeros, and bytes that are right.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use dgen::error::Message;
use dgen::units::PAGE;
use dgen::{Error, ErrorKind, Result, Stream};

use super::options::WriteOptions;
use crate::base::retry::uninterrupted;
use crate::extents::{cursor::Section, spread::spread};
use crate::storage::target::Found;

/// Pages behind the valid part that are looked at, the first and last included.
const SAMPLES: u64 = 64;

pub(super) fn refused(path: &Path, why: impl Into<Message>) -> Error {
    Error::new(ErrorKind::Refused, Message::from(format!("{}: ", path.display())).then(why))
}

/// Refuses to write over anything in an existing file but zeros and right data, unless that is forced. Looks at samples.
pub(super) fn refuse_other_data(path: &Path, found: &Found, section: &Section, options: &WriteOptions) -> Result<()> {
    if options.force || !found.exists() {
        return Ok(());
    }
    let end = found.len().min(section.file_offset + section.size);
    check_rest(path, &found.to_read(path)?, section, end, &options.stream)
}

/// Refuses to write over anything but what an interruption leaves: zeros, and bytes that are right. Looks at samples of the
/// section, up to `end` of the file.
pub(super) fn check_rest(path: &Path, file: &File, section: &Section, end: u64, stream: &Stream) -> Result<()> {
    let first = section.file_offset / PAGE as u64 * PAGE as u64;
    let last = end.saturating_sub(1) / PAGE as u64 * PAGE as u64;
    for place in spread(last.saturating_sub(first), SAMPLES) {
        let at = first + place / PAGE as u64 * PAGE as u64;
        if let Some(wrong) = foreign(path, file, section, at, end, stream)? {
            let why = format!("holds other data at offset {wrong}, which no interruption leaves; ");
            return Err(refused(path, Message::from(why).option("force").text(" overwrites it")));
        }
    }
    Ok(())
}

/// The first byte of the page at `at` that is neither zero nor right.
fn foreign(path: &Path, file: &File, section: &Section, at: u64, end: u64, stream: &Stream) -> Result<Option<u64>> {
    let begin = at.max(section.file_offset);
    let len = usize::try_from(end.saturating_sub(begin)).map_or(PAGE, |left| left.min(PAGE));
    let (mut actual, mut expected) = ([0; PAGE], [0; PAGE]);
    let read = uninterrupted(|| file.read_at(&mut actual[..len], begin));
    let read = read.map_err(|e| Error::io("read", path, Some(begin), e))?;
    stream.fill_at(section.stream_offset + (begin - section.file_offset), &mut expected[..read])?;
    let wrong = actual[..read].iter().zip(&expected).position(|(byte, right)| *byte != 0 && byte != right);
    Ok(wrong.map(|index| begin + index as u64))
}

//! Overwrite protection: what may be written over without being asked to.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use dgen::error::Message;
use dgen::units::PAGE;
use dgen::{Error, ErrorKind, Result, Stream};

use crate::extents::{cursor::Section, spread::spread};
use crate::storage::{attributes::FilePlace, attributes::Mark, attributes::Marking, attributes::StreamRange, device};

/// Pages compared before a file counts as one of ours, the first and last included.
const SAMPLES: u64 = 18;

/// What is to be written to a file.
pub(crate) struct Intent<'a> {
    /// The stream, unless what is written is none.
    pub(crate) stream: Option<&'a Stream>,
    pub(crate) section: Section,
    /// The file's place in a set, where it has one.
    pub(crate) place: Option<FilePlace>,
    /// Whether the file stays as it is around the section.
    pub(crate) is_part: bool,
}

impl Intent<'_> {
    /// Whether a file of this mark holds the same bytes already, and says afterwards what it says now.
    fn is_same_as(&self, mark: &Mark) -> bool {
        let Some(stream) = self.stream else { return false };
        if self.is_part {
            return covers(mark, stream, &self.section);
        }
        mark.is_of(stream) && mark.range == self.range() && mark.file == self.place
    }

    fn range(&self) -> StreamRange {
        StreamRange { offset: self.section.stream_offset, size: self.section.size }
    }

    /// What differs from a file that holds something of ours.
    fn other_than(&self, mark: &Mark) -> Message {
        let held = Message::from(format!("of {} ({})", mark.recipe, mark.attribute()));
        let Some(stream) = self.stream else { return held };
        let (recipe, version) = (stream.recipe(), stream.version_number());
        if mark.recipe != *recipe {
            let told = held.text(format!(", not of {recipe} (a new seed is drawn where there is no "));
            return told.option("seed").text(" or ").option("recipe").text(")");
        }
        let mut what = self.range().to_string();
        if version != 0 {
            what = format!("{what},version={version}");
        }
        if let (false, Some(FilePlace { index, count })) = (self.is_part, self.place) {
            what = format!("{what},file={index}/{count}");
        }
        held.text(format!(", not ({what})"))
    }
}

/// Whether `section` holds what `mark` says is there.
pub(crate) fn covers(mark: &Mark, stream: &Stream, section: &Section) -> bool {
    let begins = mark.range.offset.checked_add(section.file_offset) == Some(section.stream_offset);
    let ends = section.file_offset.checked_add(section.size).is_some_and(|end| end <= mark.range.size);
    mark.is_of(stream) && begins && ends
}

/// Refuses an existing file of `len` bytes, unless it is empty, or an earlier result of the same write; whether it is that.
pub(crate) fn regular(path: &Path, file: &File, len: u64, intent: &Intent<'_>) -> Result<bool> {
    if len == 0 {
        return Ok(false);
    }
    let why = match Mark::of(file, path)? {
        Marking::Absent => Some("and carries no dgen recipe and range".into()),
        Marking::Unclear(why) => Some(format!("and attributes that cannot be understood ({why})").into()),
        Marking::Known(mark) if intent.is_same_as(&mark) => objection(file, &mark, len)?,
        Marking::Known(mark) => Some(intent.other_than(&mark)),
    };
    why.map_or(Ok(true), |why| Err(refused(path, Message::from(format!("{len} bytes of data, ")).then(why))))
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

/// Why the file is not the untouched result of the run that left this mark, if it is not.
pub(crate) fn objection(file: &File, mark: &Mark, len: u64) -> Result<Option<Message>> {
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

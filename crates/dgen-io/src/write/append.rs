//! Appending: where the end of a file is, and whether what is written there continues what it holds.

use std::path::Path;

use dgen::error::Message;
use dgen::{Error, ErrorKind, Result, Stream};
use serde::Serialize;

use super::options::WriteOptions;
use crate::storage::{
    attributes::Mark, attributes::Marking, attributes::StreamRange, guard, source::open_to_read, target::Found,
    target::Kind,
};

/// Where data was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AppendReport {
    /// Position in the file of the first new byte: the bytes that were there before.
    pub file_offset: u64,
    /// Whether the new data continues the stream that the file held, so that its attributes cover both.
    pub continued: bool,
}

/// An append that was decided on.
pub(crate) struct Append {
    pub(crate) report: AppendReport,
    /// What is lost of the file's own attributes, in words.
    pub(crate) warning: Option<String>,
}

/// The stream that `path` carries a part of, where its range does not end inside the file: an append of it continues it.
///
/// # Errors
/// What the system says of a path that is there, and that or whose attributes cannot be read.
pub fn continued_stream(path: &Path) -> Result<Option<Stream>> {
    if !path.is_file() {
        return Ok(None);
    }
    let file = open_to_read(path)?;
    let len = file.metadata().map_err(|error| Error::io("look at", path, None, error))?.len();
    Mark::of(&file, path)?.known().filter(|mark| mark.range.size >= len).map(|mark| mark.stream()).transpose()
}

/// Decides where the data goes, and says so in the options.
/// Fails when the path has no end to append at, or holds an unfinished write.
pub(crate) fn plan(path: &Path, found: &mut Found, options: &mut WriteOptions) -> Result<Append> {
    if found.kind() != Kind::Regular {
        let message = "only regular files have an end to append at";
        return Err(Error::new(ErrorKind::Usage, format!("{}: {message}", path.display())).of("append"));
    }
    // Nobody else moves the end from now on.
    found.claim_end(path)?;
    let len = found.len();
    options.file_offset = len;
    let mut append = Append { report: AppendReport { file_offset: len, continued: false }, warning: None };
    if len == 0 {
        return Ok(append);
    }
    let file = found.to_read(path)?;
    let mark = match Mark::of(&file, path)? {
        Marking::Absent => return Ok(append),
        Marking::Unclear(_) if options.force => return Ok(append),
        Marking::Unclear(why) => {
            return Err(unfinished(path, format!("its attributes cannot be understood ({why})")));
        }
        Marking::Known(mark) => mark,
    };
    let end = mark.range.offset.checked_add(len);
    let goes_on = mark.is_of(&options.stream) && (options.offset == 0 || Some(options.offset) == end);
    // An earlier append of as much that has written nothing is begun again.
    let is_again = goes_on && mark.range.size.checked_sub(len) == Some(options.size);
    let held = if is_again { len } else { mark.range.size };
    if (held > len || (goes_on && held < len)) && !options.force {
        return Err(unfinished(path, format!("it has {len} bytes, and its range has {held}")));
    }
    if goes_on {
        if options.force {
            return Ok(append);
        }
        let held = Mark { range: StreamRange { size: held, ..mark.range }, ..mark };
        if let Some(why) = guard::objection(&file, &held, len)? {
            return Err(unfinished(path, Message::from(format!("it holds {len} bytes of data, ")).then(why)));
        }
        options.offset = end.expect("ranges end below 2^63");
        append.report.continued = true;
        return Ok(append);
    }
    append.warning = Some(format!(
        "{}: its recipe attribute ({}; {}) was removed, since it does not cover what was appended",
        path.display(),
        mark.recipe,
        mark.attribute()
    ));
    Ok(append)
}

fn unfinished(path: &Path, why: impl Into<Message>) -> Error {
    let message = Message::from(format!("{}: cannot be continued: ", path.display())).then(why).text("; ");
    let message = message.option("resume").text(" completes an interrupted write, ");
    let message = message.option("force").text(" appends after what is there, without attributes");
    Error::new(ErrorKind::Refused, message)
}

//! What files should hold: as their attributes say, or as the caller does.

use std::path::{Path, PathBuf};

use dgen::error::Message;
use dgen::{Error, ErrorKind, Recipe, Result};

use super::options::{VerifyJob, VerifySource};
use crate::storage::{attributes::Mark, attributes::StreamRange, source::open_to_read, split::split};

/// Standard input, in place of a path.
const STDIN: &str = "-";

/// What the caller says of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected {
    /// The stream; that of each file's attributes where this and `size` are not both given.
    pub recipe: Option<Recipe>,
    /// Its version; that of each file's attributes where it is not given, 0 where there are none.
    pub version: Option<u32>,
    /// Bytes over all paths.
    pub size: Option<u64>,
    /// Stream offset of the first byte.
    pub offset: Option<u64>,
    /// Position in each file at which to begin.
    pub file_offset: u64,
}

/// What to verify at each path; `-` is standard input.
///
/// # Errors
/// A file cannot be opened, or neither its attributes nor `expected` say enough.
pub fn verify_jobs(paths: &[PathBuf], expected: &Expected) -> Result<Vec<VerifyJob<'static>>> {
    let marks: Vec<Option<Mark>> = paths.iter().map(|path| mark(path)).collect::<Result<_>>()?;
    match (expected.recipe, expected.size) {
        (Some(recipe), Some(size)) => as_told(paths, expected, recipe, size),
        _ => paths.iter().zip(marks).map(|(path, mark)| as_marked(expected, paths.len(), path, mark)).collect(),
    }
}

fn as_told(paths: &[PathBuf], expected: &Expected, recipe: Recipe, size: u64) -> Result<Vec<VerifyJob<'static>>> {
    let range = StreamRange::new(expected.offset.unwrap_or(0), size)?;
    let parts = split(range, paths.len(), recipe.block_size())?;
    let file_offset = expected.file_offset;
    let job = |(path, range): (&PathBuf, StreamRange)| {
        // Data that begins inside a file may also end inside it.
        let end = (file_offset == 0).then_some(range.size);
        VerifyJob { source: source(path), recipe, version: expected.version.unwrap_or(0), range, file_offset, end }
    };
    Ok(paths.iter().zip(parts).map(job).collect())
}

fn as_marked(expected: &Expected, count: usize, path: &Path, mark: Option<Mark>) -> Result<VerifyJob<'static>> {
    let usage = |message: Message| {
        let place = Message::from(format!("{}: ", path.display()));
        Err(Error::new(ErrorKind::Usage, place.then(message)))
    };
    let Some(mark) = mark else {
        let message = Message::from("carries no valid dgen recipe and range; ").option("recipe").text(" (or ");
        let message = message.option("seed").text(" and the other stream options) and ").option("size");
        return usage(message.text(" are needed"));
    };
    if expected.offset.is_some() {
        return usage(
            Message::default()
                .option("offset")
                .text(" needs ")
                .option("recipe")
                .text(" and ")
                .option("size")
                .text("; without them the file's own range counts"),
        );
    }
    if expected.size.is_some() && count > 1 {
        return usage(Message::default().option("size").text(" with several paths needs ").option("recipe"));
    }
    let begin = expected.file_offset;
    let there = mark.range.size.saturating_sub(begin);
    let size = expected.size.unwrap_or(there);
    if size > there || size == 0 {
        return usage(
            format!("{size} bytes from position {begin} on reach past the file's range, {}", mark.range).into(),
        );
    }
    Ok(VerifyJob {
        source: source(path),
        recipe: expected.recipe.unwrap_or(mark.recipe),
        version: expected.version.unwrap_or(mark.version),
        range: StreamRange::new(mark.range.offset + begin, size)?,
        file_offset: begin,
        end: Some(mark.range.size),
    })
}

/// The attributes of a file that can be opened.
fn mark(path: &Path) -> Result<Option<Mark>> {
    if path.as_os_str() == STDIN {
        return Ok(None);
    }
    let file = open_to_read(path)?;
    Ok(Mark::of(&file))
}

fn source(path: &Path) -> VerifySource<'static> {
    if path.as_os_str() == STDIN {
        VerifySource::Reader("standard input".into(), Box::new(std::io::stdin()))
    } else {
        VerifySource::Path(path.to_owned())
    }
}

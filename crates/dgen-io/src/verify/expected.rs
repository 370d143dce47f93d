//! What files should hold: as their attributes say, or as the caller does.

use std::path::{Path, PathBuf};

use dgen::error::Message;
use dgen::{Error, ErrorKind, Recipe, Result};

use super::options::{VerifyJob, VerifySource};
use super::sets::{Member, Sets};
use super::{places::Misplaced, plan::VerifyPlan, report::SkippedFile};
use crate::storage::{attributes::Mark, attributes::Marking, attributes::StreamRange, source::open_to_read};
use crate::storage::{split::split, walk::Found, walk::SkipReason};

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

/// What to verify at the paths; folders stand for the files in them, `-` for standard input.
///
/// Without recipe and size, files in folders that carry none are left out, and members are asked for that are absent from
/// the sets of the others. A file that says it is another file of its set than its name `dgen-000000` does, or than its
/// position among paths that are all files of a set and not in the order of their names, is misplaced.
///
/// # Errors
/// A file cannot be opened, or neither its attributes nor `expected` say enough.
pub fn verify_plan(paths: &[PathBuf], expected: &Expected) -> Result<VerifyPlan<'static>> {
    let Found { files, skipped } = Found::at(paths)?;
    let mut skipped: Vec<_> = skipped.into_iter().map(|(path, reason)| SkippedFile { path, reason }).collect();
    if let (Some(recipe), Some(size)) = (expected.recipe, expected.size) {
        let named = files.iter().map(|(path, _)| path).filter(|path| path.as_os_str() != STDIN);
        named.map(|path| open_to_read(path).map(drop)).collect::<Result<()>>()?;
        let paths: Vec<PathBuf> = files.into_iter().map(|(path, _)| path).collect();
        let jobs = as_told(&paths, expected, recipe, size)?;
        return Ok(VerifyPlan { jobs, skipped, warnings: Vec::new() });
    }
    let mut unclear: Vec<String> = Vec::new();
    let files = files.into_iter().map(|(path, in_folder)| {
        let mark = match marking(&path)? {
            Marking::Unclear(why) if in_folder => {
                unclear.push(format!("{}: its attributes cannot be understood ({why})", path.display()));
                None
            }
            Marking::Unclear(why) => return Err(unsaid(&path, &format!(" ({why})"))),
            marking => marking.known(),
        };
        Ok(Member { path, mark, in_folder })
    });
    let files: Vec<Member> = files.collect::<Result<_>>()?;
    let is_foreign = |file: &Member| file.in_folder && file.mark.is_none();
    let (foreign, known): (Vec<Member>, Vec<Member>) = files.into_iter().partition(is_foreign);
    let misplaced = Misplaced::of(&known);
    let job = |(number, file): (usize, &Member)| {
        let job = as_marked(expected, known.len(), &file.path, file.mark)?;
        Ok(VerifyJob { misplaced: misplaced.files.contains(&number), ..job })
    };
    let mut jobs: Vec<VerifyJob<'static>> = known.iter().enumerate().map(job).collect::<Result<_>>()?;
    if let (true, Some(file)) = (jobs.is_empty(), foreign.first()) {
        jobs.push(as_marked(expected, 1, &file.path, None)?);
    }
    skipped.extend(foreign.into_iter().map(|file| SkippedFile { path: file.path, reason: SkipReason::Foreign }));
    let Sets { absent, mut warnings } = Sets::of(&known);
    warnings.extend(unclear);
    warnings.extend(misplaced.warnings);
    jobs.extend(absent.into_iter().map(|file| VerifyJob {
        source: VerifySource::Absent(file.path),
        recipe: expected.recipe.unwrap_or(file.recipe),
        version: expected.version.unwrap_or(file.version),
        range: file.range,
        file_offset: 0,
        end: None,
        misplaced: false,
    }));
    Ok(VerifyPlan { jobs, skipped, warnings })
}

fn as_told(paths: &[PathBuf], expected: &Expected, recipe: Recipe, size: u64) -> Result<Vec<VerifyJob<'static>>> {
    let range = StreamRange::new(expected.offset.unwrap_or(0), size)?;
    let parts = split(range, paths.len(), recipe.block_size())?;
    let file_offset = expected.file_offset;
    let job = |(path, range): (&PathBuf, StreamRange)| {
        // Data that begins inside a file may also end inside it.
        let end = (file_offset == 0).then_some(range.size);
        let version = expected.version.unwrap_or(0);
        VerifyJob { source: source(path), recipe, version, range, file_offset, end, misplaced: false }
    };
    Ok(paths.iter().zip(parts).map(job).collect())
}

fn as_marked(expected: &Expected, count: usize, path: &Path, mark: Option<Mark>) -> Result<VerifyJob<'static>> {
    let usage = |message: Message| {
        let place = Message::from(format!("{}: ", path.display()));
        Err(Error::new(ErrorKind::Usage, place.then(message)))
    };
    let Some(mark) = mark else { return Err(unsaid(path, "")) };
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
        misplaced: false,
    })
}

/// The error for a file that does not say what it should hold.
fn unsaid(path: &Path, why: &str) -> Error {
    let message = Message::from(format!("{}: carries no valid dgen recipe and range{why}; ", path.display()));
    let message = message.option("recipe").text(" (or ").option("seed").text(" and the other stream options) and ");
    Error::new(ErrorKind::Usage, message.option("size").text(" are needed"))
}

/// The attributes of a file that can be opened.
fn marking(path: &Path) -> Result<Marking> {
    if path.as_os_str() == STDIN {
        return Ok(Marking::Absent);
    }
    Mark::of(&open_to_read(path)?, path)
}

fn source(path: &Path) -> VerifySource<'static> {
    if path.as_os_str() == STDIN {
        VerifySource::Reader("standard input".into(), Box::new(std::io::stdin()))
    } else {
        VerifySource::Path(path.to_owned())
    }
}

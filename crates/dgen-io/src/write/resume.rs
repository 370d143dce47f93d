//! Continuing an interrupted write: how far files are valid, and whether the rest is what an interruption leaves.
//!
//! Every byte before the place is read and compared. Samples would do after a killed process, which leaves a dense prefix;
//! after a power cut any page that was not yet durable may be missing, also far before the end.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use dgen::error::Message;
use dgen::{DamageRange, Error, ErrorKind, Recipe, Result, Stream};
use serde::Serialize;

use super::{job::WriteJob, remains::check_rest, remains::refused};
use crate::base::clock::ns;
use crate::extents::cursor::Section;
use crate::metrics::watch::Watch;
use crate::storage::{attributes::Mark, attributes::Marking, attributes::StreamRange, source::open_to_read};
use crate::storage::{guard::covers, origin::DataOrigin, reserve::free_space, target::Found, target::Kind};
use crate::storage::{split::file_size_of, split::follows};
use crate::verify::options::{VerifyJob, VerifyOptions, VerifySource};
use crate::verify::run::verify_on;

/// Writing begins at a multiple of this in the file: whatever alignment direct I/O needs, it divides it.
const GRAIN: u64 = 1 << 20;
/// Bytes by which files may grow if all that says so are their attributes; or by as many as they hold.
const GROWTH: u64 = 1 << 30;

/// What an earlier, interrupted write had left.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ResumeReport {
    /// Bytes that were not written again, over all files.
    pub bytes_valid: u64,
    /// Bytes that were read and compared to know it.
    pub bytes_checked: u64,
    /// Nanoseconds that took; no part of the write's time.
    pub elapsed_ns: u64,
    /// One entry per path.
    pub files: Vec<ResumedFile>,
}

/// What an interrupted write had left of one file.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ResumedFile {
    /// The file.
    pub path: PathBuf,
    /// Bytes that were not written again: the right ones before the first that is wrong, down to a multiple of 1 MiB.
    pub valid: u64,
    /// The damage where the valid part ends; absent where all is valid, or there was nothing.
    pub damage: Option<DamageRange>,
    /// What is known of where the bytes that were compared were read from; absent where there were none.
    pub data_read_from: Option<DataOrigin>,
}

/// What an interrupted write was to write.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recalled {
    /// The stream.
    pub stream: Stream,
    /// Its first byte, and the bytes of all files.
    pub range: StreamRange,
    /// The size of each file, as [`WriteOptions::file_size`](crate::WriteOptions::file_size) has it; absent where that was not given.
    pub file_size: Option<u64>,
}

/// What an interrupted write of `paths` was to write: as given, and else as the files' attributes say. A size that is not
/// given counts where the files need not grow to more than twice what they are, or by more than 1 GiB if that is more, and
/// there is room for what they lack: an attribute alone does not fill a disk.
///
/// # Errors
/// When something is neither given nor known, or the files are not consecutive parts of one stream.
pub fn recall(
    paths: &[PathBuf],
    recipe: Option<Recipe>,
    version: Option<u32>,
    offset: Option<u64>,
    size: Option<u64>,
) -> Result<Recalled> {
    if let (Some(recipe), Some(size)) = (recipe, size) {
        let stream = Stream::new(&recipe)?.version(version.unwrap_or(0));
        return Ok(Recalled { stream, range: StreamRange::new(offset.unwrap_or(0), size)?, file_size: None });
    }
    let mut growth = Growth::default();
    let mut marks = Vec::new();
    for path in paths {
        let (file, mark) = marked(path)?;
        growth.add(&file, path, mark.range.size)?;
        marks.push(mark);
    }
    let Some(first) = marks.first() else { return Err(Error::new(ErrorKind::Usage, "there is nothing to resume")) };
    let block = first.recipe.block_size();
    let parts: Vec<StreamRange> = marks.iter().map(|mark| mark.range).collect();
    let file_size = file_size_of(&parts, block);
    let (mut range, mut end) = (StreamRange { size: 0, ..first.range }, first.range.offset);
    for (mark, path) in marks.iter().zip(paths) {
        let next = mark.range.offset;
        let follows = if file_size.is_some() { follows(end, next, block) } else { end == next };
        end = next.saturating_add(mark.range.size);
        if (mark.recipe, mark.version) != (first.recipe, first.version) || !follows {
            let message = "its attributes do not continue those of the paths before it; resume it alone";
            return Err(Error::new(ErrorKind::Usage, format!("{}: {message}", path.display())));
        }
        range = StreamRange::new(range.offset, range.size.saturating_add(mark.range.size))?;
    }
    if size.is_none() {
        growth.check(&paths[0], range.size)?;
    }
    let range = StreamRange::new(offset.unwrap_or(range.offset), size.unwrap_or(range.size))?;
    let stream = Stream::new(&recipe.unwrap_or(first.recipe))?;
    Ok(Recalled { stream: stream.version(version.unwrap_or(first.version)), range, file_size })
}

/// An existing file, and what it says of itself.
fn marked(path: &Path) -> Result<(File, Mark)> {
    let needed = || {
        let message = Message::default().option("recipe").text(" (or ").option("seed");
        message.text(" and the other stream options) and ").option("size").text(" are needed")
    };
    if !path.try_exists().unwrap_or(true) {
        let message = format!("{}: does not exist, so that nothing says what was to be written; ", path.display());
        return Err(Error::about(ErrorKind::Io, path, libc::ENOENT, Message::from(message).then(needed())));
    }
    let file = open_to_read(path)?;
    let why = match Mark::of(&file, path)? {
        Marking::Known(mark) => return Ok((file, mark)),
        Marking::Absent => "carries no valid dgen recipe and range".to_owned(),
        Marking::Unclear(why) => format!("carries no valid dgen recipe and range ({why})"),
    };
    let message = format!("{}: {why}, so that nothing says what was to be written; ", path.display());
    Err(Error::new(ErrorKind::Usage, Message::from(message).then(needed())))
}

/// What files hold, beside what their attributes say.
#[derive(Default)]
struct Growth {
    /// Bytes in the files.
    there: u64,
    /// Bytes by which they would grow, and those for which space is to be found.
    missing: u64,
    unallocated: u64,
    /// Bytes that are free where there is least.
    free: Option<u64>,
}

impl Growth {
    fn add(&mut self, file: &File, path: &Path, size: u64) -> Result<()> {
        let metadata = file.metadata().map_err(|e| Error::io("look at", path, None, e))?;
        let (len, allocated) = (metadata.len(), metadata.blocks().saturating_mul(512));
        self.there = self.there.saturating_add(len);
        self.missing = self.missing.saturating_add(size.saturating_sub(len));
        self.unallocated = self.unallocated.saturating_add(size.saturating_sub(allocated));
        self.free = free_space(file).map(|free| free.min(self.free.unwrap_or(free))).or(self.free);
        Ok(())
    }

    /// Refuses a range that is more than the files are to grow to.
    fn check(&self, first: &Path, size: u64) -> Result<()> {
        let (there, most) = (self.there, self.there.max(GROWTH));
        let why = if self.missing > most {
            format!("no more than {most} are added to the {there} that are there")
        } else if self.free.is_some_and(|free| self.unallocated > free) {
            "the file system has no room for those that are missing".to_owned()
        } else {
            return Ok(());
        };
        let message = Message::from(format!("{}: its attributes name {size} bytes; {why}, unless ", first.display()));
        let message = message.option("size").text(format!(" says so (here {size})"));
        Err(Error::new(ErrorKind::Usage, message))
    }
}

/// Finds how far each path is valid, and leaves the rest in the job.
/// Fails when there is nothing to resume, or what is there is no interrupted write of the same range.
pub(super) fn resume(job: &mut WriteJob<'_>) -> Result<ResumeReport> {
    let begin = Instant::now();
    let mut report = ResumeReport { bytes_valid: 0, bytes_checked: 0, elapsed_ns: 0, files: Vec::new() };
    let mut is_ours = false;
    for ((path, found), section) in job.paths.iter().zip(&job.found).zip(&job.sections) {
        let place = Place { job, path, section };
        let (file, checked, ours) = place.examine(found)?;
        report.bytes_valid += file.valid;
        report.bytes_checked += checked;
        report.files.push(file);
        is_ours |= ours;
    }
    if !is_ours {
        let message = Message::from("nothing to resume: it does not exist, or is empty; without ");
        return Err(refused(&job.paths[0], message.option("resume").text(" it is written from the start")));
    }
    job.valid = report.files.iter().map(|file| file.valid).collect();
    for (section, valid) in job.sections.iter_mut().zip(&job.valid) {
        *section = section.behind(*valid);
    }
    report.elapsed_ns = ns(begin.elapsed());
    Ok(report)
}

/// What comparing a file came to: bytes that are right, bytes compared, and the first damage.
struct Compared {
    valid: u64,
    checked: u64,
    damage: Option<DamageRange>,
    data_read_from: Option<DataOrigin>,
}

/// One path, and what it should hold.
struct Place<'a> {
    job: &'a WriteJob<'a>,
    path: &'a Path,
    section: &'a Section,
}

impl Place<'_> {
    /// What is there, the bytes compared, and whether something shows that a write of this stream began.
    fn examine(&self, found: &Found) -> Result<(ResumedFile, u64, bool)> {
        let nothing = ResumedFile { path: self.path.to_owned(), valid: 0, damage: None, data_read_from: None };
        if found.kind() == Kind::Memory {
            return Err(refused(self.path, "keeps nothing, so there is nothing to resume"));
        }
        if !found.exists() {
            return Ok((nothing, 0, false));
        }
        let file = found.to_read(self.path)?;
        let is_marked = self.check_mark(&file)?;
        let len = found.len();
        if found.kind() == Kind::Regular {
            if self.section.file_offset == 0 && len > self.section.size && !self.job.deal.is_shared() {
                let size = self.section.size;
                let why = format!("cannot be resumed: it holds {len} bytes, and the range has only {size}");
                return Err(refused(self.path, why));
            }
            if len <= self.section.file_offset {
                return Ok((nothing, 0, is_marked));
            }
        }
        let Compared { valid, checked, damage, data_read_from } = self.compare(found)?;
        if valid == 0 && !is_marked && !self.job.options.force {
            let why = Message::from("nothing to resume: it holds no data of this recipe; ");
            return Err(refused(self.path, why.option("force").text(" overwrites it")));
        }
        let size = self.section.size;
        if valid < size && !self.job.options.force {
            let end = self.section.file_offset + size;
            let end = if found.kind() == Kind::Regular { len.min(end) } else { end };
            check_rest(self.path, &file, &self.section.behind(valid), end, &self.job.options.stream)?;
        }
        let at = self.section.file_offset + valid;
        let whole = (at - at % GRAIN).saturating_sub(self.section.file_offset);
        let valid = if valid < size { whole } else { valid };
        Ok((ResumedFile { valid, damage, data_read_from, ..nothing }, checked, true))
    }

    /// Refuses attributes that contradict the options; whether there are some that agree.
    fn check_mark(&self, file: &File) -> Result<bool> {
        let mark = match Mark::of(file, self.path)? {
            Marking::Known(mark) => mark,
            Marking::Unclear(why) if !self.job.options.force => {
                let why = format!("cannot be resumed: its attributes cannot be understood ({why}); ");
                return Err(refused(self.path, Message::from(why).option("force").text(" goes by the data alone")));
            }
            _ => return Ok(false),
        };
        let (section, stream) = (self.section, &self.job.options.stream);
        let recipe = stream.recipe();
        if section.file_offset > 0 || self.job.deal.is_shared() {
            return Ok(covers(&mark, stream, section));
        }
        if mark.recipe != *recipe {
            return Err(refused(self.path, format!("cannot be resumed: its recipe is {}, not {recipe}", mark.recipe)));
        }
        if mark.version != stream.version_number() {
            let (own, asked) = (mark.version, stream.version_number());
            return Err(refused(self.path, format!("cannot be resumed: it holds version {own}, not {asked}")));
        }
        let range = StreamRange { offset: section.stream_offset, size: section.size };
        if mark.range != range {
            return Err(refused(self.path, format!("cannot be resumed: its range is {}, not {range}", mark.range)));
        }
        Ok(true)
    }

    /// Compares what the device holds: there may be pages in the cache that it never got.
    fn compare(&self, found: &Found) -> Result<Compared> {
        let Section { file_offset, stream_offset, size } = *self.section;
        let job = VerifyJob {
            source: VerifySource::Open(self.path.to_owned(), found.to_read(self.path)?),
            recipe: *self.job.options.stream.recipe(),
            version: self.job.options.stream.version_number(),
            range: StreamRange::new(stream_offset, size)?,
            file_offset,
            end: None,
            misplaced: false,
        };
        let how = VerifyOptions { limit: 1, stop_at_damage: true, ..self.job.options.verification() };
        let outcome = verify_on(self.job.machine, vec![job], &how, Watch { live: None, ..self.job.watch })?;
        if let Some(error) = outcome.error {
            return Err(error);
        }
        let mut report = outcome.report;
        let damage = report.ranges.pop().map(|placed| placed.range);
        let (valid, checked, data_read_from) = (report.valid_prefix, report.bytes_checked, report.data_read_from);
        Ok(Compared { valid, checked, damage, data_read_from })
    }
}

//! What files should hold: as their attributes say, or as the caller does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dgen::error::Message;
use dgen::{Error, ErrorKind, Recipe, Result};

use super::options::{MoreAbsent, VerifyJob, VerifySource};
use super::sets::{Absent, Member, Sets};
use super::{places::Misplaced, plan::VerifyPlan};
use crate::report::skipped::SkippedFile;
use crate::storage::folder::MANIFEST;
use crate::storage::{attributes::Mark, attributes::Marking, attributes::StreamRange, folder};
use crate::storage::{source::kind_to_read, source::open_to_read, split::cut};
use crate::storage::{walk::Found, walk::SkipReason, walk::Skipped};

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
    /// Bytes of each file but the last, where they were written with a file size.
    pub file_size: Option<u64>,
    /// Stream offset of the first byte.
    pub offset: Option<u64>,
    /// Position in each file at which to begin.
    pub file_offset: u64,
    /// Whether the first file that cannot be read, or is not known, ends the work; else it is skipped, unless it is the only
    /// one.
    pub strict: bool,
}

/// What to verify at the paths; folders stand for the files in them, `-` for standard input.
///
/// Members are asked for that are absent from the sets of files in folders. Without recipe and size, files that carry none
/// are skipped; with them each file has its part of the stream, those that are absent or skipped among them. A file that
/// says it is another file of its set than its name `dgen-000000` does, or than its position among paths that are all
/// files of a set and not in the order of their names, is misplaced.
///
/// # Errors
/// A single file cannot be opened, or neither its attributes nor `expected` say enough; any file where `expected` is strict.
pub fn verify_plan(paths: &[PathBuf], expected: &Expected) -> Result<VerifyPlan<'static>> {
    let Found { files, skipped } = Found::at(paths, expected.strict)?;
    let mut plan = Planned {
        expected,
        alone: paths.len() == 1,
        members: Vec::new(),
        gaps: Vec::new(),
        more_absent: MoreAbsent::default(),
        unclear: BTreeMap::new(),
        skipped,
    };
    for (path, in_folder) in files {
        plan.look(path, in_folder)?;
    }
    match (expected.recipe, expected.size) {
        (Some(recipe), Some(size)) => plan.told(recipe, size),
        _ => plan.marked(),
    }
}

/// A plan in the making.
struct Planned<'e> {
    expected: &'e Expected,
    /// Whether there is one path.
    alone: bool,
    members: Vec<Member>,
    /// Files that cannot be read, and how many members stand before each.
    gaps: Vec<(usize, PathBuf)>,
    more_absent: MoreAbsent,
    /// Files whose attributes are not understood, and why.
    unclear: BTreeMap<PathBuf, String>,
    skipped: Vec<Skipped>,
}

impl Planned<'_> {
    /// Reads what a file says of itself.
    fn look(&mut self, path: PathBuf, in_folder: bool) -> Result<()> {
        // Where the caller says all, the file need not.
        let is_told = self.expected.recipe.is_some() && self.expected.size.is_some();
        match marking(&path, is_told) {
            Ok(marking) => {
                if let Marking::Unclear(why) = &marking {
                    self.unclear.insert(path.clone(), why.clone());
                }
                self.members.push(Member { path, mark: marking.known(), in_folder });
            }
            Err(error) => {
                self.skip(&path, in_folder, SkipReason::of(&path, &error), error)?;
                self.gaps.push((self.members.len(), path));
            }
        }
        Ok(())
    }

    fn skip(&mut self, path: &Path, in_folder: bool, reason: SkipReason, error: Error) -> Result<()> {
        if self.expected.strict || (self.alone && !in_folder) {
            return Err(error);
        }
        self.skipped.push(Skipped { path: path.to_owned(), reason, error: Some(error) });
        Ok(())
    }

    fn done(self, jobs: Vec<VerifyJob<'static>>, warnings: Vec<String>) -> VerifyPlan<'static> {
        let skipped = self.skipped.into_iter().map(SkippedFile::from).collect();
        VerifyPlan { jobs, more_absent: self.more_absent, skipped, warnings }
    }

    /// Each file holds its part of what the caller says.
    fn told(mut self, recipe: Recipe, size: u64) -> Result<VerifyPlan<'static>> {
        let expected = *self.expected;
        // How many files a folder holds that cannot be listed is not known, and so neither is where the others lie.
        let is_folder = |skipped: &mut Skipped| skipped.path.is_dir() && !skipped.path.is_symlink();
        if let Some(error) = self.skipped.extract_if(.., is_folder).find_map(|folder| folder.error) {
            return Err(error);
        }
        let Sets { absent, warnings } = Sets::of(&self.members, &self.unread());
        let mut parts: Vec<_> = self.members.iter().map(|member| (member.path.clone(), Part::There)).collect();
        for (before, path) in self.gaps.iter().rev() {
            parts.insert(*before, (path.clone(), Part::Skipped));
        }
        let is_gap = |path: &Path| self.gaps.iter().any(|(_, gap)| gap == path);
        for skipped in self.skipped.iter().filter(|skipped| skipped.error.is_some() && !is_gap(&skipped.path)) {
            insert(&mut parts, skipped.path.clone(), Part::Skipped);
        }
        let part = |file: Absent| (file.path, if file.is_listed { Part::Absent } else { Part::More(file.files) });
        let (named, unnamed): (Vec<_>, Vec<_>) =
            absent.into_iter().map(part).partition(|(path, _)| folder::member_number(path).is_some());
        for (path, part) in named {
            insert(&mut parts, path, part);
        }
        let range = StreamRange::new(expected.offset.unwrap_or(0), size)?;
        let count: usize = parts.iter().map(|(_, part)| part.files()).sum();
        let split = cut(range, count, recipe.block_size(), expected.file_size)?;
        let (mut jobs, mut next) = (Vec::new(), 0);
        for (path, part) in parts.into_iter().chain(unnamed) {
            let first = next;
            next += part.files();
            // Where it is not known which part is theirs, nothing is known of their bytes.
            let range = if next <= count {
                let size = (first..next).map(|index| split(index).size).sum();
                StreamRange { offset: split(first).offset, size }
            } else {
                StreamRange { offset: range.offset, size: 0 }
            };
            let source = match part {
                Part::There => source(&path),
                Part::Absent => VerifySource::Absent(path),
                Part::More(files) => {
                    self.more_absent.add(files, range.size);
                    continue;
                }
                Part::Skipped => continue,
            };
            // Data that begins inside a file may also end inside it.
            let end = (expected.file_offset == 0).then_some(range.size);
            let version = expected.version.unwrap_or(0);
            let file_offset = expected.file_offset;
            jobs.push(VerifyJob { source, recipe, version, range, file_offset, end, misplaced: false });
        }
        Ok(self.done(jobs, warnings))
    }

    /// Each file holds what it says of itself.
    fn marked(mut self) -> Result<VerifyPlan<'static>> {
        let expected = *self.expected;
        let (known, foreign): (Vec<Member>, Vec<Member>) =
            std::mem::take(&mut self.members).into_iter().partition(|file| file.mark.is_some());
        let is_manifest = |file: &Member| file.in_folder && file.path.ends_with(MANIFEST);
        let foreign: Vec<Member> = foreign.into_iter().filter(|file| known.is_empty() || !is_manifest(file)).collect();
        if let (true, Some(file)) =
            (known.is_empty() && self.skipped.iter().all(|file| file.error.is_none()), foreign.first())
        {
            self.unmarked(&file.path)?;
        }
        let misplaced = Misplaced::of(&known);
        let job = |(number, file): (usize, &Member)| {
            let job = as_marked(&expected, known.len(), &file.path, file.mark)?;
            Ok(VerifyJob { misplaced: misplaced.files.contains(&number), ..job })
        };
        let mut jobs: Vec<VerifyJob<'static>> = known.iter().enumerate().map(job).collect::<Result<_>>()?;
        for Member { path, in_folder, .. } in foreign {
            match self.unmarked(&path) {
                Err(error) if !in_folder || expected.strict => {
                    self.skip(&path, in_folder, SkipReason::Foreign, error)?;
                }
                _ => self.skipped.push(Skipped { path, reason: SkipReason::Foreign, error: None }),
            }
        }
        let Sets { absent, mut warnings } = Sets::of(&known, &self.unread());
        let unclear = |(path, why): (&PathBuf, &String)| {
            format!("{}: its attributes cannot be understood ({why})", path.display())
        };
        warnings.extend(self.unclear.iter().map(unclear));
        warnings.extend(misplaced.warnings);
        let (absent, more): (Vec<_>, Vec<_>) = absent.into_iter().partition(|file| file.is_listed);
        for Absent { files, range, .. } in more {
            self.more_absent.add(files, range.size);
        }
        jobs.extend(absent.into_iter().map(|file| VerifyJob {
            source: VerifySource::Absent(file.path),
            recipe: expected.recipe.unwrap_or(file.recipe),
            version: expected.version.unwrap_or(file.version),
            range: file.range,
            file_offset: 0,
            end: None,
            misplaced: false,
        }));
        Ok(self.done(jobs, warnings))
    }

    /// What is there and cannot be read.
    fn unread(&self) -> Vec<&Path> {
        let is_there = |skipped: &&Skipped| skipped.error.is_some() && skipped.reason != SkipReason::Vanished;
        self.skipped.iter().filter(is_there).map(|skipped| &*skipped.path).collect()
    }

    /// What is said of a file without attributes that are understood.
    fn unmarked(&self, path: &Path) -> Result<()> {
        match self.unclear.get(path) {
            Some(why) => Err(unsaid(path, &format!(" ({why})"))),
            None => as_marked(self.expected, 1, path, None).map(drop),
        }
    }
}

/// What became of a file that has a part of the stream.
enum Part {
    There,
    Absent,
    /// So many that are absent.
    More(usize),
    Skipped,
}

impl Part {
    fn files(&self) -> usize {
        if let Self::More(files) = self { *files } else { 1 }
    }
}

/// Puts a path among those of its folder, where its name belongs; behind all where there are none.
fn insert(parts: &mut Vec<(PathBuf, Part)>, path: PathBuf, part: Part) {
    let beside = |other: &(PathBuf, Part)| other.0.parent() == path.parent();
    let later = parts.iter().position(|other| beside(other) && other.0 > path);
    let at = later.or_else(|| parts.iter().rposition(beside).map(|last| last + 1)).unwrap_or(parts.len());
    parts.insert(at, (path, part));
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
    // A file may say that it holds nothing; then nothing may be there.
    if size > there || (size == 0 && mark.range.size > 0) {
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

/// The attributes of a file or device that can be opened; none where they cannot be read and that `may_fail`.
fn marking(path: &Path, may_fail: bool) -> Result<Marking> {
    if path.as_os_str() == STDIN {
        return Ok(Marking::Absent);
    }
    let file = open_to_read(path)?;
    kind_to_read(path, &file)?;
    Mark::of(&file, path).or_else(|error| if may_fail { Ok(Marking::Absent) } else { Err(error) })
}

fn source(path: &Path) -> VerifySource<'static> {
    if path.as_os_str() == STDIN {
        VerifySource::Reader("standard input".into(), Box::new(std::io::stdin()))
    } else {
        VerifySource::Path(path.to_owned())
    }
}

//! Sets of files that one write has made: which members are absent, and which claim the same place.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use dgen::Recipe;

use crate::storage::attributes::{FilePlace, Mark, StreamRange};
use crate::storage::{folder, split::split_lazily};

/// Absent members that are listed. A file may say that it is one of a million; more than this are counted.
const LISTED: usize = 1000;

/// Warnings of files in the same place.
const NAMED: usize = 8;

/// A file, and what it says of itself.
pub(super) struct Member {
    pub(super) path: PathBuf,
    pub(super) mark: Option<Mark>,
    /// Whether it was found in a folder, so that the others of its set are asked for.
    pub(super) in_folder: bool,
}

/// A file that should be there, or several that follow one another and are not listed.
pub(super) struct Absent {
    /// The first.
    pub(super) path: PathBuf,
    pub(super) recipe: Recipe,
    pub(super) version: u32,
    /// Their part of the stream; without bytes where the others do not tell.
    pub(super) range: StreamRange,
    pub(super) files: usize,
    /// Whether it is one, which is listed.
    pub(super) is_listed: bool,
}

/// What is wrong with the sets.
#[derive(Default)]
pub(super) struct Sets {
    pub(super) absent: Vec<Absent>,
    pub(super) warnings: Vec<String>,
}

/// Recipe, version and number of files.
type Key = (String, u32, u32);

/// The members of one set that are there.
struct Set<'m> {
    folder: Option<&'m Path>,
    key: Key,
    members: BTreeMap<u32, (&'m Member, Mark)>,
}

impl Sets {
    /// Looks at all files. Members may lie in several folders, but those of one folder belong together first, so that copies
    /// of a set in several folders are sets of their own.
    ///
    /// Files that are there and cannot be read are in `unread`: they may be members.
    pub(super) fn of(files: &[Member], unread: &[&Path]) -> Self {
        let mut found = Self::default();
        let sets = joined(found.by_folder(files));
        let mut left = LISTED;
        for set in &sets {
            if set.gaps().is_empty() || set.members.values().all(|(member, _)| !member.in_folder) {
                continue;
            }
            if let Some(later) = sets.iter().find(|other| set.is_rest_beside(other)) {
                found.warnings.push(format!(
                    "{}: holds {} files of an earlier write of {}, of which the others were replaced by a write of {}",
                    set.folder.unwrap_or(Path::new("")).display(),
                    set.members.len(),
                    set.count(),
                    later.count()
                ));
                continue;
            }
            found.absent.extend(set.absent(files, unread, &mut left));
        }
        found
    }

    /// The sets of each folder; two files in the same place are told.
    fn by_folder<'m>(&mut self, files: &'m [Member]) -> Vec<Set<'m>> {
        let mut sets: BTreeMap<(Option<&Path>, Key), Set<'m>> = BTreeMap::new();
        let mut doubles = Vec::new();
        for member in files {
            let Some((mark, FilePlace { index, count })) = member.mark.and_then(|mark| Some((mark, mark.file?))) else {
                continue;
            };
            let (folder, key) = (member.path.parent(), (mark.recipe.to_string(), mark.version, count));
            let set =
                sets.entry((folder, key.clone())).or_insert_with(|| Set { folder, key, members: BTreeMap::new() });
            let (first, _) = *set.members.entry(index).or_insert((member, mark));
            if first.path != member.path {
                doubles.push((&first.path, &member.path, index, count));
            }
        }
        self.warnings.extend(doubles.iter().take(NAMED).map(|(one, other, index, count)| {
            let (one, other) = (one.display(), other.display());
            format!("{one} and {other} both say that they are file {index} of {count} of a write")
        }));
        if let Some(more) = doubles.len().checked_sub(NAMED).filter(|more| *more > 0) {
            self.warnings.push(format!("and {more} more files say that they are what another one says it is"));
        }
        sets.into_values().collect()
    }
}

/// Puts sets together that are parts of one in several folders.
fn joined(sets: Vec<Set<'_>>) -> Vec<Set<'_>> {
    let mut joined: Vec<Set<'_>> = Vec::new();
    for mut set in sets {
        let fits = |other: &&mut Set<'_>| {
            other.key == set.key && other.members.keys().all(|index| !set.members.contains_key(index))
        };
        match joined.iter_mut().find(fits) {
            Some(other) => other.members.append(&mut set.members),
            None => joined.push(set),
        }
    }
    joined
}

impl Set<'_> {
    fn count(&self) -> u32 {
        self.key.2
    }

    /// Whether every member has the name that a write into a folder gives it.
    fn is_named(&self) -> bool {
        let as_named = |(index, (member, _)): (&u32, &(&Member, Mark))| {
            folder::member_number(&member.path) == Some(u64::from(*index))
        };
        self.members.iter().all(as_named)
    }

    /// Whether this is what a later write of fewer files into the same folder has left.
    fn is_rest_beside(&self, later: &Self) -> bool {
        let begin = later.count();
        later.members.len() == begin as usize
            && self.members.len() == self.count().saturating_sub(begin) as usize
            && self.members.keys().all(|index| *index >= begin)
            && self
                .members
                .values()
                .chain(later.members.values())
                .all(|(member, _)| member.path.parent() == self.folder)
            && self.is_named()
            && later.is_named()
    }

    /// The numbers of the members that are absent.
    fn gaps(&self) -> Vec<Range<u32>> {
        let mut next = 0;
        let ends = self.members.keys().copied().chain([self.count()]);
        let gap = |index| std::mem::replace(&mut next, index + 1)..index;
        ends.map(gap).filter(|gap| !gap.is_empty()).collect()
    }

    /// The absent members, called as they would be, unless others are called so; no more than `left` of them listed. Those
    /// that are there unread are not absent; where names do not tell, any of them may be.
    fn absent(&self, files: &[Member], unread: &[&Path], left: &mut usize) -> Vec<Absent> {
        let named = self.is_named();
        let gaps = self.gaps();
        let beside = unread.iter().filter(|path| self.folder.is_none_or(|folder| path.parent() == Some(folder)));
        if !named && beside.count() >= gaps.iter().map(ExactSizeIterator::len).sum() {
            return Vec::new();
        }
        let taken: BTreeSet<&Path> = files.iter().map(|file| file.path.as_path()).collect();
        let mut all = Vec::new();
        for gap in gaps {
            let before = self.members.range(..gap.start).next_back().map(|(_, found)| found);
            let after = self.members.range(gap.end..).next().map(|(_, found)| found);
            let Some((neighbour, mark)) = before.or(after) else { continue };
            let range = between(before.map(|(_, mark)| mark), after.map(|(_, mark)| mark), gap.len());
            let folder = neighbour.path.parent().unwrap_or(Path::new(""));
            let Mark { recipe, version, .. } = *mark;
            let listed = gap.len().min(*left);
            *left -= listed;
            for (nth, index) in gap.clone().take(listed).enumerate() {
                let number = format!("file {index} of {}", self.count());
                let path = folder::member(folder, index as usize);
                if named && unread.contains(&&*path) {
                    continue;
                }
                let path = if named && !taken.contains(&*path) { path } else { folder.join(number) };
                all.push(Absent { path, recipe, version, range: range(nth), files: 1, is_listed: true });
            }
            // Those behind, as one.
            if listed < gap.len() {
                let is_here = |path: &&&Path| named && path.parent() == Some(folder);
                let nth =
                    |path: &&Path| usize::try_from(folder::member_number(path)?).ok()?.checked_sub(gap.start as usize);
                let there: BTreeSet<usize> = unread.iter().filter(is_here).filter_map(nth).collect();
                let absent = (listed..gap.len()).filter(|nth| !there.contains(nth));
                let (files, size) = absent.fold((0, 0), |(files, size), nth| (files + 1, size + range(nth).size));
                let path = folder::member(folder, gap.start as usize + listed);
                let range = StreamRange { offset: range(listed).offset, size };
                all.push(Absent { path, recipe, version, range, files, is_listed: false });
            }
        }
        all
    }
}

/// The ranges of so many files between two others, by their number; without bytes where they are not known.
fn between(before: Option<&Mark>, after: Option<&Mark>, files: usize) -> Box<dyn Fn(usize) -> StreamRange> {
    if let Some((begin, size, apart)) = before.zip(after).and_then(|(before, after)| apart(before, after, files)) {
        return Box::new(move |nth| StreamRange { offset: begin + (nth as u64 + 1) * apart, size });
    }
    let begin = before.map_or(0, |mark| mark.range.offset.saturating_add(mark.range.size));
    let split = before.zip(after).and_then(|(before, after)| {
        let size = after.range.offset.checked_sub(begin)?;
        split_lazily(StreamRange { offset: begin, size }, files, before.recipe.block_size()).ok()
    });
    match split {
        Some(split) => Box::new(split),
        None => Box::new(move |_| StreamRange { offset: begin, size: 0 }),
    }
}

/// Of files of one size that begin at blocks: the beginning of the one before, its size, and how far they lie apart.
fn apart(before: &Mark, after: &Mark, files: usize) -> Option<(u64, u64, u64)> {
    let StreamRange { offset, size } = before.range;
    let block = before.recipe.block_size();
    let apart = size.checked_next_multiple_of(block)?;
    let steps = apart.checked_mul(files as u64 + 1)?;
    let fits = !size.is_multiple_of(block) && offset.is_multiple_of(block);
    (fits && after.range.offset.checked_sub(offset) == Some(steps)).then_some((offset, size, apart))
}

//! Sets of files that one write has made: which members are absent, and which claim the same place.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use dgen::Recipe;

use crate::storage::attributes::{FilePlace, Mark, StreamRange};
use crate::storage::{folder, split::split};

/// A file, and what it says of itself.
pub(super) struct Member {
    pub(super) path: PathBuf,
    pub(super) mark: Option<Mark>,
    /// Whether it was found in a folder, so that the others of its set are asked for.
    pub(super) in_folder: bool,
}

/// A file that should be there.
pub(super) struct Absent {
    pub(super) path: PathBuf,
    pub(super) recipe: Recipe,
    pub(super) version: u32,
    /// Its part of the stream; without bytes where the others do not tell.
    pub(super) range: StreamRange,
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
        for set in &sets {
            let absent: Vec<u32> = (0..set.count()).filter(|index| !set.members.contains_key(index)).collect();
            if absent.is_empty() || set.members.values().all(|(member, _)| !member.in_folder) {
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
            found.absent.extend(set.absent(&absent, files, unread));
        }
        found
    }

    /// The sets of each folder; two files in the same place are told.
    fn by_folder<'m>(&mut self, files: &'m [Member]) -> Vec<Set<'m>> {
        let mut sets: BTreeMap<(Option<&Path>, Key), Set<'m>> = BTreeMap::new();
        for member in files {
            let Some((mark, FilePlace { index, count })) = member.mark.and_then(|mark| Some((mark, mark.file?))) else {
                continue;
            };
            let (folder, key) = (member.path.parent(), (mark.recipe.to_string(), mark.version, count));
            let set =
                sets.entry((folder, key.clone())).or_insert_with(|| Set { folder, key, members: BTreeMap::new() });
            let (first, _) = *set.members.entry(index).or_insert((member, mark));
            if first.path != member.path {
                let (one, other) = (first.path.display(), member.path.display());
                self.warnings
                    .push(format!("{one} and {other} both say that they are file {index} of {count} of a write"));
            }
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

    /// The absent members with these numbers, called as they would be, unless others are called so. Those that are there
    /// unread are not absent; where names do not tell, any of them may be.
    fn absent(&self, numbers: &[u32], files: &[Member], unread: &[&Path]) -> Vec<Absent> {
        let named = self.is_named();
        let beside = unread.iter().filter(|path| self.folder.is_none_or(|folder| path.parent() == Some(folder)));
        if !named && beside.count() >= numbers.len() {
            return Vec::new();
        }
        let taken: BTreeSet<&Path> = files.iter().map(|file| file.path.as_path()).collect();
        let mut all = Vec::new();
        for run in numbers.chunk_by(|one, next| one + 1 == *next) {
            let (first, last) = (run[0], run[run.len() - 1]);
            let before = self.members.range(..first).next_back().map(|(_, found)| found);
            let after = self.members.range(last..).next().map(|(_, found)| found);
            let Some((neighbour, mark)) = before.or(after) else { continue };
            let ranges = between(before.map(|(_, mark)| mark), after.map(|(_, mark)| mark), run.len());
            let folder = neighbour.path.parent().unwrap_or(Path::new(""));
            for (index, range) in run.iter().zip(ranges) {
                let number = format!("file {index} of {}", self.count());
                let path = folder::member(folder, *index as usize);
                if named && unread.contains(&&*path) {
                    continue;
                }
                let path = if named && !taken.contains(&*path) { path } else { folder.join(number) };
                all.push(Absent { path, recipe: mark.recipe, version: mark.version, range });
            }
        }
        all
    }
}

/// The ranges of so many files between two others; without bytes where they are not known.
fn between(before: Option<&Mark>, after: Option<&Mark>, files: usize) -> Vec<StreamRange> {
    let begin = before.map_or(0, |mark| mark.range.offset.saturating_add(mark.range.size));
    let unknown = || vec![StreamRange { offset: begin, size: 0 }; files];
    let (Some(before), Some(after)) = (before, after) else { return unknown() };
    let Some(size) = after.range.offset.checked_sub(begin) else { return unknown() };
    split(StreamRange { offset: begin, size }, files, before.recipe.block_size()).unwrap_or_else(|_| unknown())
}

//! Files that lie in the place of another file of their set: swapped, or copied over it, with their attributes.
//!
//! The place of a file is what its name says where a write into a folder gives such names, and else its position among
//! the paths, where these are all files of a set. Other names, and paths that are only some of a set, tell no place.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::sets::Member;
use crate::storage::{attributes::FilePlace, folder};

/// Files of a kind that have a warning each.
const NAMED: usize = 8;

/// Which files lie in the place of another.
#[derive(Default)]
pub(super) struct Misplaced {
    /// Their numbers among all.
    pub(super) files: BTreeSet<usize>,
    pub(super) warnings: Vec<String>,
}

/// A file of a set: its number among all, and what it says of itself.
struct Claim<'m> {
    number: usize,
    member: &'m Member,
    place: FilePlace,
}

impl Misplaced {
    pub(super) fn of(files: &[Member]) -> Self {
        let mut sets: BTreeMap<(String, u32, u32), Vec<Claim<'_>>> = BTreeMap::new();
        for (number, member) in files.iter().enumerate() {
            let Some((mark, place)) = member.mark.and_then(|mark| Some((mark, mark.file?))) else { continue };
            let key = (mark.recipe.to_string(), mark.version, place.count);
            sets.entry(key).or_default().push(Claim { number, member, place });
        }
        let mut found = Self::default();
        for claims in sets.values() {
            let named = claims.iter().any(|claim| claim.named_place().is_some());
            if named && !is_spread(claims) && !is_in_order(claims) {
                found.by_names(claims);
            } else if !named {
                found.by_order(claims);
            }
        }
        let more = found.files.len().saturating_sub(NAMED);
        if more > 0 {
            found.warnings.truncate(NAMED);
            found.warnings.push(format!("and {more} more files lie in the place of others of their set"));
        }
        found
    }

    /// Files whose names are those of others.
    fn by_names(&mut self, claims: &[Claim<'_>]) {
        for claim in claims {
            let Some(place) = claim.named_place().filter(|place| *place != u64::from(claim.place.index)) else {
                continue;
            };
            let (path, FilePlace { index, count }) = (claim.member.path.display(), claim.place);
            self.files.insert(claim.number);
            self.warnings
                .push(format!("{path}: has the name of file {place} of {count}, and says that it is file {index}"));
        }
    }

    /// Files that are given in the place of others, where all of a set are. Where each is there once, and in the order of
    /// their names, they may as well have been written in another one than they are given in.
    fn by_order(&mut self, claims: &[Claim<'_>]) {
        let all = claims.len() == claims[0].place.count as usize && claims.iter().all(|claim| !claim.member.in_folder);
        let paths: BTreeSet<&Path> = claims.iter().map(|claim| claim.member.path.as_path()).collect();
        if !all || paths.len() < claims.len() || is_in_order_of_names(claims) {
            return;
        }
        for (position, claim) in claims.iter().enumerate().filter(|(position, claim)| !claim.is_at(*position)) {
            let (path, FilePlace { index, count }) = (claim.member.path.display(), claim.place);
            self.files.insert(claim.number);
            self.warnings.push(format!(
                "{path}: is given as file {position} of {count}, and says that it is file {index}; all files of a set are \
                 verified in the order in which they were written"
            ));
        }
    }
}

impl Claim<'_> {
    /// The number of the file of this set whose name it has.
    fn named_place(&self) -> Option<u64> {
        folder::member_number(&self.member.path).filter(|number| *number < u64::from(self.place.count))
    }

    fn is_at(&self, position: usize) -> bool {
        self.place.index as usize == position
    }
}

/// Whether a set lies in several folders, so that its files have not the names of one.
fn is_spread(claims: &[Claim<'_>]) -> bool {
    let folders: BTreeSet<_> = claims.iter().map(|claim| claim.member.path.parent()).collect();
    let places: BTreeSet<_> = claims.iter().map(|claim| claim.place.index).collect();
    folders.len() > 1 && places.len() == claims.len()
}

/// Whether all files of a set are given in the order that they tell.
fn is_in_order(claims: &[Claim<'_>]) -> bool {
    let explicit = claims.iter().all(|claim| !claim.member.in_folder);
    explicit && claims.iter().enumerate().all(|(position, claim)| claim.is_at(position))
}

/// Whether the names tell the order that the files do, digits as numbers or one by one.
fn is_in_order_of_names(claims: &[Claim<'_>]) -> bool {
    let mut sorted: Vec<&Claim<'_>> = claims.iter().collect();
    let in_order = |sorted: &[&Claim<'_>]| sorted.iter().enumerate().all(|(position, claim)| claim.is_at(position));
    sorted.sort_by_key(|claim| &claim.member.path);
    let as_text = in_order(&sorted);
    sorted.sort_by_cached_key(|claim| natural(&claim.member.path));
    as_text || in_order(&sorted)
}

/// A path as texts and the numbers behind them.
fn natural(path: &Path) -> Vec<(String, u128)> {
    let mut parts = vec![(String::new(), 0_u128)];
    let mut in_number = false;
    for letter in path.to_string_lossy().chars() {
        let digit = letter.to_digit(10);
        if digit.is_none() && in_number {
            parts.push((String::new(), 0));
        }
        in_number = digit.is_some();
        let (text, number) = parts.last_mut().expect("there is always a part");
        match digit {
            Some(digit) => *number = number.saturating_mul(10).saturating_add(u128::from(digit)),
            None => text.push(letter),
        }
    }
    parts
}

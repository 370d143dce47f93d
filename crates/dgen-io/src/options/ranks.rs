//! Which part of an operation is this process's, where several processes on one or many hosts share it.

use std::ffi::OsString;
use std::ops::Range;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use dgen::{Error, ErrorKind, Result};
use serde::Serialize;

/// What stands for the rank in a path.
const PLACEHOLDER: &[u8] = b"{rank}";

/// Most ranks of one operation.
pub const MAX_RANKS: u32 = 1_000_000;
/// How long ranks wait for rank 0 to make the files that they share.
pub const DEFAULT_RANK_WAIT: Duration = Duration::from_mins(1);

/// One of several processes that share an operation: each takes its part of the range, and together they take all of it.
///
/// Paths with `{rank}` in them name files that each rank has for itself. Other files are shared: rank 0 makes and marks
/// them, and each rank moves its part of their bytes. The files of a folder are dealt out.
///
/// ```
/// use dgen_io::RankShare;
/// let third = RankShare::new(2, 4)?;
/// assert_eq!(third.paths(&["d/{rank}.bin".into()])?, Some(vec!["d/2.bin".into()]));
/// assert_eq!(third.paths(&["shared.bin".into()])?, None);
/// assert!(RankShare::new(4, 4).is_err());
/// # Ok::<(), dgen::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RankShare {
    /// Which of them this process is, from 0.
    pub rank: u32,
    /// How many there are.
    pub ranks: u32,
    /// The launcher's variables that say so; none where the caller does.
    pub source: Vec<String>,
    /// Whether each rank has files of its own, so that those of this one are all its. Default: where `{rank}` stands in the
    /// paths.
    pub own: bool,
    /// How long to wait for rank 0 to make files that are shared. Default: [`DEFAULT_RANK_WAIT`].
    pub wait: Duration,
}

/// Which part of an operation was this process's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RanksReport {
    /// Which of the ranks this process was, from 0.
    pub rank: u32,
    /// How many there were.
    pub ranks: u32,
    /// The launcher's variables that said so; none where the options did.
    pub source: Vec<String>,
    /// Whether all ranks moved parts of the same files.
    pub shared: bool,
    /// Stream offset of the first byte of all ranks; absent where no stream was asked for.
    pub offset: Option<u64>,
    /// Bytes of all ranks; absent where others have files of their own that were not looked at.
    pub size: Option<u64>,
}

impl RankShare {
    /// Rank `rank` of `ranks`.
    ///
    /// # Errors
    /// When there are none, more than [`MAX_RANKS`], or the rank is not below their number.
    pub fn new(rank: u32, ranks: u32) -> Result<Self> {
        if !(1..=MAX_RANKS).contains(&ranks) {
            return Err(Error::invalid("ranks", ranks, &format!("1 to {MAX_RANKS}")));
        }
        if rank >= ranks {
            return Err(Error::invalid("rank", rank, &format!("0 to {}, below the number of ranks", ranks - 1)));
        }
        Ok(Self { rank, ranks, source: Vec::new(), own: false, wait: DEFAULT_RANK_WAIT })
    }

    /// The paths of this rank, where each has its own; `None` where all ranks share the paths.
    ///
    /// # Errors
    /// When it stands in some of them alone.
    pub fn paths(&self, paths: &[PathBuf]) -> Result<Option<Vec<PathBuf>>> {
        let own: Vec<PathBuf> = paths.iter().filter_map(|path| self.path(path)).collect();
        if own.is_empty() {
            return Ok(self.own.then(|| paths.to_vec()));
        }
        if own.len() < paths.len() {
            let message = "`{rank}` stands in some of the paths and not in the others: either each rank has its own, or all \
                           share them";
            return Err(Error::new(ErrorKind::Usage, message));
        }
        Ok(Some(own))
    }

    /// A path with the rank in its place, if it has one.
    fn path(&self, path: &Path) -> Option<PathBuf> {
        let (mut rest, mut named) = (path.as_os_str().as_bytes(), Vec::new());
        let place = |bytes: &[u8]| bytes.windows(PLACEHOLDER.len()).position(|window| window == PLACEHOLDER);
        place(rest)?;
        while let Some(at) = place(rest) {
            named.extend_from_slice(&rest[..at]);
            named.extend_from_slice(self.rank.to_string().as_bytes());
            rest = &rest[at + PLACEHOLDER.len()..];
        }
        named.extend_from_slice(rest);
        Some(OsString::from_vec(named).into())
    }

    /// Which of `count` things that are dealt out in order are this rank's.
    ///
    /// # Errors
    /// When there is not one for each.
    pub fn of(&self, what: &str, count: usize) -> Result<Range<usize>> {
        let (rank, ranks) = (self.rank as usize, self.ranks as usize);
        if count < ranks {
            return Err(Error::invalid(what, count, &format!("at least one for each of {ranks} ranks")));
        }
        Ok(count * rank / ranks..count * (rank + 1) / ranks)
    }

    /// Whether there are others that share the work.
    pub(crate) fn is_one_of_many(&self) -> bool {
        self.ranks > 1
    }

    /// What is reported of it.
    pub fn report(&self, shared: bool, offset: Option<u64>, size: Option<u64>) -> RanksReport {
        RanksReport { rank: self.rank, ranks: self.ranks, source: self.source.clone(), shared, offset, size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dealt_out_has_one_owner() {
        for (count, ranks) in [(1, 1), (4, 4), (7, 3), (1_000_000, 7), (1000, 999)] {
            let shares = (0..ranks).map(|rank| RankShare::new(rank, ranks).unwrap().of("files", count).unwrap());
            let mut next = 0;
            for share in shares {
                assert_eq!(share.start, next);
                assert!(!share.is_empty());
                next = share.end;
            }
            assert_eq!(next, count);
        }
        let error = RankShare::new(0, 3).unwrap().of("files", 2).unwrap_err().to_string();
        assert!(error.contains("files") && error.contains('3'), "{error}");
    }

    #[test]
    fn the_rank_stands_wherever_a_path_says_so() {
        let rank = RankShare::new(12, 20).unwrap();
        let paths = [PathBuf::from("/a/{rank}/b-{rank}"), "{rank}".into()];
        assert_eq!(rank.paths(&paths).unwrap().unwrap(), [PathBuf::from("/a/12/b-12"), "12".into()]);
        assert!(rank.paths(&["{rank}".into(), "a".into()]).unwrap_err().to_string().contains("{rank}"));
        for (rank, ranks) in [(0, 0), (0, MAX_RANKS + 1), (3, 3)] {
            assert!(RankShare::new(rank, ranks).is_err());
        }
    }
}

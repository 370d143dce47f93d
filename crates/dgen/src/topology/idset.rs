//! A set of processor or node ids in the kernel's list form, such as `0-3,8`.

use crate::error::{Error, Result};
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A sorted set of CPU or node ids; prints, parses and serialises as the kernel's list form.
///
/// ```
/// use dgen::topology::IdSet;
/// let cpus: IdSet = "0-3,8".parse()?;
/// assert_eq!(cpus.len(), 5);
/// assert!(cpus.contains(8));
/// assert_eq!(cpus.to_string(), "0-3,8");
/// # Ok::<(), dgen::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdSet(Vec<u32>);

impl IdSet {
    /// Ids are accepted below this bound, which is four times the largest number of processors that kernels are built for:
    /// of each id that is listed some files are read, so that a damaged list of more would take seconds.
    pub const ID_LIMIT: u32 = 1 << 15;

    /// The number of ids.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no id.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `id` is in the set.
    pub fn contains(&self, id: u32) -> bool {
        self.0.binary_search(&id).is_ok()
    }

    /// The smallest id.
    pub fn first(&self) -> Option<u32> {
        self.0.first().copied()
    }

    /// The ids in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().copied()
    }

    /// The ids that are in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.iter().filter(|&id| other.contains(id)).collect())
    }

    /// The ids of `self` that are not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self(self.iter().filter(|&id| !other.contains(id)).collect())
    }

    /// The ids that are in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.iter().chain(other.iter()).collect()
    }

    /// The consecutive runs, as pairs of first and last id.
    fn runs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.0.chunk_by(|a, b| a + 1 == *b).map(|run| (run[0], run[run.len() - 1]))
    }
}

impl FromIterator<u32> for IdSet {
    /// Collects ids in any order; repeated ids count once, ids of [`IdSet::ID_LIMIT`] and above are left out.
    fn from_iter<I: IntoIterator<Item = u32>>(ids: I) -> Self {
        let mut ids: Vec<u32> = ids.into_iter().filter(|&id| id < Self::ID_LIMIT).collect();
        ids.sort_unstable();
        ids.dedup();
        Self(ids)
    }
}

impl FromStr for IdSet {
    type Err = Error;

    /// Parses comma-separated ids and ranges; blank text is the empty set.
    ///
    /// # Errors
    /// Anything else, descending ranges and ids of [`IdSet::ID_LIMIT`] and above included.
    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::default());
        }
        let bad =
            || Error::malformed("id list", format!("{text:?}"), "ids from 0 to 1048575 and ranges, such as 0-3,8");
        // Ranges may overlap at will in a damaged list; the bound keeps the sum of their lengths small.
        let mut ids = Vec::new();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let first: u32 = first.trim().parse().map_err(|_| bad())?;
            let last: u32 = last.trim().parse().map_err(|_| bad())?;
            if first > last || last >= Self::ID_LIMIT || ids.len() > Self::ID_LIMIT as usize {
                return Err(bad());
            }
            ids.extend(first..=last);
        }
        Ok(ids.into_iter().collect())
    }
}

impl fmt::Display for IdSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (first, last)) in self.runs().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            if first == last {
                write!(f, "{comma}{first}")?;
            } else {
                write!(f, "{comma}{first}-{last}")?;
            }
        }
        Ok(())
    }
}

impl Serialize for IdSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parses_lists_and_ranges() {
        for (text, printed, len) in [
            ("", "", 0),
            ("\n", "", 0),
            ("0\n", "0", 1),
            ("0-3,8", "0-3,8", 5),
            ("8,0-1, 1-3", "0-3,8", 5),
            ("0,2,4", "0,2,4", 3),
            ("0-4095", "0-4095", 4096),
        ] {
            let set: IdSet = text.parse().unwrap();
            assert_eq!((set.to_string().as_str(), set.len()), (printed, len), "{text:?}");
        }
    }

    #[test]
    fn refuses_malformed_lists() {
        for text in ["-", "a", "1-", "-1", "3-1", "0,,1", "0-4294967295", "32768", "99999999999999999999", "0-1-2"] {
            let error = text.parse::<IdSet>().unwrap_err().to_string();
            assert!(error.contains(text), "{error}");
        }
        let overlapping = vec!["0-32767"; 1000].join(",");
        assert!(overlapping.parse::<IdSet>().is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in "[-0-9, x]{0,40}|.{0,40}") {
            let _ = text.parse::<IdSet>();
        }

        #[test]
        fn printing_and_parsing_agree(ids in proptest::collection::vec(0u32..5000, 0..200)) {
            let set: IdSet = ids.iter().copied().collect();
            prop_assert_eq!(set.to_string().parse::<IdSet>().unwrap(), set.clone());
            prop_assert!(ids.iter().all(|&id| set.contains(id)));
        }
    }
}

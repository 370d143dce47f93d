//! The extended attributes that make a file verifiable without options.

use std::fmt;
use std::fs::File;
use std::str::FromStr;

use dgen::units::MAX_OFFSET;
use dgen::{Error, Recipe, Result};
use rustix::fs::{XattrFlags, fgetxattr, fremovexattr, fsetxattr};
use serde::Serialize;

/// Name of the attribute that holds the recipe in its canonical form.
pub const RECIPE_ATTRIBUTE: &str = "user.dgen.recipe";
/// Name of the attribute that holds the file's range of the stream, as `offset=N,size=N`.
pub const RANGE_ATTRIBUTE: &str = "user.dgen.range";

/// Longest attribute text that is read.
const LONGEST: usize = 1024;

/// A range of a stream: the offset of its first byte, and its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StreamRange {
    /// Stream offset of the first byte.
    pub offset: u64,
    /// Bytes in the range.
    pub size: u64,
}

impl StreamRange {
    /// A range that does not reach past 2^63.
    ///
    /// # Errors
    /// Names the offset, the size and the limit.
    pub fn new(offset: u64, size: u64) -> Result<Self> {
        match offset.checked_add(size) {
            Some(end) if end <= MAX_OFFSET => Ok(Self { offset, size }),
            _ => {
                let given = format!("{offset} (with size {size})");
                Err(Error::invalid("offset", given, "ranges that end at or below 2^63"))
            }
        }
    }
}

impl fmt::Display for StreamRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "offset={},size={}", self.offset, self.size)
    }
}

impl FromStr for StreamRange {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let malformed = || Error::malformed(RANGE_ATTRIBUTE, format_args!("`{text}`"), "offset=N,size=N");
        let (offset, size) = text.split_once(',').ok_or_else(malformed)?;
        let number = |part: &str, name: &str| part.strip_prefix(name)?.strip_prefix('=')?.parse().ok();
        let offset = number(offset, "offset").ok_or_else(malformed)?;
        let size = number(size, "size").ok_or_else(malformed)?;
        Self::new(offset, size)
    }
}

/// What a file says about its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The stream.
    pub recipe: Recipe,
    /// The part of it that the file holds, from its first byte on.
    pub range: StreamRange,
}

impl Mark {
    /// Reads a file's attributes; `None` when it has none, or none that can be understood.
    pub fn of(file: &File) -> Option<Self> {
        let recipe = text(file, RECIPE_ATTRIBUTE)?.parse().ok()?;
        let range = text(file, RANGE_ATTRIBUTE)?.parse().ok()?;
        Some(Self { recipe, range })
    }

    /// Sets a file's attributes.
    ///
    /// # Errors
    /// What the file system says, often that it has no extended attributes.
    pub(crate) fn set(&self, file: &File) -> std::io::Result<()> {
        let set = |name, value: String| fsetxattr(file, name, value.as_bytes(), XattrFlags::empty());
        set(RECIPE_ATTRIBUTE, self.recipe.to_string())?;
        Ok(set(RANGE_ATTRIBUTE, self.range.to_string())?)
    }

    /// Removes both attributes where they are; returns whether there was one.
    pub(crate) fn remove(file: &File) -> bool {
        [RECIPE_ATTRIBUTE, RANGE_ATTRIBUTE].map(|name| fremovexattr(file, name).is_ok()).contains(&true)
    }
}

fn text(file: &File, name: &str) -> Option<String> {
    let mut value = [0; LONGEST];
    let len = fgetxattr(file, name, &mut value).ok()?;
    String::from_utf8(value.get(..len)?.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_parse_back() {
        let range = StreamRange { offset: 1 << 40, size: 12345 };
        assert_eq!(range.to_string().parse::<StreamRange>().unwrap(), range);
        for text in [
            "",
            "offset=1",
            "size=1,offset=1",
            "offset=1,size=-1",
            "offset=1,size=1 ",
            "offset=1,size=9223372036854775808",
        ] {
            assert!(text.parse::<StreamRange>().is_err(), "{text}");
        }
    }
}

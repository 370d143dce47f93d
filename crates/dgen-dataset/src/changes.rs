//! How much of a data set changes from one generation to the next.

use std::fmt;
use std::str::FromStr;

use dgen::units::{exact_size, parse_size};
use dgen::{Error, Result, Share};

/// Bytes of an edit, unless said.
const EDIT_SIZE: u64 = 1 << 20;

/// What happens to the files of a generation on the way to the next: shares of their number, rounded down. No file is
/// changed in two ways at once.
///
/// ```
/// use dgen_dataset::Changes;
/// let changes: Changes = "edit=1/50,insert=1/100,delete=0.01,rename=0.5,edit-size=64KiB".parse()?;
/// assert_eq!(changes.to_string(), "edit=1/50,insert=1/100,delete=1/100,rename=1/2,edit-size=64KiB");
/// # Ok::<(), dgen::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changes {
    /// Files that get new bytes in place.
    pub edit: Share,
    /// New files.
    pub insert: Share,
    /// Files that go.
    pub delete: Share,
    /// Files that get another name.
    pub rename: Share,
    /// Bytes of an edit: one run of whole blocks, or the whole file where it is smaller or its format is not `raw`.
    pub edit_size: u64,
}

impl Default for Changes {
    fn default() -> Self {
        let none = Share::ZERO;
        Self { edit: none, insert: none, delete: none, rename: none, edit_size: EDIT_SIZE }
    }
}

impl Changes {
    /// The same, if no more files are to change than there are.
    ///
    /// # Errors
    /// Names the shares whose sum is above 1, and an edit of no bytes.
    pub fn checked(self) -> Result<Self> {
        let sum = self.edit.as_f64() + self.delete.as_f64() + self.rename.as_f64();
        if sum > 1.0 + 1e-9 {
            let given = format!("{}, {} and {}", self.edit, self.delete, self.rename);
            return Err(Error::invalid("edit, delete and rename", given, "shares that add up to at most 1"));
        }
        if self.edit_size == 0 {
            return Err(Error::invalid("edit-size", 0, "1 byte or more"));
        }
        Ok(self)
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { edit, insert, delete, rename, edit_size } = self;
        write!(f, "edit={edit},insert={insert},delete={delete},rename={rename},edit-size={}", exact_size(*edit_size))
    }
}

impl FromStr for Changes {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let form = "edit=SHARE,insert=SHARE,delete=SHARE,rename=SHARE,edit-size=SIZE, any of them";
        let mut changes = Self::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (name, value) =
                part.split_once('=').ok_or_else(|| Error::malformed("changes", format_args!("`{part}`"), form))?;
            match name {
                "edit" => changes.edit = Share::parse("edit", value)?,
                "insert" => changes.insert = Share::parse("insert", value)?,
                "delete" => changes.delete = Share::parse("delete", value)?,
                "rename" => changes.rename = Share::parse("rename", value)?,
                "edit-size" => changes.edit_size = parse_size("edit-size", value)?,
                _ => return Err(Error::malformed("changes", format_args!("`{part}`"), form)),
            }
        }
        changes.checked()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_what_is_there_add_up_to_all_of_it_at_most() {
        assert!("edit=0.5,delete=0.3,rename=0.2,insert=1".parse::<Changes>().is_ok());
        for (text, words) in [
            ("edit=0.5,delete=0.3,rename=0.3", "add up"),
            ("edit=2", "edit"),
            ("edit-size=0", "edit-size"),
            ("move=1", "changes"),
            ("edit", "changes"),
        ] {
            let error = text.parse::<Changes>().unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
        assert_eq!("".parse::<Changes>().unwrap(), Changes::default());
    }
}

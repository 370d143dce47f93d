//! The range that a file holds (section 9 of FORMAT.md).

use crate::number::decimal;
use crate::size::STREAM_END;
use std::fmt;

/// The largest number of files in a set.
const MAX_FILES: u64 = 1_000_000;

/// What the attribute `user.dgen.range` says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The stream offset of the first byte.
    pub offset: u64,
    /// The number of bytes.
    pub size: u64,
    /// The version of the stream.
    pub version: u32,
    /// The number of the file, from 0 on, and the number of files, where the file is one of a set.
    pub file: Option<(u64, u64)>,
}

impl Range {
    /// Reads the attribute; `None` when it is refused.
    pub fn parse(text: &str) -> Option<Range> {
        let mut range = Range { offset: 0, size: 0, version: 0, file: None };
        for part in text.split(',') {
            let (name, value) = part.split_once('=')?;
            match name {
                "offset" => range.offset = decimal(value)?,
                "size" => range.size = decimal(value)?,
                "version" => range.version = decimal(value)?.try_into().ok()?,
                "file" => {
                    let (number, files) = value.split_once('/')?;
                    range.file = Some((decimal(number)?, decimal(files)?));
                }
                _ => return None,
            }
        }
        // Only the one text that is written for these values is accepted.
        (range.is_valid() && range.to_string() == text).then_some(range)
    }

    fn is_valid(&self) -> bool {
        self.offset.checked_add(self.size).is_some_and(|end| end <= STREAM_END)
            && self.file.is_none_or(|(number, files)| (2..=MAX_FILES).contains(&files) && number < files)
    }
}

/// Writes the attribute.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "offset={},size={}", self.offset, self.size)?;
        if self.version != 0 {
            write!(f, ",version={}", self.version)?;
        }
        if let Some((number, files)) = self.file {
            write!(f, ",file={number}/{files}")?;
        }
        Ok(())
    }
}

//! The extended attributes that make a file verifiable without options.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;
use std::str::FromStr;

use dgen::units::MAX_OFFSET;
use dgen::{Error, Recipe, Result, Stream};
use rustix::fs::{XattrFlags, fgetxattr, fremovexattr, fsetxattr};
use rustix::io::{Errno, retry_on_intr};
use serde::Serialize;

use super::folder::MAX_FILES;

/// Name of the attribute that holds the recipe in its canonical form.
pub const RECIPE_ATTRIBUTE: &str = "user.dgen.recipe";
/// Name of the attribute that holds the file's range of the stream: a [`RangeAttribute`].
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

/// A file's place in a set of files that hold consecutive parts of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FilePlace {
    /// Number of the file, from 0 on.
    pub index: u32,
    /// Files in the set, 2 to 1,000,000.
    pub count: u32,
}

impl FilePlace {
    /// The place of file `index` of `count`; `None` where a file stands alone.
    pub(crate) fn of(index: usize, count: usize) -> Option<Self> {
        let (index, count) = (u32::try_from(index).ok()?, u32::try_from(count).ok()?);
        Some(Self { index, count }).filter(|place| place.is_valid())
    }

    fn is_valid(self) -> bool {
        self.count >= 2 && self.count as usize <= MAX_FILES && self.index < self.count
    }
}

/// What the attribute [`RANGE_ATTRIBUTE`] says (FORMAT.md, section 9).
///
/// ```
/// use dgen_io::RangeAttribute;
/// let held: RangeAttribute = "offset=4096,size=8192,version=3,file=0/2".parse()?;
/// assert_eq!((held.range.offset, held.version, held.file.unwrap().count), (4096, 3, 2));
/// assert!("offset=4096,size=8192,version=0".parse::<RangeAttribute>().is_err());
/// # Ok::<(), dgen::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeAttribute {
    /// The part of the stream that the file holds, from its first byte on.
    pub range: StreamRange,
    /// The version of the stream.
    pub version: u32,
    /// The file's place in a set, where it has one.
    pub file: Option<FilePlace>,
}

impl fmt::Display for RangeAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.range.fmt(f)?;
        if self.version != 0 {
            write!(f, ",version={}", self.version)?;
        }
        self.file.map_or(Ok(()), |FilePlace { index, count }| write!(f, ",file={index}/{count}"))
    }
}

impl FromStr for RangeAttribute {
    type Err = Error;

    /// Reads exactly what is written: names in this order, defaults left out, numbers without signs and leading zeros.
    fn from_str(text: &str) -> Result<Self> {
        let form = "offset=N,size=N[,version=N][,file=I/N], with the defaults left out";
        let malformed = || Error::malformed(RANGE_ATTRIBUTE, format_args!("`{text}`"), form);
        let mut parts = text.split(',').peekable();
        let mut value = |name: &str| {
            let value = parts.peek()?.strip_prefix(name)?.strip_prefix('=')?;
            parts.next();
            Some(value)
        };
        let number = |text: &str| text.parse().map_err(|_| malformed());
        let offset = number(value("offset").ok_or_else(malformed)?)?;
        let size = number(value("size").ok_or_else(malformed)?)?;
        let version = value("version").map(|text| text.parse().map_err(|_| malformed())).transpose()?;
        let file = value("file").map(|text| place(text).ok_or_else(malformed)).transpose()?;
        let found = Self { range: StreamRange::new(offset, size)?, version: version.unwrap_or(0), file };
        if found.to_string() == text { Ok(found) } else { Err(malformed()) }
    }
}

fn place(text: &str) -> Option<FilePlace> {
    let (index, count) = text.split_once('/')?;
    Some(FilePlace { index: index.parse().ok()?, count: count.parse().ok()? }).filter(|place| place.is_valid())
}

/// What a file says about its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The stream.
    pub recipe: Recipe,
    /// Its version.
    pub version: u32,
    /// The part of it that the file holds, from its first byte on.
    pub range: StreamRange,
    /// The file's place in a set, where it has one.
    pub file: Option<FilePlace>,
}

/// What a file's attributes come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marking {
    /// There are none, or the file system has none.
    Absent,
    /// There are some that cannot be understood; why, in words. They may be those of a later version, and what the file
    /// holds is not known.
    Unclear(String),
    /// What they say.
    Known(Mark),
}

impl Marking {
    /// What the attributes say, if they say something.
    pub fn known(self) -> Option<Mark> {
        if let Self::Known(mark) = self { Some(mark) } else { None }
    }

    /// What both texts come to, where there is at least one.
    fn of(recipe: Option<Text>, range: Option<Text>) -> std::result::Result<Mark, String> {
        let text = |name, found: Option<Text>| match found {
            Some(Text::Is(text)) => Ok(text),
            Some(Text::Unreadable(why)) => Err(format!("{name} is {why}")),
            None => Err(format!("there is no {name} beside the other")),
        };
        let wrong = |name: &str, error: Error| {
            let error = error.to_string();
            if error.starts_with(name) { error } else { format!("{name}: {error}") }
        };
        let recipe = text(RECIPE_ATTRIBUTE, recipe)?.parse().map_err(|error| wrong(RECIPE_ATTRIBUTE, error))?;
        let range = text(RANGE_ATTRIBUTE, range)?.parse().map_err(|error| wrong(RANGE_ATTRIBUTE, error))?;
        let RangeAttribute { range, version, file } = range;
        Ok(Mark { recipe, version, range, file })
    }
}

impl Mark {
    /// Reads the attributes of a file, whose path errors name.
    ///
    /// # Errors
    /// What the system says, unless it is that there are none: a file whose attributes cannot be read may have some.
    pub fn of(file: &File, path: &Path) -> Result<Marking> {
        let read = |name| {
            let fail = |error| Error::io(&format!("read the attribute {name} of"), path, None, error);
            value(file, name).map_err(fail)
        };
        let (recipe, range) = (read(RECIPE_ATTRIBUTE)?, read(RANGE_ATTRIBUTE)?);
        if recipe.is_none() && range.is_none() {
            return Ok(Marking::Absent);
        }
        // They may hold anything; a message is one line of text.
        let plain = |why: String| why.replace(char::is_control, "\u{fffd}");
        Ok(Marking::of(recipe, range).map_or_else(|why| Marking::Unclear(plain(why)), Marking::Known))
    }

    /// The stream that the file holds a part of.
    ///
    /// # Errors
    /// When `DGEN_KERNEL` names a kernel that this processor lacks.
    pub fn stream(&self) -> Result<Stream> {
        Ok(Stream::new(&self.recipe)?.version(self.version))
    }

    /// Whether the file holds a part of this stream, in its version.
    pub(crate) fn is_of(&self, stream: &Stream) -> bool {
        self.recipe == *stream.recipe() && self.version == stream.version_number()
    }

    /// What the second attribute says.
    pub fn attribute(&self) -> RangeAttribute {
        RangeAttribute { range: self.range, version: self.version, file: self.file }
    }

    /// Sets a file's attributes. Where they are not both set, they are not understood, or are as they were.
    ///
    /// # Errors
    /// What the file system says, often that it has no extended attributes.
    pub fn set(&self, file: &File) -> io::Result<()> {
        let set = |name, text: &str| fsetxattr(file, name, text.as_bytes(), XattrFlags::empty());
        let is = |name, text: &str| matches!(value(file, name), Ok(Some(Text::Is(found))) if found == text);
        let (recipe, range) = (self.recipe.to_string(), self.attribute().to_string());
        if !is(RECIPE_ATTRIBUTE, &recipe) {
            // Never one file's recipe beside another's range.
            remove(file, RANGE_ATTRIBUTE)?;
            set(RECIPE_ATTRIBUTE, &recipe)?;
        } else if is(RANGE_ATTRIBUTE, &range) {
            return Ok(());
        }
        Ok(set(RANGE_ATTRIBUTE, &range)?)
    }

    /// Removes both attributes where they are; returns whether there was one.
    ///
    /// # Errors
    /// What the file system says, if one is there still, or may be.
    pub fn remove(file: &File) -> io::Result<bool> {
        // Without a range the recipe says nothing.
        Ok([remove(file, RANGE_ATTRIBUTE)?, remove(file, RECIPE_ATTRIBUTE)?].contains(&true))
    }
}

/// Whether the file system has attributes.
pub(crate) fn can_be_marked(file: &File) -> bool {
    !matches!(retry_on_intr(|| fgetxattr(file, RECIPE_ATTRIBUTE, &mut [0_u8; 0])), Err(Errno::OPNOTSUPP))
}

/// The value of an attribute.
enum Text {
    Is(String),
    /// It is no text that an attribute can be; why, in words.
    Unreadable(&'static str),
}

/// Whether an attribute is absent, where the system says this of it.
fn is_absent(error: Errno) -> bool {
    matches!(error, Errno::NODATA | Errno::OPNOTSUPP)
}

/// The value of an attribute, if there is one.
fn value(file: &File, name: &str) -> io::Result<Option<Text>> {
    let mut value = [0; LONGEST];
    let len = match retry_on_intr(|| fgetxattr(file, name, &mut value)) {
        Ok(len) => len,
        Err(error) if is_absent(error) => return Ok(None),
        Err(Errno::RANGE) => return Ok(Some(Text::Unreadable("longer than any that is written"))),
        Err(error) => return Err(error.into()),
    };
    let text = value.get(..len).and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
    Ok(Some(text.map_or(Text::Unreadable("no text"), Text::Is)))
}

/// Removes an attribute where it is; returns whether it was.
fn remove(file: &File, name: &str) -> io::Result<bool> {
    match retry_on_intr(|| fremovexattr(file, name)) {
        Ok(()) => Ok(true),
        Err(error) if is_absent(error) => Ok(false),
        // Devices refuse what they cannot have.
        Err(error) => match value(file, name) {
            Ok(None) => Ok(false),
            _ => Err(error.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each text of the test vectors reads as they say, and back, or is refused.
    #[test]
    fn attributes_are_those_of_the_vectors() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/v1.json");
        let vectors: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let cases = vectors["attributes"].as_array().unwrap();
        assert!(cases.len() >= 20);
        for case in cases {
            let text = case[0].as_str().unwrap();
            let found = text.parse::<RangeAttribute>();
            let Some(wanted) = case[1].as_array() else {
                assert!(found.is_err(), "{text}");
                continue;
            };
            let found = found.unwrap_or_else(|error| panic!("{text}: {error}"));
            let mut values = vec![found.range.offset, found.range.size, u64::from(found.version)];
            values.extend(found.file.iter().flat_map(|file| [u64::from(file.index), u64::from(file.count)]));
            assert_eq!(values, wanted.iter().map(|value| value.as_u64().unwrap()).collect::<Vec<_>>(), "{text}");
            assert_eq!(found.to_string(), text);
        }
    }
}

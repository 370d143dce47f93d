//! Objects that together hold one range of a stream: which there are, what they are called, and what each holds.

use dgen::units::{exact_size, parse_size};
use dgen::{Error, Recipe, Result, Stream};
use dgen_dataset::{Layout, Shape};
use dgen_io::{FilePlace, Mark, StreamRange};
use object_store::path::{Path, PathPart};

use crate::location::{Location, Scheme};
use crate::metadata::{SET_METADATA, Said};

/// Most objects of a set.
pub const MAX_OBJECTS: usize = 1_000_000;

/// Objects that together hold one range of a stream, each from the edge of a block on, so that the ratios hold over all.
#[derive(Clone, Debug)]
pub struct ObjectSet {
    location: Location,
    stream: Stream,
    offset: u64,
    shape: Shape,
    ranges: Vec<StreamRange>,
}

impl ObjectSet {
    /// The objects of a shape, whose first byte is at stream offset `offset` of version `version`. One object has the key
    /// of the location, unless that ends with a slash; several have keys below it.
    ///
    /// # Errors
    /// When there are none or more than [`MAX_OBJECTS`], when the shape is that of a checkpoint, or the offset of several
    /// objects is not a multiple of the block size.
    pub fn new(location: Location, recipe: Recipe, version: u32, offset: u64, shape: Shape) -> Result<Self> {
        let accepted = format!("1 to {MAX_OBJECTS}");
        let ranges = match shape {
            Shape::Checkpoint { .. } => {
                return Err(Error::malformed("objects", "a checkpoint", "numbers and sizes of objects"));
            }
            Shape::Files { count, .. } | Shape::Parts { count, .. } if !(1..=MAX_OBJECTS as u64).contains(&count) => {
                return Err(Error::invalid("objects", count, &accepted));
            }
            Shape::Parts { count: 1, size } => vec![StreamRange::new(offset, size)?],
            _ => {
                let mut layout = Layout::new(recipe, shape);
                layout.offset = offset;
                let ours = |error: Error| if error.option() == Some("files") { error.of("objects") } else { error };
                let files = layout.generation(0).map_err(ours)?.files;
                files.iter().map(|file| StreamRange { offset: file.offset, size: file.size }).collect()
            }
        };
        if ranges.len() > MAX_OBJECTS {
            return Err(Error::invalid("objects", ranges.len(), &accepted));
        }
        let stream = Stream::new(&recipe)?.version(version);
        Ok(Self { location, stream, offset, shape, ranges })
    }

    /// The set that an object of it says it belongs to; the location is what the set's keys begin with.
    pub(crate) fn told(location: Location, said: &Said) -> Result<Self> {
        let mark = &said.mark;
        let (offset, shape) = match &said.set {
            Some(text) => read(text)?,
            None => (mark.range.offset, Shape::Parts { count: 1, size: mark.range.size }),
        };
        Self::new(location, mark.recipe, mark.version, offset, shape)
    }

    pub(crate) fn location(&self) -> &Location {
        &self.location
    }

    /// The stream, in its version.
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Stream offset of the first object.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// What each object holds, in their order.
    pub fn ranges(&self) -> &[StreamRange] {
        &self.ranges
    }

    /// Bytes of all objects.
    pub fn size(&self) -> u64 {
        self.ranges.iter().map(|range| range.size).sum()
    }

    /// Whether the location itself is the key of the one object.
    pub(crate) fn is_single(&self) -> bool {
        self.ranges.len() == 1 && !self.location.is_folder()
    }

    /// The key of an object: `dgen-000000` and so on.
    pub(crate) fn key(&self, index: usize) -> Path {
        if self.is_single() {
            return self.location.path().clone();
        }
        numbered(self.location.path(), index)
    }

    /// What an object says of itself.
    pub(crate) fn said(&self, index: usize) -> Said {
        let number = |number| u32::try_from(number).expect("at most a million");
        let count = self.ranges.len();
        let file = (count > 1).then(|| FilePlace { index: number(index), count: number(count) });
        let (recipe, version) = (*self.stream.recipe(), self.stream.version_number());
        let mark = Mark { recipe, version, range: self.ranges[index], file };
        // Files have attributes of two kinds alone.
        let is_told = count > 1 && self.location.scheme() != Scheme::File;
        Said { mark, set: is_told.then(|| self.text()) }
    }

    /// Offset and shape.
    fn text(&self) -> String {
        let shape = match self.shape {
            Shape::Files { count, sizes } => format!("objects={count},object-size={sizes}"),
            Shape::Total { size, sizes } => format!("size={},object-size={sizes}", exact_size(size)),
            Shape::Parts { count, size } => format!("objects={count},size={}", exact_size(size)),
            Shape::Checkpoint { .. } => unreachable!("refused when it was made"),
        };
        format!("offset={},{shape}", self.offset)
    }
}

/// The key of an object with this number below what the keys of its set begin with.
pub(crate) fn numbered(folder: &Path, index: usize) -> Path {
    folder.clone().join(PathPart::from(format!("dgen-{index:06}")))
}

/// Offset and shape as [`ObjectSet::text`] has them.
fn read(text: &str) -> Result<(u64, Shape)> {
    let accepted = "offset=N and two of objects=N, size=SIZE, object-size=SIZES";
    let malformed = || Error::malformed(SET_METADATA, format_args!("`{text}`"), accepted);
    let value = |name: &str| {
        text.split(',')
            .find_map(|part| part.split_once('=').filter(|(known, _)| *known == name).map(|(_, value)| value))
    };
    let number = |name| value(name).map(|text| text.parse::<u64>().map_err(|_| malformed())).transpose();
    let size = value("size").map(|text| parse_size("size", text).map_err(|_| malformed())).transpose()?;
    let sizes = value("object-size").map(|text| text.parse().map_err(|_| malformed())).transpose()?;
    let shape = match (number("objects")?, size, sizes) {
        (Some(count), None, Some(sizes)) => Shape::Files { count, sizes },
        (None, Some(size), Some(sizes)) => Shape::Total { size, sizes },
        (Some(count), Some(size), None) => Shape::Parts { count, size },
        _ => return Err(malformed()),
    };
    Ok((number("offset")?.ok_or_else(malformed)?, shape))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(url: &str, offset: u64, shape: Shape) -> Result<ObjectSet> {
        ObjectSet::new(url.parse()?, "dgen1,seed=0x7,block=64KiB".parse()?, 3, offset, shape)
    }

    #[test]
    fn objects_say_which_set_they_are_of() {
        let sizes = "1KiB:1MiB".parse().unwrap();
        for shape in [
            Shape::Files { count: 20, sizes },
            Shape::Total { size: 9_000_001, sizes },
            Shape::Parts { count: 7, size: 1_000_003 },
        ] {
            let set = set("s3://bucket/a/b", 64 << 10, shape).unwrap();
            let told = ObjectSet::told("s3://bucket/a/b".parse().unwrap(), &set.said(2)).unwrap();
            assert_eq!((told.ranges(), told.offset()), (set.ranges(), 64 << 10));
            assert_eq!(told.said(1), set.said(1));
            assert_eq!(set.key(12).as_ref(), "a/b/dgen-000012");
        }
    }

    #[test]
    fn one_object_has_the_key_that_is_named() {
        let one = Shape::Parts { count: 1, size: 1000 };
        let set_of = |url| set(url, 12_345, one).unwrap();
        assert_eq!(set_of("s3://bucket/a/b").key(0).as_ref(), "a/b");
        assert_eq!(set_of("s3://bucket/a/").key(0).as_ref(), "a/dgen-000000");
        assert_eq!(set_of("s3://bucket").key(0).as_ref(), "dgen-000000");
        let said = set_of("s3://bucket/a").said(0);
        assert_eq!(
            (said.mark.attribute().to_string(), said.set),
            ("offset=12345,size=1000,version=3".to_owned(), None)
        );
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let sizes = "1".parse().unwrap();
        for (offset, shape, word) in [
            (0, Shape::Files { count: 0, sizes }, "objects"),
            (0, Shape::Files { count: 1_000_001, sizes }, "objects"),
            (0, Shape::Total { size: 2_000_000, sizes }, "objects"),
            (0, Shape::Total { size: 1 << 50, sizes }, "objects"),
            (4096, Shape::Files { count: 2, sizes }, "offset"),
            (1 << 63, Shape::Parts { count: 1, size: 1 }, "offset"),
            (0, Shape::Checkpoint { model: "7b".parse().unwrap(), shards: 1 }, "checkpoint"),
        ] {
            let error = set("s3://bucket/a", offset, shape).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
        for text in ["", "offset=0", "offset=0,objects=2", "objects=2,size=4", "offset=x,objects=2,size=4"] {
            assert!(read(text).unwrap_err().to_string().contains(SET_METADATA), "{text}");
        }
    }
}

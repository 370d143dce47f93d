//! The formats by name, and what each says of a file.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use dgen::{Error, Result};

use crate::array::HEAD;
use crate::content::{Content, total};
use crate::{npy, npz, parquet, raw, safetensors, tfrecord};

/// A format of files; the table in the crate's documentation says what each gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// The payload and nothing else.
    #[default]
    Raw,
    /// One array of numpy's.
    Npy,
    /// An archive with one array of numpy's, by the name `x`, not compressed.
    Npz,
    /// Rows in groups: a column `data` of records, and a column `offset` with the stream offset of each.
    Parquet,
    /// A sequence of framed records, as TensorFlow reads them.
    Tfrecord,
    /// One tensor, by the name `data`.
    Safetensors,
}

impl Format {
    /// The names accepted in options.
    pub const NAMES: &'static [&'static str] = &["raw", "npy", "npz", "parquet", "tfrecord", "safetensors"];

    /// Every format, in the order of their names.
    pub const ALL: &'static [Self] =
        &[Self::Raw, Self::Npy, Self::Npz, Self::Parquet, Self::Tfrecord, Self::Safetensors];

    /// The name in options.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Npy => "npy",
            Self::Npz => "npz",
            Self::Parquet => "parquet",
            Self::Tfrecord => "tfrecord",
            Self::Safetensors => "safetensors",
        }
    }

    /// What the names of such files end in, after a dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Raw => "bin",
            other => other.name(),
        }
    }

    /// Refuses a content that the format cannot hold.
    ///
    /// # Errors
    /// When a record is empty or divides into no whole elements, when the payload divides into no whole records, when the
    /// format lacks the element type, when the file would be too long, and when the range reaches past the stream. The
    /// error names the option: `record size`, `dtype` or `file size`.
    pub fn check(self, content: &Content<'_>) -> Result<()> {
        match self {
            Self::Raw => raw::check(content),
            Self::Npy => npy::check(content),
            Self::Npz => npz::check(content),
            Self::Parquet => parquet::check(content),
            Self::Tfrecord => tfrecord::check(content),
            Self::Safetensors => safetensors::check(content),
        }
    }

    /// Writes one file, and flushes the sink. The same content gives the same bytes.
    ///
    /// # Errors
    /// Those of [`check`](Self::check), as invalid input, before anything is written; and those of the sink, after which
    /// nothing more is written.
    ///
    /// ```
    /// use dgen::{Recipe, Stream};
    /// use dgen_formats::{Content, Format};
    /// let stream = Stream::new(&Recipe::with_seed(7))?;
    /// let content = Content { record: 1000, ..Content::new(&stream, 1 << 20, 5000) };
    /// let mut file = Vec::new();
    /// Format::Npy.write(&content, &mut file)?;
    /// assert!(file.starts_with(b"\x93NUMPY"));
    /// assert_eq!(Format::Npy.file_size(&content), Some(file.len() as u64));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write(self, content: &Content<'_>, sink: &mut dyn Write) -> io::Result<()> {
        self.check(content).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        match self {
            Self::Raw => raw::write(content, sink),
            Self::Npy => npy::write(content, sink),
            Self::Npz => npz::write(content, sink),
            Self::Parquet => parquet::write(content, sink),
            Self::Tfrecord => tfrecord::write(content, sink),
            Self::Safetensors => safetensors::write(content, sink),
        }?;
        sink.flush()
    }

    /// Bytes of the whole file; `None` for a content that [`check`](Self::check) refuses.
    pub fn file_size(self, content: &Content<'_>) -> Option<u64> {
        self.check(content).ok()?;
        let added = match self {
            Self::Raw => 0,
            Self::Npy | Self::Safetensors => HEAD,
            Self::Npz => npz::ADDED,
            Self::Parquet => return parquet::file_size(content).ok(),
            Self::Tfrecord => tfrecord::added(content),
        };
        total(content.size, added).ok()
    }

    /// Where in the file the payload begins, in bytes, where the format leaves it in one piece; `None` also for a content
    /// that [`check`](Self::check) refuses.
    pub fn payload_at(self, content: &Content<'_>) -> Option<u64> {
        self.check(content).ok()?;
        match self {
            Self::Raw => Some(0),
            Self::Npy | Self::Safetensors => Some(HEAD),
            Self::Npz => Some(npz::BEFORE),
            Self::Parquet => parquet::payload_at(content),
            Self::Tfrecord => None,
        }
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.iter().find(|format| format.name() == text);
        found.copied().ok_or_else(|| Error::invalid("format", format_args!("`{text}`"), &Self::NAMES.join(", ")))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

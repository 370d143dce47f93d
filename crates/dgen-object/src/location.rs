//! Where objects lie: `s3://bucket/prefix` and its like.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use dgen::{Error, Result};
use object_store::path::Path;

/// Which kind of store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `s3://`: Amazon S3, and what speaks as it does.
    S3,
    /// `gs://`: Google Cloud Storage.
    Gs,
    /// `az://`: Azure Blob Storage.
    Az,
    /// `file://`: a folder of this machine.
    File,
}

impl Scheme {
    const ALL: [Self; 4] = [Self::S3, Self::Gs, Self::Az, Self::File];

    /// As it stands before `://`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Gs => "gs",
            Self::Az => "az",
            Self::File => "file",
        }
    }
}

/// A bucket and a key, or what keys begin with.
///
/// ```
/// use dgen_object::Location;
/// let place: Location = "s3://bucket/some/prefix".parse()?;
/// assert_eq!((place.bucket(), place.key()), ("bucket", "some/prefix"));
/// assert!("ftp://bucket/x".parse::<Location>().is_err());
/// # Ok::<(), dgen::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    scheme: Scheme,
    bucket: String,
    key: Path,
    /// Whether it ended with a slash, and so is what keys begin with.
    folder: bool,
}

impl Location {
    /// The kind of store.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The bucket, or container; empty for folders of this machine.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The key, or what keys begin with; without a slash at either end.
    pub fn key(&self) -> &str {
        self.key.as_ref()
    }

    /// Whether no key is named, only what keys begin with.
    pub(crate) fn is_folder(&self) -> bool {
        self.folder || self.key.is_root()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.key
    }

    /// The URL of a key.
    pub(crate) fn url(&self, key: &Path) -> String {
        format!("{}://{}/{key}", self.scheme.name(), self.bucket)
    }

    /// The file that a key is, where keys are files.
    pub(crate) fn file(&self, key: &Path) -> Option<PathBuf> {
        (self.scheme == Scheme::File).then(|| PathBuf::from(format!("/{key}")))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url(&self.key))?;
        if self.folder { f.write_str("/") } else { Ok(()) }
    }
}

impl FromStr for Location {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let accepted = "s3://BUCKET/KEY, gs://BUCKET/KEY, az://CONTAINER/KEY, file:///FOLDER";
        let reject = || Error::malformed("path", format_args!("`{text}`"), accepted);
        let (name, rest) = text.split_once("://").ok_or_else(reject)?;
        let scheme = Scheme::ALL.into_iter().find(|scheme| scheme.name() == name).ok_or_else(reject)?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() != (scheme == Scheme::File) {
            return Err(reject());
        }
        let folder = key.ends_with('/');
        let key = Path::parse(key).map_err(|error| {
            Error::malformed("path", format_args!("`{text}`"), &format!("keys of plain segments: {error}"))
        })?;
        Ok(Self { scheme, bucket: bucket.to_owned(), key, folder })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_read_back() {
        for text in ["s3://bucket/a/b", "gs://bucket/", "az://container/a/", "file:///tmp/x", "s3://bucket/ä b%20"] {
            assert_eq!(text.parse::<Location>().unwrap().to_string(), text);
        }
        assert!("s3://bucket".parse::<Location>().unwrap().is_folder());
        for text in
            ["s3:///key", "file://host/key", "http://host/key", "s3://bucket/a//b", "s3://bucket/../b", "bucket"]
        {
            let error = text.parse::<Location>().unwrap_err().to_string();
            assert!(error.contains(text), "{error}");
        }
    }
}

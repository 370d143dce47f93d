//! Which objects there are.

use std::ops::Range;

use dgen::{Error, Result};
use dgen_io::RankShare;
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt};

use crate::access::Target;
use crate::metadata::{Said, file_says};
use crate::stop::Stop;

/// An object that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) key: Path,
    pub(crate) size: u64,
}

impl Target {
    /// The objects below the location, in the order of their keys, or else the one that it names.
    ///
    /// # Errors
    /// When there are none, or the store does not say.
    pub(crate) async fn objects(&self, stop: &Stop) -> Result<Vec<Listed>> {
        let found = self.found(stop).await?;
        if found.is_empty() {
            let source = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(Error::io("find objects at", self.location.to_string(), None, source));
        }
        Ok(found)
    }

    /// The same, or none.
    ///
    /// # Errors
    /// When the store does not say.
    pub(crate) async fn found(&self, stop: &Stop) -> Result<Vec<Listed>> {
        let (key, is_folder) = (self.location.path(), self.location.is_folder());
        match self.listed(stop).await? {
            Ok(all) if !all.is_empty() => return Ok(all),
            // Who may not list may still read.
            Err(object_store::Error::PermissionDenied { .. }) if !is_folder => {}
            Err(error) => return Err(self.failed("list", key, None, &error)),
            Ok(_) => {}
        }
        let one = if is_folder { None } else { self.look(key, stop).await? };
        Ok(one.into_iter().collect())
    }

    /// The objects below the location.
    pub(crate) async fn list(&self, stop: &Stop) -> Result<Vec<Listed>> {
        let listed = self.listed(stop).await?;
        listed.map_err(|error| self.failed("list", self.location.path(), None, &error))
    }

    async fn listed(&self, stop: &Stop) -> Result<object_store::Result<Vec<Listed>>> {
        let listed = self.store.list(Some(self.location.path()));
        let listed = listed.map_ok(|meta| Listed { key: meta.location, size: meta.size });
        Ok(match stop.or(listed.try_collect::<Vec<_>>()).await? {
            Ok(mut all) => {
                all.sort_by(|one, other| one.key.cmp(&other.key));
                Ok(all)
            }
            // A folder that is not there holds nothing.
            Err(object_store::Error::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        })
    }

    /// An object, if it is there.
    pub(crate) async fn look(&self, key: &Path, stop: &Stop) -> Result<Option<Listed>> {
        match stop.or(self.store.head(key)).await? {
            Ok(meta) => Ok(Some(Listed { key: key.clone(), size: meta.size })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed("look at", key, None, &error)),
        }
    }

    /// What an object says of itself; nothing where it is no longer there.
    pub(crate) async fn said(&self, key: &Path, stop: &Stop) -> Result<Option<Said>> {
        if let Some(file) = self.location.file(key) {
            return file_says(&file);
        }
        let options = GetOptions { head: true, ..GetOptions::default() };
        match stop.or(self.store.get_opts(key, options)).await? {
            Ok(found) => Ok(Said::of(&found.attributes).unwrap_or(None)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed("look at", key, None, &error)),
        }
    }
}

/// Which objects are this process's.
pub(crate) fn part(share: Option<&RankShare>, count: usize) -> Result<Range<usize>> {
    share.map_or(Ok(0..count), |share| share.of("objects", count))
}

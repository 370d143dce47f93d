//! Where `dgen write`, `read` and `verify` meet URLs of objects.

#[cfg(feature = "object")]
mod stores;

use std::path::PathBuf;

use dgen::Result;

use crate::args::{ReadArgs, VerifyArgs, WriteArgs};
use crate::exit::Exit;

#[cfg(feature = "object")]
use stores::{read_objects, verify_objects, write_objects};

/// `dgen write` to objects; `None` where the paths are others.
pub(super) fn write(args: &WriteArgs) -> Option<Result<Exit>> {
    #[cfg(feature = "object")]
    let files = || args.access.check_files().and_then(|()| args.objects.check_files());
    #[cfg(not(feature = "object"))]
    let (files, write_objects) = (|| Ok(()), |_: &WriteArgs| lacking());
    chosen(&args.paths, files, || write_objects(args))
}

/// `dgen read` of objects; `None` where the paths are others.
pub(super) fn read(args: &ReadArgs) -> Option<Result<Exit>> {
    #[cfg(feature = "object")]
    let files = || args.access.check_files();
    #[cfg(not(feature = "object"))]
    let (files, read_objects) = (|| Ok(()), |_: &ReadArgs| lacking());
    chosen(&args.paths, files, || read_objects(args))
}

/// `dgen verify` of objects; `None` where the paths are others.
pub(super) fn verify(args: &VerifyArgs) -> Option<Result<Exit>> {
    #[cfg(feature = "object")]
    let files = || args.access.check_files().and_then(|()| args.objects.check_files());
    #[cfg(not(feature = "object"))]
    let (files, verify_objects) = (|| Ok(()), |_: &VerifyArgs| lacking());
    chosen(&args.paths, files, || verify_objects(args))
}

fn chosen(
    paths: &[PathBuf],
    files: impl FnOnce() -> Result<()>,
    objects: impl FnOnce() -> Result<Exit>,
) -> Option<Result<Exit>> {
    if paths.iter().any(|path| is_url(path)) {
        return Some(objects());
    }
    files().err().map(Err)
}

/// Whether a path is meant as the URL of an object: it has `://` behind letters.
fn is_url(path: &std::path::Path) -> bool {
    let text = path.to_string_lossy();
    text.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+')
    })
}

#[cfg(not(feature = "object"))]
fn lacking() -> Result<Exit> {
    let message = "this dgen is built without object stores (its feature `object`): paths are files and devices";
    Err(dgen::Error::new(dgen::ErrorKind::Unsupported, message))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn paths_are_no_urls() {
        for (path, meant) in
            [("s3://b/k", true), ("http://h", true), ("./a://b", false), ("://", false), ("a/b", false)]
        {
            assert_eq!(is_url(Path::new(path)), meant, "{path}");
        }
    }
}

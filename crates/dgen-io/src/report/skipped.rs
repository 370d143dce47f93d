//! What an operation over several files left out, and what is said of it.

use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use dgen::{Error, ErrorKind, Result};
use serde::Serialize;

use super::file::path_text;
use crate::storage::walk::{Found, SkipReason, Skipped};

/// Skipped files that a warning names.
const NAMED: usize = 8;

/// Something that was left out, in all or from an offset on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SkippedFile {
    /// Where it is.
    #[serde(serialize_with = "path_text")]
    pub path: PathBuf,
    /// Why.
    pub reason: SkipReason,
    /// Position in the file at which reading failed; absent where it did not begin.
    pub offset: Option<u64>,
    /// The error number of the system, where it refused something.
    pub errno: Option<i32>,
    /// What failed, in words; absent where nothing was tried.
    pub error: Option<String>,
}

impl SkippedFile {
    /// A file of which other parts of a program know why it was skipped.
    pub fn new(
        path: PathBuf,
        reason: SkipReason,
        offset: Option<u64>,
        errno: Option<i32>,
        error: Option<String>,
    ) -> Self {
        Self { path, reason, offset, errno, error }
    }

    /// What was tried, and failed.
    pub(crate) fn failed(path: &Path, error: &Error) -> Self {
        Self {
            path: path.to_owned(),
            reason: SkipReason::of(path, error),
            offset: error.offset(),
            errno: error.raw_os_error(),
            error: Some(error.to_string()),
        }
    }

    /// Whether the operation cannot end with success: something was asked for and is not done. Links, pipes and devices in
    /// folders are no part of what is asked for.
    pub fn is_failure(&self) -> bool {
        self.error.is_some() || self.reason == SkipReason::Foreign
    }
}

impl From<Skipped> for SkippedFile {
    fn from(skipped: Skipped) -> Self {
        let Skipped { path, reason, error } = skipped;
        let (offset, errno) = error.as_ref().map_or((None, None), |error| (error.offset(), error.raw_os_error()));
        Self { path, reason, offset, errno, error: error.map(|error| error.to_string()) }
    }
}

/// The files that paths stand for. Made by [`find_files`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct FoundFiles {
    /// The files: paths that are no folders, and the regular files below folders in order of name.
    pub files: Vec<PathBuf>,
    /// What is left out of folders.
    pub skipped: Vec<SkippedFile>,
}

/// The files that paths stand for: folders become the regular files below them, in order of name. Links in them, pipes and
/// devices are left out, and so is what cannot be listed.
///
/// # Errors
/// A folder without files; a single path, or any where `strict`, that is a folder and cannot be listed.
pub fn find_files(paths: &[PathBuf], strict: bool) -> Result<FoundFiles> {
    let Found { files, skipped } = Found::at(paths, strict)?;
    let files = files.into_iter().map(|(path, _)| path).collect();
    Ok(FoundFiles { files, skipped: skipped.into_iter().map(SkippedFile::from).collect() })
}

/// What is said of what was left out.
#[derive(Debug, Default)]
pub struct SkippedNotes {
    /// Warnings, a line for each kind.
    pub warnings: Vec<String>,
    /// The error with which the operation ends unless there is another, if anything was to be done and is not.
    pub error: Option<Error>,
}

impl SkippedNotes {
    /// Of an operation that has `done` (`verified`, say) the rest.
    pub fn new(skipped: &[SkippedFile], done: &str) -> Self {
        let untried = |reason: SkipReason, what: &str| {
            let of = |file: &&SkippedFile| file.reason == reason && file.error.is_none();
            let names: Vec<String> = skipped.iter().filter(of).map(|file| file.path.display().to_string()).collect();
            let each = if names.len() == 1 { "" } else { " (each)" };
            line(&format!("not {done}: {} in folders, {what}{each}", names.len()), &names, ", ")
        };
        let errors: Vec<String> = skipped.iter().filter_map(|file| file.error.clone()).collect();
        let paths = if errors.len() == 1 { "path" } else { "paths" };
        let failed = line(&format!("not {done}, or not to the end: {} {paths}", errors.len()), &errors, "; ");
        let foreign = untried(SkipReason::Foreign, "file without a valid dgen recipe and range");
        let links = untried(SkipReason::Link, "symbolic link");
        let special = untried(SkipReason::Special, "pipe, socket or device");
        let failures: Vec<String> = foreign.into_iter().chain(failed).collect();
        let only = skipped.iter().filter_map(|file| Some((file, file.error.as_ref()?))).collect::<Vec<_>>();
        let error = match (&failures[..], &only[..]) {
            ([], _) => None,
            ([_], [(file, text)]) => Some(match (file.errno, file.offset) {
                (Some(errno), Some(_)) => {
                    let source = io::Error::from_raw_os_error(errno);
                    Error::io("read", &file.path, file.offset, source)
                }
                (None, Some(_)) => Error::io("read", &file.path, file.offset, io::ErrorKind::UnexpectedEof.into()),
                (Some(errno), None) => Error::about(ErrorKind::Io, &file.path, errno, text.as_str()),
                (None, None) => Error::new(ErrorKind::Io, text.as_str()),
            }),
            (lines, _) => Some(Error::new(ErrorKind::Io, lines.join("; "))),
        };
        Self { warnings: links.into_iter().chain(special).chain(failures).collect(), error }
    }
}

/// A line that names the first of many; none for nothing.
fn line(begin: &str, names: &[String], between: &str) -> Option<String> {
    let mut text = format!("{begin}: {}", names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(between));
    if names.len() > NAMED {
        _ = write!(text, " and {} more", names.len() - NAMED);
    }
    (!names.is_empty()).then_some(text)
}

//! The folder below which `/sys` and `/proc` are read, and the warnings that reading it gave.

use super::IdSet;
use std::cell::RefCell;
use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// No file read here is longer on a real machine; a longer one is cut.
const READ_LIMIT: u64 = 4 << 20;

pub(super) struct Tree {
    root: PathBuf,
    live: bool,
    warnings: RefCell<Vec<String>>,
}

impl Tree {
    /// The running machine: its files, and system calls where they know more.
    pub(super) fn live() -> Self {
        Self { live: true, ..Self::new(Path::new("/")) }
    }

    /// A tree of files alone.
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), live: false, warnings: RefCell::default() }
    }

    /// Whether system calls may be asked as well.
    pub(super) fn is_live(&self) -> bool {
        self.live
    }

    pub(super) fn take_warnings(&self) -> Vec<String> {
        self.warnings.take()
    }

    pub(super) fn warn(&self, path: &str, problem: impl fmt::Display) {
        self.warnings.borrow_mut().push(format!("/{path}: {problem}"));
    }

    /// Whether `path` (relative to the root) exists.
    pub(super) fn exists(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }

    /// The text of a file; `None` without a warning when there is no such file.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        self.head(path, READ_LIMIT)
    }

    /// The first `limit` bytes of a file as text; bytes that are no text are replaced.
    pub(super) fn head(&self, path: &str, limit: u64) -> Option<String> {
        let mut bytes = Vec::new();
        let read = File::open(self.root.join(path)).and_then(|file| file.take(limit).read_to_end(&mut bytes));
        match read {
            Ok(_) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => None,
            Err(error) => {
                self.warn(path, error);
                None
            }
        }
    }

    /// A file that holds one value; `None` when it is missing, and with a warning when it is malformed.
    pub(super) fn value<T: FromStr>(&self, path: &str) -> Option<T> {
        let text = self.text(path)?;
        self.parsed(path, text.trim())
    }

    /// A file that holds a list of ids, which may be empty.
    pub(super) fn ids(&self, path: &str) -> Option<IdSet> {
        self.value(path)
    }

    /// `text`, found in `path`, as a value; warns when it is malformed.
    pub(super) fn parsed<T: FromStr>(&self, path: &str, text: &str) -> Option<T> {
        let value = text.parse().ok();
        if value.is_none() {
            let shown: String = text.chars().take(40).collect();
            self.warn(path, format_args!("cannot understand {shown:?}"));
        }
        value
    }

    /// The numbers N of the entries `<prefix>N` of a folder.
    pub(super) fn numbered(&self, folder: &str, prefix: &str) -> IdSet {
        let Ok(entries) = self.root.join(folder).read_dir() else { return IdSet::default() };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.filter_map(|name| name.strip_prefix(prefix)?.parse().ok()).collect()
    }
}

//! What a report may not be written over.

use std::fs::{self, File, FileType, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use dgen::error::Message;
use dgen::{Error, ErrorKind, Result};

use crate::stdout::STDOUT;

/// How every page of HTML begins.
pub(crate) const PAGE_BEGIN: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";

/// What a report of this form begins with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form<'a> {
    Json,
    Html,
    /// The line of names.
    Csv(&'a str),
}

/// The first two names in the JSON of each report.
const FIRST_NAMES: [[&str; 2]; 14] = [
    ["compared", "a"],
    ["ok", "bytes_sent"],
    ["ok", "verified"],
    ["bytes_written", "valid_prefix"],
    ["bytes_written", "files_written"],
    ["bytes_read", "samples"],
    ["bytes_read", "elapsed_ns"],
    ["bytes_written", "elapsed_ns"],
    ["bytes_read", "advice"],
    ["ok", "bytes_checked"],
    ["bytes", "inputs"],
    ["version", "recipe_format"],
    ["version", "build"],
    ["disk_util", "fio version"],
];

/// Links that are followed to a file that is not there.
const LINKS: usize = 40;
/// Bytes of a file that are looked at.
const HEAD: u64 = 4096;

/// What a path leads to, whatever it is called.
#[derive(PartialEq, Eq)]
enum Identity {
    File {
        dev: u64,
        ino: u64,
    },
    BlockDevice(u64),
    /// A file that would be made: the folder, and its name there.
    New {
        dev: u64,
        ino: u64,
        name: std::ffi::OsString,
    },
}

/// Files that hold data, and whether others may be written over.
pub(crate) struct Guard {
    taken: Vec<(Identity, PathBuf)>,
    /// A folder all of whose files hold data, as the system names it.
    folder: Option<PathBuf>,
    force: bool,
}

impl Guard {
    /// The data is at these paths; `-` is standard input.
    pub(crate) fn new<'p>(data: impl IntoIterator<Item = &'p Path>, force: bool) -> Self {
        let of = |path: &Path| if path.as_os_str() == STDOUT { opened(&io::stdin()) } else { identity(path) };
        let taken = data.into_iter().filter_map(|path| Some((of(path)?, path.to_owned()))).collect();
        Self { taken, folder: None, force }
    }

    /// The data is in a folder, wherever in it.
    pub(crate) fn of_folder(folder: &Path, force: bool) -> Self {
        Self { taken: Vec::new(), folder: folder.canonicalize().ok(), force }
    }

    /// Standard output carries the data.
    pub(crate) fn of_output(force: bool) -> Self {
        let taken = opened(&io::stdout()).map(|found| (found, "standard output".into()));
        Self { taken: taken.into_iter().collect(), folder: None, force }
    }

    /// Fails where a report at this path, which is open as `file` or does not exist, would destroy the data, another
    /// report, or a file that is no report.
    pub(crate) fn admit(&mut self, path: &Path, form: Form<'_>, file: Option<&File>) -> Result<()> {
        self.is_outside(path)?;
        let Some(found) = file.map_or_else(|| identity(path), opened) else { return Ok(()) };
        self.differs(path, &found)?;
        let is_replaceable = self.is_replaceable(path, form, file);
        self.taken.push((found, path.to_owned()));
        is_replaceable
    }

    /// The same for a file that was made where nothing was, unless someone else was quicker.
    pub(crate) fn recheck(&mut self, path: &Path, form: Form<'_>, file: &File) -> Result<()> {
        let Some(found) = opened(file) else { return Ok(()) };
        self.differs(path, &found)?;
        self.taken.push((found, path.to_owned()));
        self.is_replaceable(path, form, Some(file))
    }

    /// Fails where a path leads into the folder of the data.
    fn is_outside(&self, path: &Path) -> Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let found = path.canonicalize().or_else(|_| parent.canonicalize());
        if found.is_ok_and(|found| found.starts_with(folder)) {
            let (path, folder) = (path.display(), folder.display());
            let message = format!("{path}: a report cannot be written there, in the folder of the data, {folder}");
            return Err(Error::new(ErrorKind::Refused, message));
        }
        Ok(())
    }

    fn differs(&self, path: &Path, found: &Identity) -> Result<()> {
        let Some((_, other)) = self.taken.iter().find(|(other, _)| other == found) else { return Ok(()) };
        let (shown, other) = (path.display(), other.display());
        let message = format!("{shown}: a report cannot be written there, it is the same file as {other}");
        Err(Error::new(ErrorKind::Refused, message))
    }

    /// Fails where something would be lost: the file is neither empty nor a report of this form.
    fn is_replaceable(&self, path: &Path, form: Form<'_>, file: Option<&File>) -> Result<()> {
        let Some(file) = file.filter(|_| !self.force) else { return Ok(()) };
        let mut head = vec![0; usize::try_from(HEAD.max(form.longest())).expect("heads are short")];
        let len = read_head(file, &mut head).map_err(|e| Error::io("read", path, None, e))?;
        if len == 0 || form.begins(&String::from_utf8_lossy(&head[..len])) {
            return Ok(());
        }
        let message = Message::from(format!("{}: holds something else than a report of this form; ", path.display()));
        Err(Error::new(ErrorKind::Refused, message.option("force").text(" overwrites it")))
    }

    pub(crate) const fn force(&self) -> bool {
        self.force
    }
}

fn opened(descriptor: &impl std::os::fd::AsFd) -> Option<Identity> {
    let file = File::from(descriptor.as_fd().try_clone_to_owned().ok()?);
    there(&file.metadata().ok()?)
}

/// Of what can lose data.
fn there(found: &Metadata) -> Option<Identity> {
    let is = |test: fn(&FileType) -> bool| test(&found.file_type());
    if is(FileType::is_block_device) {
        return Some(Identity::BlockDevice(found.rdev()));
    }
    is(FileType::is_file).then(|| Identity::File { dev: found.dev(), ino: found.ino() })
}

fn identity(path: &Path) -> Option<Identity> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        if let Ok(found) = fs::metadata(&path) {
            return there(&found);
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let Ok(target) = fs::read_link(&path) else {
            let (dev, ino) = fs::metadata(folder).map(|found| (found.dev(), found.ino())).ok()?;
            return Some(Identity::New { dev, ino, name: path.file_name()?.to_owned() });
        };
        path = folder.join(target);
    }
    None
}

/// Reads the beginning of a file, wherever its descriptor stands.
fn read_head(file: &File, head: &mut [u8]) -> io::Result<usize> {
    let mut len = 0;
    while len < head.len() {
        match file.read_at(&mut head[len..], len as u64) {
            Ok(0) => break,
            Ok(more) => len += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(len)
}

impl Form<'_> {
    fn longest(self) -> u64 {
        match self {
            Self::Csv(header) => header.len() as u64,
            Self::Json | Self::Html => 0,
        }
    }

    fn begins(self, head: &str) -> bool {
        match self {
            Self::Html => head.strip_prefix(PAGE_BEGIN).is_some_and(|title| title.starts_with("dgen ")),
            Self::Csv(header) => head.starts_with(header),
            Self::Json => {
                let mut lines = head.lines();
                let name = |line: Option<&str>| {
                    line?.strip_prefix("  \"")?.split_once("\": ").map(|(name, _)| name.to_owned())
                };
                let brace = lines.next() == Some("{");
                let (first, second) = (name(lines.next()), name(lines.next()));
                let is_one = |[one, two]: &[&str; 2]| first.as_deref() == Some(one) && second.as_deref() == Some(two);
                brace && FIRST_NAMES.iter().any(is_one)
            }
        }
    }
}

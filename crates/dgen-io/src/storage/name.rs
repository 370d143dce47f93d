//! Where paths lead. What is looked at, made and removed is reached through folders that are held open, and what is
//! written is the file that was looked at, whatever has its name by then.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions, read_link};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;

use dgen::{Error, ErrorKind, Result};
use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, RenameFlags, mkdirat, openat, readlinkat, renameat_with, statat, unlinkat,
};
use rustix::io::Errno;

/// Opens something without touching it: what it is shows, and nothing else happens.
const LOOK: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);

/// Device and inode.
pub(crate) type Identity = (u64, u64);

/// Folders that are held open, each once.
#[derive(Default)]
pub(crate) struct Folders {
    /// Where relative paths begin, whatever the working directory becomes.
    base: Option<Arc<OwnedFd>>,
    open: HashMap<PathBuf, Arc<OwnedFd>>,
}

/// A name in a folder that is held open.
#[derive(Clone)]
pub(crate) struct Name {
    base: Arc<OwnedFd>,
    path: PathBuf,
    folder: Arc<OwnedFd>,
    last: OsString,
}

impl Folders {
    /// The same, where `folder` is open already as `file`.
    pub(crate) fn with(folder: &Path, file: Arc<OwnedFd>) -> Self {
        Self { base: None, open: HashMap::from([(folder.to_owned(), file)]) }
    }

    /// The name that `path` ends with, in its folder.
    /// Fails when the folder cannot be opened.
    pub(crate) fn name(&mut self, path: &Path) -> Result<Name> {
        let bytes = path.as_os_str().as_bytes();
        let is_folder = bytes.ends_with(b"/") || bytes.ends_with(b"/.");
        self.named(path, if is_folder { None } else { path.parent().zip(path.file_name()) })
    }

    /// The same for a path that stands for a folder, whatever it ends with.
    pub(crate) fn folder_name(&mut self, path: &Path) -> Result<Name> {
        self.named(path, path.parent().zip(path.file_name()))
    }

    /// Where there are no folder and name, the path is a folder, and its name there.
    fn named(&mut self, path: &Path, parts: Option<(&Path, &OsStr)>) -> Result<Name> {
        let fail = |error: Errno| Error::io("open", path, None, error.into());
        let base = match &self.base {
            Some(base) => base.clone(),
            None => self.base.insert(Arc::new(openat(CWD, ".", LOOK, Mode::empty()).map_err(fail)?)).clone(),
        };
        let (folder, name) = parts.unwrap_or((path, OsStr::new(".")));
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let open = if let Some(open) = self.open.get(folder) {
            open.clone()
        } else {
            let open = openat(&base, folder, LOOK | OFlags::DIRECTORY, Mode::empty()).map_err(fail)?;
            self.open.entry(folder.to_owned()).or_insert(Arc::new(open)).clone()
        };
        Ok(Name { base, path: path.to_owned(), folder: open, last: name.to_owned() })
    }
}

/// The error for a path that is a link to what does not exist, and cannot be the object of `action`.
pub(crate) fn dangling(action: &str, path: &Path, target: &Path) -> Error {
    let (shown, target) = (path.display(), target.display());
    let message = format!("cannot {action} {shown}: it is a dangling link: {target} does not exist");
    Error::about(ErrorKind::Io, path, libc::ENOENT, message)
}

impl Name {
    /// What is there, held without being opened; `None` where nothing is. A link is followed once.
    pub(crate) fn look(&self) -> Result<Option<File>> {
        let open = |flags| openat(&self.folder, &self.last, LOOK | flags, Mode::empty());
        let fail = |error: Errno| Error::io("open", &self.path, None, error.into());
        let found = match open(OFlags::NOFOLLOW) {
            Ok(found) => File::from(found),
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(fail(error)),
        };
        if !found.metadata().map_err(|e| Error::io("look at", &self.path, None, e))?.is_symlink() {
            return Ok(Some(found));
        }
        match open(OFlags::empty()) {
            Ok(found) => Ok(Some(found.into())),
            Err(Errno::NOENT) => {
                let to = readlinkat(&self.folder, &self.last, Vec::new()).unwrap_or_default();
                Err(dangling("write to", &self.path, Path::new(OsStr::from_bytes(to.to_bytes()))))
            }
            Err(error) => Err(fail(error)),
        }
    }

    /// Makes a file where nothing is, not even a link.
    pub(crate) fn create(&self, flags: OFlags) -> Result<File> {
        let flags = flags | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let made = openat(&self.folder, &self.last, flags, Mode::from_raw_mode(0o666));
        made.map(File::from).map_err(|error| match error {
            Errno::EXIST => {
                let message = format!("{}: was made by someone else in the meantime", self.path.display());
                Error::about(ErrorKind::Refused, &self.path, libc::EEXIST, message)
            }
            error => Error::io("open", &self.path, None, error.into()),
        })
    }

    /// Makes a folder where nothing is, and holds it. Who puts another folder in its place at once is not noticed.
    pub(crate) fn create_folder(&self) -> Result<File> {
        let fail = |error: Errno| Error::io("make the folder", &self.path, None, error.into());
        mkdirat(&self.folder, &self.last, Mode::from_raw_mode(0o777)).map_err(fail)?;
        let flags = LOOK | OFlags::DIRECTORY | OFlags::NOFOLLOW;
        openat(&self.folder, &self.last, flags, Mode::empty()).map(File::from).map_err(fail)
    }

    /// Removes the name of a file that was made here, unless something else has it now; whether it was removed.
    ///
    /// What has the name is first moved aside, looked at there, and moved back where it is foreign: nobody's file is
    /// removed, though one that comes in this very moment may be without its name for some microseconds; it stays aside,
    /// under `.dgen-aside-PID-INODE`, where yet another file takes the name in these. Where the file system cannot move
    /// without replacing, a file that takes the name between the look and the removal is lost.
    pub(crate) fn remove(&self, own: Identity) -> io::Result<bool> {
        if !self.is_of(own) {
            return Ok(false);
        }
        let aside = OsString::from(format!(".dgen-aside-{}-{}", process::id(), own.1));
        let moved =
            |from: &OsStr, to: &OsStr| renameat_with(&self.folder, from, &self.folder, to, RenameFlags::NOREPLACE);
        match moved(&self.last, &aside) {
            Ok(()) if self.leads_to(&aside) == Some(own) => unlinkat(&self.folder, &aside, AtFlags::empty())?,
            Ok(()) => {
                moved(&aside, &self.last)?;
                return Ok(false);
            }
            Err(Errno::NOENT) => return Ok(false),
            Err(_) => unlinkat(&self.folder, &self.last, AtFlags::empty())?,
        }
        Ok(true)
    }

    /// Removes the name of an empty folder that was made here, unless something else has it now. An empty folder that
    /// takes the name between the look and the removal goes in its place.
    pub(crate) fn remove_folder(&self, own: Identity) -> io::Result<()> {
        if self.is_of(own) {
            unlinkat(&self.folder, &self.last, AtFlags::REMOVEDIR)?;
        }
        Ok(())
    }

    /// Whether this is the name of that file.
    pub(crate) fn is_of(&self, own: Identity) -> bool {
        self.leads_to(&self.last) == Some(own)
    }

    fn leads_to(&self, name: &OsStr) -> Option<Identity> {
        let found = statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        Some((found.st_dev, found.st_ino))
    }

    /// Why the path no longer leads to `file`, and where the data is; `None` where it does.
    /// The file had a name at first where `was_linked`.
    pub(crate) fn lost(&self, file: &File, was_linked: bool) -> Option<String> {
        let own = match file.metadata() {
            Ok(own) => own,
            Err(error) => return Some(format!("what was written cannot be looked at any more ({error})")),
        };
        let is_gone = was_linked && own.nlink() == 0;
        let there = statat(&self.base, &self.path, AtFlags::empty());
        let is_device = own.file_type().is_block_device();
        let is_own = there.is_ok_and(|there| {
            if is_device { there.st_rdev == own.rdev() } else { (there.st_dev, there.st_ino) == identity(&own) }
        });
        if is_own && !is_gone {
            return None;
        }
        let name = match there {
            Err(Errno::NOENT | Errno::NOTDIR) => "no longer exists".to_owned(),
            Err(error) => format!("can no longer be reached ({error})"),
            Ok(_) => "now leads to something else".to_owned(),
        };
        let data = if is_gone {
            "what was written was deleted meanwhile, and its data with it".to_owned()
        } else {
            let now = read_link(own_path(file)).ok().filter(|now| {
                let there = statat(CWD, now, AtFlags::SYMLINK_NOFOLLOW);
                there.is_ok_and(|there| (there.st_dev, there.st_ino) == identity(&own))
            });
            now.map_or_else(
                || "what was written has another name, which is not known".to_owned(),
                |now| format!("what was written is at {}", now.display()),
            )
        };
        Some(format!("{name}: {data}"))
    }
}

/// Device and inode.
pub(crate) fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

/// Opens again what is open as `file`, and is called `path`: that, and nothing that has its name now.
/// Fails where there is no `/proc`, and something else has the name.
pub(crate) fn reopen(file: &File, path: &Path, options: &OpenOptions, flags: OFlags) -> io::Result<File> {
    let open = |path: &Path, flags: OFlags| {
        options.clone().custom_flags(i32::try_from(flags.bits()).expect("flags fit")).open(path)
    };
    match open(&own_path(file), flags) {
        // There is no `/proc`: the name has to do, and what it leads to is compared.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        other => return other,
    }
    let again = open(path, flags | OFlags::NONBLOCK | OFlags::NOCTTY)?;
    let (one, other) = (file.metadata()?, again.metadata()?);
    if identity(&one) != identity(&other) {
        return Err(io::Error::other("something else has taken its name"));
    }
    Ok(again)
}

/// The way to an open file that is no name.
fn own_path(file: &File) -> PathBuf {
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

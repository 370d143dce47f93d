//! The file of a report. It is opened and looked at before the work begins, so that what cannot be written shows at once;
//! what it held stays until the new report is whole.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process;

use dgen::{Error, ErrorKind, Result};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags, linkat, openat, renameat, renameat_with, statat, unlinkat};
use rustix::io::Errno;

use crate::guard::{Form, Guard};
use crate::signals;

/// A report that is to be written.
pub(crate) struct ReportFile {
    path: PathBuf,
    file: File,
    /// Where it gets its name, which it has already where this is absent.
    beside: Option<Beside>,
}

/// A file without a name, and what its name will be.
struct Beside {
    folder: OwnedFd,
    name: OsString,
    /// The report that it replaces: held, so that nothing else gets its number.
    replaces: Option<File>,
}

impl ReportFile {
    /// Opens what is at `path`, or makes sure that a file can be made there.
    /// Fails where `guard` does not admit it.
    pub(crate) fn open(path: &Path, form: Form<'_>, guard: &mut Guard) -> Result<Self> {
        let fail = |e| Error::io("open", path, None, e);
        let report = |file, beside| Ok(Self { path: path.to_owned(), file, beside });
        match existing(path) {
            Ok(file) => {
                guard.admit(path, form, Some(&file))?;
                match Beside::replacing(path, &file).map_err(fail)? {
                    Some((new, beside)) => report(new, Some(Beside { replaces: Some(file), ..beside })),
                    None => report(file, None),
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                guard.admit(path, form, None)?;
                if fs::symlink_metadata(path).is_err()
                    && let Ok((new, beside)) = Beside::new(path)
                {
                    return report(new, Some(beside));
                }
                // Where there are no files without names, and through a link that leads nowhere yet.
                let made = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
                let file = made.map_err(|e| Error::io("create", path, None, e))?;
                guard.recheck(path, form, &file)?;
                report(file, None)
            }
            Err(error) => Err(fail(error)),
        }
    }

    /// Writes all of the report. Where that fails, what was there before is still there, if it was a report.
    pub(crate) fn write(mut self, text: &str) -> Result<()> {
        let fail = |e| Error::io("write", &self.path, None, e);
        let is_regular = self.file.metadata().is_ok_and(|found| found.is_file());
        if is_regular && self.beside.is_none() {
            self.file.set_len(0).map_err(fail)?;
        }
        self.file.write_all(text.as_bytes()).map_err(fail)?;
        match &self.beside {
            Some(beside) => beside.appear(&self.file).map_err(fail),
            None => check_name(&self.path, &self.file),
        }
    }
}

/// Fails where a path does not lead to the file that was written under it.
pub(crate) fn check_name(path: &Path, file: &File) -> Result<()> {
    let written = file.metadata().map_err(|e| Error::io("look at", path, None, e))?;
    let is_same = || fs::metadata(path).is_ok_and(|found| identity(&found) == identity(&written));
    if !written.is_file() || is_same() {
        return Ok(());
    }
    let message = format!("{}: no longer leads to the report that was written", path.display());
    Err(Error::about(ErrorKind::Io, path, Errno::STALE.raw_os_error(), message))
}

fn identity(metadata: &fs::Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Opens what is there, and changes nothing.
fn existing(path: &Path) -> io::Result<File> {
    let kind = fs::metadata(path)?.file_type();
    // What a pipe or a terminal holds is not looked at.
    let reads = kind.is_file() || kind.is_block_device();
    let open = || OpenOptions::new().read(reads).write(true).open(path);
    // A pipe opens when its reader has come.
    if kind.is_fifo() { signals::ending_at_once(open) } else { open() }
}

impl Beside {
    /// To take the place of a report, where nothing but its content is lost by that: another name or owner, say.
    fn replacing(path: &Path, file: &File) -> io::Result<Option<(File, Self)>> {
        let (found, named) = (file.metadata()?, fs::symlink_metadata(path)?);
        let is_plain = found.is_file() && identity(&found) == identity(&named) && found.nlink() == 1;
        if !is_plain || found.uid() != rustix::process::geteuid().as_raw() {
            return Ok(None);
        }
        let Ok((new, beside)) = Self::new(path) else { return Ok(None) };
        new.set_permissions(found.permissions())?;
        Ok(Some((new, beside)))
    }

    /// Fails where the file system makes no files without names.
    fn new(path: &Path) -> io::Result<(File, Self)> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
        let look = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = openat(CWD, folder, look, Mode::empty())?;
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = File::from(openat(&folder, ".", flags, Mode::from_raw_mode(0o666))?);
        // Without this way to it, it could not get a name.
        fs::metadata(way_to(&file))?;
        Ok((file, Self { folder, name, replaces: None }))
    }

    /// Gives the file its name.
    /// Fails where something has the name that is not what was looked at; that stays.
    fn appear(&self, file: &File) -> io::Result<()> {
        let taken = || io::Error::other("something else has its name since, which stays");
        let (folder, name) = (&self.folder, &self.name);
        let link = |name: &OsStr| linkat(CWD, way_to(file), folder, name, AtFlags::SYMLINK_FOLLOW);
        match link(name) {
            Ok(()) => return Ok(()),
            Err(Errno::EXIST) if self.replaces.is_some() => {}
            Err(Errno::EXIST) => return Err(taken()),
            Err(error) => return Err(error.into()),
        }
        let old = self.replaces.as_ref().map(File::metadata).transpose()?.map(|old| identity(&old));
        let has_old = |name: &OsStr| {
            let found = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
            found.ok().map(|found| (found.st_dev, found.st_ino)) == old
        };
        if !has_old(name) {
            return Err(taken());
        }
        let aside = OsString::from(format!(".dgen-report-{}-{}", process::id(), file.as_raw_fd()));
        link(&aside)?;
        let swap = || renameat_with(folder, &aside, folder, name, RenameFlags::EXCHANGE);
        match swap() {
            Ok(()) if !has_old(&aside) => {
                // It came after the look; it gets its name back.
                swap()?;
                unlinkat(folder, &aside, AtFlags::empty())?;
                Err(taken())
            }
            Ok(()) => Ok(unlinkat(folder, &aside, AtFlags::empty())?),
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Ok(renameat(folder, &aside, folder, name)?),
            Err(error) => {
                _ = unlinkat(folder, &aside, AtFlags::empty());
                Err(error.into())
            }
        }
    }
}

/// The way to an open file that is no name.
fn way_to(file: &File) -> PathBuf {
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    const REPORT: &str = "{\n  \"ok\": true,\n  \"bytes_checked\": 1\n}\n";

    fn open(path: &Path) -> Result<ReportFile> {
        ReportFile::open(path, Form::Json, &mut Guard::new([], false))
    }

    #[test]
    fn a_report_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r");
        drop(open(&path).unwrap());
        assert!(!path.exists());
        open(&path).unwrap().write(REPORT).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        drop(open(&path).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), REPORT);
        let longer = format!("{REPORT}{REPORT}");
        open(&path).unwrap().write(&longer).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), longer);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        // Other names of it stay names of it.
        let (hard, soft) = (folder.path().join("hard"), folder.path().join("soft"));
        fs::hard_link(&path, &hard).unwrap();
        symlink(&path, &soft).unwrap();
        open(&soft).unwrap().write(REPORT).unwrap();
        assert_eq!(fs::read_to_string(&hard).unwrap(), REPORT);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn what_takes_the_name_of_a_report_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("r"), folder.path().join("other"));
        fs::write(&other, "precious").unwrap();
        for there in [false, true] {
            for link in [false, true] {
                if there {
                    fs::write(&path, REPORT).unwrap();
                }
                let report = open(&path).unwrap();
                _ = fs::remove_file(&path);
                if link {
                    symlink(&other, &path).unwrap();
                } else {
                    fs::write(&path, "precious").unwrap();
                }
                report.write(REPORT).unwrap_err();
                assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
                fs::remove_file(&path).unwrap();
            }
        }
        // What was written in place, and has lost its name, is told.
        let (hard, aside) = (folder.path().join("hard"), folder.path().join("aside"));
        fs::write(&path, REPORT).unwrap();
        fs::hard_link(&path, &hard).unwrap();
        let report = open(&path).unwrap();
        fs::rename(&path, &aside).unwrap();
        let error = report.write(REPORT).unwrap_err().to_string();
        assert!(error.contains("no longer leads"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}

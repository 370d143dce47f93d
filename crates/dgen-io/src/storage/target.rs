//! Opening what is written to: the checks before anything is touched, and the state a run leaves behind.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use dgen::{Error, ErrorKind, Result, Stream};
use rustix::fs::{OFlags, major, minor};

use crate::extents::cursor::Section;
use crate::metrics::watch::Watch;
use crate::options::modes::DirectMode;
use crate::storage::{
    attributes::FilePlace, attributes::Mark, attributes::Marking, attributes::StreamRange, device, direct::Access,
    guard, guard::Intent, guard::covers, open_file::OpenFile, reserve::release, reserve::reserve,
};

/// Major number of the memory devices: /dev/null, /dev/zero, /dev/full.
const MEMORY_DEVICES: u32 = 1;
/// Minor number of /dev/null.
const NULL: u32 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Regular,
    Block,
    /// /dev/null and its like: nothing is kept, nothing waits.
    Memory,
}

/// What a path is before the run.
pub(crate) struct Found {
    kind: Kind,
    existing: Option<Metadata>,
    /// Whether it holds what is to be written to it already.
    pub(crate) is_same: bool,
}

/// An open target.
pub(crate) struct Target {
    pub(crate) open: OpenFile,
    pub(crate) kind: Kind,
    pub(crate) section: Section,
    pub(crate) warning: Option<String>,
    created: bool,
    /// Whether an interrupted run is continued.
    resumes: bool,
    /// Bytes of the file that the run does not own, and keeps.
    kept: u64,
    /// Bytes directly before the section that an earlier run has written, and that belong to the same write.
    pub(crate) valid: u64,
    /// Bytes before those that another write has left, and that this one continues.
    pub(crate) before: u64,
    /// The file's place in a set, where it has one.
    pub(crate) place: Option<FilePlace>,
    /// Whether all data is there, and stays while the same bytes are written over it.
    pub(crate) in_place: bool,
}

impl Found {
    /// Looks at a path without changing it, and refuses what cannot be written to.
    pub(crate) fn look_at(path: &Path) -> Result<Self> {
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { kind: Kind::Regular, existing: None, is_same: false });
            }
            Err(e) => return Err(Error::io("open", path, None, e)),
        };
        let refuse = |errno, why: &str| {
            let message = format!("cannot write to {}: {why}", path.display());
            Err(Error::about(ErrorKind::Io, path, errno, message))
        };
        let file_type = metadata.file_type();
        let kind = if file_type.is_file() {
            Kind::Regular
        } else if file_type.is_block_device() {
            Kind::Block
        } else if file_type.is_char_device() && major(metadata.rdev()) == MEMORY_DEVICES {
            Kind::Memory
        } else if file_type.is_dir() {
            return refuse(libc::EISDIR, "it is a directory (--files N writes files into it)");
        } else {
            return refuse(
                libc::EINVAL,
                "it is neither a regular file nor a block device (for pipes there is `dgen stream`)",
            );
        };
        Ok(Self { kind, existing: Some(metadata), is_same: false })
    }

    /// Looks at a path without changing it, and refuses what must not be written over.
    pub(crate) fn look(path: &Path, intent: &Intent<'_>, force: bool) -> Result<Self> {
        let mut found = Self::look_at(path)?;
        let Some(metadata) = &found.existing else { return Ok(found) };
        let (kind, section) = (found.kind, &intent.section);
        if kind == Kind::Regular && !force && metadata.len() > 0 {
            let file = File::open(path).map_err(|e| Error::io("look into", path, None, e))?;
            found.is_same = guard::regular(path, &file, metadata.len(), intent)?;
        }
        if kind == Kind::Block {
            device::refuse_mounted(path, metadata.rdev())?;
            let file = File::open(path).map_err(|e| Error::io("look into", path, None, e))?;
            let size = device::size(&file).map_err(|e| Error::io("find the size of", path, None, e))?;
            if section.file_offset.checked_add(section.size).is_none_or(|end| end > size) {
                let accepted = format!("at most {size}, the size of {}", path.display());
                return Err(Error::invalid("size", section.size, &accepted));
            }
            if !force {
                guard::block_device(path, &file, section.file_offset, section.size)?;
            }
        }
        Ok(found)
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether there was anything at the path.
    pub(crate) fn exists(&self) -> bool {
        self.existing.is_some()
    }

    /// Bytes of a regular file; 0 of what does not exist.
    pub(crate) fn len(&self) -> u64 {
        self.existing.as_ref().map_or(0, Metadata::len)
    }

    /// Whether it is `/dev/null`.
    pub(crate) fn is_null(&self) -> bool {
        let number = self.existing.as_ref().map(MetadataExt::rdev);
        self.kind == Kind::Memory && number.is_some_and(|number| minor(number) == NULL)
    }

    /// What is equal where two paths are the same file or device, other than one that keeps nothing.
    pub(crate) fn identity(&self) -> Option<(u64, u64)> {
        let metadata = self.existing.as_ref()?;
        match self.kind {
            Kind::Regular => Some((metadata.dev(), metadata.ino())),
            Kind::Block => Some((0, metadata.rdev())),
            Kind::Memory => None,
        }
    }

    /// Opens the target for writing, or makes it; what it holds stays until [`Target::empty`].
    pub(crate) fn open(self, path: &Path, section: Section, mode: DirectMode, access: Access) -> Result<Target> {
        let mut options = OpenOptions::new();
        options.write(true).read(access != Access::Write);
        match (self.kind, &self.existing) {
            (Kind::Regular, None) => options.create_new(true),
            // The kernel refuses a device that something else has claimed.
            (Kind::Block, _) => options.custom_flags(i32::try_from(OFlags::EXCL.bits()).expect("flags fit")),
            _ => &mut options,
        };
        let created = self.existing.is_none();
        let buffered = options.open(path).map_err(|e| Error::io("open", path, None, e))?;
        let open = OpenFile::new(path, buffered, mode, access, section.size).inspect_err(|_| {
            if created {
                _ = fs::remove_file(path);
            }
        })?;
        let kept = self.len();
        Ok(Target {
            open,
            kind: self.kind,
            section,
            warning: None,
            created,
            resumes: false,
            kept,
            valid: 0,
            before: 0,
            place: None,
            in_place: false,
        })
    }
}

impl Target {
    /// Lets the section continue what an earlier run has written: `valid` bytes, directly before it. What lies behind that
    /// stays until it is written over, since most of it may be right.
    pub(crate) fn continues(&mut self, valid: u64) {
        (self.valid, self.resumes) = (valid, true);
    }

    /// Empties a file that held something, unless the section begins inside it, or goes on with what it holds.
    pub(crate) fn empty(&mut self) -> Result<()> {
        let stays = self.in_place || self.resumes;
        if self.kind == Kind::Regular && self.section.file_offset == 0 && self.kept > 0 && !stays {
            let path = &self.open.path;
            self.open.buffered.set_len(0).map_err(|e| Error::io("truncate", path, None, e))?;
            self.kept = 0;
        }
        Ok(())
    }

    /// Removes attributes: what is written is no stream.
    ///
    /// # Errors
    /// When some stay, or may.
    pub(crate) fn unmark(&self) -> Result<()> {
        if self.kind != Kind::Memory {
            let fail = |e| Error::io("remove the recipe attribute of", &self.open.path, None, e);
            Mark::remove(&self.open.buffered).map_err(fail)?;
        }
        Ok(())
    }

    /// Sets the attributes for the first `size` bytes of the section and what it continues, or says in a warning why they are missing.
    ///
    /// # Errors
    /// When the file would carry attributes that are wrong, or lose those of data that it keeps.
    pub(crate) fn mark(&mut self, stream: &Stream, size: u64) -> Result<()> {
        if self.kind == Kind::Memory || self.in_place {
            return Ok(());
        }
        let (file, section) = (&self.open.buffered, &self.section);
        let (place, held) = (self.open.path.display(), self.held());
        if section.file_offset > held {
            let own = Mark::of(file, &self.open.path)?.known();
            if own.is_some_and(|mark| covers(&mark, stream, section)) {
                return Ok(());
            }
            self.unmark()?;
            self.warning = Some(format!(
                "{place}: no recipe attribute, since the data begins inside the file; \
                 verify it with --recipe, --offset, --file-offset and --size"
            ));
            return Ok(());
        }
        if let Err(error) = self.mark_of(stream, size).set(file) {
            if held > 0 && Mark::of(file, &self.open.path)? != Marking::Absent {
                return Err(Error::io("set the recipe attribute of", &self.open.path, None, error));
            }
            self.unmark()?;
            self.warning = Some(format!(
                "{place}: no recipe attribute could be set ({error}); verify it with --recipe, --offset and --size"
            ));
        }
        Ok(())
    }

    /// Lets the attributes say that no more than the first `size` bytes of the section are to be there, if they can.
    pub(crate) fn shorten_mark(&mut self, stream: &Stream, size: u64) {
        // Without attributes, or with those of a larger range, there is nothing to shorten.
        if self.kind == Kind::Memory
            || self.in_place
            || self.warning.is_some()
            || self.section.file_offset > self.held()
        {
            return;
        }
        if let Err(error) = self.mark_of(stream, size).set(&self.open.buffered) {
            self.warning = Some(format!(
                "{}: its recipe attribute could not be set ({error}), and says that the file should be longer",
                self.open.path.display()
            ));
        }
    }

    /// Bytes before the section that the attributes cover, too.
    fn held(&self) -> u64 {
        self.valid + self.before
    }

    fn mark_of(&self, stream: &Stream, size: u64) -> Mark {
        let held = self.held();
        let range = StreamRange { offset: self.section.stream_offset - held, size: size + held };
        Mark { recipe: *stream.recipe(), version: stream.version_number(), range, file: self.place }
    }

    /// Reserves the space, so that a lack of it shows at once.
    pub(crate) fn preallocate(&self, watch: Watch<'_>) -> Result<()> {
        if self.kind != Kind::Regular || self.in_place {
            return Ok(());
        }
        reserve(&self.open.buffered, &self.open.path, self.section.file_offset, self.section.size, watch)
    }

    /// Leaves a file of what is right: cuts off what lies behind the first `prefix` bytes of the section, other than what was
    /// there and is not the run's; and removes a file that the run has made and written nothing to. Returns whether it was
    /// removed.
    pub(crate) fn finalize(&self, prefix: u64, watch: Watch<'_>) -> Result<bool> {
        let path = &self.open.path;
        if self.kind != Kind::Regular || prefix == self.section.size || self.in_place {
            return Ok(false);
        }
        if self.created && prefix == 0 {
            fs::remove_file(path).map_err(|e| Error::io("remove", path, None, e))?;
            // Else closing it would take the time; whether it works or not, it is gone.
            _ = release(&self.open.buffered, 0, watch);
            return Ok(true);
        }
        let len = self.kept.max(if prefix == 0 { 0 } else { self.section.file_offset + prefix });
        release(&self.open.buffered, len, watch).map_err(|e| Error::io("truncate", path, Some(len), e))?;
        Ok(false)
    }
}

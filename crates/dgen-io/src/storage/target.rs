//! Opening what is written to: the checks before anything is touched, and the state a run leaves behind.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use dgen::{Error, ErrorKind, Result, Stream};
use rustix::fs::{OFlags, major, minor};

use crate::extents::cursor::Section;
use crate::metrics::watch::Watch;
use crate::options::modes::DirectMode;
use crate::storage::{
    attributes::FilePlace, attributes::Mark, attributes::Marking, attributes::StreamRange, device, direct::Access,
    guard, guard::Intent, guard::covers, name::Folders, name::Identity, name::Name, name::identity, name::reopen,
    open_file::OpenFile, range_lock::Bytes, range_lock::Hold, range_lock::Locked, range_lock::claim,
    range_lock::claim_end, range_lock::lock, range_lock::unlock, reserve::release, reserve::reserve,
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

/// What a path is before the run. What is there is open already: it is this that is written, whatever has its name later.
pub(crate) struct Found {
    kind: Kind,
    name: Name,
    existing: Option<Existing>,
    /// The bytes that are locked.
    locked: Option<Bytes>,
    /// That nothing is, where the file system has no locks.
    warning: Option<String>,
    /// Whether the lock was taken to append.
    appends: bool,
    /// Whether it holds what is to be written to it already.
    pub(crate) is_same: bool,
}

/// A file or device that is open to be read and written, or only to be written where it cannot be read.
struct Existing {
    file: File,
    metadata: Metadata,
}

/// Whether a run takes what it writes for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    Own,
    /// The same, of a file or device that others write other parts of.
    Part,
    /// Whoever tries something on it has it already.
    Held,
}

/// An open target.
#[allow(clippy::struct_excessive_bools, reason = "each says another thing of the file")]
pub(crate) struct Target {
    pub(crate) open: OpenFile,
    pub(crate) kind: Kind,
    pub(crate) section: Section,
    pub(crate) warning: Option<String>,
    /// That nothing keeps other writers away, where that is so.
    pub(crate) unlocked: Option<String>,
    name: Name,
    identity: Identity,
    /// Whether the file had a name when it was looked at.
    was_linked: bool,
    /// The bytes that the run has for itself, once the file is empty, where it leaves the others to others.
    shares: Option<Bytes>,
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
    /// Looks at a path without changing it, opens what is there, and refuses what cannot be written to.
    pub(crate) fn look_at(folders: &mut Folders, path: &Path, claim: Claim) -> Result<Self> {
        let name = folders.name(path)?;
        let none = |kind, existing| {
            let name = name.clone();
            Self { kind, name, existing, locked: None, warning: None, appends: false, is_same: false }
        };
        let Some(found) = name.look()? else { return Ok(none(Kind::Regular, None)) };
        let metadata = found.metadata().map_err(|e| Error::io("look at", path, None, e))?;
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
        if kind == Kind::Block {
            device::refuse_mounted(path, metadata.rdev())?;
        }
        // The kernel refuses a device that something else has claimed.
        let flags = if kind == Kind::Block && claim == Claim::Own { OFlags::EXCL } else { OFlags::empty() };
        let open = |reads| reopen(&found, path, OpenOptions::new().read(reads).write(true), flags);
        let file = open(true).or_else(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => open(false),
            _ => Err(error),
        });
        let file = file.map_err(|e| Error::io("open", path, None, e))?;
        let metadata = file.metadata().map_err(|e| Error::io("look at", path, None, e))?;
        Ok(none(kind, Some(Existing { file, metadata })))
    }

    /// Takes these bytes of what is there for this run.
    /// Fails when someone else writes some of them.
    pub(crate) fn claim(&mut self, path: &Path, bytes: Bytes, hold: Hold) -> Result<()> {
        let Some(existing) = self.existing.as_mut().filter(|_| self.kind != Kind::Memory) else { return Ok(()) };
        self.warning = claim(&existing.file, path, bytes, hold)?;
        self.locked = Some(bytes);
        // Whoever had it before may have changed it.
        existing.metadata = existing.file.metadata().map_err(|e| Error::io("look at", path, None, e))?;
        Ok(())
    }

    /// Takes a file from its end on.
    /// Fails when someone else writes behind it.
    pub(crate) fn claim_end(&mut self, path: &Path) -> Result<()> {
        self.appends = true;
        let Some(existing) = self.existing.as_mut().filter(|_| self.kind == Kind::Regular) else { return Ok(()) };
        let (len, warning) = claim_end(&existing.file, path)?;
        (self.warning, self.locked) = (warning, Some(Bytes::from(len)));
        existing.metadata = existing.file.metadata().map_err(|e| Error::io("look at", path, None, e))?;
        Ok(())
    }

    /// Refuses what must not be written over.
    pub(crate) fn admit(&mut self, path: &Path, intent: &Intent<'_>, force: bool) -> Result<()> {
        let Some(Existing { file, metadata }) = &self.existing else { return Ok(()) };
        let section = &intent.section;
        if self.kind == Kind::Regular && !force && metadata.len() > 0 {
            self.is_same = guard::regular(path, &self.to_read(path)?, metadata.len(), intent)?;
        }
        if self.kind == Kind::Block {
            let size = device::size(file).map_err(|e| Error::io("find the size of", path, None, e))?;
            if section.file_offset.checked_add(section.size).is_none_or(|end| end > size) {
                let accepted = format!("at most {size}, the size of {}", path.display());
                return Err(Error::invalid("size", section.size, &accepted));
            }
            if !force {
                guard::block_device(path, &self.to_read(path)?, section.file_offset, section.size)?;
            }
        }
        Ok(())
    }

    /// What is there, open to be read.
    /// Fails when nothing is, or it cannot be read.
    pub(crate) fn to_read(&self, path: &Path) -> Result<File> {
        let fail = |error| Error::io("look into", path, None, error);
        let existing = self.existing.as_ref().ok_or_else(|| fail(io::ErrorKind::NotFound.into()))?;
        reopen(&existing.file, path, OpenOptions::new().read(true), OFlags::empty()).map_err(fail)
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
        self.existing.as_ref().map_or(0, |existing| existing.metadata.len())
    }

    /// Whether it is `/dev/null`.
    pub(crate) fn is_null(&self) -> bool {
        let number = self.existing.as_ref().map(|existing| existing.metadata.rdev());
        self.kind == Kind::Memory && number.is_some_and(|number| minor(number) == NULL)
    }

    /// What is equal where two paths are the same file or device, other than one that keeps nothing.
    pub(crate) fn identity(&self) -> Option<(u64, u64)> {
        let metadata = &self.existing.as_ref()?.metadata;
        match self.kind {
            Kind::Regular => Some((metadata.dev(), metadata.ino())),
            Kind::Block => Some((0, metadata.rdev())),
            Kind::Memory => None,
        }
    }

    /// Prepares what was found for writing, or makes it; what it holds stays until [`Target::empty`].
    pub(crate) fn open(self, path: &Path, section: Section, mode: DirectMode, access: Access) -> Result<Target> {
        let kept = self.len();
        let Self { kind, name, existing, mut locked, mut warning, appends, is_same: _ } = self;
        let own = Bytes::new(section.file_offset, section.size);
        let was_linked = existing.as_ref().is_none_or(|existing| existing.metadata.nlink() > 0);
        let (file, created) = match existing {
            Some(existing) => (existing.file, false),
            None => (name.create(if access == Access::Write { OFlags::WRONLY } else { OFlags::RDWR })?, true),
        };
        if created {
            // Who has locked a part of it by now has found it, so that it is no more this run's alone.
            let bytes = if appends { Bytes::from(own.begin) } else { own };
            warning = claim(&file, path, bytes, Hold::Alone)?;
            locked = Some(bytes);
        }
        let identity = identity(&file.metadata().map_err(|e| Error::io("look at", path, None, e))?);
        let mut open = OpenFile::new(path, file, mode, access, section.size).inspect_err(|_| {
            if created {
                _ = name.remove(identity);
            }
        })?;
        open.locked = locked;
        Ok(Target {
            open,
            kind,
            section,
            warning: None,
            unlocked: warning,
            name,
            identity,
            was_linked,
            shares: (!appends).then_some(own),
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
        self.share();
        Ok(())
    }

    /// Gives back what was locked to empty the file.
    fn share(&mut self) {
        let all = Some(Bytes::from(0));
        if let Some(Bytes { end: Some(end), .. }) = self.shares.filter(|_| self.open.locked == all) {
            unlock(&self.open.buffered, Bytes::from(end));
            self.open.locked = self.shares;
        }
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
            return self.discard(watch);
        }
        let len = self.kept.max(if prefix == 0 { 0 } else { self.section.file_offset + prefix });
        if self.has_others(len) {
            return Ok(false);
        }
        release(&self.open.buffered, len, watch).map_err(|e| Error::io("truncate", path, Some(len), e))?;
        Ok(false)
    }

    /// Removes a file that the run has made, and in which nobody else writes; whether it is gone.
    pub(crate) fn discard(&self, watch: Watch<'_>) -> Result<bool> {
        if !self.created || self.has_others(0) {
            return Ok(false);
        }
        self.name.remove(self.identity).map_err(|e| Error::io("remove", &self.open.path, None, e))?;
        // Else closing it would take the time; whether it works or not, it is gone.
        _ = release(&self.open.buffered, 0, watch);
        Ok(true)
    }

    /// Whether others write behind the first `len` bytes, or have written behind what is this run's.
    fn has_others(&self, len: u64) -> bool {
        let (file, end) = (&self.open.buffered, self.section.file_offset + self.section.size);
        let is_longer = || file.metadata().is_ok_and(|found| found.len() > self.kept.max(end));
        matches!(lock(file, Bytes::from(len), Hold::Alone), Locked::Taken) || is_longer()
    }

    /// What is wrong when the path does not lead to what was written any more: it says where that is.
    pub(crate) fn lost(&self) -> Option<Error> {
        if self.kind == Kind::Memory {
            return None;
        }
        let (file, path) = (&self.open.buffered, &self.open.path);
        let why = self.name.lost(file, self.was_linked)?;
        Some(Error::about(ErrorKind::Io, path, libc::ESTALE, format!("{}: {why}", path.display())))
    }
}

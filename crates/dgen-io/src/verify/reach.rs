//! How files to verify are opened.

use dgen::{Error, ErrorKind, Result};

use super::{options::VerifyOptions, options::VerifySource, subject::Subject};
use crate::options::modes::DirectMode;
use crate::storage::{descriptors::make_room, direct::ALIGNMENT, source::Source};

/// Past the page cache or through it; and why, where that is not for the file to say.
pub(super) struct Reach {
    direct: DirectMode,
    reason: Option<&'static str>,
}

impl Reach {
    /// For so many files, each of which needs a second descriptor to be reached directly.
    pub(super) fn new(files: usize, options: &VerifyOptions) -> Result<Self> {
        let direct = options.direct.unless(options.cached)?;
        let reason = options.cached.then_some("cached reads were asked for");
        match make_room(files, direct) {
            Err(_) if direct == DirectMode::Auto => {
                make_room(files, DirectMode::Off)?;
                let reason = Some("the limit on open files leaves no descriptors for direct I/O");
                Ok(Self { direct: DirectMode::Off, reason })
            }
            room => room.map(|()| Self { direct, reason }),
        }
    }

    /// Opens a file; directly only where the stream's pages and the file's blocks have the same boundaries.
    pub(super) fn open(&self, source: VerifySource<'_>, subject: &Subject) -> Result<Source> {
        let path = &subject.path;
        let mut source = match source {
            VerifySource::Open(_, file) => Source::of(path, file, self.direct),
            _ => Source::open(path, self.direct),
        }?;
        if let Some(reason) = self.reason {
            source.open.reason = reason.into();
        }
        let apart = subject.range.offset.abs_diff(subject.file_offset);
        if source.open.direct.is_some() && !apart.is_multiple_of(source.open.alignment) {
            let why = "file and stream offset differ by a part of the alignment";
            if self.direct == DirectMode::On {
                let message = format!("{}: direct I/O is not possible: {why}", path.display());
                return Err(Error::new(ErrorKind::Usage, message));
            }
            source.open.direct = None;
            source.open.alignment = ALIGNMENT;
            source.open.reason = why.into();
        }
        Ok(source)
    }
}

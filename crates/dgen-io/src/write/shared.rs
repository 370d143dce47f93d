//! Files that several ranks write at the same time: rank 0 makes them, as long as they are to be, and marks them; the
//! others wait for that. Each then writes its part in place, and nobody cuts them.
//!
//! There are no messages between ranks: what a file is says whether it is ready. So rank 0 never empties one. What it
//! held stays until it is written over, and a rank that is early loses nothing.

use std::fs::File;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use dgen::{Error, ErrorKind, Result};

use super::{deal::SharedFiles, options::WriteOptions};
use crate::extents::cursor::Section;
use crate::metrics::watch::Watch;
use crate::options::{modes::DirectMode, ranks::RankShare};
use crate::storage::{attributes::FilePlace, attributes::Mark, attributes::Marking, attributes::can_be_marked};
use crate::storage::{direct::Access, guard::Intent, name::Folders, source::open_to_read, target::Claim};
use crate::storage::{range_lock::Bytes, range_lock::Hold, range_lock::unlock, target::Found, target::Kind};

/// Time before a file is looked at again, at first and at most.
const PAUSES: [Duration; 2] = [Duration::from_millis(2), Duration::from_millis(100)];

/// Whether a file is as rank 0 leaves it.
enum State {
    Ready,
    /// Why not.
    Unready(String),
}

/// Makes the shared files ready, or waits for them.
/// Fails when they must not be written over, or are not ready in time.
pub(super) fn make_ready(
    files: &SharedFiles,
    options: &WriteOptions,
    ranks: &RankShare,
    watch: Watch<'_>,
) -> Result<Vec<String>> {
    check(options)?;
    if ranks.rank == 0 {
        return prepare(files, options, watch);
    }
    let (begin, mut pause) = (Instant::now(), PAUSES[0]);
    for index in files.first..files.first + files.sections.len() {
        while let State::Unready(why) = files.state(index, options)? {
            let path = &files.paths[index];
            if watch.is_cancelled() {
                let message = format!("interrupted while waiting for rank 0 to make {}", path.display());
                return Err(Error::new(ErrorKind::Interrupted, message));
            }
            if begin.elapsed() >= ranks.wait {
                let (waited, path_text) = (ranks.wait.as_secs_f64(), path.display());
                let message = format!(
                    "{path_text}: rank 0 has not made it ready for all ranks within {waited} s: {why}; do all ranks run with \
                     the same options?"
                );
                return Err(Error::about(ErrorKind::Io, path, libc::ETIMEDOUT, message));
            }
            thread::sleep(pause);
            pause = (pause * 2).min(PAUSES[1]);
        }
    }
    Ok(Vec::new())
}

/// Refuses what several ranks cannot do in one file.
fn check(options: &WriteOptions) -> Result<()> {
    let refused = [
        (options.append, "append"),
        (options.auto, "auto"),
        (options.read_percent > 0, "read percent"),
        (options.pregenerated, "pre-generated buffers"),
        (options.file_offset > 0, "file offset"),
    ];
    let Some((_, option)) = refused.into_iter().find(|(asked, _)| *asked) else { return Ok(()) };
    let message = "cannot be combined with ranks that share files; with `{rank}` in the path each has its own";
    Err(Error::new(ErrorKind::Usage, message).of(option))
}

/// Makes and marks what is not ready yet.
fn prepare(files: &SharedFiles, options: &WriteOptions, watch: Watch<'_>) -> Result<Vec<String>> {
    let (mut folders, mut warnings) = (Folders::default(), Vec::new());
    for (index, path) in files.paths.iter().enumerate() {
        if matches!(files.state(index, options)?, State::Ready) {
            continue;
        }
        let mut found = Found::look_at(&mut folders, path, Claim::Part)?;
        if found.kind() != Kind::Regular {
            continue;
        }
        let (section, place) = (files.whole(index), files.place(index));
        let intent = Intent { stream: Some(&options.stream), section, place, is_part: false };
        // Nobody else is at it when it is looked at; all ranks may be as soon as it is marked.
        let bytes = Bytes::from(0);
        found.claim(path, bytes, Hold::Alone)?;
        found.admit(path, &intent, options.force || options.resume)?;
        let mut target = found.open(path, section, DirectMode::Off, Access::Write)?;
        unlock(&target.open.buffered, bytes);
        target.place = place;
        let made =
            target.open.buffered.set_len(section.size).map_err(|e| Error::io("extend", path, Some(section.size), e));
        let reserved = made.and_then(|()| if options.preallocate { target.preallocate(watch) } else { Ok(()) });
        if let Err(error) = reserved.and_then(|()| target.mark(&options.stream, section.size)) {
            _ = target.discard(watch);
            return Err(error);
        }
        warnings.extend(target.warning.take());
    }
    Ok(warnings)
}

impl SharedFiles {
    /// What a file is to hold in the end.
    fn whole(&self, index: usize) -> Section {
        Section { file_offset: 0, stream_offset: self.parts[index].offset, size: self.parts[index].size }
    }

    fn place(&self, index: usize) -> Option<FilePlace> {
        FilePlace::of(index, self.paths.len())
    }

    /// Whether a file is as long as it is to be, and says what it is to say. Where it cannot say anything, its length is all
    /// there is to go by.
    fn state(&self, index: usize, options: &WriteOptions) -> Result<State> {
        let path: &Path = &self.paths[index];
        let file = match open_to_read(path) {
            Ok(file) => file,
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {
                return Ok(State::Unready("it does not exist".into()));
            }
            Err(error) => return Err(error),
        };
        let metadata = file.metadata().map_err(|e| Error::io("look at", path, None, e))?;
        let kind = metadata.file_type();
        if kind.is_block_device() || kind.is_char_device() {
            return Ok(State::Ready);
        }
        let (wanted, len) = (self.mark(index, options), metadata.len());
        if len != wanted.range.size {
            return Ok(State::Unready(format!("it has {len} of {} bytes", wanted.range.size)));
        }
        let said = said(&file, path)?;
        Ok(match said {
            Some(Marking::Known(mark)) if mark == wanted => State::Ready,
            None => State::Ready,
            Some(Marking::Known(mark)) => {
                State::Unready(format!("its attributes name {} ({})", mark.recipe, mark.attribute()))
            }
            Some(_) => State::Unready("it has no attributes that say what it is to hold".into()),
        })
    }

    fn mark(&self, index: usize, options: &WriteOptions) -> Mark {
        let (recipe, version) = (*options.stream.recipe(), options.stream.version_number());
        Mark { recipe, version, range: self.parts[index], file: self.place(index) }
    }
}

/// What a file says of itself; `None` where its file system has no attributes.
fn said(file: &File, path: &Path) -> Result<Option<Marking>> {
    let marking = Mark::of(file, path)?;
    Ok(Some(marking).filter(|marking| *marking != Marking::Absent || can_be_marked(file)))
}

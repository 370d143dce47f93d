//! Writing a data set, and bringing one to a later generation.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use dgen::driver::resolve_threads;
use dgen::{Error, ErrorKind, Result, Stream};
use dgen_formats::{Content, Format};
use dgen_io::{FilePlace, Histogram, Mark, Outcome, RankShare, StreamRange, Watch};
use rustix::fs::OFlags;

use crate::claim::{begin, follow};
use crate::compare::{compare, emit};
use crate::crew::{each, interrupted, part};
use crate::file::DataFile;
use crate::generation::Generation;
use crate::layout::Layout;
use crate::manifest::Manifest;
use crate::report::{WriteReport, per_second};

/// Bytes that are gathered where a format writes little at a time.
const GATHERED: usize = 256 << 10;

/// When files are made durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncFiles {
    /// All together when the last one is written: one call, which makes the whole file system durable.
    #[default]
    End,
    /// Each one when it is written.
    File,
    /// Never.
    None,
}

/// How a data set is written.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct WriteOptions {
    /// The generation to write, or to bring the folder to.
    pub generation: u32,
    /// Threads; `None` for those that the machine allows.
    pub threads: Option<usize>,
    /// When files are made durable.
    pub sync: SyncFiles,
    /// Compare what is there, and write only what is not as it should be.
    pub resume: bool,
    /// Write into a folder that holds other files, over those of the same names.
    pub force: bool,
    /// Which part of the files is this process's, where several share the work.
    pub ranks: Option<RankShare>,
}

/// Writes a data set into a folder, which is made where it does not exist. A folder that holds an earlier generation of it
/// is brought to the one that is asked for: files are removed, renamed, edited in place and added. One that holds the
/// same is written again.
///
/// # Errors
/// When a value is out of its range, the folder holds another data set or other files, or a later generation; nothing is
/// changed then. What goes wrong later is in the outcome.
pub fn write(folder: &Path, layout: &Layout, options: &WriteOptions, watch: Watch<'_>) -> Result<Outcome<WriteReport>> {
    let wanted = layout.generation(options.generation)?;
    let stream = Stream::new(&layout.recipe)?;
    let threads = resolve_threads(options.threads)?;
    let first = options.ranks.as_ref().is_none_or(|share| share.rank == 0);
    let before = if first {
        begin(folder, layout, options.generation, options.force)?
    } else {
        follow(folder, layout, options.generation, options.ranks.as_ref(), watch)?
    };
    let job = Job::new(folder, layout, options, &stream, &wanted, before.as_ref())?;
    Ok(job.run(threads, first, watch))
}

/// One run.
struct Job<'a> {
    folder: &'a Path,
    layout: &'a Layout,
    options: &'a WriteOptions,
    stream: &'a Stream,
    wanted: &'a Generation,
    /// The folder held a data set, whole or in part.
    known: bool,
    /// What files hold, where that is known for certain.
    held: HashMap<u64, DataFile>,
    /// Names that files may have had, and the files that go.
    older: HashMap<u64, PathBuf>,
    gone: Vec<(u64, PathBuf)>,
    unmarked: AtomicBool,
}

/// What a thread gathers.
#[derive(Default)]
struct Tally {
    bytes: u64,
    written: u64,
    kept: u64,
    renamed: u64,
    latency: Histogram,
}

impl<'a> Job<'a> {
    fn new(
        folder: &'a Path,
        layout: &'a Layout,
        options: &'a WriteOptions,
        stream: &'a Stream,
        wanted: &'a Generation,
        before: Option<&Manifest>,
    ) -> Result<Self> {
        let mut job = Self {
            folder,
            layout,
            options,
            stream,
            wanted,
            known: before.is_some(),
            held: HashMap::new(),
            older: HashMap::new(),
            gone: Vec::new(),
            unmarked: AtomicBool::new(false),
        };
        let Some(before) = before else { return Ok(job) };
        let from = before.before.filter(|_| !before.complete).unwrap_or(before.generation);
        if from < options.generation || !before.complete {
            job.look_back(from.min(before.generation), before.complete && !options.resume)?;
        }
        Ok(job)
    }

    /// Notes what files were called and held in an earlier generation, and which of them go.
    fn look_back(&mut self, from: u32, certain: bool) -> Result<()> {
        let mut generation = self.layout.generation(from)?;
        let now: HashMap<u64, &DataFile> = self.wanted.files.iter().map(|file| (file.id, file)).collect();
        loop {
            for file in &generation.files {
                let path = self.layout.path(file);
                match now.get(&file.id) {
                    Some(new) if self.layout.path(new) != path => _ = self.older.insert(file.id, path),
                    Some(_) => {}
                    None => self.gone.push((file.id, path)),
                }
            }
            if certain {
                self.held = generation.files.iter().map(|file| (file.id, file.clone())).collect();
            }
            if generation.number >= self.wanted.number || certain {
                return Ok(());
            }
            // A run that was cut short may have left files of any generation in between.
            generation.advance(self.layout)?;
        }
    }

    fn run(&self, threads: usize, first: bool, watch: Watch<'_>) -> Outcome<WriteReport> {
        let begin = Instant::now();
        let files = self.wanted.files.len();
        let part = part(self.options.ranks.as_ref(), files);
        let deleted = self.delete();
        let crew =
            each(threads, part, watch, |tally: &mut Tally, index| self.one(&self.wanted.files[index], tally, watch));
        let synced = Instant::now();
        let mut error = deleted.as_ref().err().map(copy).or(crew.error);
        if error.is_none() && self.options.sync == SyncFiles::End {
            error = self.sync().err();
        }
        let end = Instant::now();
        if error.is_none() && first {
            error = self.finish().err();
        }
        let mut tally = Tally::default();
        for more in &crew.gathered {
            tally.bytes += more.bytes;
            tally.written += more.written;
            tally.kept += more.kept;
            tally.renamed += more.renamed;
            tally.latency.merge(&more.latency);
        }
        let times = [end - begin, end - synced].map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
        let report = self.report(&tally, deleted.unwrap_or(0), times, threads.min(files.max(1)), error.as_ref());
        Outcome { report, error }
    }

    /// Removes the files that go; returns how many there were.
    fn delete(&self) -> Result<u64> {
        let mut deleted = 0;
        for (id, path) in &self.gone {
            let mine =
                self.options.ranks.as_ref().is_none_or(|share| id % u64::from(share.ranks) == u64::from(share.rank));
            if !mine {
                continue;
            }
            let path = self.folder.join(path);
            match fs::remove_file(&path) {
                Ok(()) => deleted += 1,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::io("remove", &path, None, error)),
            }
        }
        Ok(deleted)
    }

    /// Brings one file to what it should be.
    fn one(&self, file: &DataFile, tally: &mut Tally, watch: Watch<'_>) -> Result<()> {
        let path = self.folder.join(self.layout.path(file));
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| Error::io("make the folder", folder, None, error))?;
        }
        let begin = Instant::now();
        let changed_name = self.rename(file, &path)?;
        tally.renamed += u64::from(changed_name);
        let changed = match self.held.get(&file.id) {
            Some(held) => self.edit(held, file, &path, watch)?,
            None if self.known && (self.options.resume || !self.older.is_empty() || !self.gone.is_empty()) => {
                self.mend(file, &path, watch)?
            }
            None => Some(self.whole(file, &path, watch)?),
        };
        match changed {
            Some(bytes) => {
                tally.bytes += bytes;
                tally.written += 1;
                tally.latency.add(begin.elapsed());
            }
            None => tally.kept += 1,
        }
        Ok(())
    }

    fn rename(&self, file: &DataFile, path: &Path) -> Result<bool> {
        let Some(older) = self.older.get(&file.id).map(|older| self.folder.join(older)) else { return Ok(false) };
        if path.symlink_metadata().is_ok() || older.symlink_metadata().is_err() {
            return Ok(false);
        }
        fs::rename(&older, path).map_err(|error| Error::io("rename", &older, None, error))?;
        Ok(true)
    }

    /// Writes what a file of an earlier generation lacks; returns the bytes written, if any are.
    fn edit(&self, held: &DataFile, file: &DataFile, path: &Path, watch: Watch<'_>) -> Result<Option<u64>> {
        if held.edits == file.edits {
            return Ok(None);
        }
        let open = open_existing(path)?;
        let len = open.metadata().map_err(|error| Error::io("look at", path, None, error))?.len();
        if self.layout.format != Format::Raw || len != file.size {
            return self.whole(file, path, watch).map(Some);
        }
        // What the attributes say holds no longer.
        _ = Mark::remove(&open);
        let mut bytes = 0;
        for edit in file.edits.iter().filter(|edit| !held.edits.contains(edit)) {
            let stream = self.stream.version(edit.version);
            let content = Content::new(&stream, file.offset + edit.at, edit.size);
            let mut sink = Sink { file: &open, at: edit.at, watch };
            let result = Format::Raw.write(&content, &mut sink);
            check(result, path, sink.at, watch)?;
            bytes += edit.size;
        }
        self.mark(file, &open);
        self.durable(&open, path)?;
        Ok(Some(bytes))
    }

    /// Writes a file that is not what it should be; returns the bytes written, if any are.
    fn mend(&self, file: &DataFile, path: &Path, watch: Watch<'_>) -> Result<Option<u64>> {
        match open_existing(path) {
            Ok(open) => {
                let found = compare(self.layout, self.stream, file, &open, path, 0, Watch { done: None, ..watch })?;
                if found.ok {
                    self.mark(file, &open);
                    return Ok(None);
                }
            }
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NOENT.raw_os_error()) => {}
            Err(error) => return Err(error),
        }
        self.whole(file, path, watch).map(Some)
    }

    /// Writes a file from its first byte to its last; returns its bytes.
    fn whole(&self, file: &DataFile, path: &Path, watch: Watch<'_>) -> Result<u64> {
        let replaces = self.known || self.options.force;
        let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).expect("flags fit");
        let mut options = OpenOptions::new();
        options.read(true).write(true).custom_flags(flags);
        if replaces {
            options.create(true).truncate(true)
        } else {
            options.create_new(true)
        };
        let open = options.open(path).map_err(|error| Error::io("make", path, None, error))?;
        if replaces {
            check_file(&open, path)?;
            _ = Mark::remove(&open);
        }
        self.mark(file, &open);
        let mut sink = BufWriter::with_capacity(GATHERED, Sink { file: &open, at: 0, watch });
        let result = emit(self.layout, self.stream, file, &mut sink).and_then(|()| sink.flush());
        let at = sink.get_ref().at;
        // What is gathered still would fail again.
        let _ = sink.into_parts();
        check(result, path, at, watch)?;
        self.durable(&open, path)?;
        Ok(at)
    }

    /// Has a file say what it holds, where one range of one version does.
    fn mark(&self, file: &DataFile, open: &File) {
        if self.layout.format != Format::Raw {
            return;
        }
        let Some(version) = file.only_version() else { return };
        let (index, count) = (u32::try_from(file.id), u32::try_from(self.wanted.files.len()));
        let is_set = self.wanted.number == 0 && (2..=1_000_000).contains(&self.wanted.files.len());
        let place = index.ok().zip(count.ok()).filter(|_| is_set).map(|(index, count)| FilePlace { index, count });
        let range = StreamRange { offset: file.offset, size: file.size };
        let mark = Mark { recipe: self.layout.recipe, version, range, file: place };
        if mark.set(open).is_err() {
            self.unmarked.store(true, Ordering::Relaxed);
        }
    }

    fn durable(&self, open: &File, path: &Path) -> Result<()> {
        if self.options.sync != SyncFiles::File {
            return Ok(());
        }
        open.sync_data().map_err(|error| Error::io("sync", path, None, error))
    }

    /// Makes all files durable.
    fn sync(&self) -> Result<()> {
        let fail = |error| Error::io("sync the file system of", self.folder, None, error);
        let open = File::open(self.folder).map_err(fail)?;
        rustix::fs::syncfs(&open).map_err(|error| fail(error.into()))
    }

    /// Notes that every file is as it should be, where this process knows it.
    fn finish(&self) -> Result<()> {
        let complete = self.options.ranks.as_ref().is_none_or(|share| share.ranks == 1);
        let generation = self.wanted.number;
        if !complete {
            return Ok(());
        }
        Manifest { layout: *self.layout, generation, before: None, complete }.put(self.folder)
    }

    fn report(
        &self,
        tally: &Tally,
        deleted: u64,
        times: [u64; 2],
        threads: usize,
        error: Option<&Error>,
    ) -> WriteReport {
        let [elapsed_ns, sync_ns] = times;
        let mut warnings = Vec::new();
        if self.unmarked.load(Ordering::Relaxed) {
            warnings
                .push("the file system has no extended attributes: the manifest alone says what files hold".to_owned());
        }
        let size = self.wanted.bytes();
        WriteReport {
            bytes_written: tally.bytes,
            files_written: tally.written,
            files_kept: tally.kept,
            files_renamed: tally.renamed,
            files_deleted: deleted,
            elapsed_ns,
            sync_ns,
            bytes_per_s: per_second(tally.bytes, elapsed_ns),
            files_per_s: per_second(tally.written, elapsed_ns),
            latency_ns: tally.latency.latency(),
            threads,
            path: self.folder.to_owned(),
            format: self.layout.format.to_string(),
            files: self.wanted.files.len() as u64,
            size,
            generation: self.wanted.number,
            new_bytes: self.wanted.new_bytes(),
            new_distinct_bytes: self.wanted.new_distinct_bytes(),
            recipe: self.layout.recipe,
            seed: self.layout.recipe.seed(),
            offset: self.layout.offset,
            ranks: self.options.ranks.as_ref().map(|share| share.report(false, Some(self.layout.offset), Some(size))),
            warnings,
            error: error.map(ToString::to_string),
        }
    }
}

/// Names the file and the place where a write failed.
fn check(result: io::Result<()>, path: &Path, at: u64, watch: Watch<'_>) -> Result<()> {
    match result {
        Err(_) if watch.is_cancelled() => Err(interrupted()),
        result => result.map_err(|error| Error::io("write to", path, Some(at), error)),
    }
}

fn copy(error: &Error) -> Error {
    Error::new(error.kind(), error.to_string())
}

fn open_existing(path: &Path) -> Result<File> {
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).expect("flags fit");
    let open = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path);
    let open = open.map_err(|error| Error::io("open", path, None, error))?;
    check_file(&open, path)?;
    Ok(open)
}

fn check_file(open: &File, path: &Path) -> Result<()> {
    let found = open.metadata().map_err(|error| Error::io("look at", path, None, error))?;
    if found.is_file() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Refused, format!("{}: not a regular file", path.display())))
}

/// The end of the way: a file.
struct Sink<'a> {
    file: &'a File,
    at: u64,
    watch: Watch<'a>,
}

impl Write for Sink<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.watch.is_cancelled() {
            return Err(io::Error::other("interrupted"));
        }
        let written = self.file.write_at(data, self.at)?;
        self.at += written as u64;
        self.watch.add(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

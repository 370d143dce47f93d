//! Comparing a data set with its manifest.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use dgen::driver::resolve_threads;
use dgen::{Error, Result, Stream};
use dgen_io::{Dropped, MANIFEST, Outcome, RankShare, Watch, drop_cached, open_to_read};

use crate::compare::{compare, size_of};
use crate::crew::{each, part};
use crate::file::DataFile;
use crate::generation::Generation;
use crate::layout::Layout;
use crate::manifest::{Manifest, draft};
use crate::report::{DamagedFile, VerifyReport, per_second};

/// How a data set is verified.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// Threads; `None` for those that the machine allows.
    pub threads: Option<usize>,
    /// Most files that are listed, and most damaged ranges of each.
    pub limit: usize,
    /// Compare what the page cache holds, instead of dropping it first.
    pub cached: bool,
    /// Which part of the files is this process's, where several share the work. Rank 0 looks for files that are too many.
    pub ranks: Option<RankShare>,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self { threads: None, limit: 20, cached: false, ranks: None }
    }
}

/// Compares every file of a data set with what its manifest says: what would be written is generated and compared with
/// what is there.
///
/// # Errors
/// When there is no manifest, or it says what no data set is. Damage is in the report, and what could not be read in the
/// outcome.
pub fn verify(folder: &Path, options: &VerifyOptions, watch: Watch<'_>) -> Result<Outcome<VerifyReport>> {
    let manifest = Manifest::find(folder)?;
    let wanted = manifest.layout.generation(manifest.generation)?;
    let threads = resolve_threads(options.threads)?;
    let stream = Stream::new(&manifest.layout.recipe)?;
    let job = Job { folder, layout: &manifest.layout, stream: &stream, options, wanted: &wanted };
    Ok(job.run(threads, watch))
}

struct Job<'a> {
    folder: &'a Path,
    layout: &'a Layout,
    stream: &'a Stream,
    options: &'a VerifyOptions,
    wanted: &'a Generation,
}

/// What a thread gathers.
#[derive(Default)]
struct Tally {
    checked: u64,
    bytes: u64,
    bad: u64,
    cached: u64,
    damaged: Vec<(usize, DamagedFile)>,
    damaged_total: u64,
    missing: Vec<(usize, PathBuf)>,
    missing_total: u64,
}

impl Job<'_> {
    fn run(&self, threads: usize, watch: Watch<'_>) -> Outcome<VerifyReport> {
        let begin = Instant::now();
        let part = part(self.options.ranks.as_ref(), self.wanted.files.len());
        let threads = threads.min(part.len().max(1));
        let crew = each(threads, part, watch, |tally: &mut Tally, index| {
            self.one(index, &self.wanted.files[index], tally, watch)
        });
        let mut error = crew.error;
        let (mut extra, mut extra_total) = (Vec::new(), 0);
        if self.options.ranks.as_ref().is_none_or(|share| share.rank == 0) {
            match self.extra() {
                Ok(found) => {
                    extra_total = found.len() as u64;
                    extra = found;
                    extra.truncate(self.options.limit);
                }
                Err(failed) => error = error.or(Some(failed)),
            }
        }
        let elapsed_ns = u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let mut report = self.report(crew.gathered, elapsed_ns, threads);
        report.ok = report.ok && extra_total == 0 && error.is_none();
        (report.extra, report.files_extra) = (extra, extra_total);
        report.error = error.as_ref().map(ToString::to_string);
        Outcome { report, error }
    }

    fn one(&self, index: usize, file: &DataFile, tally: &mut Tally, watch: Watch<'_>) -> Result<()> {
        let name = self.layout.path(file);
        let path = self.folder.join(&name);
        tally.checked += 1;
        let open = match open_to_read(&path) {
            Ok(open) => open,
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NOENT.raw_os_error()) => {
                let bytes = size_of(self.layout, self.stream, file);
                tally.bytes += bytes;
                tally.bad += bytes;
                tally.missing_total += 1;
                if tally.missing.len() < self.options.limit {
                    tally.missing.push((index, name));
                }
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if !self.options.cached {
            tally.cached += u64::from(drop_cached(&path)? != Dropped::Yes);
        }
        let found = compare(self.layout, self.stream, file, &open, &path, self.options.limit, watch)?;
        tally.bytes += found.bytes_checked;
        tally.bad += found.bytes_bad;
        if !found.ok {
            tally.damaged_total += 1;
            if tally.damaged.len() < self.options.limit {
                let damaged = DamagedFile { path: name, bytes_bad: found.bytes_bad, ranges: found.ranges };
                tally.damaged.push((index, damaged));
            }
        }
        Ok(())
    }

    /// Files in the folder that do not belong to the data set.
    fn extra(&self) -> Result<Vec<PathBuf>> {
        let known: HashSet<PathBuf> =
            self.wanted.files.iter().map(|file| self.folder.join(self.layout.path(file))).collect();
        let own = [self.folder.join(MANIFEST), draft(self.folder)];
        let mut extra = Vec::new();
        let mut folders = vec![self.folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let fail = |error: io::Error| Error::io("read the folder", &folder, None, error);
            for entry in fs::read_dir(&folder).map_err(fail)? {
                let entry = entry.map_err(fail)?;
                let path = entry.path();
                if entry.file_type().map_err(fail)?.is_dir() {
                    folders.push(path);
                } else if !known.contains(&path) && !own.contains(&path) {
                    extra.push(path.strip_prefix(self.folder).unwrap_or(&path).to_owned());
                }
            }
        }
        extra.sort();
        Ok(extra)
    }

    fn report(&self, tallies: Vec<Tally>, elapsed_ns: u64, threads: usize) -> VerifyReport {
        let mut all = Tally::default();
        for more in tallies {
            all.checked += more.checked;
            all.bytes += more.bytes;
            all.bad += more.bad;
            all.cached += more.cached;
            all.damaged_total += more.damaged_total;
            all.missing_total += more.missing_total;
            all.damaged.extend(more.damaged);
            all.missing.extend(more.missing);
        }
        all.damaged.sort_by_key(|(index, _)| *index);
        all.missing.sort_by_key(|(index, _)| *index);
        let mut warnings = Vec::new();
        if all.cached > 0 {
            warnings.push(format!(
                "{} files could not be dropped from memory: what was compared may not be what is stored",
                all.cached
            ));
        }
        let limit = self.options.limit;
        VerifyReport {
            ok: all.damaged_total == 0 && all.missing_total == 0,
            bytes_checked: all.bytes,
            bytes_bad: all.bad,
            files_checked: all.checked,
            files_bad: all.damaged_total,
            files_missing: all.missing_total,
            damaged: all.damaged.into_iter().map(|(_, file)| file).take(limit).collect(),
            missing: all.missing.into_iter().map(|(_, path)| path).take(limit).collect(),
            extra: Vec::new(),
            files_extra: 0,
            elapsed_ns,
            bytes_per_s: per_second(all.bytes, elapsed_ns),
            threads,
            files_cached: all.cached,
            path: self.folder.to_owned(),
            files: self.wanted.files.len() as u64,
            generation: self.wanted.number,
            recipe: self.layout.recipe,
            ranks: self
                .options
                .ranks
                .as_ref()
                .map(|share| share.report(false, Some(self.layout.offset), Some(self.wanted.bytes()))),
            warnings,
            error: None,
        }
    }
}

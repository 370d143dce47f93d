//! What a write leaves behind, and what it says about it.

use std::time::Duration;

use dgen::units::human_size;
use dgen::{Error, ErrorKind};

use super::{options::WriteOptions, report::WriteReport, rwmix::ReadsReport, rwmix::RwMix};
use crate::base::{clock::Clock, outcome::Outcome};
use crate::extents::cursor::Section;
use crate::metrics::{stats::LIMITS, watch::Watch};
use crate::options::{modes::SyncMode, order::Order};
use crate::pipeline::assembly::Moved;
use crate::report::{file::FileReport, file::prefixes, run::RunReport};
use crate::storage::{target::Kind, target::Target, writeback};

/// Whether data is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Synced {
    Yes,
    /// Not asked for, nothing to sync, or it failed.
    No,
    /// The caller stopped it.
    Stopped,
}

/// Why no more was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Everything is.
    Complete,
    /// The time was over.
    TimeLimit,
    /// The caller stopped it, or it failed.
    Early,
}

/// How a write ended.
pub(super) struct End {
    pub(super) why: Ended,
    synced: Synced,
    /// Which files are gone again.
    removed: Vec<bool>,
    error: Option<Error>,
    /// When data began to be made durable.
    pub(super) sync_began: Duration,
    pub(super) reads: Option<ReadsReport>,
    /// Paths that do not lead to what was written any more, besides the one in the error; and where that is.
    lost: Vec<String>,
}

impl End {
    /// Whether there was no room for more.
    pub(super) fn is_full(&self) -> bool {
        let number = self.error.as_ref().and_then(Error::raw_os_error);
        matches!(number, Some(libc::ENOSPC | libc::EDQUOT))
    }
}

/// What is in the files when all workers have ended.
pub(super) struct Written<'a> {
    pub(super) options: &'a WriteOptions,
    /// Bytes of all passes.
    pub(super) size: u64,
    pub(super) moved: &'a Moved,
    pub(super) mix: Option<&'a RwMix<'a>>,
    /// Whether making data durable failed on the way. The system tells that once: later tries succeed, and the data is lost.
    pub(super) unsynced: bool,
}

impl Written<'_> {
    fn is_complete(&self) -> bool {
        let has_read = self.mix.is_none_or(|mix| mix.is_done(&self.moved.sum.reads));
        has_read && (self.mix.is_some_and(RwMix::only_reads) || self.moved.sum.bytes == self.size)
    }

    /// Whether data may lie behind the prefix that is not to be cut off.
    fn is_scattered(&self) -> bool {
        self.options.io.order != Order::Sequential && self.moved.sum.bytes > 0
    }

    /// The part of the prefix that each target has.
    fn prefixes(&self, targets: &[Target]) -> Vec<u64> {
        prefixes(self.moved.prefix, targets.iter().map(|target| target.section.size))
    }

    /// Leaves files of what is right, durable unless the run was stopped.
    pub(super) fn finish(&self, targets: &[Target], clock: &dyn Clock, watch: Watch<'_>) -> End {
        let removed = self.finalize(targets, watch);
        let sync_began = clock.now();
        let synced = self.sync(targets, watch);
        let error = self.moved.progress.take_error();
        let early = error.is_some() || synced == Synced::Stopped;
        let why = match self.is_complete() {
            true if !early => Ended::Complete,
            false if !early && self.moved.time_over && !watch.is_cancelled() => Ended::TimeLimit,
            _ => Ended::Early,
        };
        let (mut lost, mut error) = (Vec::new(), error);
        for (target, _) in targets.iter().zip(&removed).filter(|(_, removed)| !**removed) {
            match target.lost() {
                // Data on a device stays there.
                Some(first) if error.is_none() && why != Ended::Early && target.kind != Kind::Block => {
                    error = Some(first);
                }
                other => lost.extend(other.map(|error| error.to_string())),
            }
        }
        End { why, synced, removed, error, sync_began, reads: None, lost }
    }

    fn finalize(&self, targets: &[Target], watch: Watch<'_>) -> Vec<bool> {
        let finalize = |(target, own): (&Target, u64)| {
            if self.is_scattered() {
                return false;
            }
            target.finalize(own, watch).unwrap_or_else(|error| {
                self.moved.progress.fail(self.moved.prefix, error);
                false
            })
        };
        targets.iter().zip(self.prefixes(targets)).map(finalize).collect()
    }

    /// Makes what was written durable, unless the run was stopped.
    fn sync(&self, targets: &[Target], watch: Watch<'_>) -> Synced {
        let mut synced = Synced::No;
        if self.unsynced {
            return synced;
        }
        for (target, own) in targets.iter().zip(self.prefixes(targets)) {
            let len = if self.is_scattered() { target.section.size } else { own };
            if self.options.sync == SyncMode::None || target.kind == Kind::Memory || len + target.valid == 0 {
                continue;
            }
            match writeback::sync_range(&target.open.buffered, target.section.file_offset, len, watch) {
                Ok(true) => synced = Synced::Yes,
                Ok(false) => return Synced::Stopped,
                Err(error) => {
                    self.moved.progress.fail(self.moved.prefix, Error::io("sync", &target.open.path, None, error));
                    return Synced::No;
                }
            }
        }
        synced
    }

    /// Says what was done, also in attributes that are to say something else now.
    pub(super) fn report(&self, mut run: RunReport, targets: &mut [Target], end: End) -> Outcome<WriteReport> {
        let (options, bytes) = (self.options, self.moved.sum.bytes);
        let interrupted = end.error.is_none() && end.why == Ended::Early;
        let prefixes = self.prefixes(targets);
        // What ended early is resumed by its attributes, and a resumed file may hold more than was written.
        let cuts = end.why == Ended::TimeLimit && !self.is_scattered() && !options.resume;
        for ((target, own), removed) in targets.iter_mut().zip(&prefixes).zip(&end.removed) {
            if cuts && !options.pregenerated && !removed && *own < target.section.size {
                target.shorten_mark(&options.stream, *own);
            }
        }
        self.warn(&mut run, targets, end.why);
        run.warnings.extend(end.lost);
        let error = end.error.or_else(|| {
            interrupted.then(|| Error::new(ErrorKind::Interrupted, format!("interrupted after {}", self.share())))
        });
        let files = targets.iter().zip(&prefixes).zip(end.removed);
        let report = WriteReport {
            bytes_written: bytes,
            valid_prefix: valid_prefix(targets, &prefixes),
            run,
            recipe: *options.stream.recipe(),
            stream_version: options.stream.version_number(),
            seed: options.stream.recipe().seed(),
            offset: options.offset,
            size: options.size,
            file_size: options.file_size,
            synced: end.synced == Synced::Yes,
            interrupted,
            error: error.as_ref().map(ToString::to_string),
            ranks: None,
            resumed: None,
            appended: None,
            reads: end.reads,
            tuning: None,
            verify: None,
            files: files.map(|((target, own), removed)| target.report(*own, removed)).collect(),
        };
        Outcome { report, error }
    }

    /// How much was written, in words.
    fn share(&self) -> String {
        format!("{} of {}", human_size(self.moved.sum.bytes), human_size(self.size))
    }

    fn warn(&self, run: &mut RunReport, targets: &[Target], why: Ended) {
        if why == Ended::TimeLimit {
            let only_reads = self.mix.is_some_and(RwMix::only_reads);
            let done = if only_reads { "its first reads".to_owned() } else { self.share() };
            run.warnings.push(format!("the time limit ended it after {done}"));
        }
        let limits = run.generation_bound.filter(|share| *share >= LIMITS);
        if let Some(share) = limits.filter(|_| targets.iter().any(|target| target.kind != Kind::Memory)) {
            let share = 100.0 * share;
            run.warnings.push(format!(
                "generation limited the result: for {share:.0} % of the time no buffer was filled for storage to take; \
                 more writers or generators help where processors are idle"
            ));
        }
        if self.options.pregenerated {
            run.warnings.push("buffers were generated once and written again and again: the data is no stream".into());
        }
        run.warnings.extend(targets.iter().flat_map(|target| [&target.unlocked, &target.warning]).flatten().cloned());
    }
}

/// Bytes without a gap over all targets, those that were there before included.
fn valid_prefix(targets: &[Target], prefixes: &[u64]) -> u64 {
    let mut sum = 0;
    for (target, own) in targets.iter().zip(prefixes) {
        sum += target.valid + own;
        if *own < target.section.size {
            break;
        }
    }
    sum
}

impl Target {
    fn report(&self, valid_prefix: u64, removed: bool) -> FileReport {
        let Section { file_offset, stream_offset, size } = self.section;
        let (before, size) = (self.valid, size + self.valid);
        let whole = Section { file_offset: file_offset - before, stream_offset: stream_offset - before, size };
        FileReport { removed, ..FileReport::new(&self.open, &whole, valid_prefix + before) }
    }
}

//! What a write leaves behind, and what it says about it.

use dgen::units::human_size;
use dgen::{Error, ErrorKind};

use super::options::WriteOptions;
use crate::base::outcome::Outcome;
use crate::extents::cursor::Section;
use crate::metrics::watch::Watch;
use crate::options::modes::SyncMode;
use crate::options::order::Order;
use crate::pipeline::shared::Progress;
use crate::report::run::{FileReport, RunReport, WriteReport};
use crate::report::verdict;
use crate::storage::target::{Kind, Target};
use crate::storage::writeback;

/// Whether data is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Synced {
    Yes,
    /// Not asked for, nothing to sync, or it failed.
    No,
    /// The caller stopped it.
    Stopped,
}

/// Why no more was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Everything is.
    Complete,
    /// The time was over.
    TimeLimit,
    /// The caller stopped it, or it failed.
    Early,
}

/// What is in the files when all workers have ended.
pub(crate) struct Written<'a> {
    pub(crate) options: &'a WriteOptions,
    /// Bytes of one pass.
    pub(crate) size: u64,
    /// Bytes of the whole operation that were written without a gap.
    pub(crate) prefix: u64,
    /// Bytes written, in all passes.
    pub(crate) bytes: u64,
    /// Whether all reads among the writes were done.
    pub(crate) has_read: bool,
    /// Whether nothing was to be written.
    pub(crate) only_reads: bool,
    pub(crate) time_over: bool,
}

impl Written<'_> {
    fn is_complete(&self) -> bool {
        let all = u128::from(self.size) * u128::from(self.options.io.passes);
        self.has_read && (self.only_reads || u128::from(self.bytes) == all)
    }

    /// Whether data may lie behind the prefix that is not to be cut off.
    fn is_scattered(&self) -> bool {
        self.options.io.order != Order::Sequential && self.bytes > 0
    }

    /// Each target with its own part of the prefix.
    fn prefixes(&self, targets: &[Target]) -> Vec<u64> {
        let mut left = self.prefix;
        let own = |target: &Target| {
            let own = left.min(target.section.size);
            left -= own;
            own
        };
        targets.iter().map(own).collect()
    }

    pub(crate) fn settle(&self, targets: &[Target], progress: &Progress, watch: Watch<'_>) -> Vec<bool> {
        let settle = |(target, own): (&Target, u64)| {
            if self.is_scattered() {
                return false;
            }
            target.settle(own, watch).unwrap_or_else(|error| {
                progress.fail(self.prefix, error);
                false
            })
        };
        targets.iter().zip(self.prefixes(targets)).map(settle).collect()
    }

    /// Makes what was written durable, unless the run was stopped.
    pub(crate) fn sync(&self, targets: &[Target], progress: &Progress, watch: Watch<'_>) -> Synced {
        let mut synced = Synced::No;
        for (target, own) in targets.iter().zip(self.prefixes(targets)) {
            let len = if self.is_scattered() { target.section.size } else { own };
            if self.options.sync == SyncMode::None || !target.kind.has_cache() || len + target.valid == 0 {
                continue;
            }
            match writeback::sync_range(&target.channel.buffered, target.section.file_offset, len, watch) {
                Ok(true) => synced = Synced::Yes,
                Ok(false) => return Synced::Stopped,
                Err(error) => {
                    progress.fail(self.prefix, Error::io("sync", &target.channel.path, None, error));
                    return Synced::No;
                }
            }
        }
        synced
    }

    pub(crate) fn end(&self, failed: bool, synced: Synced, watch: Watch<'_>) -> End {
        let early = failed || synced == Synced::Stopped;
        match self.is_complete() {
            true if !early => End::Complete,
            false if !early && self.time_over && !watch.is_cancelled() => End::TimeLimit,
            _ => End::Early,
        }
    }

    pub(crate) fn report(
        &self,
        mut run: RunReport,
        targets: &mut [Target],
        removed: &[bool],
        synced: Synced,
        end: End,
        error: Option<Error>,
    ) -> Outcome<WriteReport> {
        let options = self.options;
        let (done, size) = (human_size(self.bytes), human_size(self.size.saturating_mul(options.io.passes)));
        let interrupted = error.is_none() && end == End::Early;
        let error = error.or_else(|| {
            interrupted.then(|| Error::new(ErrorKind::Interrupted, format!("interrupted after {done} of {size}")))
        });
        let prefixes = self.prefixes(targets);
        if end == End::TimeLimit {
            let only_reads = options.read_percent == 100;
            let done = if only_reads { "its first reads".to_owned() } else { format!("{done} of {size}") };
            run.warnings.push(format!("the time limit ended it after {done}"));
        }
        // An append that ended early leaves a file that can be appended to.
        let cuts = (end == End::TimeLimit && !self.is_scattered()) || (end == End::Early && options.append);
        if cuts && !options.pregenerated {
            shorten(targets, &prefixes, removed, options);
        }
        if run.generation_bound >= verdict::LIMITS && targets.iter().any(|target| target.kind != Kind::Memory) {
            let share = 100.0 * run.generation_bound;
            run.warnings.push(format!(
                "generation limited the result: for {share:.0} % of the time no buffer was filled for storage to take; \
                 more writers or generators help where processors are idle"
            ));
        }
        if options.pregenerated {
            run.warnings.push("buffers were generated once and written again and again: the data is no stream".into());
        }
        run.warnings.extend(targets.iter().filter_map(|target| target.warning.clone()));
        let files = targets.iter().zip(&prefixes).zip(removed);
        let report = WriteReport {
            bytes_written: self.bytes,
            valid_prefix: valid_prefix(targets, &prefixes),
            run,
            recipe: *options.stream.recipe(),
            seed: options.stream.recipe().seed(),
            offset: options.offset,
            size: options.size,
            synced: synced == Synced::Yes,
            interrupted,
            error: error.as_ref().map(ToString::to_string),
            resumed: None,
            appended: None,
            reads: None,
            tuning: None,
            verify: None,
            files: files.map(|((target, own), removed)| target.report(*own, *removed)).collect(),
        };
        Outcome { report, error }
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

/// Lets attributes say what a run that was meant to end early has written.
fn shorten(targets: &mut [Target], prefixes: &[u64], removed: &[bool], options: &WriteOptions) {
    for ((target, own), removed) in targets.iter_mut().zip(prefixes).zip(removed) {
        if !removed && *own < target.section.size {
            target.mark(options.stream.recipe(), *own);
        }
    }
}

impl Kind {
    /// Whether written data waits in a cache until it is synced.
    pub(crate) fn has_cache(self) -> bool {
        self != Self::Memory
    }
}

impl Target {
    fn report(&self, valid_prefix: u64, removed: bool) -> FileReport {
        let (direct, direct_reason) = self.channel.path_taken();
        let Section { file_offset, stream_offset, size } = self.section;
        FileReport {
            path: self.channel.path.clone(),
            file_offset: file_offset - self.valid,
            offset: stream_offset - self.valid,
            size: size + self.valid,
            valid_prefix: valid_prefix + self.valid,
            direct,
            direct_reason,
            removed,
        }
    }
}

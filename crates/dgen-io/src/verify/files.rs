//! Verifying files on the pipeline that reads them.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use dgen::{DamageKind, DamageRange, Error, ErrorKind, Result, VerifyReport};

use super::findings::{Closed, Ended, Findings, missing};
use super::report::Way;
use super::run::{Done, Early, Setup, Subject};
use crate::engine::operation::Action;
use crate::engine::select::{Chosen, EngineKind, choose};
use crate::extents::cursor::{Cursor, Grid, Section};
use crate::metrics::live::Board;
use crate::metrics::stats::Stats;
use crate::options::modes::DirectMode;
use crate::pipeline::rate_limiter::Pace;
use crate::pipeline::shared::{PIECE, Part, Pipeline, Progress, Supplied};
use crate::report::run::path_taken;
use crate::sizing::{Plan, Wish};
use crate::storage::advice::{self, Advised};
use crate::storage::direct::ALIGNMENT;
use crate::storage::open_file::Channel;
use crate::storage::source::Source;

/// Files that are read as one operation.
pub(super) struct Files {
    subjects: Vec<Subject>,
    sources: Vec<Source>,
    /// What there is of each.
    sections: Vec<Section>,
    alignment: u64,
    chosen: Chosen,
    plan: Plan,
    advised: Advised,
}

/// Opens a file; directly only where the stream's pages and the file's blocks have the same boundaries.
pub(super) fn open(path: &Path, direct: DirectMode, subject: &Subject) -> Result<Source> {
    let mut source = Source::open(path, direct)?;
    let apart = subject.range.offset.abs_diff(subject.file_offset);
    if source.channel.direct.is_some() && !apart.is_multiple_of(source.channel.alignment) {
        let why = "file and stream offset differ by a part of the alignment";
        if direct == DirectMode::On {
            let message = format!("{}: direct I/O is not possible: {why}", path.display());
            return Err(Error::new(ErrorKind::Usage, message));
        }
        source.channel.direct = None;
        source.channel.alignment = ALIGNMENT;
        source.channel.reason = why.into();
    }
    Ok(source)
}

impl Files {
    /// Decides how to go about it, and advises the system.
    pub(super) fn new(group: Vec<(Subject, Source)>, setup: &Setup<'_>) -> Result<Self> {
        let (subjects, sources): (Vec<Subject>, Vec<Source>) = group.into_iter().unzip();
        let there = |(subject, source): (&Subject, &Source)| {
            subject.section(source.len.saturating_sub(subject.file_offset).min(subject.range.size))
        };
        let sections: Vec<Section> = subjects.iter().zip(&sources).map(there).collect();
        let options = setup.options;
        let channels: Vec<&Channel> = sources.iter().map(|source| &source.channel).collect();
        let chosen = choose(&options.io, &channels, setup.machine)?;
        let alignment = channels.iter().map(|channel| channel.alignment).max().unwrap_or(ALIGNMENT);
        let direct = channels.iter().any(|channel| channel.direct.is_some());
        let wish = Wish {
            buffer_size: options.buffer_size,
            workers: options.readers,
            threads: Some(setup.nodes.team.threads()),
            // Workers that read from memory, or wait for each I/O, are as many as there are threads.
            waits: direct && chosen.kind == EngineKind::IoUring,
            depth: options.io.depth,
            buffer_count: options.io.buffer_count,
            vectored: 1,
            direct: false,
            generators: None,
            generates: false,
        };
        let plan = wish.plan(alignment, sections.iter().map(|section| section.size).sum(), chosen.kind)?;
        let advised = advice::advise(&channels, &sections, options.advice, options.io.order)?;
        Ok(Self { subjects, sources, sections, alignment, chosen, plan, advised })
    }

    fn cursor(&self) -> Cursor {
        Cursor::new(&self.sections, Grid::Stream, self.alignment, self.plan.buffer)
    }

    /// Reads and compares all of it.
    pub(super) fn go(self, setup: &Setup<'_>) -> Done {
        let Setup { machine, options, watch, nodes } = *setup;
        let findings = Findings::new(self.cursor(), &self.subjects, options.limit, options.stop_at_damage);
        let findings = Mutex::new(findings);
        let examine = |part: &Part<'_>, look: &mut dyn FnMut()| self.compare(part, look, &findings);
        let channels: Vec<&Channel> = self.sources.iter().map(|source| &source.channel).collect();
        let pipeline = Pipeline {
            action: Action::Read,
            channels: &channels,
            cursor: self.cursor(),
            pace: Pace::new(&options.io, self.plan.buffer),
            clock: machine.clock(),
            watch,
            supply: Supplied::Nothing,
            finished: &|_, _| Ok(()),
            examine: Some(&examine),
            mix: None,
            nodes,
            progress: Progress::default(),
            board: Board::of_run(self.plan.workers, options.io.live.as_deref()),
        };
        let stats = pipeline.run(&self.plan, options.io.huge_pages, &|buffers| {
            machine.make(&self.chosen, &options.io, self.plan.depth, &channels, buffers)
        });
        let failure = pipeline.progress.take_error();
        drop(pipeline);
        let findings = findings.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.done(findings.end(), failure, &stats, setup)
    }

    /// Compares what was read of an extent.
    fn compare(&self, part: &Part<'_>, look: &mut dyn FnMut(), findings: &Mutex<Findings>) -> Result<ControlFlow<()>> {
        let extent = part.extent;
        let verifier = &self.subjects[extent.section].verifier;
        let mut ranges = Vec::new();
        for (index, piece) in part.data.chunks(PIECE).enumerate() {
            if index > 0 {
                look();
            }
            ranges.extend(verifier.check(extent.stream_offset + (index * PIECE) as u64, piece)?);
        }
        let mut findings = findings.lock().unwrap_or_else(PoisonError::into_inner);
        findings.add(extent, part.data.len() as u64, ranges, part.failed);
        Ok(if findings.is_closed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    fn done(self, ended: Ended, failure: Option<Error>, stats: &[Stats], setup: &Setup<'_>) -> Done {
        let Ended { reports, whole, closed } = ended;
        let early = match closed {
            Some(Closed::Damage) => None,
            None if whole == self.subjects.len() && failure.is_none() => None,
            _ => Some(failure.map_or(Early::Stopped, Early::Failed)),
        };
        let channels: Vec<&Channel> = self.sources.iter().map(|source| &source.channel).collect();
        let (direct, direct_reason) = path_taken(&channels);
        let (mut files, mut ranges, mut changes) = (Vec::new(), Vec::new(), Vec::new());
        let all = self.subjects.iter().zip(&self.sources).zip(reports).enumerate().take(whole + 1);
        for (index, ((subject, source), mut report)) in all {
            let now = source.len_now();
            if now != source.len {
                changes.push(format!("{}: its length {}", subject.path.display(), change(source.len, now)));
            }
            if index < whole {
                subject.ends(&mut report, if source.is_device { None } else { Some(now) });
            }
            let (file, listed) = subject.report(report, source.channel.path_taken());
            files.push(file);
            ranges.extend(listed);
        }
        let stats_of_all = Stats::sum(stats);
        let mut warnings = changes;
        for more in [&self.plan.warnings, &self.chosen.warnings, &self.advised.warnings, &stats_of_all.warnings] {
            warnings.extend_from_slice(more);
        }
        let way = Way {
            engine: self.chosen.kind.name(),
            engine_reason: self.chosen.reason,
            direct,
            direct_reason,
            advice: self.advised.name,
            advice_reason: self.advised.reason,
            readers: stats.len(),
            depth: self.plan.depth,
            buffer_size: self.plan.buffer,
            buffer_count: stats.len() * self.plan.buffers,
            rate: setup.options.io.rate,
            warnings,
            stats: Some(stats_of_all),
        };
        Done { way, files, ranges, early }
    }
}

fn change(before: u64, now: u64) -> String {
    let verb = if now > before { "grew" } else { "shrank" };
    format!("{verb} from {before} to {now} bytes while it was verified")
}

impl Subject {
    /// Adds what is missing at the end of the file, whose length is known of all but devices, or there although it should
    /// not be.
    pub(super) fn ends(&self, report: &mut VerifyReport, len: Option<u64>) {
        let there = report.bytes_checked;
        missing(report, self.file_offset + there, self.range.size - there);
        let Some(end) = self.end.filter(|_| there == self.range.size) else { return };
        self.extra(report, len.map_or(0, |len| len.saturating_sub(end)));
    }

    /// Adds bytes behind the place where the file should end.
    pub(super) fn extra(&self, report: &mut VerifyReport, len: u64) {
        let Some(end) = self.end.filter(|_| len > 0) else { return };
        report.add(end, 0, vec![DamageRange::new(end, len, DamageKind::Extra)]);
    }
}

//! Verifying files on the pipeline that reads them.

use std::ops::ControlFlow;
use std::sync::Mutex;

use dgen::Result;

use super::findings::{Closed, Ended, Findings};
use super::report::{Done, Early, VerifySummary};
use super::{options::VerifyOptions, subject::Subject};
use crate::base::lock::{into_inner, lock};
use crate::engine::operation::Action;
use crate::extents::cursor::{Extent, Grid, Section};
use crate::pipeline::assembly::{Assembly, Context, Moved};
use crate::pipeline::{fill::PIECE, task::Task};
use crate::report::file::path_taken;
use crate::sizing::Wish;
use crate::storage::origin::{self, Grounds, Known};
use crate::storage::{advice, advice::Advised, medium::Media, open_file::OpenFile, source::Source};

/// Files that are read as one operation.
pub(super) struct Files {
    subjects: Vec<Subject>,
    sources: Vec<Source>,
    assembly: Assembly,
    advised: Advised,
    /// What is known of where each file's bytes come from.
    grounds: Vec<Grounds>,
    warnings: Vec<String>,
}

/// Compares what is read.
struct VerifyTask<'a> {
    subjects: &'a [Subject],
    findings: Mutex<Findings<'a>>,
}

impl Task for VerifyTask<'_> {
    fn action(&self) -> Action {
        Action::Read
    }

    fn examines(&self) -> bool {
        true
    }

    fn examine(&self, extent: &Extent, data: &[u8], failed: bool, look: &mut dyn FnMut()) -> Result<ControlFlow<()>> {
        let subject = &self.subjects[extent.section];
        let mut ranges = Vec::new();
        for (index, piece) in data.chunks(PIECE).enumerate() {
            if index > 0 {
                look();
            }
            ranges.extend(subject.check(extent.stream_offset + (index * PIECE) as u64, piece)?);
        }
        let mut findings = lock(&self.findings);
        findings.add(extent, data.len() as u64, ranges, failed);
        Ok(if findings.closed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}

impl Files {
    /// Decides how to go about it, drops what the page cache holds, and advises the system.
    pub(super) fn new(
        group: Vec<(Subject, Source)>,
        context: &Context<'_>,
        options: &VerifyOptions,
        media: &mut Media,
    ) -> Result<Self> {
        let (subjects, mut sources): (Vec<Subject>, Vec<Source>) = group.into_iter().unzip();
        let there = |(subject, source): (&Subject, &Source)| {
            subject.section(source.len.saturating_sub(subject.file_offset).min(subject.range.size))
        };
        let sections: Vec<Section> = subjects.iter().zip(&sources).map(there).collect();
        let seek = |(source, section): (&mut Source, &Section)| {
            Grounds::seek(media, &mut source.open, section, options.cached, context.watch)
        };
        let (grounds, failures): (Vec<_>, Vec<_>) = sources.iter_mut().zip(&sections).map(seek).unzip();
        let files: Vec<&OpenFile> = sources.iter().map(|source| &source.open).collect();
        let assembly = Assembly::new(context, &files, &sections, Grid::Stream, |chosen, direct| Wish {
            buffer_size: options.buffer_size,
            workers: options.readers,
            // Workers that read from memory, or wait for each I/O, are as many as there are threads.
            waits: direct && chosen.kind.overlaps,
            ..Wish::of(context.io, context.nodes.team.threads())
        })?;
        let advised = advice::advise(&files, &sections, options.advice, context.io.order)?;
        let warnings = failures.into_iter().flatten().collect();
        Ok(Self { subjects, sources, assembly, advised, grounds, warnings })
    }

    /// Reads and compares all of it.
    pub(super) fn go(self, context: &Context<'_>, options: &VerifyOptions) -> Done {
        let files: Vec<&OpenFile> = self.sources.iter().map(|source| &source.open).collect();
        let findings = Findings::new(&self.assembly.cursor, &self.subjects, options.limit, options.stop_at_damage);
        let task = VerifyTask { subjects: &self.subjects, findings: Mutex::new(findings) };
        let moved = self.assembly.run(context, &files, &task);
        let ended = into_inner(task.findings).end();
        self.done(ended, moved, context)
    }

    fn done(self, ended: Ended, moved: Moved, context: &Context<'_>) -> Done {
        let Ended { reports, whole, closed } = ended;
        let failure = moved.progress.take_error();
        let early = match closed {
            Some(Closed::Damage) => None,
            None if whole == self.subjects.len() && failure.is_none() => None,
            _ => Some(failure.map_or(Early::Stopped, Early::Failed)),
        };
        let files: Vec<&OpenFile> = self.sources.iter().map(|source| &source.open).collect();
        let (direct, direct_reason) = path_taken(&files);
        let known: Vec<Known> = self.grounds.iter().zip(&files).map(|(grounds, file)| grounds.known(file)).collect();
        let (mut files, mut ranges, mut changes) = (Vec::new(), Vec::new(), Vec::new());
        let all = self.subjects.iter().zip(&self.sources).zip(reports).enumerate().take(whole + 1);
        for (index, ((subject, source), mut report)) in all {
            let now = source.len_now();
            if now == source.len && source.was_changed() {
                changes.push(format!("{}: it was changed while it was verified", subject.path.display()));
            }
            if now != source.len {
                let (path, len, verb) =
                    (subject.path.display(), source.len, if now > source.len { "grew" } else { "shrank" });
                changes.push(format!("{path}: its length {verb} from {len} to {now} bytes while it was verified"));
            }
            if index < whole {
                subject.ends(&mut report, if source.is_device { None } else { Some(now) });
            }
            let (file, listed) = subject.report(report, source.open.path_taken(), Some(known[index].clone()));
            files.push(file);
            ranges.extend(listed);
        }
        let Assembly { chosen, plan, .. } = self.assembly;
        let readers = moved.stats.len();
        let mut warnings = changes;
        warnings.extend(self.warnings);
        let looked_at = self.sources.iter().take(files.len()).map(|source| &*source.open.path);
        let looked_at = looked_at.zip(&self.grounds).zip(&known).map(|((path, grounds), known)| (path, grounds, known));
        warnings.extend(origin::warnings(looked_at));
        for more in [&plan.warnings, &chosen.warnings, &self.advised.warnings, &moved.sum.warnings] {
            warnings.extend_from_slice(more);
        }
        let (engine, engine_reason) = chosen.used(moved.sum.left.as_ref());
        let way = VerifySummary {
            engine: engine.name,
            engine_reason,
            direct,
            direct_reason,
            advice: self.advised.name,
            advice_reason: self.advised.reason,
            readers,
            depth: plan.depth.min(engine.max_depth),
            buffer_size: plan.buffer,
            buffer_count: readers * plan.buffers,
            rate_bytes_per_s: context.io.rate,
            warnings,
            ..VerifySummary::default()
        };
        Done { way, stats: Some(moved.sum), files, ranges, early }
    }
}

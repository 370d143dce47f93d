//! Verifying files: reads them, regenerates what they should hold, and compares.

use dgen::{ErrorKind, Result};

use super::options::{MoreAbsent, VerifyJob, VerifyOptions, VerifySource};
use super::{files::Files, gaps, reach::Reach, reader::Pipe, subject::Subject};
use super::{report::Totals, report::VerifySummary};
use crate::base::outcome::Outcome;
use crate::engine::{machine::Machine, machine::Real, select};
use crate::memory::nodes::Nodes;
use crate::metrics::watch::Watch;
use crate::pipeline::assembly::Context;
use crate::report::skipped::{SkippedFile, SkippedNotes};
use crate::storage::{medium::Media, source::Source};

/// Verifies files with all workers. The report is the same whatever the engine, the queue and the buffers.
///
/// # Errors
/// Bad values, and the only file, or any where `strict` is set, that cannot be opened. What happens later comes in the
/// [`Outcome`], beside what was found.
pub fn verify(jobs: Vec<VerifyJob<'_>>, options: &VerifyOptions, watch: Watch<'_>) -> Result<Outcome<VerifySummary>> {
    verify_on(&Real::new(), jobs, options, watch)
}

pub(crate) fn verify_on(
    machine: &dyn Machine,
    jobs: Vec<VerifyJob<'_>>,
    options: &VerifyOptions,
    watch: Watch<'_>,
) -> Result<Outcome<VerifySummary>> {
    verify_beside(machine, jobs, MoreAbsent::default(), Vec::new(), options, watch)
}

/// The same where some files were skipped already, and more are absent.
pub(super) fn verify_beside(
    machine: &dyn Machine,
    jobs: Vec<VerifyJob<'_>>,
    more_absent: MoreAbsent,
    skipped: Vec<SkippedFile>,
    options: &VerifyOptions,
    watch: Watch<'_>,
) -> Result<Outcome<VerifySummary>> {
    options.check()?;
    select::check_allowed(&options.io, machine)?;
    let size = jobs.iter().fold(more_absent.bytes, |sum, job| sum.saturating_add(job.range.size));
    let mut totals = Totals::new(size, options.limit);
    let gaps = gaps::gaps(&jobs);
    let (absent, jobs): (Vec<_>, Vec<_>) =
        jobs.into_iter().partition(|job| matches!(job.source, VerifySource::Absent(_)));
    let nodes = Nodes::new(options.io.placement, options.threads)?;
    let reach = Reach::new(jobs.len(), options)?;
    let context = Context { machine, io: &options.io, nodes: &nodes, watch };
    let strict = options.strict || jobs.len() + skipped.len() == 1;
    totals.skip(skipped);
    let (parts, unopened) = parts(jobs, &context, options, &reach, strict)?;
    totals.skip(unopened);
    let begin = machine.clock().now();
    let mut error = None;
    for part in parts {
        let done = match part {
            Together::Files(files) => files.go(&context, options),
            Together::Pipe(pipe) => pipe.go(&context, options),
        };
        error = totals.add(done);
        if error.is_some() {
            break;
        }
    }
    for job in absent {
        totals.absent(&Subject::new(job, options)?.0);
    }
    totals.more_absent(more_absent);
    let elapsed = machine.clock().now().saturating_sub(begin);
    let mut report = totals.finish(elapsed, &nodes, error.as_ref());
    report.warnings.extend(gaps);
    let notes = SkippedNotes::new(&report.skipped, "verified");
    report.warnings.extend(notes.warnings);
    // Damage goes before what was not examined.
    error = error.or(notes.error.filter(|_| report.ranges_total == 0));
    report.error = error.as_ref().map(ToString::to_string);
    Ok(Outcome { report, error })
}

/// What is done together.
enum Together<'a> {
    Files(Files),
    Pipe(Pipe<'a>),
}

/// Opens everything, and decides what is done together: all files, but each alone where reading ends at damage; and each
/// reader alone. What cannot be opened ends it where `strict`, and is left out else.
fn parts<'a>(
    jobs: Vec<VerifyJob<'a>>,
    context: &Context<'_>,
    options: &VerifyOptions,
    reach: &Reach,
    strict: bool,
) -> Result<(Vec<Together<'a>>, Vec<SkippedFile>)> {
    let (mut parts, mut unopened) = (Vec::new(), Vec::new());
    let mut media = Media::default();
    let mut group: Vec<(Subject, Source)> = Vec::new();
    let mut flush = |group: &mut Vec<(Subject, Source)>, parts: &mut Vec<Together<'a>>| {
        if !group.is_empty() {
            parts.push(Together::Files(Files::new(std::mem::take(group), context, options, &mut media)?));
        }
        Ok(())
    };
    for job in jobs {
        let (subject, source) = Subject::new(job, options)?;
        match source {
            VerifySource::Path(_) | VerifySource::Open(..) => {
                let source = match reach.open(source, &subject) {
                    Err(error) if !strict && error.kind() == ErrorKind::Io => {
                        unopened.push(SkippedFile::failed(&subject.path, &error));
                        continue;
                    }
                    other => other?,
                };
                if options.stop_at_damage {
                    flush(&mut group, &mut parts)?;
                }
                group.push((subject, source));
            }
            VerifySource::Reader(_, reader) => {
                flush(&mut group, &mut parts)?;
                parts.push(Together::Pipe(Pipe::new(subject, reader, context, options)?));
            }
            VerifySource::Absent(_) => unreachable!("there is nothing to open"),
        }
    }
    flush(&mut group, &mut parts)?;
    Ok((parts, unopened))
}

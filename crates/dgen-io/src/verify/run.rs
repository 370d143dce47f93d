//! Verifying files: reads them, regenerates what they should hold, and compares.

use dgen::Result;

use super::options::{VerifyJob, VerifyOptions, VerifySource};
use super::{files::Files, gaps, reach::Reach, reader::Pipe, report::Totals, report::VerifySummary, subject::Subject};
use crate::base::outcome::Outcome;
use crate::engine::{machine::Machine, machine::Real, select};
use crate::memory::nodes::Nodes;
use crate::metrics::watch::Watch;
use crate::pipeline::assembly::Context;
use crate::storage::{medium::Media, source::Source};

/// Verifies files with all workers. The report is the same whatever the engine, the queue and the buffers.
///
/// # Errors
/// Bad values, and files that cannot be opened. Read errors come in the [`Outcome`], beside what was found up to there.
pub fn verify(jobs: Vec<VerifyJob<'_>>, options: &VerifyOptions, watch: Watch<'_>) -> Result<Outcome<VerifySummary>> {
    verify_on(&Real::new(), jobs, options, watch)
}

pub(crate) fn verify_on(
    machine: &dyn Machine,
    jobs: Vec<VerifyJob<'_>>,
    options: &VerifyOptions,
    watch: Watch<'_>,
) -> Result<Outcome<VerifySummary>> {
    options.check()?;
    select::check_allowed(&options.io, machine)?;
    let mut totals = Totals::new(jobs.iter().map(|job| job.range.size).sum(), options.limit);
    let gaps = gaps::gaps(&jobs);
    let (absent, jobs): (Vec<_>, Vec<_>) =
        jobs.into_iter().partition(|job| matches!(job.source, VerifySource::Absent(_)));
    let nodes = Nodes::new(options.io.placement, options.threads)?;
    let reach = Reach::new(jobs.len(), options)?;
    let context = Context { machine, io: &options.io, nodes: &nodes, watch };
    let parts = parts(jobs, &context, options, &reach)?;
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
    let elapsed = machine.clock().now().saturating_sub(begin);
    let mut report = totals.finish(elapsed, &nodes, error.as_ref());
    report.warnings.extend(gaps);
    Ok(Outcome { report, error })
}

/// What is done together.
enum Together<'a> {
    Files(Files),
    Pipe(Pipe<'a>),
}

/// Opens everything, and decides what is done together: all files, but each alone where reading ends at damage; and each
/// reader alone.
fn parts<'a>(
    jobs: Vec<VerifyJob<'a>>,
    context: &Context<'_>,
    options: &VerifyOptions,
    reach: &Reach,
) -> Result<Vec<Together<'a>>> {
    let mut parts = Vec::new();
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
                let source = reach.open(source, &subject)?;
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
    Ok(parts)
}

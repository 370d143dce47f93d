//! Verifying what can only be read in order: one worker reads at a time, all compare.

use std::io::{self, Read};
use std::sync::Mutex;

use dgen::{Error, Result, VerifyReport};

use super::findings::{Closed, Ended, Findings};
use super::report::{Done, Early, VerifySummary};
use super::{options::VerifyOptions, subject::Subject, subject::missing};
use crate::base::lock::{into_inner, lock};
use crate::engine::sync::SYNC;
use crate::extents::cursor::{Cursor, Extent, Grid};
use crate::memory::threads;
use crate::pipeline::assembly::Context;
use crate::sizing::{Plan, Wish};
use crate::storage::{direct::ALIGNMENT, origin::DataOrigin, origin::Known};

/// What reports say instead of what only files have.
const A_PIPE: &str = "a pipe";

/// A reader, and what it should give.
pub(super) struct Pipe<'a> {
    subject: Subject,
    plan: Plan,
    /// Tells where extents lie, in their order.
    cursor: Cursor,
    reader: Mutex<Reader<'a>>,
}

struct Reader<'a> {
    from: Box<dyn Read + Send + 'a>,
    /// Whether it came to its end before the data did.
    ended: bool,
    failure: Option<Error>,
    /// Whether enough was seen.
    enough: bool,
}

impl<'a> Pipe<'a> {
    pub(super) fn new(
        subject: Subject,
        from: Box<dyn Read + Send + 'a>,
        context: &Context<'_>,
        options: &VerifyOptions,
    ) -> Result<Self> {
        let wish = Wish {
            buffer_size: options.buffer_size,
            workers: options.readers,
            threads: Some(context.nodes.team.threads()),
            ..Wish::default()
        };
        let plan = wish.plan(ALIGNMENT, subject.range.size, &SYNC)?;
        let cursor = Cursor::new(&[subject.section(subject.range.size)], Grid::Stream, ALIGNMENT, plan.buffer);
        let reader = Mutex::new(Reader { from, ended: false, failure: None, enough: false });
        Ok(Self { subject, plan, cursor, reader })
    }

    /// Reads and compares all of it.
    pub(super) fn go(self, context: &Context<'_>, options: &VerifyOptions) -> Done {
        let findings =
            Findings::new(&self.cursor, std::slice::from_ref(&self.subject), options.limit, options.stop_at_damage);
        let findings = Mutex::new(findings);
        let results = threads::run(self.plan.workers, &|| self.work(context, &findings));
        let workers = results.len();
        let findings = into_inner(findings);
        let Ended { mut reports, whole, closed } = findings.end();
        let Self { subject, plan, reader, .. } = self;
        let reader = into_inner(reader);
        let mut report = reports.pop().expect("there is one subject");
        let failure = reader.failure.or_else(|| results.into_iter().find_map(Result::err));
        let early = match (closed, failure) {
            (Some(Closed::Damage), _) => None,
            (_, Some(failure)) => Some(Early::Failed(failure)),
            (_, None) if whole == 0 && !reader.ended => Some(Early::Stopped),
            (_, None) => subject.ends_of(reader.from, &mut report).err().map(Early::Failed),
        };
        let known = Known::new(DataOrigin::ComparedInMemory, "a pipe gives no access to a device");
        let (file, ranges) = subject.report(report, (false, A_PIPE.into()), Some(known));
        let way = VerifySummary {
            engine: SYNC.name,
            engine_reason: "a pipe is read in order".into(),
            direct_reason: A_PIPE.into(),
            advice: "none",
            advice_reason: A_PIPE.into(),
            readers: workers,
            depth: 1,
            buffer_size: plan.buffer,
            buffer_count: workers,
            warnings: plan.warnings,
            ..VerifySummary::default()
        };
        Done { way, stats: None, files: vec![file], ranges, early }
    }

    /// One worker: reads and compares extents until there are no more.
    fn work(&self, context: &Context<'_>, findings: &Mutex<Findings<'_>>) -> Result<()> {
        let mut buffer = vec![0; usize::try_from(self.plan.buffer).expect("a buffer fits memory")];
        let _seat = context.nodes.enter(std::iter::once(&mut *buffer))?;
        while !context.watch.is_cancelled() {
            let Some((extent, len, failed)) = self.next(&mut buffer) else { break };
            let ranges = self.subject.check(extent.stream_offset, &buffer[..len])?;
            context.watch.add(len as u64);
            let mut findings = lock(findings);
            findings.add(&extent, len as u64, ranges, failed);
            if findings.closed.is_some() {
                lock(&self.reader).enough = true;
            }
        }
        Ok(())
    }

    /// Claims the next extent and reads it as far as there is data; tells how far that is, and whether a failure ended it.
    fn next(&self, buffer: &mut [u8]) -> Option<(Extent, usize, bool)> {
        let mut reader = lock(&self.reader);
        if reader.ended || reader.enough || reader.failure.is_some() {
            return None;
        }
        let (_, extent) = self.cursor.claim()?;
        let (len, error) = fill(&mut reader.from, &mut buffer[..extent.len]);
        reader.ended = error.is_none() && len < extent.len;
        reader.failure = error.map(|error| {
            let at = extent.file_offset + len as u64;
            Error::io("read", &self.subject.path, Some(at), error)
        });
        Some((extent, len, reader.failure.is_some()))
    }
}

impl Subject {
    /// Adds what is missing at the end, or what follows although it should not: reads that to its end.
    fn ends_of(&self, mut from: Box<dyn Read + Send + '_>, report: &mut VerifyReport) -> Result<()> {
        let there = report.bytes_checked;
        missing(report, self.file_offset + there, self.range.size - there);
        let Some(end) = self.end.filter(|_| there == self.range.size) else { return Ok(()) };
        let extra = io::copy(&mut from, &mut io::sink());
        self.extra(report, extra.map_err(|error| Error::io("read", &self.path, Some(end), error))?);
        Ok(())
    }
}

/// Reads until `data` is full or the reader ends; how far that is, and the error that ended it.
fn fill(reader: &mut dyn Read, data: &mut [u8]) -> (usize, Option<io::Error>) {
    let mut done = 0;
    while done < data.len() {
        match reader.read(&mut data[done..]) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (done, Some(error)),
        }
    }
    (done, None)
}

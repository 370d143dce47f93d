//! One object after another to a store.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dgen::{Error, ErrorKind, Result};
use dgen_io::Histogram;
use futures_util::StreamExt;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::access::Target;
use crate::compare::{Comparer, Part};
use crate::crew::Job;
use crate::location::Scheme;
use crate::metadata::Said;
use crate::payload::Buffers;
use crate::set::ObjectSet;
use crate::stop::{Stop, interrupted};

/// How long taking back the parts of an object may take.
const ABORT_TIME: Duration = Duration::from_secs(5);

/// What is written, and how.
pub(crate) struct Put {
    pub(crate) target: Target,
    pub(crate) set: ObjectSet,
    /// Bytes of a request.
    pub(crate) part: u64,
    /// One for each request in flight.
    pub(crate) permits: Arc<Semaphore>,
    pub(crate) buffers: Buffers,
    /// Keep objects that are as they should be; the sizes of those that were there.
    pub(crate) present: Option<std::collections::HashMap<Path, u64>>,
    /// Write over anything.
    pub(crate) force: bool,
    pub(crate) stop: Stop,
}

/// What a task gathers.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) bytes: u64,
    pub(crate) written: u64,
    pub(crate) kept: u64,
    /// Files that have no attributes.
    pub(crate) unmarked: u64,
    pub(crate) generating: Duration,
    pub(crate) waiting: Duration,
    /// Of requests.
    pub(crate) latency: Histogram,
    /// Of objects.
    pub(crate) object_latency: Histogram,
}

impl Tally {
    pub(crate) fn add(&mut self, more: &Self) {
        self.bytes += more.bytes;
        self.written += more.written;
        self.kept += more.kept;
        self.unmarked += more.unmarked;
        self.generating += more.generating;
        self.waiting += more.waiting;
        self.latency.merge(&more.latency);
        self.object_latency.merge(&more.object_latency);
    }

    fn request(&mut self, took: Duration, bytes: u64) {
        self.latency.add(took);
        self.waiting += took;
        self.bytes += bytes;
    }
}

impl Job for Put {
    type Tally = Tally;

    async fn one(&self, tally: &mut Tally, index: usize) -> Result<()> {
        let (key, said) = (self.set.key(index), self.set.said(index));
        if self.is_kept(&key, &said).await? {
            tally.kept += 1;
            self.stop.add(said.mark.range.size);
            return Ok(());
        }
        let begin = Instant::now();
        if said.mark.range.size <= self.part {
            self.whole(&key, &said, tally).await?;
        } else {
            self.in_parts(&key, &said, tally).await?;
        }
        tally.object_latency.add(begin.elapsed());
        tally.written += 1;
        if let Some(file) = self.target.location.file(&key)
            && marked(&file, &said).is_err()
        {
            tally.unmarked += 1;
        }
        Ok(())
    }
}

impl Put {
    /// Whether an object is there that says it holds what it should, and has the size for it.
    async fn is_kept(&self, key: &Path, said: &Said) -> Result<bool> {
        let Some(size) = self.present.as_ref().and_then(|present| present.get(key)) else { return Ok(false) };
        let held = self.target.said(key, &self.stop).await?;
        if held.as_ref() == Some(said) {
            return Ok(*size == said.mark.range.size);
        }
        if self.force || (held.is_none() && self.is_part_of(key, *size, said).await?) {
            return Ok(false);
        }
        let message = format!("{}: holds something else than this run would write; ", self.target.location.url(key));
        let message = dgen::error::Message::from(message).option("force").text(" overwrites it");
        Err(Error::new(ErrorKind::Refused, message))
    }

    /// Whether an object that says nothing of itself holds nothing but what it should: a store that was killed may have
    /// kept one without its metadata.
    async fn is_part_of(&self, key: &Path, size: u64, said: &Said) -> Result<bool> {
        if size > said.mark.range.size {
            return Ok(false);
        }
        let fail = |error: object_store::Error| self.target.failed("read", key, None, &error);
        let mut body = match self.stop.or(self.target.store.get(key)).await? {
            Ok(found) => found.into_stream(),
            Err(object_store::Error::NotFound { .. }) => return Ok(true),
            Err(error) => return Err(fail(error)),
        };
        let mut there = said.clone();
        there.mark.range.size = size;
        let mut comparer = Comparer::new(&there, Part { object: 0, at: 0, size }, size, 0)?;
        while let Some(piece) = self.stop.or(body.next()).await? {
            comparer.take(&piece.map_err(fail)?)?;
        }
        Ok(comparer.end()?.ok)
    }

    /// In one request.
    async fn whole(&self, key: &Path, said: &Said, tally: &mut Tally) -> Result<()> {
        let range = said.mark.range;
        let permit = self.permit().await?;
        let begin = Instant::now();
        let payload = self.buffers.filled(self.set.stream(), range.offset, len(range.size))?;
        let filled = Instant::now();
        tally.generating += filled - begin;
        let options = PutOptions { attributes: self.attributes(said), ..PutOptions::default() };
        let put = self.stop.or_soon(self.target.store.put_opts(key, payload, options)).await?;
        put.map_err(|error| self.target.failed("write", key, None, &error))?;
        drop(permit);
        tally.request(filled.elapsed(), range.size);
        self.stop.add(range.size);
        Ok(())
    }

    /// In requests of a part each, several of them in flight; then the store makes them one object.
    async fn in_parts(&self, key: &Path, said: &Said, tally: &mut Tally) -> Result<()> {
        let options = PutMultipartOptions { attributes: self.attributes(said), ..PutMultipartOptions::default() };
        let begun = self.stop.or(self.target.store.put_multipart_opts(key, options)).await?;
        let mut upload = begun.map_err(|error| self.target.failed("begin", key, None, &error))?;
        let result = match self.parts(upload.as_mut(), key, said, tally).await {
            Ok(()) => self.complete(upload.as_mut(), key).await,
            failed => failed,
        };
        if result.is_err() {
            // Parts that nobody completes are kept, and paid for, until the store is told. It may be gone, too.
            _ = timeout(ABORT_TIME, upload.abort()).await;
        }
        result
    }

    async fn complete(&self, upload: &mut dyn MultipartUpload, key: &Path) -> Result<()> {
        let done = self.stop.or_soon(upload.complete()).await?;
        done.map(drop).map_err(|error| self.target.failed("complete", key, None, &error))
    }

    async fn parts(&self, upload: &mut dyn MultipartUpload, key: &Path, said: &Said, tally: &mut Tally) -> Result<()> {
        let range = said.mark.range;
        let mut flying = JoinSet::new();
        let mut at = 0;
        while at < range.size {
            let size = self.part.min(range.size - at);
            let permit = self.permit().await?;
            while let Some(done) = flying.try_join_next() {
                self.landed(done, key, tally)?;
            }
            let begin = Instant::now();
            let payload = self.buffers.filled(self.set.stream(), range.offset + at, len(size))?;
            let filled = Instant::now();
            tally.generating += filled - begin;
            let (part, stop) = (upload.put_part(payload), self.stop.clone());
            flying.spawn(async move {
                let done = stop.or_soon(part).await;
                drop(permit);
                Sent { at, size, took: filled.elapsed(), done }
            });
            at += size;
        }
        while let Some(done) = flying.join_next().await {
            self.landed(done, key, tally)?;
        }
        Ok(())
    }

    fn landed(
        &self,
        part: std::result::Result<Sent, tokio::task::JoinError>,
        key: &Path,
        tally: &mut Tally,
    ) -> Result<()> {
        let part = match part {
            Ok(part) => part,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => return Err(interrupted()),
        };
        part.done?.map_err(|error| self.target.failed("write", key, Some(part.at), &error))?;
        tally.request(part.took, part.size);
        self.stop.add(part.size);
        Ok(())
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit> {
        let permit = self.stop.or(Arc::clone(&self.permits).acquire_owned()).await?;
        Ok(permit.expect("nobody closes it"))
    }

    /// Files have attributes of their own instead, which are set when they are there.
    fn attributes(&self, said: &Said) -> object_store::Attributes {
        if self.target.location.scheme() == Scheme::File { object_store::Attributes::new() } else { said.attributes() }
    }
}

/// A part that came to its end.
struct Sent {
    at: u64,
    size: u64,
    took: Duration,
    done: Result<object_store::Result<()>>,
}

fn marked(file: &std::path::Path, said: &Said) -> io::Result<()> {
    said.mark.set(&std::fs::File::open(file)?)
}

fn len(size: u64) -> usize {
    usize::try_from(size).expect("parts fit in memory")
}

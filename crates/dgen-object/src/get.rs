//! One part after another of objects that are there, timed, and compared with what they should be.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dgen::{Result, VerifyReport};
use dgen_io::Histogram;
use futures_util::StreamExt;
use object_store::{GetOptions, GetRange, ObjectStore};

use crate::access::Target;
use crate::compare::{Comparer, Part};
use crate::crew::Job;
use crate::listing::Listed;
use crate::metadata::{Said, file_says};
use crate::stop::Stop;

/// What objects are compared with.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    /// With nothing.
    Nothing,
    /// With what each says of itself.
    OwnWords,
    /// With what is known of each of the listed objects.
    Known(Arc<Vec<Option<Said>>>),
}

/// What is read, and how.
pub(crate) struct Get {
    pub(crate) target: Target,
    pub(crate) listed: Arc<Vec<Listed>>,
    pub(crate) parts: Vec<Part>,
    pub(crate) wanted: Wanted,
    /// Most damaged ranges of a part that are listed.
    pub(crate) limit: usize,
    pub(crate) stop: Stop,
}

/// Damage of a part; offsets are those of the object.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) part: Part,
    pub(crate) report: VerifyReport,
}

/// What a task gathers.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) bytes: u64,
    pub(crate) checked: u64,
    pub(crate) bad: Vec<Found>,
    /// What objects say of themselves, as their first parts come.
    pub(crate) said: Vec<(usize, Said)>,
    /// Objects that say nothing, or nothing that is understood, and what that is.
    pub(crate) silent: Vec<(usize, Option<String>)>,
    /// Objects that went after they were listed.
    pub(crate) gone: Vec<usize>,
    /// The object of each part that came.
    pub(crate) done: Vec<usize>,
    /// From the request to the first byte.
    pub(crate) first_byte: Histogram,
    /// From the request to the last byte.
    pub(crate) latency: Histogram,
    pub(crate) comparing: Duration,
    pub(crate) waiting: Duration,
}

impl Tally {
    pub(crate) fn add(&mut self, mut more: Self) {
        self.bytes += more.bytes;
        self.checked += more.checked;
        self.bad.append(&mut more.bad);
        self.said.append(&mut more.said);
        self.silent.append(&mut more.silent);
        self.gone.append(&mut more.gone);
        self.done.append(&mut more.done);
        self.first_byte.merge(&more.first_byte);
        self.latency.merge(&more.latency);
        self.comparing += more.comparing;
        self.waiting += more.waiting;
    }
}

/// The parts of objects; one that is empty has one.
pub(crate) fn parts(
    listed: &[Listed],
    which: impl IntoIterator<Item = usize>,
    part: u64,
) -> impl Iterator<Item = Part> {
    which.into_iter().flat_map(move |object| {
        let size = listed[object].size;
        let count = size.div_ceil(part).max(1);
        (0..count).map(move |number| Part { object, at: number * part, size: part.min(size - number * part) })
    })
}

/// How many objects came whole.
pub(crate) fn whole(parts: &[Part], done: &[usize]) -> u64 {
    let mut left = std::collections::HashMap::<usize, usize>::new();
    for part in parts {
        *left.entry(part.object).or_default() += 1;
    }
    for object in done {
        left.entry(*object).and_modify(|left| *left -= 1);
    }
    left.values().filter(|left| **left == 0).count() as u64
}

impl Job for Get {
    type Tally = Tally;

    async fn one(&self, tally: &mut Tally, thing: usize) -> Result<()> {
        let part = self.parts[thing];
        let listed = &self.listed[part.object];
        let begin = Instant::now();
        let range = (part.size < listed.size).then(|| GetRange::Bounded(part.at..part.at + part.size));
        let options = GetOptions { range, ..GetOptions::default() };
        let came = match self.stop.or(self.target.store.get_opts(&listed.key, options)).await? {
            Ok(came) => came,
            Err(object_store::Error::NotFound { .. }) if !matches!(self.wanted, Wanted::Nothing) => {
                tally.gone.push(part.object);
                return Ok(());
            }
            Err(error) => return Err(self.target.failed("read", &listed.key, Some(part.at), &error)),
        };
        let said = match &self.wanted {
            Wanted::Nothing => None,
            Wanted::Known(known) => known[part.object].clone(),
            Wanted::OwnWords => {
                let said = match self.target.location.file(&listed.key) {
                    Some(file) => file_says(&file),
                    None => Said::of(&came.attributes),
                };
                let Ok(Some(said)) = said else {
                    if part.at == 0 {
                        tally.silent.push((part.object, said.err().map(|error| error.to_string())));
                    }
                    // What it holds need not come.
                    return Ok(());
                };
                if part.at == 0 {
                    tally.said.push((part.object, said.clone()));
                }
                Some(said)
            }
        };
        let mut comparer = said.map(|said| Comparer::new(&said, part, listed.size, self.limit)).transpose()?;
        let mut first = None;
        let mut body = came.into_stream();
        while let Some(piece) = self.stop.or(body.next()).await? {
            let at = part.at + comparer.as_ref().map_or(0, |comparer| comparer.came);
            let piece = piece.map_err(|error| self.target.failed("read", &listed.key, Some(at), &error))?;
            first.get_or_insert_with(|| begin.elapsed());
            tally.bytes += piece.len() as u64;
            self.stop.add(piece.len() as u64);
            if let Some(comparer) = &mut comparer {
                comparer.take(&piece)?;
            }
        }
        let took = begin.elapsed();
        tally.first_byte.add(first.unwrap_or(took));
        tally.latency.add(took);
        tally.waiting += took;
        tally.done.push(part.object);
        if let Some(comparer) = comparer {
            tally.comparing += comparer.took;
            let report = comparer.end()?;
            tally.checked += report.bytes_checked;
            if !report.ok {
                tally.bad.push(Found { part, report });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_cut_into_parts() {
        let listed = |size| Listed { key: "k".into(), size };
        let all = [listed(0), listed(10), listed(25)];
        let cut: Vec<_> = parts(&all, 0..3, 10).map(|part| (part.object, part.at, part.size)).collect();
        assert_eq!(cut, [(0, 0, 0), (1, 0, 10), (2, 0, 10), (2, 10, 10), (2, 20, 5)]);
    }
}

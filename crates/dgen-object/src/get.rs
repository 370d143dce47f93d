//! One part after another of objects that are there, timed, and compared with what they should be.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use dgen::{DamageKind, DamageRange, Result, Verifier, VerifyReport};
use dgen_io::Histogram;
use futures_util::StreamExt;
use object_store::{GetOptions, GetRange, ObjectStore};

use crate::access::Target;
use crate::crew::Job;
use crate::listing::Listed;
use crate::metadata::Said;
use crate::put::file_says;
use crate::stop::Stop;

/// Pages of the stream are compared whole, so that damage in them is named.
const PAGE: usize = 4096;

/// A part of an object, which one request asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// Which of the listed objects.
    pub(crate) object: usize,
    /// First byte in it.
    pub(crate) at: u64,
    pub(crate) size: u64,
}

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
    pub(crate) bytes_bad: u64,
    pub(crate) ranges: Vec<DamageRange>,
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
                tally.bad.push(Found { part, bytes_bad: report.bytes_bad, ranges: report.ranges });
            }
        }
        Ok(())
    }
}

/// Compares what comes with what should, from where it lies.
pub(crate) struct Comparer {
    verifier: Verifier,
    /// From a stream offset to that of the object, modulo 2^64.
    shift: u64,
    part: Part,
    /// Bytes of the part that the stream has; what follows is too much.
    wanted: u64,
    /// Bytes of the object that are not there, behind the last part.
    missing: u64,
    came: u64,
    /// The beginning of a page whose end is yet to come.
    page: Vec<u8>,
    found: VerifyReport,
    took: Duration,
}

impl Comparer {
    pub(crate) fn new(said: &Said, part: Part, size: u64, limit: usize) -> Result<Self> {
        let stream = said.mark.stream()?;
        let range = said.mark.range;
        let is_last = part.at + part.size == size;
        Ok(Self {
            found: VerifyReport::new(&stream, limit),
            verifier: Verifier::new(stream),
            shift: range.offset,
            part,
            wanted: range.size.saturating_sub(part.at).min(part.size),
            missing: if is_last { range.size.saturating_sub(size) } else { 0 },
            came: 0,
            page: Vec::new(),
            took: Duration::ZERO,
        })
    }

    pub(crate) fn take(&mut self, piece: &Bytes) -> Result<()> {
        let begin = Instant::now();
        let left = usize::try_from(self.wanted.saturating_sub(self.came)).unwrap_or(usize::MAX);
        let mut data = &piece[..piece.len().min(left)];
        self.came += piece.len() as u64;
        // Stream offset of the next byte to compare, and of that behind the data.
        let mut at = self.shift + self.part.at + self.came - piece.len() as u64 - self.page.len() as u64;
        if !self.page.is_empty() {
            let more = data.len().min(to_edge(at + self.page.len() as u64));
            self.page.extend_from_slice(&data[..more]);
            data = &data[more..];
            if !is_edge(at + self.page.len() as u64) {
                self.took += begin.elapsed();
                return Ok(());
            }
            let page = std::mem::take(&mut self.page);
            self.check(at, &page)?;
            at += page.len() as u64;
        }
        let behind = usize::try_from((at + data.len() as u64) % PAGE as u64).expect("below a page").min(data.len());
        let (whole, rest) = data.split_at(data.len() - behind);
        self.check(at, whole)?;
        self.page.extend_from_slice(rest);
        self.took += begin.elapsed();
        Ok(())
    }

    fn check(&mut self, at: u64, data: &[u8]) -> Result<()> {
        let mut ranges = self.verifier.check(at, data)?;
        for range in &mut ranges {
            range.offset -= self.shift;
        }
        self.found.add(at - self.shift, data.len() as u64, ranges);
        Ok(())
    }

    /// What was found, with what is missing or too much.
    pub(crate) fn end(mut self) -> Result<VerifyReport> {
        let compared = self.came.min(self.wanted);
        let page = std::mem::take(&mut self.page);
        self.check(self.shift + self.part.at + compared - page.len() as u64, &page)?;
        if self.came < self.part.size {
            // The store sent fewer bytes than it said.
            self.odd(self.part.at + self.came, self.part.size - self.came, DamageKind::Missing);
        }
        if self.came > self.wanted {
            self.odd(self.part.at + self.wanted, self.came - self.wanted, DamageKind::Extra);
        }
        if self.missing > 0 {
            self.odd(self.part.at + self.part.size, self.missing, DamageKind::Missing);
        }
        Ok(self.found)
    }

    fn odd(&mut self, at: u64, size: u64, kind: DamageKind) {
        self.found.add(at, size, vec![DamageRange::new(at, size, kind)]);
    }
}

fn to_edge(at: u64) -> usize {
    PAGE - usize::try_from(at % PAGE as u64).expect("below a page")
}

fn is_edge(at: u64) -> bool {
    at.is_multiple_of(PAGE as u64)
}

#[cfg(test)]
mod tests {
    use dgen_io::{Mark, StreamRange};

    use super::*;

    fn compared(range: StreamRange, part: Part, size: u64, data: &[u8], cut: usize) -> VerifyReport {
        let mark = Mark { recipe: dgen::Recipe::with_seed(9), version: 0, range, file: None };
        let mut comparer = Comparer::new(&Said { mark, set: None }, part, size, 10).unwrap();
        for piece in data.chunks(cut) {
            comparer.take(&Bytes::copy_from_slice(piece)).unwrap();
        }
        comparer.end().unwrap()
    }

    #[test]
    fn pieces_of_any_size_are_compared_and_damage_is_placed() {
        let range = StreamRange { offset: 10_000, size: 50_000 };
        let stream = dgen::Stream::new(&dgen::Recipe::with_seed(9)).unwrap();
        let mut data = vec![0; 50_000];
        stream.fill_at(10_000, &mut data).unwrap();
        for cut in [1, 100, 4096, 5000, 50_000] {
            for (at, size) in [(0, 50_000), (20_000, 10_000), (40_000, 10_000)] {
                let part = Part { object: 0, at, size };
                let held = &data[usize::try_from(at).unwrap()..][..usize::try_from(size).unwrap()];
                let report = compared(range, part, 50_000, held, cut);
                assert_eq!((report.ok, report.bytes_checked), (true, size), "{cut} {at}");
                let mut damaged = held.to_vec();
                damaged[7000..7004].fill(0xAA);
                let report = compared(range, part, 50_000, &damaged, cut);
                assert_eq!((report.bytes_checked, report.ranges_total), (size, 1));
                assert!((at + 7000 - 4096..at + 7004).contains(&report.ranges[0].offset), "{:?}", report.ranges);
            }
        }
    }

    #[test]
    fn what_is_missing_or_too_much_counts() {
        let range = StreamRange { offset: 0, size: 10_000 };
        let stream = dgen::Stream::new(&dgen::Recipe::with_seed(9)).unwrap();
        let mut data = vec![0; 12_000];
        stream.fill_at(0, &mut data).unwrap();
        let whole = |size| Part { object: 0, at: 0, size };
        let short = compared(range, whole(9000), 9000, &data[..9000], 4096);
        assert_eq!((short.bytes_bad, short.ranges[0].offset, short.ranges[0].kind), (1000, 9000, DamageKind::Missing));
        let long = compared(range, whole(12_000), 12_000, &data, 5000);
        assert_eq!((long.bytes_bad, long.ranges[0].offset, long.ranges[0].kind), (2000, 10_000, DamageKind::Extra));
        let behind = Part { object: 0, at: 11_000, size: 1000 };
        assert_eq!(compared(range, behind, 12_000, &data[11_000..], 300).bytes_bad, 1000);
        let empty = compared(range, whole(0), 0, &[], 1);
        assert_eq!((empty.bytes_bad, empty.bytes_checked), (10_000, 10_000));
    }

    #[test]
    fn objects_are_cut_into_parts() {
        let listed = |size| Listed { key: "k".into(), size };
        let all = [listed(0), listed(10), listed(25)];
        let cut: Vec<_> = parts(&all, 0..3, 10).map(|part| (part.object, part.at, part.size)).collect();
        assert_eq!(cut, [(0, 0, 0), (1, 0, 10), (2, 0, 10), (2, 10, 10), (2, 20, 5)]);
    }
}

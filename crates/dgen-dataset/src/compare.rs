//! Files compared with what they should be: what would be written is, and meets what is there.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use dgen::{DamageKind, DamageRange, Error, Result, Stream, Verifier, VerifyReport};
use dgen_formats::Format;
use dgen_io::Watch;

use crate::crew::interrupted;
use crate::file::DataFile;
use crate::layout::Layout;

/// Bytes compared at a time.
const PIECE: usize = 256 << 10;
/// Where damage is looked at closely.
const PAGE: usize = 4096;

/// Gives a file's bytes to a sink, from its first to its last.
pub(crate) fn emit(layout: &Layout, stream: &Stream, file: &DataFile, sink: &mut dyn Write) -> io::Result<()> {
    if layout.format != Format::Raw {
        let version = file.only_version().unwrap_or(0);
        return layout.format.write(&layout.content(&stream.version(version), file), sink);
    }
    for part in file.segments() {
        let stream = stream.version(part.version);
        let content = dgen_formats::Content::new(&stream, file.offset + part.at, part.size);
        Format::Raw.write(&content, sink)?;
    }
    Ok(())
}

/// Bytes of a whole file.
pub(crate) fn size_of(layout: &Layout, stream: &Stream, file: &DataFile) -> u64 {
    layout.format.file_size(&layout.content(stream, file)).unwrap_or(file.size)
}

/// Compares an open file with what it should hold.
pub(crate) fn compare(
    layout: &Layout,
    stream: &Stream,
    file: &DataFile,
    open: &File,
    path: &Path,
    limit: usize,
    watch: Watch<'_>,
) -> Result<VerifyReport> {
    let content = layout.content(stream, file);
    let payload = layout.format.payload_at(&content);
    let place = payload.map(|begin| Place { file, stream, begin });
    let found = VerifyReport::new(stream, limit);
    let mut comparer = Comparer { file: open, at: 0, held: vec![0; PIECE], found, place, watch };
    let result = emit(layout, stream, file, &mut comparer);
    let (at, mut found) = (comparer.at, comparer.found);
    if watch.is_cancelled() {
        return Err(interrupted());
    }
    result.map_err(|error| Error::io("read", path, Some(at), error))?;
    let len = open.metadata().map_err(|error| Error::io("look at", path, None, error))?.len();
    if len > at {
        found.add(at, len - at, vec![DamageRange::new(at, len - at, DamageKind::Extra)]);
    }
    Ok(found)
}

/// Where the payload lies, where it lies in one piece: so damage in it can be named.
struct Place<'a> {
    file: &'a DataFile,
    stream: &'a Stream,
    begin: u64,
}

/// A sink that compares.
struct Comparer<'a> {
    file: &'a File,
    at: u64,
    held: Vec<u8>,
    found: VerifyReport,
    place: Option<Place<'a>>,
    watch: Watch<'a>,
}

impl Write for Comparer<'_> {
    fn write(&mut self, wanted: &[u8]) -> io::Result<usize> {
        if self.watch.is_cancelled() {
            return Err(io::Error::other("interrupted"));
        }
        let len = wanted.len().min(PIECE);
        let there = read_up_to(self.file, self.at, &mut self.held[..len])?;
        let mut ranges = Vec::new();
        if self.held[..there] != wanted[..there] {
            self.look_closely(&wanted[..there], &mut ranges);
        }
        if there < len {
            ranges.push(DamageRange::new(self.at + there as u64, (len - there) as u64, DamageKind::Missing));
        }
        self.found.add(self.at, len as u64, ranges);
        self.at += len as u64;
        self.watch.add(there as u64);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Comparer<'_> {
    /// Names what differs, page by page of the file.
    fn look_closely(&self, wanted: &[u8], ranges: &mut Vec<DamageRange>) {
        let mut done = 0;
        while done < wanted.len() {
            let begin = self.at + done as u64;
            let to_edge = PAGE - usize::try_from(begin % PAGE as u64).expect("below a page");
            let page = done..wanted.len().min(done + to_edge);
            if self.held[page.clone()] != wanted[page.clone()] {
                ranges.extend(self.named(begin, &self.held[page.clone()], &wanted[page.clone()]));
            }
            done = page.end;
        }
    }

    fn named(&self, begin: u64, held: &[u8], wanted: &[u8]) -> Vec<DamageRange> {
        let by_stream = self.place.as_ref().and_then(|place| place.named(begin, held));
        by_stream.filter(|ranges| !ranges.is_empty()).unwrap_or_else(|| plainly(begin, held, wanted))
    }
}

impl Place<'_> {
    /// What the stream makes of damaged bytes of its payload; offsets are those of the file.
    fn named(&self, begin: u64, held: &[u8]) -> Option<Vec<DamageRange>> {
        let at = begin.checked_sub(self.begin)?;
        let version = self.file.version_at(at);
        if at + held.len() as u64 > self.file.size || self.file.version_at(at + held.len() as u64 - 1) != version {
            return None;
        }
        let offset = self.file.offset + at;
        let mut ranges = Verifier::new(self.stream.version(version)).check(offset, held).ok()?;
        for range in &mut ranges {
            range.offset = range.offset - offset + begin;
        }
        Some(ranges)
    }
}

/// What damage is where no stream can tell: from the first byte that differs to the last.
fn plainly(begin: u64, held: &[u8], wanted: &[u8]) -> Vec<DamageRange> {
    let differs = |index: &usize| held[*index] != wanted[*index];
    let Some(first) = (0..held.len()).find(differs) else { return Vec::new() };
    let last = (0..held.len()).rev().find(differs).unwrap_or(first);
    let (is, should) = (&held[first..=last], &wanted[first..=last]);
    let bits: u64 = is.iter().zip(should).map(|(is, should)| u64::from((is ^ should).count_ones())).sum();
    let kind = match bits {
        _ if is.iter().all(|byte| *byte == 0) => DamageKind::Zeroed,
        few if few <= is.len() as u64 => DamageKind::Flipped,
        _ => DamageKind::Foreign,
    };
    vec![DamageRange::new(begin + first as u64, (last - first + 1) as u64, kind)]
}

/// Reads until the buffer is full or the file ends.
pub(crate) fn read_up_to(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut len = 0;
    while len < buffer.len() {
        match file.read_at(&mut buffer[len..], offset + len as u64) {
            Ok(0) => break,
            Ok(more) => len += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(len)
}

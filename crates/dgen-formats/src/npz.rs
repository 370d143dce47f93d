//! `npz`: an archive of zip with one stored member, `x.npy`. Loaders of training benchmarks read an array of that name.
//!
//! The checksum follows the payload, as archives have it that are written to pipes, for it is not known before. Sizes are
//! in the form for large files (zip64) whether or not they are large, so that there is one layout.

use std::io::{self, Write};

use dgen::Result;

use crate::array::{self, HEAD};
use crate::content::Content;
use crate::npy;

const NAME: &[u8] = b"x.npy";
/// What a reader needs to know: version 4.5, for large files.
const VERSION: u16 = 45;
/// Checksum and sizes follow the member.
const FLAGS: u16 = 1 << 3;
/// Midnight, and the first day that the format has.
const TIME_AND_DATE: u32 = 0x21 << 16;
/// A size that stands elsewhere.
const ELSEWHERE: u32 = u32::MAX;

/// Bytes before the payload: the member's head, and that of the array in it.
pub(crate) const BEFORE: u64 = 2 * HEAD;
/// Bytes after it.
const AFTER: u64 = 24 + LISTED + 56 + 20 + 22;
/// Bytes of the list of members.
const LISTED: u64 = 46 + NAME.len() as u64 + 20;

/// Bytes that the format adds.
pub(crate) const ADDED: u64 = BEFORE + AFTER;

pub(crate) fn check(content: &Content<'_>) -> Result<()> {
    npy::check(content)?;
    array::check(content, ADDED)
}

pub(crate) fn write(content: &Content<'_>, sink: &mut dyn Write) -> io::Result<()> {
    let array = npy::head(content).map_err(io::Error::other)?;
    let mut crc = crc32fast::Hasher::new();
    crc.update(&array);
    sink.write_all(&member())?;
    sink.write_all(&array)?;
    content.payload().each(content.size, |piece| {
        crc.update(piece);
        sink.write_all(piece)
    })?;
    sink.write_all(&end(HEAD + content.size, crc.finalize()))
}

/// Fields one after another.
#[derive(Default)]
struct Fields(Vec<u8>);

impl Fields {
    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn u16(self, value: u16) -> Self {
        self.raw(&value.to_le_bytes())
    }

    fn u32(self, value: u32) -> Self {
        self.raw(&value.to_le_bytes())
    }

    fn u64(self, value: u64) -> Self {
        self.raw(&value.to_le_bytes())
    }

    /// An extra field with the two sizes of a member.
    fn sizes(self, size: u64) -> Self {
        self.u16(1).u16(16).u64(size).u64(size)
    }

    fn name_length(self) -> Self {
        self.u16(u16::try_from(NAME.len()).expect("the name is short"))
    }
}

/// The head of the member, filled up with the extra field that aligns members elsewhere, too.
fn member() -> Vec<u8> {
    const ALIGNMENT: u16 = 0xd935;
    let page = u16::try_from(HEAD).expect("a head is short");
    let extra = page - 30 - u16::try_from(NAME.len()).expect("the name is short");
    let head = Fields::default().raw(b"PK\x03\x04").u16(VERSION).u16(FLAGS).u16(0).u32(TIME_AND_DATE);
    let head = head.u32(0).u32(ELSEWHERE).u32(ELSEWHERE).name_length().u16(extra).raw(NAME).sizes(0);
    let padding = extra - 20 - 4;
    let mut head = head.u16(ALIGNMENT).u16(padding).u16(page).0;
    head.resize(usize::from(page), 0);
    head
}

/// What follows a member of so many bytes: its checksum and sizes, the list of members, and where that is found.
fn end(size: u64, crc: u32) -> Vec<u8> {
    let sizes = Fields::default().raw(b"PK\x07\x08").u32(crc).u64(size).u64(size);
    let listed_at = HEAD + size + sizes.0.len() as u64;
    let listed = sizes.raw(b"PK\x01\x02").u16(VERSION).u16(VERSION).u16(FLAGS).u16(0).u32(TIME_AND_DATE).u32(crc);
    let listed = listed.u32(ELSEWHERE).u32(ELSEWHERE).name_length().u16(20).u16(0).u16(0).u16(0).u32(0).u32(0);
    let listed = listed.raw(NAME).sizes(size);
    let found = listed.raw(b"PK\x06\x06").u64(44).u16(VERSION).u16(VERSION).u32(0).u32(0).u64(1).u64(1);
    let found = found.u64(LISTED).u64(listed_at);
    let found = found.raw(b"PK\x06\x07").u32(0).u64(listed_at + LISTED).u32(1);
    let found = found.raw(b"PK\x05\x06").u16(0).u16(0).u16(1).u16(1);
    found.u32(u32::try_from(LISTED).expect("the list is short")).u32(ELSEWHERE).u16(0).0
}

//! `tfrecord`: for each record its length, a checksum of that, the record, and a checksum of it. Records hold the payload as
//! it is, with no message of TensorFlow's around it.

use std::io::{self, Write};

use dgen::Result;

use crate::content::{CHUNK, Content, total};
use crate::gather::Gather;

/// Bytes around a record: a length, and two checksums.
const FRAME: u64 = 8 + 4 + 4;

pub(crate) fn check(content: &Content<'_>) -> Result<()> {
    content.check()?;
    total(content.size, added(content)).map(drop)
}

/// Bytes that the format adds, or as many as there can be.
pub(crate) fn added(content: &Content<'_>) -> u64 {
    content.records().saturating_mul(FRAME)
}

pub(crate) fn write(content: &Content<'_>, sink: &mut dyn Write) -> io::Result<()> {
    let mut payload = content.payload();
    let mut sink = Gather::new(sink, CHUNK);
    let mut left = content.size;
    while left > 0 {
        let len = left.min(content.record);
        let length = len.to_le_bytes();
        sink.push(&length)?;
        sink.push(&masked(crc32c::crc32c(&length)))?;
        let mut crc = 0;
        payload.each(len, |piece| {
            crc = crc32c::crc32c_append(crc, piece);
            sink.push(piece)
        })?;
        sink.push(&masked(crc))?;
        left -= len;
    }
    sink.flush()
}

/// A checksum as it is stored: turned and moved, so that one of data that hold checksums is as good as any.
fn masked(crc: u32) -> [u8; 4] {
    crc.rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_castagnoli_and_masked() {
        let crc = crc32c::crc32c(b"123456789");
        assert_eq!(crc, 0xe306_9283);
        let stored = u32::from_le_bytes(masked(crc));
        assert_eq!(stored.wrapping_sub(0xa282_ead8).rotate_left(15), crc);
    }
}

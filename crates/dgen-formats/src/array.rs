//! What files of one array share: its shape, and a head of one page, so that pages of the stream are pages of the file.

use std::io::{self, Write};

use dgen::units::PAGE;
use dgen::{Error, Result};

use crate::content::{Content, total};
use crate::dtype::Dtype;

/// Bytes of a head.
pub(crate) const HEAD: u64 = PAGE as u64;

/// Refuses what is no array.
pub(crate) fn check(content: &Content<'_>, added: u64) -> Result<()> {
    content.check()?;
    content.check_elements()?;
    content.check_whole()?;
    total(content.size, added).map(drop)
}

/// Refuses elements that numpy does not have.
pub(crate) fn numpy_name(dtype: Dtype) -> Result<&'static str> {
    dtype.numpy().ok_or_else(|| {
        let known: Vec<_> =
            Dtype::ALL.iter().filter(|known| known.numpy().is_some()).map(|known| known.name()).collect();
        Error::invalid("dtype", dtype, &format!("what numpy has: {}", known.join(", ")))
    })
}

/// The lengths of the axes: records, and elements in one where there are several.
pub(crate) fn shape(content: &Content<'_>) -> Vec<u64> {
    let elements = content.record / content.dtype.size();
    let mut shape = vec![content.records()];
    shape.extend(Some(elements).filter(|&elements| elements != 1));
    shape
}

/// Text, with as many spaces as the head needs, after `before` bytes and before `end`.
pub(crate) fn padded(before: usize, text: &str, end: &str) -> String {
    let width = PAGE - before - end.len();
    format!("{text:width$}{end}")
}

/// Writes a head and the payload.
pub(crate) fn write(head: &[u8], content: &Content<'_>, sink: &mut dyn Write) -> io::Result<()> {
    sink.write_all(head)?;
    content.payload().each(content.size, |piece| sink.write_all(piece))
}

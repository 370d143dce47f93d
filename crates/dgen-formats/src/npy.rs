//! `npy`, version 1.0: a magic, the length of the header, the header as a Python literal, the array.

use std::io::{self, Write};

use dgen::Result;

use crate::array::{self, HEAD, numpy_name};
use crate::content::Content;

pub(crate) fn check(content: &Content<'_>) -> Result<()> {
    numpy_name(content.dtype)?;
    array::check(content, HEAD)
}

/// The head: numpy reads up to 10,000 bytes of it without being told to trust the file.
pub(crate) fn head(content: &Content<'_>) -> Result<Vec<u8>> {
    const LEAD: usize = 10;
    let axes: Vec<String> = array::shape(content).iter().map(u64::to_string).collect();
    // A tuple of one has a comma.
    let shape = if let [one] = &axes[..] { format!("{one},") } else { axes.join(", ") };
    let descr = numpy_name(content.dtype)?;
    let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    let text = array::padded(LEAD, &text, "\n");
    let len = u16::try_from(text.len()).expect("a page has fewer than 2^16 bytes");
    Ok([b"\x93NUMPY\x01\x00", &len.to_le_bytes()[..], text.as_bytes()].concat())
}

pub(crate) fn write(content: &Content<'_>, sink: &mut dyn Write) -> io::Result<()> {
    array::write(&head(content).map_err(io::Error::other)?, content, sink)
}

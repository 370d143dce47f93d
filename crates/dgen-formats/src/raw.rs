//! Payload alone.

use std::io::{self, Write};

use dgen::Result;

use crate::content::{Content, total};

pub(crate) fn check(content: &Content<'_>) -> Result<()> {
    content.check()?;
    total(content.size, 0).map(drop)
}

pub(crate) fn write(content: &Content<'_>, sink: &mut dyn Write) -> io::Result<()> {
    content.payload().each(content.size, |piece| sink.write_all(piece))
}

//! `safetensors`: the length of the header, the header as JSON, the tensors; here one, by the name `data`.

use std::io::{self, Write};

use dgen::{Error, Result};

use crate::array::{self, HEAD};
use crate::content::Content;

/// Readers count bits in 64 bits.
const MAX_SIZE: u64 = (1 << 61) - 1;

pub(crate) fn check(content: &Content<'_>) -> Result<()> {
    array::check(content, HEAD)?;
    if content.size > MAX_SIZE {
        return Err(Error::invalid("file size", content.size, "0 to 2^61 - 1 bytes in safetensors"));
    }
    Ok(())
}

fn head(content: &Content<'_>) -> Vec<u8> {
    const LEAD: usize = 8;
    let axes: Vec<String> = array::shape(content).iter().map(u64::to_string).collect();
    let (dtype, shape, size) = (content.dtype.safetensors(), axes.join(","), content.size);
    let text = format!(r#"{{"data":{{"dtype":"{dtype}","shape":[{shape}],"data_offsets":[0,{size}]}}}}"#);
    let text = array::padded(LEAD, &text, "");
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}

pub(crate) fn write(content: &Content<'_>, sink: &mut dyn Write) -> io::Result<()> {
    array::write(&head(content), content, sink)
}

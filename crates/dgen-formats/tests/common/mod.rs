//! A stream for tests, files of it, and what is skipped.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::fs::OpenOptions;
use std::io::Write;

use dgen::{Recipe, Stream};
use dgen_formats::{Content, Format};

pub(crate) fn stream() -> Stream {
    let recipe = Recipe::builder().seed(14).dedup_ratio(2.0).unwrap().compress_ratio(2.0).unwrap().build().unwrap();
    Stream::new(&recipe).unwrap()
}

pub(crate) fn written(format: Format, content: &Content<'_>) -> Vec<u8> {
    let mut file = Vec::new();
    format.write(content, &mut file).unwrap();
    file
}

pub(crate) fn payload(content: &Content<'_>) -> Vec<u8> {
    let mut payload = vec![0; usize::try_from(content.size).unwrap()];
    content.stream.fill_at(content.offset, &mut payload).unwrap();
    payload
}

/// Notes visibly that a part of a test is skipped; the test script lists these notes at the end.
pub(crate) fn skip(reason: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    println!("skipped: {test}: {reason}");
    let notes = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/skips.txt");
    let file = OpenOptions::new().create(true).append(true).open(notes);
    // Without the build folder (an installed test binary) the line above is all there is.
    _ = file.and_then(|mut file| writeln!(file, "{} ({test})", reason.replace('\n', " ")));
}

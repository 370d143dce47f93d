//! The reports of a write and a read.

use dgen::units::exact_size;
use dgen_io::{FileReport, RangeAttribute, ReadReport, RunReport, StreamRange, WriteReport};

use super::{parts, skipped::skipped};
use crate::display::lines::{Text, row};
use crate::report::facts;
use crate::report::words::{LISTED, count, human_size};

/// The report of a write.
pub(crate) fn write(report: &WriteReport) -> Text {
    let mut text = Text::default();
    if let Some(resumed) = &report.resumed {
        parts::resumed(&mut text, resumed, report.size);
    }
    if let Some(appended) = &report.appended {
        parts::appended(&mut text, report, appended);
    }
    if let Some(tuning) = &report.tuning {
        parts::tuning(&mut text, tuning);
    }
    row(&mut text, "wrote", moved(report.bytes_written, &report.files, &report.run));
    run(&mut text, &report.run);
    if let Some(reads) = &report.reads {
        parts::reads(&mut text, reads);
    }
    let sync = if report.synced { "yes, with fdatasync, inside the time" } else { "no" };
    row(&mut text, "durable", sync);
    row(&mut text, "recipe", report.recipe);
    if let Some(size) = report.file_size {
        let block = exact_size(report.recipe.block_size());
        row(&mut text, "file size", format_args!("{size} bytes each, from a multiple of {block} of the stream on"));
    } else {
        let range = StreamRange { offset: report.offset, size: report.size };
        row(&mut text, "range", RangeAttribute { range, version: report.stream_version, file: None });
    }
    if let Some(ranks) = &report.ranks {
        row(&mut text, "ranks", facts::ranks(ranks));
    }
    if report.error.is_some() || report.files.len() > 1 {
        files(&mut text, &report.files);
    }
    if report.error.is_some() {
        let (valid, size) = (human_size(report.valid_prefix), human_size(report.size));
        row(&mut text, "valid prefix", format_args!("{valid} of {size}: {} bytes", report.valid_prefix));
    }
    surroundings(&mut text, &report.run);
    if let Some(verify) = &report.verify {
        parts::read_back(&mut text, verify);
    }
    text
}

/// The report of a read.
pub(crate) fn read(report: &ReadReport) -> Text {
    let mut text = Text::default();
    if let Some(tuning) = &report.tuning {
        parts::tuning(&mut text, tuning);
    }
    row(&mut text, "read", moved(report.bytes_read, &report.files, &report.run));
    run(&mut text, &report.run);
    if let Some((name, value)) = facts::data_of(&report.files) {
        row(&mut text, name, value);
    }
    if let Some(ranks) = &report.ranks {
        row(&mut text, "ranks", facts::ranks(ranks));
    }
    row(&mut text, "advice", format_args!("{}: {}", report.advice, report.advice_reason));
    skipped(&mut text, &report.skipped);
    surroundings(&mut text, &report.run);
    text
}

fn moved(bytes: u64, files: &[FileReport], run: &RunReport) -> String {
    format!("{} in {:.3} s, {}", human_size(bytes), run.duration_secs, count(files.len() as u64, "path"))
}

/// What limited it, how fast it was, and how it was done.
fn run(text: &mut Text, run: &RunReport) {
    for (name, value) in facts::verdict(run).into_iter().chain(facts::results(run)).chain(facts::settings(run)) {
        row(text, name, value);
    }
}

/// Where it ran.
fn surroundings(text: &mut Text, run: &RunReport) {
    for (name, value) in facts::surroundings(&run.host, &run.storage) {
        row(text, name, value);
    }
}

fn files(text: &mut Text, files: &[FileReport]) {
    for file in files.iter().take(LISTED) {
        let path = file.path.display();
        let state = if file.removed {
            "nothing written, removed".to_owned()
        } else if file.valid_prefix < file.size {
            format!("{} of {} bytes written", file.valid_prefix, file.size)
        } else {
            format!("{} bytes", file.size)
        };
        row(text, "file", format_args!("{path}: {state}, from stream offset {}", file.offset));
    }
    let more = files.get(LISTED..).unwrap_or_default();
    if !more.is_empty() {
        let whole = more.iter().filter(|file| !file.removed && file.valid_prefix == file.size).count();
        row(text, "files", format_args!("{} more, {whole} of them whole; --json lists all", more.len()));
    }
}

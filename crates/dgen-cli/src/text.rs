//! Reports for people.

mod storage;

use std::fmt::Write as _;
use std::time::Duration;

use dgen::DamageKind;
use dgen::units::human_rate;
use dgen_io::{FileReport, ReadReport, RunReport, VerifySummary, WriteReport};

use crate::report::facts;

/// Files that are listed.
pub(crate) const LISTED: usize = 32;

/// Both unit systems: `1.86 GiB (2.00 GB)`.
pub(crate) fn both(bytes: u64) -> String {
    human_rate(bytes as f64).replace("/s", "")
}

/// A number of things: `1 range`, `2 ranges`.
pub(crate) fn count(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// One line of a report: a name and a value.
pub(crate) fn row(text: &mut String, name: &str, value: impl std::fmt::Display) {
    writeln!(text, "{name:<13} {value}").expect("text grows");
}

/// One line per warning.
pub(crate) fn warnings(text: &mut String, warnings: &[String]) {
    for warning in warnings {
        row(text, "warning", warning);
    }
}

/// The report of a write.
pub(crate) fn write(report: &WriteReport) -> String {
    let mut text = String::new();
    if let Some(resumed) = &report.resumed {
        storage::resumed(&mut text, resumed, report.size);
    }
    if let Some(appended) = &report.appended {
        storage::appended(&mut text, report, appended);
    }
    if let Some(tuning) = &report.tuning {
        storage::tuning(&mut text, tuning);
    }
    row(&mut text, "wrote", moved(report.bytes_written, &report.files, &report.run));
    run(&mut text, &report.run);
    if let Some(reads) = &report.reads {
        storage::reads(&mut text, reads);
    }
    let sync = if report.synced { "yes, with fdatasync, inside the time" } else { "no" };
    row(&mut text, "durable", sync);
    row(&mut text, "recipe", report.recipe);
    row(&mut text, "range", format_args!("offset={},size={}", report.offset, report.size));
    if report.error.is_some() || report.files.len() > 1 {
        files(&mut text, &report.files);
    }
    if report.error.is_some() {
        let (valid, size) = (both(report.valid_prefix), both(report.size));
        row(&mut text, "valid prefix", format_args!("{valid} of {size}: {} bytes", report.valid_prefix));
    }
    surroundings(&mut text, &report.run);
    warnings(&mut text, &report.run.warnings);
    if let Some(verify) = &report.verify {
        storage::read_back(&mut text, verify);
    }
    text
}

/// The report of a read.
pub(crate) fn read(report: &ReadReport) -> String {
    let mut text = String::new();
    if let Some(tuning) = &report.tuning {
        storage::tuning(&mut text, tuning);
    }
    row(&mut text, "read", moved(report.bytes_read, &report.files, &report.run));
    run(&mut text, &report.run);
    row(&mut text, "advice", format_args!("{}: {}", report.advice, report.advice_reason));
    surroundings(&mut text, &report.run);
    warnings(&mut text, &report.run.warnings);
    text
}

fn moved(bytes: u64, files: &[FileReport], run: &RunReport) -> String {
    format!("{} in {:.3} s, {}", both(bytes), run.duration_secs, count(files.len() as u64, "path"))
}

/// What limited it, how fast it was, and how it was done.
fn run(text: &mut String, run: &RunReport) {
    for (name, value) in facts::verdict(run).into_iter().chain(facts::results(run)).chain(facts::settings(run)) {
        row(text, name, value);
    }
}

/// Where it ran.
fn surroundings(text: &mut String, run: &RunReport) {
    for (name, value) in facts::surroundings(&run.host, &run.storage) {
        row(text, name, value);
    }
}

/// A duration in the unit that suits it.
pub(crate) fn time(ns: u64) -> String {
    match ns {
        0..1_000 => format!("{ns} ns"),
        1_000..1_000_000 => format!("{:.1} us", ns as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", ns as f64 / 1e6),
        _ => format!("{:.2} s", ns as f64 / 1e9),
    }
}

/// Seconds for people: `42 s`, `3 min 05 s`, `7 h 12 min`.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX).as_secs();
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole / 60 % 60),
    }
}

fn files(text: &mut String, files: &[FileReport]) {
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

/// The report of a verification.
pub(crate) fn verify(report: &VerifySummary) -> String {
    let mut text = String::new();
    let verdict = match (report.ok, report.bytes_bad) {
        (true, _) => "ok: every byte is as its recipe says".to_owned(),
        (false, 0) => "not finished; no damage up to here".to_owned(),
        (false, bad) => format!("damaged: {} in {}", count(bad, "byte"), count(report.ranges_total, "range")),
    };
    row(&mut text, "result", verdict);
    let seconds = report.elapsed_ns as f64 / 1e9;
    let (checked, paths) = (both(report.bytes_checked), count(report.files.len() as u64, "path"));
    let missing = report
        .bytes_by_kind
        .get(&DamageKind::Missing)
        .map_or(String::new(), |missing| format!(", of which {} are missing", both(*missing)));
    row(&mut text, "checked", format_args!("{checked}{missing} in {seconds:.3} s, {paths}"));
    row(&mut text, "throughput", human_rate(report.bytes_per_s));
    for (name, value) in facts::of_verify(report) {
        row(&mut text, name, value);
    }
    if let Some(placement) = report.placement.as_ref().filter(|placement| placement.placed) {
        row(&mut text, "placement", placement.summary());
    }
    if !report.ok {
        row(&mut text, "valid prefix", format_args!("{}: {} bytes", both(report.valid_prefix), report.valid_prefix));
    }
    for file in &report.files {
        if report.files.len() > 1 && (report.files.len() <= LISTED || !file.ok) {
            let verdict = if file.ok { "ok".to_owned() } else { format!("{} bytes damaged", file.bytes_bad) };
            row(&mut text, "file", format_args!("{}: {verdict}", file.path.display()));
        }
        if report.recipe.is_none() {
            row(&mut text, "recipe", file.recipe);
        }
    }
    if let Some(recipe) = report.recipe {
        row(&mut text, "recipe", recipe);
    }
    for (kind, bytes) in &report.bytes_by_kind {
        row(&mut text, "damage", format_args!("{kind}: {bytes} bytes"));
    }
    for placed in &report.ranges {
        let place = if report.files.len() > 1 { format!("{}: ", placed.path.display()) } else { String::new() };
        row(&mut text, "range", format_args!("{place}{}", placed.range));
    }
    let unlisted = report.ranges_total - report.ranges.len() as u64;
    if unlisted > 0 {
        row(&mut text, "ranges", format_args!("{unlisted} more, not listed (see --limit)"));
    }
    warnings(&mut text, &report.warnings);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_the_unit_that_suits_them() {
        assert_eq!([999, 1_500, 2_500_000, 3_000_000_000].map(time), ["999 ns", "1.5 us", "2.5 ms", "3.00 s"]);
        assert_eq!([42.9, 185.0, 26_000.0].map(duration), ["42 s", "3 min 05 s", "7 h 13 min"]);
    }
}

//! The reports of objects as lines.

use dgen::units::exact_size;
use dgen_io::Latency;
use dgen_object::{FailedObject, ReadReport, Traffic, VerifyReport, WriteReport};

use crate::display::lines::{Text, row, toned};
use crate::display::look::Tone;
use crate::report::facts;
use crate::report::words::{count, human_rate, human_size, listed, time};

pub(crate) fn write(report: &WriteReport) -> Text {
    let mut text = Text::default();
    let seconds = report.elapsed_ns as f64 / 1e9;
    let objects = count(report.objects_written, "object");
    row(&mut text, "wrote", format_args!("{} in {objects}, in {seconds:.3} s", human_size(report.bytes_written)));
    if report.objects_kept > 0 {
        row(
            &mut text,
            "kept",
            format_args!("{} that {} right", count(report.objects_kept, "object"), are(report.objects_kept)),
        );
    }
    failed(&mut text, &report.failed, report.objects_failed);
    row(&mut text, "throughput", rates(report.bytes_per_s, report.objects_per_s));
    if report.bytes_written > 0 {
        let percent = report.generation_bound * 100.0;
        row(&mut text, "bound", format_args!("{percent:.0} % of the time waited for data to be generated"));
    }
    latency(&mut text, "latency", &report.latency_ns);
    if report.object_latency_ns != report.latency_ns {
        latency(&mut text, "of objects", &report.object_latency_ns);
    }
    requests(&mut text, &report.traffic);
    row(&mut text, "set", format_args!("{}, {}", count(report.objects, "object"), human_size(report.size)));
    if let Some(ranks) = &report.ranks {
        row(&mut text, "ranks", facts::ranks(ranks));
    }
    if report.stream_version != 0 {
        row(&mut text, "version", report.stream_version);
    }
    row(&mut text, "recipe", report.recipe);
    text
}

pub(crate) fn read(report: &ReadReport) -> Text {
    let mut text = Text::default();
    let seconds = report.elapsed_ns as f64 / 1e9;
    let objects = count(report.objects_read, "object");
    row(&mut text, "read", format_args!("{} in {objects}, in {seconds:.3} s", human_size(report.bytes_read)));
    failed(&mut text, &report.failed, report.objects_failed);
    row(&mut text, "throughput", rates(report.bytes_per_s, report.objects_per_s));
    latency(&mut text, "first byte", &report.first_byte_ns);
    latency(&mut text, "latency", &report.latency_ns);
    requests(&mut text, &report.traffic);
    row(&mut text, "listing", format_args!("{} in {}", count(report.objects, "object"), time(report.list_ns)));
    if let Some(ranks) = &report.ranks {
        row(&mut text, "ranks", facts::ranks(ranks));
    }
    text
}

pub(crate) fn verify(report: &VerifyReport) -> Text {
    let mut text = Text::default();
    let seconds = report.elapsed_ns as f64 / 1e9;
    let bad = report.objects_bad + report.objects_missing + report.objects_misplaced;
    let verdict = match (report.ok, report.error.is_some()) {
        (true, _) => "ok",
        (false, true) if bad == 0 => "not finished",
        (false, _) => "differs",
    };
    let tone = if report.ok { Tone::Good } else { Tone::Bad };
    let checked = human_size(report.bytes_checked);
    toned(&mut text, "verified", format_args!("{verdict}: {checked} in {seconds:.3} s"), tone);
    let objects = format_args!(
        "{} of {} compared: {} damaged, {} missing, {} misplaced, {} unknown",
        report.objects_checked,
        report.objects,
        report.objects_bad,
        report.objects_missing,
        report.objects_misplaced,
        report.objects_unknown
    );
    row(&mut text, "objects", objects);
    for object in &report.damaged {
        toned(&mut text, "damaged", format_args!("{}: {} bytes", object.url, object.bytes_bad), Tone::Bad);
        for range in listed(&object.ranges, ToString::to_string, " ranges") {
            row(&mut text, "", range);
        }
    }
    for url in &report.missing {
        toned(&mut text, "missing", url, Tone::Bad);
    }
    for object in &report.misplaced {
        toned(&mut text, "misplaced", format_args!("{}: holds {}", object.url, object.holds), Tone::Bad);
    }
    for url in &report.unknown {
        toned(&mut text, "unknown", format_args!("{url}: says nothing of what it holds"), Tone::Bad);
    }
    failed(&mut text, &report.failed, report.failed.len() as u64);
    row(&mut text, "throughput", human_rate(report.bytes_per_s));
    latency(&mut text, "first byte", &report.first_byte_ns);
    latency(&mut text, "latency", &report.latency_ns);
    requests(&mut text, &report.traffic);
    if let Some(ranks) = &report.ranks {
        row(&mut text, "ranks", facts::ranks(ranks));
    }
    for recipe in &report.recipes {
        row(&mut text, "recipe", recipe);
    }
    text
}

const fn are(number: u64) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

fn rates(bytes_per_s: f64, objects_per_s: f64) -> String {
    format!("{}, {objects_per_s:.0} objects per second", human_rate(bytes_per_s))
}

fn latency(text: &mut Text, name: &str, latency: &Latency) {
    if latency.max > 0 {
        row(text, name, facts::latency(latency, false));
    }
}

fn failed(text: &mut Text, failed: &[FailedObject], count: u64) {
    for object in failed {
        toned(text, "failed", &object.error, Tone::Bad);
    }
    let more = count - failed.len() as u64;
    if more > 0 {
        toned(text, "failed", format_args!("and {more} more"), Tone::Bad);
    }
}

fn requests(text: &mut Text, traffic: &Traffic) {
    let again = if traffic.requests_failed == 0 {
        String::new()
    } else {
        format!(", of which {} failed", traffic.requests_failed)
    };
    let (requests, in_flight, size) = (traffic.requests, traffic.concurrency, exact_size(traffic.part_size));
    row(text, "requests", format_args!("{requests}{again}; up to {in_flight} in flight, of up to {size}"));
}

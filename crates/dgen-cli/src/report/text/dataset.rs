//! The reports of `dgen dataset` as lines.

use dgen_dataset::{ReadReport, VerifyReport, WriteReport};
use dgen_io::{Latency, RanksReport};

use crate::display::lines::{Text, row, toned};
use crate::display::look::Tone;
use crate::report::facts;
use crate::report::words::{count, human_rate, human_size, listed, time};

pub(crate) fn write(report: &WriteReport) -> Text {
    let mut text = Text::default();
    let seconds = report.elapsed_ns as f64 / 1e9;
    let files = count(report.files_written, "file");
    row(&mut text, "wrote", format_args!("{} in {files}, in {seconds:.3} s", human_size(report.bytes_written)));
    row(&mut text, "throughput", rates(report.bytes_per_s, report.files_per_s, "files"));
    latency(&mut text, &report.latency_ns);
    if report.sync_ns > report.elapsed_ns / 1000 {
        row(&mut text, "sync", format_args!("{} of the time, to make data durable", time(report.sync_ns)));
    }
    let changes = [(report.files_kept, "kept"), (report.files_renamed, "renamed"), (report.files_deleted, "deleted")];
    let changes: Vec<String> =
        changes.iter().filter(|(files, _)| *files > 0).map(|(files, what)| format!("{files} {what}")).collect();
    if !changes.is_empty() {
        row(&mut text, "other files", changes.join(", "));
    }
    let set = format_args!("{} of {}, {}", count(report.files, "file"), report.format, human_size(report.size));
    row(&mut text, "data set", set);
    let distinct =
        report.new_distinct_bytes.map(|bytes| format!(", {} of them in blocks never seen before", human_size(bytes)));
    let (new, distinct) = (human_size(report.new_bytes), distinct.unwrap_or_default());
    row(&mut text, "generation", format_args!("{}: {new} new{distinct}", report.generation));
    end(&mut text, report.ranks.as_ref(), &report.recipe.to_string());
    text
}

pub(crate) fn verify(report: &VerifyReport) -> Text {
    let mut text = Text::default();
    let seconds = report.elapsed_ns as f64 / 1e9;
    let verdict = match (report.ok, report.error.is_some()) {
        (true, _) => "ok",
        (false, true) if report.bytes_bad == 0 && report.files_extra == 0 => "not finished",
        (false, _) => "differs",
    };
    let tone = if report.ok { Tone::Good } else { Tone::Bad };
    let checked = human_size(report.bytes_checked);
    toned(&mut text, "verified", format_args!("{verdict}: {checked} in {seconds:.3} s"), tone);
    let files = format_args!(
        "{} of {} compared: {} damaged, {} missing, {} too many",
        report.files_checked, report.files, report.files_bad, report.files_missing, report.files_extra
    );
    row(&mut text, "files", files);
    for file in &report.damaged {
        toned(&mut text, "damaged", format_args!("{}: {} bytes", file.path.display(), file.bytes_bad), Tone::Bad);
        for range in listed(&file.ranges, ToString::to_string, " ranges") {
            row(&mut text, "", range);
        }
    }
    report.missing.iter().for_each(|path| toned(&mut text, "missing", path.display(), Tone::Bad));
    report.extra.iter().for_each(|path| toned(&mut text, "too many", path.display(), Tone::Bad));
    row(&mut text, "throughput", human_rate(report.bytes_per_s));
    row(&mut text, "generation", report.generation);
    end(&mut text, report.ranks.as_ref(), &report.recipe.to_string());
    text
}

pub(crate) fn read(report: &ReadReport) -> Text {
    let mut text = Text::default();
    let seconds = report.elapsed_ns as f64 / 1e9;
    let samples = count(report.samples, "sample");
    row(&mut text, "read", format_args!("{} in {samples}, in {seconds:.3} s", human_size(report.bytes_read)));
    row(&mut text, "throughput", rates(report.bytes_per_s, report.samples_per_s, "samples"));
    latency(&mut text, &report.latency_ns);
    let size = human_size(report.sample_size);
    row(&mut text, "sample", format_args!("a {} of up to {size}, {} at a time", report.sample, report.batch_size));
    let lines = listed(
        &report.epochs,
        |epoch| format!("{}: {}", epoch.epoch, rates(epoch.bytes_per_s, epoch.samples_per_s, "samples")),
        " epochs",
    );
    for line in lines {
        row(&mut text, "epoch", line);
    }
    if report.verified {
        row(&mut text, "verified", format_args!("{} of {samples} differ", report.samples_bad));
        report.damaged.iter().for_each(|path| toned(&mut text, "damaged", path.display(), Tone::Bad));
    }
    end(&mut text, report.ranks.as_ref(), &report.recipe.to_string());
    text
}

fn rates(bytes_per_s: f64, per_s: f64, things: &str) -> String {
    format!("{}, {per_s:.0} {things} per second", human_rate(bytes_per_s))
}

fn latency(text: &mut Text, latency: &Latency) {
    if latency.max > 0 {
        row(text, "latency", facts::latency(latency, false));
    }
}

fn end(text: &mut Text, ranks: Option<&RanksReport>, recipe: &str) {
    if let Some(ranks) = ranks {
        row(text, "ranks", facts::ranks(ranks));
    }
    row(text, "recipe", recipe);
}

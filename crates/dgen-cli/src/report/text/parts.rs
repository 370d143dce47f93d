//! What reports say of resuming, tuning and reading back.

use dgen::units::exact_size;
use dgen_io::{AppendReport, ReadsReport, ResumeReport, TunedSetting, TuningReport, VerifySummary, WriteReport};

use super::verify::verify;
use crate::display::lines::{Text, row, toned, whole};
use crate::display::look::Tone;
use crate::report::words::{count, human_rate, human_size, io_path, time};

/// What an earlier run had left.
pub(super) fn resumed(text: &mut Text, report: &ResumeReport, size: u64) {
    let (valid, took) = (human_size(report.bytes_valid), time(report.elapsed_ns));
    let checked = human_size(report.bytes_checked);
    let least = report.files.iter().filter_map(|file| file.data_read_from).max();
    let compared = format!("{checked} compared in {took}{}", least.map(|from| format!(", {from}")).unwrap_or_default());
    if report.bytes_valid == size {
        row(text, "resumed", format_args!("nothing to do: all {size} bytes are there and right ({compared})"));
        return;
    }
    row(text, "resumed", format_args!("{valid} were there and right, {} bytes ({compared})", report.bytes_valid));
    for file in &report.files {
        if let Some(damage) = &file.damage {
            row(text, "from", format_args!("{}: {}; {damage}", file.path.display(), file.valid));
        }
    }
}

/// Where data was appended, and how it is verified.
pub(super) fn appended(text: &mut Text, report: &WriteReport, appended: &AppendReport) {
    let AppendReport { file_offset, continued, .. } = appended;
    let path = report.files.first().map_or_else(String::new, |file| file.path.display().to_string());
    if *continued {
        row(text, "appended", format_args!("from position {file_offset} of the file on; the stream goes on there"));
        whole(text, "verify with", format_args!("dgen verify {path}"));
        return;
    }
    row(
        text,
        "appended",
        format_args!("from position {file_offset} of the file on, which does not continue the stream"),
    );
    if *file_offset > 0 {
        let (recipe, offset, size) = (report.recipe, report.offset, report.valid_prefix);
        let version = match report.stream_version {
            0 => String::new(),
            version => format!(" --stream-version {version}"),
        };
        let how = format!("--recipe {recipe} --offset {offset} --file-offset {file_offset} --size {size}{version}");
        whole(text, "verify with", format_args!("dgen verify {path} {how}"));
    }
}

/// What was read among the writes.
pub(super) fn reads(text: &mut Text, reads: &ReadsReport) {
    let (moved, rate) = (human_size(reads.bytes_read), human_rate(reads.bytes_per_s));
    row(
        text,
        "reads",
        format_args!("{moved} at {rate}, {:.0} I/Os per second, {} % of all", reads.iops, reads.percent),
    );
    if let Some(from) = reads.data_read_from {
        row(text, "read data", from);
    }
    if let Some(latency) = &reads.latency_ns {
        let [p50, p99, max] = [latency.p50, latency.p99, latency.max].map(time);
        row(text, "read latency", format_args!("p50 {p50}, p99 {p99}, max {max}"));
    }
    if let Some(damage) = &reads.damage {
        let said = format_args!("{} bytes read back other data than the stream has; first: {damage}", reads.bytes_bad);
        toned(text, "damage", said, Tone::Bad);
    }
}

/// What was tried and chosen.
pub(super) fn tuning(text: &mut Text, report: &TuningReport) {
    for step in &report.steps {
        let rate = human_rate(step.bytes_per_s);
        row(
            text,
            "tried",
            format_args!("{}: {rate} over {} ({})", setting(&step.setting), human_size(step.bytes), step.what),
        );
    }
    let kept = if report.kept.is_empty() { String::new() } else { format!("; given: {}", report.kept.join(", ")) };
    let cpus = count(report.cpus as u64, "processor");
    row(text, "chosen", format_args!("{}: {}; {cpus}{kept}", setting(&report.chosen), report.reason));
}

fn setting(setting: &TunedSetting) -> String {
    let (writers, buffers) = (count(setting.writers as u64, "worker"), count(setting.buffer_count as u64, "buffer"));
    format!("{writers}, depth {}, {buffers} of {}", setting.depth, exact_size(setting.buffer_size))
}

/// What reading back found.
pub(super) fn read_back(text: &mut Text, report: &VerifySummary) {
    let direct = report.files.iter().all(|file| file.direct);
    let decisive = report.files.iter().find(|file| file.direct == direct);
    let reason = decisive.map_or("", |file| file.direct_reason.as_str());
    row(text, "read back", format_args!("{}: {reason}", io_path(direct)));
    text.append(verify(report));
}

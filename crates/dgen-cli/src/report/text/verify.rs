//! The report of a verification.

use dgen::DamageKind;
use dgen_io::{SkippedFile, VerifySummary};

use super::skipped::skipped;
use crate::display::lines::{Text, row, toned};
use crate::display::look::Tone;
use crate::report::facts;
use crate::report::words::{LISTED, count, human_rate, human_size};

/// What was compared, and what was found.
pub(crate) fn verify(report: &VerifySummary) -> Text {
    let mut text = Text::default();
    toned(&mut text, "result", verdict_of(report), if report.ok { Tone::Good } else { Tone::Bad });
    if differs_everywhere(report) {
        row(&mut text, "", "nothing is as the recipe says: is it another recipe, version or offset?");
    }
    damage(&mut text, report);
    let seconds = report.elapsed_ns as f64 / 1e9;
    let (checked, paths) = (human_size(report.bytes_checked), count(report.files.len() as u64, "path"));
    let missing = report
        .bytes_by_kind
        .get(&DamageKind::Missing)
        .map_or(String::new(), |missing| format!(", of which {} are missing", human_size(*missing)));
    row(&mut text, "checked", format_args!("{checked}{missing} in {seconds:.3} s, {paths}"));
    row(&mut text, "throughput", human_rate(report.bytes_per_s));
    for (name, value) in facts::of_verify(report) {
        row(&mut text, name, value);
    }
    if let Some(ranks) = &report.ranks {
        row(&mut text, "ranks", facts::ranks(ranks));
    }
    if let Some(placement) = report.placement.as_ref().filter(|placement| placement.placed) {
        row(&mut text, "placement", placement.summary());
    }
    if !report.ok {
        row(
            &mut text,
            "valid prefix",
            format_args!("{}: {} bytes", human_size(report.valid_prefix), report.valid_prefix),
        );
    }
    files(&mut text, report);
    if let Some(recipe) = report.recipe {
        row(&mut text, "recipe", recipe);
    }
    if let [first, rest @ ..] = &report.files[..]
        && (first.stream_version != 0 || rest.iter().any(|file| file.stream_version != 0))
    {
        let same = rest.iter().all(|file| file.stream_version == first.stream_version);
        let version = if same { first.stream_version.to_string() } else { "several".to_owned() };
        row(&mut text, "version", format_args!("{version} of the stream"));
    }
    skipped(&mut text, &report.skipped);
    text
}

/// The result in a line.
pub(crate) fn verdict_of(report: &VerifySummary) -> String {
    match (report.ok, report.bytes_bad) {
        (true, _) => "ok: every byte is as its recipe says".to_owned(),
        (false, 0) if report.ranges_total > 0 => format!("damaged: {} missing", count(report.ranges_total, "file")),
        (false, 0) if !report.interrupted && report.skipped.iter().any(SkippedFile::is_failure) => {
            let failures = report.skipped.iter().filter(|file| file.is_failure()).count();
            format!("not all examined: {} skipped; no damage in the rest", count(failures as u64, "path"))
        }
        (false, 0) => "not finished; no damage up to here".to_owned(),
        (false, bad) => format!("damaged: {} in {}", count(bad, "byte"), count(report.ranges_total, "range")),
    }
}

/// Whether hardly a byte is right, and the damage has no name: as with another recipe.
fn differs_everywhere(report: &VerifySummary) -> bool {
    let foreign = report.bytes_by_kind.get(&DamageKind::Foreign).copied().unwrap_or(0);
    report.bytes_checked > 0 && foreign >= report.bytes_checked / 100 * 99 && report.valid_prefix == 0
}

/// The files, where there are several, and what they carry.
fn files(text: &mut Text, report: &VerifySummary) {
    let mixed = report.files.iter().any(|file| file.data_read_from != report.data_read_from);
    for file in &report.files {
        if report.files.len() > 1 && (report.files.len() <= LISTED || !file.ok) {
            let verdict = match file {
                _ if file.ok => "ok".to_owned(),
                _ if file.error.is_some() && file.bytes_bad == 0 => format!("right up to {}", file.bytes_checked),
                _ if file.absent && file.size == 0 => "missing, of unknown size".to_owned(),
                _ if file.absent => format!("missing, {} bytes", file.size),
                _ => format!("{} bytes damaged", file.bytes_bad),
            };
            let from = file.data_read_from.filter(|_| mixed).map(|from| format!(", {from}")).unwrap_or_default();
            let tone = if file.ok { Tone::Plain } else { Tone::Bad };
            toned(text, "file", format_args!("{}: {verdict}{from}", file.path.display()), tone);
        }
        if report.recipe.is_none() {
            row(text, "recipe", file.recipe);
        }
    }
    let listed = report.files.iter().filter(|file| file.absent).count() as u64;
    if let Some(more) = report.absent_total.checked_sub(listed).filter(|more| *more > 0) {
        row(text, "files", format_args!("{more} more of their sets are missing, not listed"));
    }
}

/// What damage there is, and where.
fn damage(text: &mut Text, report: &VerifySummary) {
    for (kind, bytes) in &report.bytes_by_kind {
        toned(text, "damage", format_args!("{kind}: {bytes} bytes"), Tone::Bad);
    }
    for placed in &report.ranges {
        let place = if report.files.len() > 1 { format!("{}: ", placed.path.display()) } else { String::new() };
        toned(text, "range", format_args!("{place}{}", placed.range), Tone::Bad);
    }
    let unlisted = report.ranges_total - report.ranges.len() as u64;
    if unlisted > 0 {
        row(text, "ranges", format_args!("{unlisted} more, not listed (see --limit)"));
    }
}

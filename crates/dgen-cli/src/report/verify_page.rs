//! A verification as a page: the verdict, where the damage is, and facts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use dgen::{DamageKind, DamageRange};
use dgen_io::{VerifiedFile, VerifySummary};

use super::facts::{self, Fact};
use super::page::{Page, Table, escape};
use super::text::verdict_of;
use super::words::{LISTED, count, human_rate, human_size};

/// Files that are drawn; those with damage come first.
const DRAWN: usize = LISTED;
/// Units of the map across, and the least that a range takes, so that it can be seen.
const ACROSS: f64 = 1000.0;
const LEAST: f64 = 3.0;
/// The height of a strip, and that of a strip with its name above it.
const STRIP: usize = 22;
const ROW: usize = 46;

/// What a kind takes in the line of colours.
const KEY: usize = 110;

/// Kinds and their colours, which differ in lightness, too, on light and on dark ground.
const COLOURS: [(DamageKind, &str); 9] = [
    (DamageKind::Zeroed, "#5b7083"),
    (DamageKind::Misplaced, "#8250df"),
    (DamageKind::Stale, "#bf8700"),
    (DamageKind::Torn, "#d4563a"),
    (DamageKind::Flipped, "#c2308a"),
    (DamageKind::Shifted, "#1b7c83"),
    (DamageKind::Foreign, "#cf222e"),
    (DamageKind::Missing, "#8c959f"),
    (DamageKind::Extra, "#2f6aa0"),
];

/// The page of a verification.
pub(crate) fn verify(report: &VerifySummary) -> String {
    let verdict = verdict_of(report);
    let title = format!("dgen verify: {}", if report.ok { "ok" } else { "not ok" });
    let (checked, paths) = (human_size(report.bytes_checked), count(report.files.len() as u64, "path"));
    let seconds = report.elapsed_ns as f64 / 1e9;
    let below = format!("{checked} in {seconds:.3} s, {paths}; dgen {}", env!("CARGO_PKG_VERSION"));
    let mut page = Page::new(&title, &below);
    page.verdict(&[("result", verdict)]);
    page.failed(report.error.as_deref());
    page.warnings(&report.warnings);
    if !report.bytes_by_kind.is_empty() {
        page.heading("Damage by kind");
        let row = |(kind, bytes): (&DamageKind, &u64)| vec![kind.to_string(), bytes.to_string(), human_size(*bytes)];
        let rows = report.bytes_by_kind.iter().map(row).collect();
        page.table(&Table { names: vec!["kind", "bytes", "size"], rows, best: None });
    }
    page.heading("Where the damage is");
    map(&mut page, report);
    if !report.ranges.is_empty() {
        page.heading("Damaged ranges");
        page.table(&ranges(report));
    }
    page.heading("Files");
    page.table(&files(report));
    page.heading("Run");
    page.facts(&run(report));
    page.finish()
}

/// Strips of the files, from the first byte that was compared to the last.
fn map(page: &mut Page, report: &VerifySummary) {
    let mut placed: BTreeMap<&Path, Vec<&DamageRange>> = BTreeMap::new();
    for range in &report.ranges {
        placed.entry(&range.path).or_default().push(&range.range);
    }
    let mut drawn: Vec<&VerifiedFile> = report.files.iter().collect();
    drawn.sort_by_key(|file| file.ok);
    let left_out = drawn.len().saturating_sub(DRAWN);
    drawn.truncate(DRAWN);
    let mut strips = String::new();
    let top = key(&mut strips, report);
    for (index, file) in drawn.iter().enumerate() {
        strip(&mut strips, top + index * ROW, file, placed.get(&*file.path).map_or(&[], Vec::as_slice));
    }
    let height = top + drawn.len() * ROW;
    let svg = format!(
        "<svg viewBox=\"0 0 {ACROSS:.0} {height}\" role=\"img\" aria-labelledby=\"map-title\">\n\
         <title id=\"map-title\">Damaged ranges in each file</title>\n{strips}</svg>\n"
    );
    page.figure(&svg, &caption(report, left_out), None);
}

/// The colours of the kinds that there are, in a line; comes back with where what follows begins.
fn key(svg: &mut String, report: &VerifySummary) -> usize {
    for (index, kind) in report.bytes_by_kind.keys().enumerate() {
        let (at, colour) = (index * KEY, colour(*kind));
        writeln!(
            svg,
            "<rect x=\"{at}\" y=\"4\" width=\"14\" height=\"14\" fill=\"{colour}\"/><text x=\"{}\" y=\"15\">{kind}</text>",
            at + 20
        )
        .expect("text grows");
    }
    if report.bytes_by_kind.is_empty() { 0 } else { 26 }
}

fn strip(svg: &mut String, top: usize, file: &VerifiedFile, ranges: &[&DamageRange]) {
    let name = escape(&format!("{}, {}", file.path.display(), human_size(file.size)));
    let (text, strip) = (top + 14, top + 20);
    writeln!(
        svg,
        "<text x=\"0\" y=\"{text}\">{name}</text>\n\
         <rect x=\"0\" y=\"{strip}\" width=\"{ACROSS:.0}\" height=\"{STRIP}\" fill=\"#2da44e\" fill-opacity=\"0.25\"/>"
    )
    .expect("text grows");
    // What lies past the end of the range, or is missing, is part of the strip.
    let end = ranges.iter().map(|range| range.offset.saturating_add(range.length));
    let end = end.chain([file.file_offset + file.size]).max().unwrap_or(0);
    let scale = ACROSS / end.saturating_sub(file.file_offset).max(1) as f64;
    for range in ranges {
        let width = (range.length as f64 * scale).clamp(LEAST, ACROSS);
        let at = (range.offset.saturating_sub(file.file_offset) as f64 * scale).min(ACROSS - width);
        let (colour, told) = (colour(range.kind), escape(&range.to_string()));
        writeln!(
            svg,
            "<rect class=\"damage\" x=\"{at:.2}\" y=\"{strip}\" width=\"{width:.2}\" height=\"{STRIP}\" fill=\"{colour}\">\
             <title>{told}</title></rect>"
        )
        .expect("text grows");
    }
}

fn colour(kind: DamageKind) -> &'static str {
    COLOURS.iter().find(|(known, _)| *known == kind).map_or("#cf222e", |(_, colour)| colour)
}

fn caption(report: &VerifySummary, left_out: usize) -> String {
    let mut text = "Each strip is a file; pointing at a damaged range says what it is.".to_owned();
    let unlisted = report.ranges_total - report.ranges.len() as u64;
    if unlisted > 0 {
        write!(text, " {} more, beyond --limit, are not drawn.", count(unlisted, "range")).expect("text grows");
    }
    if left_out > 0 {
        write!(text, " {} more, not drawn.", count(left_out as u64, "file")).expect("text grows");
    }
    text
}

fn ranges(report: &VerifySummary) -> Table {
    let row = |placed: &dgen_io::PlacedRange| {
        let DamageRange { offset, length, kind, .. } = placed.range;
        let said = placed.range.to_string();
        vec![placed.path.display().to_string(), kind.to_string(), offset.to_string(), length.to_string(), said]
    };
    let names = vec!["file", "kind", "offset", "bytes", "range"];
    Table { names, rows: report.ranges.iter().map(row).collect(), best: None }
}

fn files(report: &VerifySummary) -> Table {
    let row = |file: &VerifiedFile| {
        let verdict = match file {
            _ if file.ok => "ok",
            _ if file.absent => "missing",
            _ if file.bytes_bad > 0 => "damaged",
            _ => "not finished",
        };
        let bytes = [file.size, file.bytes_checked, file.bytes_bad, file.valid_prefix].map(|bytes| bytes.to_string());
        let from = file.data_read_from.map(|from| from.to_string()).unwrap_or_default();
        [file.path.display().to_string(), verdict.to_owned()].into_iter().chain(bytes).chain([from]).collect()
    };
    let names = vec!["file", "verdict", "bytes", "compared", "damaged", "valid prefix", "data"];
    Table { names, rows: report.files.iter().map(row).collect(), best: None }
}

fn run(report: &VerifySummary) -> Vec<Fact> {
    let mut facts = vec![("throughput", human_rate(report.bytes_per_s))];
    facts.extend(facts::of_verify(report));
    facts.extend(report.ranks.as_ref().map(|ranks| ("ranks", facts::ranks(ranks))));
    facts.push(("valid prefix", format!("{} bytes", report.valid_prefix)));
    facts.extend(report.recipe.map(|recipe| ("recipe", recipe.to_string())));
    for skipped in report.skipped.iter().take(LISTED) {
        let why = skipped.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
        facts.push(("skipped", format!("{}: {}{why}", skipped.path.display(), skipped.reason.name())));
    }
    facts
}

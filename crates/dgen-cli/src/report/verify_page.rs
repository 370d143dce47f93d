//! A verification as a page: the verdict, where the damage is, and facts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use dgen::{DamageKind, DamageRange};
use dgen_io::{HostFacts, StorageFacts, VerifiedFile, VerifySummary};

use super::facts::{self, Fact};
use super::origin;
use super::page::{Page, Table};
use super::svg::{Svg, X};
use super::text::verdict_of;
use super::words::{LISTED, count, human_rate, human_size};

/// Files that are drawn; those with damage come first.
const DRAWN: usize = LISTED;
/// What a file takes with its name above its strip, where that begins, and how high it is, in pixels.
const ROW: usize = 46;
const NAME: f64 = 20.0;
const STRIP: f64 = 22.0;

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
    let (host, storage) = (HostFacts::read(), StorageFacts::of(report.files.iter().map(|file| &*file.path)));
    let what = format!("{checked} in {seconds:.3} s, {paths}");
    let mut page = Page::new(&title, &origin::below(&what, origin::started(), &host));
    page.failed(report.error.as_deref());
    page.judged(report.ok, &verdict);
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
    page.heading("Origin");
    page.facts(&origin::facts(origin::started(), &host, &storage));
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
    let mut svg =
        Svg::new("map", "strips", (drawn.len() * ROW) as f64, "Damaged ranges in each file", &in_words(report));
    for (index, file) in drawn.iter().enumerate() {
        let top = (index * ROW) as f64;
        strip(&mut svg, top, file, placed.get(&*file.path).map_or(&[], Vec::as_slice));
    }
    page.colours(report.bytes_by_kind.keys().map(|kind| (colour(*kind), kind.to_string())));
    page.figure(&svg.finish(), &caption(report, left_out), None);
}

fn in_words(report: &VerifySummary) -> String {
    format!("{} in {}.", count(report.ranges_total, "range"), count(report.files.len() as u64, "file"))
}

fn strip(svg: &mut Svg, top: f64, file: &VerifiedFile, ranges: &[&DamageRange]) {
    let strip = top + NAME;
    svg.label(X::At(0.0), top + 14.0, "start", "", &format!("{}, {}", file.path.display(), human_size(file.size)));
    svg.add(format_args!("<rect class=\"strip\" x=\"0\" y=\"{strip:.0}\" width=\"100%\" height=\"{STRIP:.0}\"/>"));
    // What lies past the end of the range, or is missing, is part of the strip.
    let end = ranges.iter().map(|range| range.offset.saturating_add(range.length));
    let end = end.chain([file.file_offset + file.size]).max().unwrap_or(0);
    let all = end.saturating_sub(file.file_offset).max(1) as f64;
    for range in ranges {
        let width = (range.length as f64 / all).min(1.0);
        let at = (range.offset.saturating_sub(file.file_offset) as f64 / all).min(1.0 - width);
        svg.part("damage", (at, width), strip, STRIP, colour(range.kind), &range.to_string());
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

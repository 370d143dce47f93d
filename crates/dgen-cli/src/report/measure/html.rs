//! What was measured as one page of HTML: ratios as tables, and the histograms.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use dgen::units::exact_size;
use dgen_io::{HostFacts, StorageFacts};
use dgen_measure::{MeasureReport, Repeats};

use crate::report::facts::Fact;
use crate::report::histogram::Histograms;
use crate::report::origin;
use crate::report::page::{Page, Table};
use crate::report::scale::rate;
use crate::report::words::{count, human_size, listed};

/// Records whose sizes are drawn: those of storage systems, where they were asked for.
const DRAWN: [u64; 3] = [4 << 10, 8 << 10, 128 << 10];

pub(crate) fn page(report: &MeasureReport, paths: &[PathBuf]) -> String {
    let title = format!("dgen measure: {}", human_size(report.bytes));
    let inputs = count(report.inputs, "input");
    let (host, storage) = (HostFacts::read(), StorageFacts::of(paths.iter().map(PathBuf::as_path)));
    let what = format!("{} in {inputs}", human_size(report.bytes));
    let mut page = Page::new(&title, &origin::below(&what, origin::started(), &host));
    page.verdict(&best(report));
    let stopped =
        report.interrupted.then(|| "it was interrupted: the numbers are of what was measured up to then".into());
    page.warnings(&stopped.into_iter().chain(report.warnings.iter().cloned()).collect::<Vec<_>>());
    page.heading("Dedup");
    page.table(&dedup(report));
    if !report.chunks.is_empty() {
        page.heading("Content-defined chunks");
        page.table(&chunks(report));
    }
    repeats(&mut page, report);
    if !report.records.is_empty() {
        page.heading("Compression");
        page.table(&compress(report));
        sizes(&mut page, report);
    }
    if !report.models.is_empty() {
        page.heading("Systems");
        page.table(&models(report));
    }
    page.heading("Run");
    page.facts(&run(report, paths));
    page.heading("Origin");
    page.facts(&origin::facts(origin::started(), &host, &storage));
    page.finish()
}

/// The largest ratios of each kind.
fn best(report: &MeasureReport) -> Vec<Fact> {
    let mut facts = Vec::new();
    let most = report.dedup.iter().max_by(|a, b| a.1.ratio.total_cmp(&b.1.ratio));
    facts.extend(
        most.map(|(block, dedup)| ("dedup", format!("dedup: up to {:.3}, at {}", dedup.ratio, exact_size(*block)))),
    );
    let each = report
        .reduction
        .iter()
        .flat_map(|(codec, blocks)| blocks.iter().map(move |(block, ratio)| (codec, block, ratio)));
    let most = each.max_by(|a, b| a.2.total_cmp(b.2));
    let told = |(codec, block, ratio): (_, &u64, &f64)| {
        let what = if report.dedup_first { "dedup and compression" } else { "compression" };
        ("reduction", format!("{what}: up to {ratio:.3}, {codec} at {}", exact_size(*block)))
    };
    facts.extend(most.map(told));
    facts
}

fn dedup(report: &MeasureReport) -> Table {
    let row = |(block, dedup): (&u64, &dgen_measure::Dedup)| {
        let zeros = report.zero_blocks.get(block).map_or(0, |zeros| zeros.blocks);
        let error = 100.0 * dedup.standard_error / dedup.distinct.max(1) as f64;
        vec![
            exact_size(*block),
            format!("{:.4}", dedup.ratio),
            dedup.distinct.to_string(),
            dedup.total.to_string(),
            zeros.to_string(),
            if dedup.exact { "exact".into() } else { format!("± {error:.2} %") },
        ]
    };
    let names = vec!["block", "ratio", "distinct", "blocks", "zero blocks", "standard error"];
    Table { names, rows: report.dedup.iter().map(row).collect(), best: None }
}

fn chunks(report: &MeasureReport) -> Table {
    let row = |(name, chunks): (&String, &dgen_measure::Chunks)| {
        let error = 100.0 * chunks.standard_error / chunks.distinct_bytes.max(1) as f64;
        vec![
            name.clone(),
            [chunks.min, chunks.avg, chunks.max].map(exact_size).join(", "),
            format!("{:.4}", chunks.ratio),
            chunks.distinct.to_string(),
            chunks.total.to_string(),
            format!("{:.0}", chunks.mean),
            if chunks.exact { "exact".into() } else { format!("± {error:.2} %") },
        ]
    };
    let names = vec!["chunker", "min, avg, max", "ratio", "distinct", "chunks", "mean bytes", "standard error"];
    Table { names, rows: report.chunks.iter().map(row).collect(), best: None }
}

fn compress(report: &MeasureReport) -> Table {
    let mut rows = Vec::new();
    for (codec, blocks) in &report.records {
        for (block, records) in blocks {
            let reduction = report.reduction.get(codec).and_then(|blocks| blocks.get(block));
            rows.push(vec![
                report.engines.get(codec).cloned().unwrap_or_default(),
                exact_size(*block),
                format!("{:.4}", records.ratio),
                interval(records.error),
                reduction.map(|ratio| format!("{ratio:.4}")).unwrap_or_default(),
                records.raw.to_string(),
                records.zero.to_string(),
                records.records.to_string(),
            ]);
        }
    }
    let names = vec!["codec", "block", "ratio", "95 %", "with dedup", "raw", "zero", "compressed"];
    Table { names, rows, best: None }
}

fn models(report: &MeasureReport) -> Table {
    let row = |(name, model): (&String, &dgen_measure::Modelled)| {
        vec![
            name.clone(),
            model.ratio.map_or("-".into(), |ratio| format!("{ratio:.4}")),
            interval(model.error),
            human_size(model.allocated_bytes),
            model.holes.to_string(),
            model.raw.to_string(),
            model.engine.clone(),
        ]
    };
    let names = vec!["system", "ratio", "95 %", "allocated", "holes", "raw", "codec"];
    Table { names, rows: report.models.iter().map(row).collect(), best: None }
}

/// Half an interval, as a part of the ratio.
fn interval(error: Option<f64>) -> String {
    match error {
        Some(0.0) => "all compressed".into(),
        Some(error) => format!("± {:.1} %", 100.0 * error),
        None => "unknown".into(),
    }
}

fn repeats(page: &mut Page, report: &MeasureReport) {
    let blocks = report.repeats.iter().map(|(block, found)| (exact_size(*block), found));
    let chunks = report.chunks.iter().map(|(name, chunks)| (name.clone(), &chunks.repeats));
    let all: Vec<(String, &Repeats)> = blocks.chain(chunks).filter(|(_, found)| !found.contents.is_empty()).collect();
    if all.is_empty() {
        return;
    }
    page.heading("How often contents occur");
    let times = |up_to: u64| match up_to {
        0..=2 => up_to.to_string(),
        _ => format!("{} to {up_to}", up_to / 2 + 1),
    };
    let shown = powers("contents", "How often contents occur", "times", &all, |found| &found.contents, times);
    let caption = "Shares of the distinct contents, by how often each occurs; contents of zeros are left out.";
    page.figure(&shown.svg(), caption, Some(&shown.table()));
    let copied: Vec<_> = all.into_iter().filter(|(_, found)| !found.distances.is_empty()).collect();
    if !copied.is_empty() {
        page.heading("How far copies lie apart");
        let shown = powers(
            "distances",
            "How far copies lie apart",
            "bytes, at most",
            &copied,
            |found| &found.distances,
            exact_size,
        );
        let caption = "Shares of the copies, by how far behind the one before each begins.";
        page.figure(&shown.svg(), caption, Some(&shown.table()));
    }
}

/// Histograms over powers of two, from the lowest that one of them has to the highest.
fn powers(
    id: &'static str,
    title: &'static str,
    by: &'static str,
    all: &[(String, &Repeats)],
    counts: fn(&Repeats) -> &BTreeMap<u64, u64>,
    label: fn(u64) -> String,
) -> Histograms {
    let keys: BTreeSet<u64> = all.iter().flat_map(|(_, found)| counts(found).keys().copied()).collect();
    let (first, last) = (keys.first().map_or(0, |key| key.ilog2()), keys.last().map_or(0, |key| key.ilog2()));
    let bins: Vec<u64> = (first..=last).map(|power| 1 << power).collect();
    let row = |(name, found): &(String, &Repeats)| {
        let of = |bin: &u64| counts(found).get(bin).copied().unwrap_or(0);
        (name.clone(), bins.iter().map(of).collect())
    };
    Histograms {
        id,
        title,
        of: "of",
        by,
        rows: all.iter().map(row).collect(),
        bins: bins.into_iter().map(label).collect(),
    }
}

fn sizes(page: &mut Page, report: &MeasureReport) {
    let mut rows = Vec::new();
    for (codec, blocks) in &report.records {
        let drawn = blocks.iter().filter(|(block, records)| DRAWN.contains(block) && records.records > 0);
        rows.extend(drawn.map(|(block, records)| (format!("{codec} {}", exact_size(*block)), records.sizes.clone())));
    }
    let Some(parts) = rows.first().map(|(_, sizes)| sizes.len()) else { return };
    let bins = (1..=parts).map(|part| format!("{:.0} %", 100.0 * part as f64 / parts as f64)).collect();
    let (title, by) = ("Sizes of compressed records", "stored size, at most, of the record");
    let shown = Histograms { id: "sizes", title, of: "records", by, bins, rows };
    page.heading("Sizes of compressed records");
    page.figure(
        &shown.svg(),
        "Shares of the records, by what is stored for each; raw ones are the last bar.",
        Some(&shown.table()),
    );
}

fn run(report: &MeasureReport, paths: &[PathBuf]) -> Vec<Fact> {
    let paths = listed(paths, |path| path.display().to_string(), "");
    let mut facts: Vec<Fact> = paths.into_iter().map(|path| ("path", path)).collect();
    let seconds = report.elapsed_ns as f64 / 1e9;
    facts.push(("time", format!("{seconds:.3} s at {}", rate(report.bytes_per_s))));
    facts.push(("threads", report.threads.to_string()));
    facts.extend(report.entropy.map(|bits| ("entropy", format!("{bits:.4} bits per byte"))));
    if let Some(block) = report.compress_dedup_block {
        let unique = human_size(report.unique_bytes);
        facts.push(("compressed", format!("the unique part at {}: {unique}", exact_size(block))));
    } else if !report.records.is_empty() {
        facts.push(("compressed", "all data, duplicates and zero blocks included".into()));
    }
    facts.extend((!report.skipped.is_empty()).then(|| ("skipped", count(report.skipped.len() as u64, "path"))));
    facts
}

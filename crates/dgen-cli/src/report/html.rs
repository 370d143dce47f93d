//! A run as a page: the verdict, plots, and facts.

use dgen_io::{FileReport, ReadReport, RunReport, WriteReport};

use super::facts::{self, Fact};
use super::origin;
use super::page::{Page, Table};
use super::plot;
use super::scale::rate;
use super::words::{count, human_size, io_path, listed, time};

/// Workers that are listed; more are summed up by the first and the last.
const WORKERS: usize = 64;

/// The page of a write.
pub(crate) fn write(report: &WriteReport) -> String {
    let durable = if report.synced { "yes, with fdatasync, inside the time" } else { "no" };
    let mut stream = vec![("durable", durable.to_owned()), ("recipe", report.recipe.to_string())];
    stream.push(("range", format!("offset={},size={}", report.offset, report.size)));
    stream.extend(report.ranks.as_ref().map(|ranks| ("ranks", facts::ranks(ranks))));
    if let Some(reads) = &report.reads {
        let latency = reads.latency_ns.map(|latency| [latency.p50, latency.p99].map(time));
        let latency = latency.map(|[p50, p99]| format!(", p50 {p50}, p99 {p99}")).unwrap_or_default();
        let moved = rate(reads.bytes_per_s);
        let share = format!("{} % of the I/Os, compared, {} bytes differ", reads.percent, reads.bytes_bad);
        stream.push(("reads", format!("{share}: {moved}, {:.0} per second{latency}", reads.iops)));
    }
    page("write", report.bytes_written, &report.run, &report.files, stream, report.error.as_deref())
}

/// The page of a read.
pub(crate) fn read(report: &ReadReport) -> String {
    page(
        "read",
        report.bytes_read,
        &report.run,
        &report.files,
        facts::data_of(&report.files).into_iter().collect(),
        report.error.as_deref(),
    )
}

fn page(
    command: &str,
    bytes: u64,
    run: &RunReport,
    files: &[FileReport],
    stream: Vec<Fact>,
    error: Option<&str>,
) -> String {
    let title = format!("dgen {command}: {}", rate(run.bytes_per_s));
    let paths = count(files.len() as u64, "path");
    let what = format!("{} in {:.3} s, {paths}", human_size(bytes), run.duration_secs);
    let mut page = Page::new(&title, &origin::below(&what, run.started_unix_s, &run.host));
    page.failed(error);
    if run.verdict.is_some() {
        page.verdict(&facts::verdict(run));
    }
    page.warnings(&run.warnings);
    plots(&mut page, run);
    page.heading("Results");
    page.facts(&facts::results(run));
    page.heading("Settings");
    let mut settings = facts::settings(run);
    settings.extend(stream);
    settings.extend(listed(files, file, "").into_iter().map(|file| ("file", file)));
    page.facts(&settings);
    page.heading("Origin");
    page.facts(&origin::facts(run.started_unix_s, &run.host, &run.storage));
    if (2..=WORKERS).contains(&run.workers.len()) {
        page.heading("Workers");
        page.table(&workers(run));
    }
    page.finish()
}

fn plots(page: &mut Page, run: &RunReport) {
    if let Some((svg, numbers)) = plot::throughput(run) {
        page.heading("Throughput over time");
        let caption = "Bytes of the I/Os done in each interval; the dashed line is the mean up to the last I/O.";
        page.figure(&svg, caption, Some(&numbers));
    }
    if let Some((svg, numbers)) = plot::latency(run) {
        page.heading("Distribution of latency");
        let from = if run.latency_from_due { "from when an I/O was due" } else { "from when an I/O was begun" };
        page.figure(
            &svg,
            &format!("Share of I/Os by how long they took, {from}; dashed: p50 and p99."),
            Some(&numbers),
        );
    }
}

fn file(file: &FileReport) -> String {
    let way = io_path(file.direct);
    format!("{}: {} bytes from offset {}, {way}", file.path.display(), file.size, file.file_offset)
}

fn workers(run: &RunReport) -> Table {
    let row = |(index, worker): (usize, &dgen_io::WorkerReport)| {
        let (operations, done) = (worker.operations.to_string(), time(worker.done_ns));
        vec![(index + 1).to_string(), human_size(worker.bytes), operations, done, rate(worker.bytes_per_s)]
    };
    let rows = run.workers.iter().enumerate().map(row).collect();
    Table { names: vec!["worker", "moved", "I/Os", "done after", "throughput"], rows, best: None }
}

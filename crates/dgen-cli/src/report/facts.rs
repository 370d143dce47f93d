//! The facts of a run as names and values, in the same words for the text and the page.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dgen::units::{Units, exact_size};
use dgen_io::{DataOrigin, FileReport, HostFacts, Latency, Order, RanksReport, RunReport, StorageFacts, VerifySummary};

use super::words::{count, human_rate, human_size, io_path, time, units};

/// A name and a value.
pub(crate) type Fact = (&'static str, String);

/// The verdict and its advice, where anything was moved.
pub(crate) fn verdict(run: &RunReport) -> Vec<Fact> {
    let Some(verdict) = &run.verdict else { return Vec::new() };
    vec![("verdict", format!("{}: {}", verdict.bound.name(), verdict.meaning)), ("advice", verdict.advice.clone())]
}

/// Which part of the work was this process's.
pub(crate) fn ranks(ranks: &RanksReport) -> String {
    let from = if ranks.source.is_empty() { String::new() } else { format!(" ({})", ranks.source.join(", ")) };
    let all = ranks.size.map_or(String::new(), |size| {
        let offset = ranks.offset.map_or(String::new(), |offset| format!("offset={offset},"));
        format!("; of all ranks: {offset}size={size}")
    });
    let files = if ranks.shared { "part of what all share" } else { "files of its own" };
    format!("rank {} of {}{from}, {files}{all}", ranks.rank, ranks.ranks)
}

/// Rates, waits, latency and processor time.
pub(crate) fn results(run: &RunReport) -> Vec<Fact> {
    let mut facts = Vec::new();
    // Shares of the time are there where anything was moved.
    let happened = run.generation_bound.is_some();
    if happened {
        facts.push(("throughput", format!("{}, {:.0} I/Os per second", human_rate(run.bytes_per_s), run.iops)));
    }
    if run.writers > 1 && happened {
        facts.push(("first done", done(run.first_done_ns, run.first_done_bytes)));
        facts.push(("last done", done(run.last_done_ns, run.workers.iter().map(|worker| worker.bytes).sum())));
    }
    if run.sync_ns > run.elapsed_ns / 1000 {
        facts.push(("sync", format!("{} of the time, to make data durable", time(run.sync_ns))));
    }
    if run.prepare_ns > run.elapsed_ns / 100 {
        let before = time(run.prepare_ns);
        facts.push(("before", format!("{before} to reserve space and make buffers, not in the time above")));
    }
    facts.extend(bound(run.generation_bound, run.storage_bound));
    facts.extend(run.latency_ns.as_ref().map(|all| ("latency", latency(all, run.latency_from_due))));
    facts.push(("processor", processor(run)));
    facts
}

/// How far all workers were at a time, and the rate up to it.
fn done(ns: u64, bytes: u64) -> String {
    let rate = if ns == 0 { 0.0 } else { bytes as f64 * 1e9 / ns as f64 };
    format!("after {:.3} s, {} at {}", ns as f64 / 1e9, human_size(bytes), human_rate(rate))
}

fn bound(generation: Option<f64>, storage: Option<f64>) -> Option<Fact> {
    let shares = [("storage", storage), ("generation", generation)];
    let known = shares.iter().filter_map(|(name, share)| Some(format!("{name} {:.0} %", 100.0 * (*share)?)));
    let known: Vec<String> = known.collect();
    (!known.is_empty()).then(|| ("bound by", known.join(", ")))
}

pub(crate) fn latency(all: &Latency, from_due: bool) -> String {
    let [p50, p90, p99, p99_9, max] = [all.p50, all.p90, all.p99, all.p99_9, all.max].map(time);
    let from = if from_due { ", from when an I/O was due" } else { "" };
    format!("p50 {p50}, p90 {p90}, p99 {p99}, p99.9 {p99_9}, max {max}{from}")
}

fn processor(run: &RunReport) -> String {
    let seconds = run.cpu_ns as f64 / 1e9;
    let told = |per_gib: f64| match units() {
        Units::Binary => format!(", {per_gib:.3} s per GiB"),
        Units::Decimal => format!(", {:.3} s per GB", per_gib * 1e9 / f64::from(1_u32 << 30)),
    };
    let each = run.cpu_seconds_per_gib.map(told).unwrap_or_default();
    format!("{seconds:.3} s{each}")
}

/// How I/Os were issued.
pub(crate) fn settings(run: &RunReport) -> Vec<Fact> {
    let way = io_path(run.direct);
    let meaning = if run.direct { "past the page cache" } else { "through the page cache" };
    let mut facts = vec![
        ("path", format!("{way}, {meaning}: {}", run.direct_reason)),
        ("engine", format!("{}: {}", run.engine, run.engine_reason)),
    ];
    let size = exact_size(run.buffer_size);
    let size = if run.vectored > 1 { format!("{} times {size}", run.vectored) } else { size };
    facts.push(("queue", queue(run.writers, run.depth, (run.buffer_count, &size), run.registered)));
    if run.generators > 0 {
        facts.push(("generators", format!("{} beside the workers took part", count(run.generators as u64, "thread"))));
    }
    if run.vectored > 1 {
        facts.push(("vectored", format!("each I/O gathers {} buffers", run.vectored)));
    }
    if run.placement.placed {
        facts.push(("placement", run.placement.summary()));
    }
    let sequential = run.order.parse().is_ok_and(|order: Order| order == Order::Sequential);
    if !sequential || run.passes > 1 {
        facts.push(("order", format!("{}, {}", run.order, count(run.passes, "round"))));
    }
    facts.extend(run.rate_bytes_per_s.map(rate));
    facts
}

/// The same of what was read as a benchmark.
pub(crate) fn data_of(files: &[FileReport]) -> Option<Fact> {
    data(files.iter().map(|file| (file.data_read_from, file.data_read_from_reason.as_ref())))
}

/// What is known of where the bytes of files were read from; the arguments are what is known of each, and why.
pub(crate) fn data<'a>(files: impl Iterator<Item = (Option<DataOrigin>, Option<&'a String>)>) -> Option<Fact> {
    let files: Vec<(DataOrigin, Option<&String>)> =
        files.filter_map(|(origin, reason)| Some((origin?, reason))).collect();
    let (first, reason) = files.first()?;
    if files.iter().any(|(origin, _)| origin != first) {
        let mut counts = BTreeMap::new();
        for (origin, _) in &files {
            *counts.entry(*origin).or_insert(0) += 1;
        }
        let parts: Vec<String> =
            counts.iter().map(|(origin, files)| format!("{}: {origin}", count(*files, "file"))).collect();
        return Some(("data", parts.join("; ")));
    }
    let reason = reason.filter(|reason| files.iter().all(|(_, other)| *other == Some(*reason)));
    Some(("data", reason.map_or_else(|| first.to_string(), |reason| format!("{first}: {reason}"))))
}

/// What bounded a verification, and how its I/Os were issued.
pub(crate) fn of_verify(report: &VerifySummary) -> Vec<Fact> {
    let mut facts = Vec::new();
    facts.extend(bound(report.generation_bound, report.storage_bound));
    let from_due = report.rate_bytes_per_s.is_some();
    facts.extend(report.latency_ns.as_ref().map(|all| ("latency", latency(all, from_due))));
    let way = io_path(report.direct);
    facts.extend(data(report.files.iter().map(|file| (file.data_read_from, file.data_read_from_reason.as_ref()))));
    facts.push(("path", format!("{way}: {}", report.direct_reason)));
    facts.push(("engine", format!("{}: {}", report.engine, report.engine_reason)));
    let size = exact_size(report.buffer_size);
    facts.push(("queue", queue(report.readers, report.depth, (report.buffer_count, &size), report.registered)));
    facts.push(("advice", format!("{}: {}", report.advice, report.advice_reason)));
    facts.extend(report.rate_bytes_per_s.map(rate));
    facts
}

fn queue(workers: usize, depth: usize, (buffers, size): (usize, &str), registered: bool) -> String {
    let buffers = count(buffers as u64, "buffer");
    let registered = if registered { ", registered with the kernel" } else { "" };
    format!("{} with a depth of {depth}, {buffers} of {size}{registered}", count(workers as u64, "worker"))
}

fn rate(bytes_per_s: u64) -> Fact {
    ("rate", format!("limited to {}; latency counts from when an I/O was due", human_rate(bytes_per_s as f64)))
}

/// The machine, and what the paths lie on.
pub(crate) fn surroundings(host: &HostFacts, storage: &[StorageFacts]) -> Vec<Fact> {
    let unknown = || "unknown".to_owned();
    let model = host.cpu_model.clone().unwrap_or_else(unknown);
    let kernel = host.os_kernel.as_ref().map(|release| format!("Linux {release}, ")).unwrap_or_default();
    let usable = if host.usable_cpus < host.cpus { format!(", {} usable", host.usable_cpus) } else { String::new() };
    let total = host.memory_total_bytes.map_or_else(unknown, human_size);
    let free =
        host.memory_available_bytes.map(|bytes| format!(", {} available", human_size(bytes))).unwrap_or_default();
    let mut facts = vec![
        ("host", format!("{kernel}{model}, {}{usable}", count(host.cpus as u64, "processor"))),
        ("memory", format!("{total}{free}")),
    ];
    for on in storage {
        facts.extend(file_system(on).map(|text| ("file system", text)));
        facts.extend(device(on).map(|text| ("device", text)));
    }
    facts
}

fn file_system(on: &StorageFacts) -> Option<String> {
    let mut text = on.file_system.clone()?;
    if let Some(point) = &on.mount_point {
        write!(text, " on {}", point.display()).expect("text grows");
    }
    if let Some(source) = on.source.as_ref().filter(|source| Some(*source) != on.file_system.as_ref()) {
        write!(text, " from {source}").expect("text grows");
    }
    if let (Some(free), Some(total)) = (on.free_bytes, on.total_bytes) {
        write!(text, ", {} free of {}", human_size(free), human_size(total)).expect("text grows");
    }
    if let Some(options) = &on.mount_options {
        write!(text, " ({options})").expect("text grows");
    }
    Some(text)
}

fn device(on: &StorageFacts) -> Option<String> {
    let mut parts = vec![on.device.clone()?];
    parts.extend(on.device_model.clone());
    parts.extend(on.device_bytes.map(human_size));
    parts.extend(on.rotational.map(|turns| if turns { "rotational" } else { "not rotational" }.to_owned()));
    parts.extend(on.scheduler.as_ref().map(|name| format!("scheduler {name}")));
    parts.extend(on.queue_requests.map(|requests| format!("queue of {requests}")));
    let blocks = on.logical_block_bytes.zip(on.physical_block_bytes);
    parts.extend(blocks.map(|(logical, physical)| format!("blocks of {logical} and {physical} bytes")));
    parts.extend(on.write_cache.clone());
    Some(parts.join(", "))
}

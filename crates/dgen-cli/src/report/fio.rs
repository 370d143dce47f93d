//! A write or a read as fio reports it in JSON, for programs that read that.
//!
//! The names are those of fio 3's `--output-format=json` (its manual, "JSON Output"). What dgen does not measure is 0, as fio
//! has it there; latency counts from when an I/O is begun to its completion, so that `slat_ns` is 0 and `lat_ns` is `clat_ns`.

use dgen_io::{FileReport, LatencyCounts, ReadReport, RunReport, Series, WriteReport};
use serde_json::{Map, Value, json};

/// The shares that fio lists, in per cent.
const PERCENTILES: [f64; 17] =
    [1.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 95.0, 99.0, 99.5, 99.9, 99.95, 99.99];
/// Upper ends of the classes of latency, in each of fio's units.
const CLASSES: [u64; 10] = [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000];
/// The classes of depth.
const DEPTHS: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];
const KIB: u64 = 1024;
const MS: u64 = 1_000_000;

/// What went in one direction.
#[derive(Default)]
struct Direction<'a> {
    bytes: u64,
    operations: u64,
    counts: LatencyCounts,
    series: Option<&'a Series>,
}

/// A write, with its reads.
pub(crate) fn write(report: &WriteReport) -> Value {
    let run = &report.run;
    let (bytes, counts) = (report.bytes_written, run.latency_counts.clone());
    let written = Direction { bytes, operations: run.operations, counts, series: Some(&run.throughput) };
    let reads = report.reads.as_ref().map_or_else(Direction::default, |reads| Direction {
        bytes: reads.bytes_read,
        operations: reads.operations,
        counts: reads.latency_counts.clone(),
        series: None,
    });
    let kind = if report.reads.is_some() { "rw" } else { "write" };
    whole(run, kind, report.size, &report.files, report.error.is_some(), &reads, &written)
}

/// A read.
pub(crate) fn read(report: &ReadReport) -> Value {
    let run = &report.run;
    let (bytes, counts) = (report.bytes_read, run.latency_counts.clone());
    let read = Direction { bytes, operations: run.operations, counts, series: Some(&run.throughput) };
    whole(run, "read", report.size, &report.files, report.error.is_some(), &read, &Direction::default())
}

fn whole(
    run: &RunReport,
    kind: &str,
    size: u64,
    files: &[FileReport],
    failed: bool,
    read: &Direction<'_>,
    write: &Direction<'_>,
) -> Value {
    let ended = run.started_unix_s + run.elapsed_ns.div_ceil(1_000_000_000);
    json!({
        "fio version": concat!("fio-3.33-dgen-", env!("CARGO_PKG_VERSION")),
        "timestamp": ended,
        "timestamp_ms": ended * 1000,
        "time": ended.to_string(),
        "global options": {},
        "jobs": [job(run, &options(run, kind, size, files), failed, read, write)],
        "disk_util": [],
    })
}

/// The options of a job that does the same, as fio calls them.
fn options(run: &RunReport, kind: &str, size: u64, files: &[FileReport]) -> Map<String, Value> {
    let random = if run.order == "random" { "rand" } else { "" };
    let engine = if run.engine == "sync" { "psync" } else { run.engine };
    let names: Vec<String> = files.iter().map(|file| file.path.display().to_string()).collect();
    let all = [
        ("name", "dgen".to_owned()),
        ("filename", names.join(":")),
        ("rw", format!("{random}{kind}")),
        ("bs", run.buffer_size.to_string()),
        ("size", size.to_string()),
        ("ioengine", engine.to_owned()),
        ("iodepth", run.depth.to_string()),
        ("numjobs", run.writers.to_string()),
        ("direct", u8::from(run.direct).to_string()),
        ("loops", run.passes.to_string()),
    ];
    all.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
}

fn job(
    run: &RunReport,
    options: &Map<String, Value>,
    failed: bool,
    read: &Direction<'_>,
    write: &Direction<'_>,
) -> Value {
    let (user, system) = processor(run);
    let depth = |class: u64| {
        let own = DEPTHS.iter().rev().find(|known| run.depth as u64 >= **known).copied().unwrap_or(1);
        if class == own { 100.0 } else { 0.0 }
    };
    let depths = |least: &str| -> Map<String, Value> {
        let level = |class: &u64| (named(*class), Value::from(if least == "level" { depth(*class) } else { 0.0 }));
        let first = (least != "level").then(|| ("0".to_owned(), Value::from(0.0)));
        let from = if least == "level" { 0 } else { 2 };
        first.into_iter().chain(DEPTHS[from..].iter().map(level)).collect()
    };
    let mut job = json!({
        "jobname": "dgen",
        "groupid": 0,
        "error": i32::from(failed),
        "eta": 0,
        "elapsed": run.elapsed_ns.div_ceil(1_000_000_000),
        "job options": options,
        "read": direction(run, read),
        "write": direction(run, write),
        "trim": direction(run, &Direction::default()),
        "sync": {"total_ios": 0, "lat_ns": spread(&LatencyCounts::default(), true)},
        "job_runtime": run.elapsed_ns / MS,
        "usr_cpu": user,
        "sys_cpu": system,
        "ctx": 0,
        "majf": 0,
        "minf": 0,
        "iodepth_level": depths("level"),
        "iodepth_submit": depths("submit"),
        "iodepth_complete": depths("complete"),
        "latency_depth": run.depth,
        "latency_target": 0,
        "latency_percentile": 100.0,
        "latency_window": 0,
    });
    let (fields, classes) = (job.as_object_mut().expect("an object"), classes(&[&read.counts, &write.counts]));
    fields.extend(classes.into_iter().map(|(name, shares)| (name.to_owned(), Value::from(shares))));
    job
}

/// A class of depth: the last one is open.
fn named(class: u64) -> String {
    if class == 64 { ">=64".to_owned() } else { class.to_string() }
}

/// Processor time in per cent of the wall time: in programs, and in the system.
fn processor(run: &RunReport) -> (f64, f64) {
    let all = if run.elapsed_ns == 0 { 0.0 } else { 100.0 * run.cpu_ns as f64 / run.elapsed_ns as f64 };
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The fields behind the name, which is in brackets; 14 and 15 of them all are the times of the process.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let time = |number: usize| fields.get(number - 3).and_then(|text| text.parse::<u32>().ok()).map(f64::from);
    let (user, system) = (time(14).unwrap_or(1.0), time(15).unwrap_or(0.0));
    let share = if user + system == 0.0 { 1.0 } else { user / (user + system) };
    (all * share, all * (1.0 - share))
}

fn direction(run: &RunReport, all: &Direction<'_>) -> Value {
    let seconds = run.elapsed_ns as f64 / 1e9;
    let per_second = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
    let rates = rates(all.series);
    let [least, most, mean, deviation] = moments(&rates);
    let each = run.buffer_size.max(1) as f64;
    json!({
        "io_bytes": all.bytes,
        "io_kbytes": all.bytes / KIB,
        "bw_bytes": whole_number(per_second(all.bytes)),
        "bw": whole_number(per_second(all.bytes) / KIB as f64),
        "iops": per_second(all.operations),
        "runtime": if all.operations == 0 { 0 } else { run.elapsed_ns / MS },
        "total_ios": all.operations,
        "short_ios": 0,
        "drop_ios": 0,
        "slat_ns": spread(&LatencyCounts::default(), false),
        "clat_ns": spread(&all.counts, true),
        "lat_ns": spread(&all.counts, false),
        "bw_min": whole_number(least / KIB as f64),
        "bw_max": whole_number(most / KIB as f64),
        "bw_agg": if all.bytes == 0 { 0.0 } else { 100.0 },
        "bw_mean": mean / KIB as f64,
        "bw_dev": deviation / KIB as f64,
        "bw_samples": rates.len(),
        "iops_min": whole_number(least / each),
        "iops_max": whole_number(most / each),
        "iops_mean": mean / each,
        "iops_stddev": deviation / each,
        "iops_samples": rates.len(),
    })
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rates are positive and far below 2^63")]
fn whole_number(rate: f64) -> u64 {
    rate as u64
}

/// Bytes per second in each interval.
fn rates(series: Option<&Series>) -> Vec<f64> {
    let Some(series) = series.filter(|series| series.interval_ns > 0) else { return Vec::new() };
    series.bytes.iter().map(|bytes| *bytes as f64 * 1e9 / series.interval_ns as f64).collect()
}

/// Least, most, mean, and standard deviation.
fn moments(values: &[f64]) -> [f64; 4] {
    if values.is_empty() {
        return [0.0; 4];
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    [least, values.iter().copied().fold(0.0, f64::max), mean, variance.sqrt()]
}

/// How latencies spread; from a histogram whose classes are 1/64 wide.
fn spread(counts: &LatencyCounts, percentiles: bool) -> Value {
    let pairs = || counts.up_to_ns.iter().copied().zip(counts.operations.iter().copied());
    let all: u64 = pairs().map(|(_, operations)| operations).sum();
    let mean = pairs().map(|(ns, operations)| ns as f64 * operations as f64).sum::<f64>() / all.max(1) as f64;
    let squares = pairs().map(|(ns, operations)| (ns as f64 - mean).powi(2) * operations as f64).sum::<f64>();
    let mut text = json!({
        "min": counts.up_to_ns.first().copied().unwrap_or(0),
        "max": counts.up_to_ns.last().copied().unwrap_or(0),
        "mean": mean,
        "stddev": (squares / all.max(1) as f64).sqrt(),
        "N": all,
    });
    if percentiles && all > 0 {
        let at = |percent: f64| {
            let (mut seen, wanted) = (0, all as f64 * percent / 100.0);
            pairs().find(|(_, operations)| {
                seen += operations;
                seen as f64 >= wanted
            })
        };
        let listed: Map<String, Value> = PERCENTILES
            .iter()
            .map(|percent| (format!("{percent:.6}"), Value::from(at(*percent).map_or(0, |(ns, _)| ns))))
            .collect();
        text["percentile"] = Value::from(listed);
    }
    text
}

/// Shares of the latencies, in per cent, by fio's classes in nanoseconds, microseconds and milliseconds.
fn classes(all: &[&LatencyCounts]) -> Vec<(&'static str, Map<String, Value>)> {
    let pairs = || all.iter().flat_map(|counts| counts.up_to_ns.iter().copied().zip(counts.operations.iter().copied()));
    let total: u64 = pairs().map(|(_, operations)| operations).sum();
    let share = |above: u64, up_to: u64| {
        let own = pairs().filter(|(ns, _)| (above..up_to).contains(ns)).map(|(_, operations)| operations).sum::<u64>();
        if total == 0 { 0.0 } else { 100.0 * own as f64 / total as f64 }
    };
    let mut above = 0;
    let mut units = Vec::new();
    for (name, unit) in [("latency_ns", 1), ("latency_us", 1000), ("latency_ms", MS)] {
        let mut shares = Map::new();
        for class in CLASSES {
            shares.insert(class.to_string(), Value::from(share(above, class * unit)));
            above = class * unit;
        }
        units.push((name, shares));
    }
    let slow = &mut units[2].1;
    slow.insert("2000".to_owned(), Value::from(share(1000 * MS, 2000 * MS)));
    slow.insert(">=2000".to_owned(), Value::from(share(2000 * MS, u64::MAX)));
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_spread_over_percentiles_and_classes() {
        let mut counts = LatencyCounts::default();
        counts.up_to_ns = vec![1_500, 3_000, 5_000_000];
        counts.operations = vec![90, 9, 1];
        let text = spread(&counts, true);
        assert_eq!((&text["N"], &text["min"], &text["max"]), (&100.into(), &1500.into(), &5_000_000.into()));
        assert_eq!((&text["percentile"]["90.000000"], &text["percentile"]["99.000000"]), (&1500.into(), &3000.into()));
        assert_eq!(text["percentile"]["99.990000"], 5_000_000);
        assert!((text["mean"].as_f64().unwrap() - 51_620.0).abs() < 1.0);
        let classes = classes(&[&counts]);
        assert_eq!((classes[1].1["2"].as_f64(), classes[1].1["4"].as_f64()), (Some(90.0), Some(9.0)));
        assert_eq!(classes[2].1["10"].as_f64(), Some(1.0));
        let all: f64 = classes.iter().flat_map(|(_, shares)| shares.values()).filter_map(Value::as_f64).sum();
        assert!((all - 100.0).abs() < 1e-9);
        let off = moments(&[1.0, 3.0]).into_iter().zip([1.0, 3.0, 2.0, 1.0]).map(|(is, should)| (is - should).abs());
        assert!(off.fold(0.0, f64::max) < 1e-9);
    }
}

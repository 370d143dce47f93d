//! Rows of comma-separated values, as RFC 4180 has them, but with lines that end as they do on Unix.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use dgen::{Error, ErrorKind, Result};
use dgen_io::{FileReport, ReadReport, ReadsReport, RunReport, WriteReport};

use crate::text::LISTED;

/// The columns of a run; numbers are plain, with the unit in the name. New ones are added at the end.
///
/// Of many paths only the first are named. Shares (`generation_bound`, `storage_bound`) are 0 to 1; what is absent is empty; several paths or warnings are
/// separated by `; `.
pub(crate) const COLUMNS: [&str; 58] = [
    "version",
    "command",
    "started_unix_s",
    "paths",
    "bytes",
    "operations",
    "elapsed_ns",
    "prepare_ns",
    "sync_ns",
    "first_done_ns",
    "last_done_ns",
    "bytes_per_s",
    "gib_per_s",
    "gb_per_s",
    "iops",
    "engine",
    "direct",
    "direct_reason",
    "writers",
    "depth",
    "buffer_size",
    "buffer_count",
    "registered",
    "order",
    "passes",
    "rate_bytes_per_s",
    "verdict",
    "generation_bound",
    "storage_bound",
    "latency_p50_ns",
    "latency_p90_ns",
    "latency_p99_ns",
    "latency_p99_9_ns",
    "latency_max_ns",
    "cpu_ns",
    "cpu_seconds_per_gib",
    "recipe",
    "offset",
    "size",
    "synced",
    "time_limited",
    "interrupted",
    "error",
    "os_kernel",
    "cpu_model",
    "cpus",
    "memory_total_bytes",
    "file_system",
    "device",
    "device_model",
    "warnings",
    "generators",
    "vectored",
    "reads_percent",
    "reads_bytes",
    "reads_iops",
    "reads_latency_p50_ns",
    "reads_latency_p99_ns",
];

/// The line of names.
pub(crate) fn header() -> String {
    line(&COLUMNS.map(str::to_owned))
}

/// The row of a write.
pub(crate) fn write(report: &WriteReport) -> String {
    run_row(
        &report.run,
        &report.files,
        &Own {
            command: "write",
            bytes: report.bytes_written,
            recipe: report.recipe.to_string(),
            offset: report.offset.to_string(),
            size: report.size,
            synced: report.synced.to_string(),
            interrupted: report.interrupted,
            error: report.error.as_deref(),
            reads: report.reads.as_ref(),
        },
    )
}

/// The row of a read.
pub(crate) fn read(report: &ReadReport) -> String {
    run_row(
        &report.run,
        &report.files,
        &Own {
            command: "read",
            bytes: report.bytes_read,
            recipe: String::new(),
            offset: String::new(),
            size: report.size,
            synced: String::new(),
            interrupted: report.interrupted,
            error: report.error.as_deref(),
            reads: None,
        },
    )
}

/// What reading and writing do not report alike.
struct Own<'a> {
    command: &'static str,
    bytes: u64,
    recipe: String,
    offset: String,
    size: u64,
    synced: String,
    interrupted: bool,
    error: Option<&'a str>,
    reads: Option<&'a ReadsReport>,
}

fn run_row(run: &RunReport, files: &[FileReport], own: &Own<'_>) -> String {
    let mut paths: Vec<String> = files.iter().take(LISTED).map(|file| file.path.display().to_string()).collect();
    if let Some(more) = files.len().checked_sub(LISTED).filter(|more| *more > 0) {
        paths.push(format!("{more} more"));
    }
    let storage = run.storage.first().cloned().unwrap_or_default();
    let (latency, host) = (&run.latency_ns, &run.host);
    line(&[
        env!("CARGO_PKG_VERSION").to_owned(),
        own.command.to_owned(),
        run.started_unix_s.to_string(),
        paths.join("; "),
        own.bytes.to_string(),
        run.operations.to_string(),
        run.elapsed_ns.to_string(),
        run.prepare_ns.to_string(),
        run.sync_ns.to_string(),
        run.first_done_ns.to_string(),
        run.last_done_ns.to_string(),
        format!("{:.0}", run.bytes_per_s),
        format!("{:.6}", run.bytes_per_s / f64::from(1_u32 << 30)),
        format!("{:.6}", run.bytes_per_s / 1e9),
        format!("{:.1}", run.iops),
        run.engine.to_owned(),
        run.direct.to_string(),
        run.direct_reason.clone(),
        run.writers.to_string(),
        run.depth.to_string(),
        run.buffer_size.to_string(),
        run.buffer_count.to_string(),
        run.registered.to_string(),
        run.order.to_owned(),
        run.passes.to_string(),
        text(run.rate_bytes_per_s),
        run.verdict.bound.name().to_owned(),
        format!("{:.4}", run.generation_bound),
        format!("{:.4}", run.storage_bound),
        latency.p50.to_string(),
        latency.p90.to_string(),
        latency.p99.to_string(),
        latency.p99_9.to_string(),
        latency.max.to_string(),
        run.cpu_ns.to_string(),
        run.cpu_seconds_per_gib.map(|seconds| format!("{seconds:.6}")).unwrap_or_default(),
        own.recipe.clone(),
        own.offset.clone(),
        own.size.to_string(),
        own.synced.clone(),
        run.time_limited.to_string(),
        own.interrupted.to_string(),
        own.error.unwrap_or_default().to_owned(),
        text(host.os_kernel.as_ref()),
        text(host.cpu_model.as_ref()),
        host.cpus.to_string(),
        text(host.memory_total_bytes),
        text(storage.file_system),
        text(storage.device),
        text(storage.device_model),
        run.warnings.join("; "),
        run.generators.to_string(),
        run.vectored.to_string(),
        text(own.reads.map(|reads| reads.percent)),
        text(own.reads.map(|reads| reads.bytes_read)),
        own.reads.map(|reads| format!("{:.1}", reads.iops)).unwrap_or_default(),
        text(own.reads.map(|reads| reads.latency_ns.p50)),
        text(own.reads.map(|reads| reads.latency_ns.p99)),
    ] as &[String; COLUMNS.len()])
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A line of fields, each quoted where it has to be.
pub(crate) fn line(fields: &[String]) -> String {
    let fields: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
    format!("{}\n", fields.join(","))
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

/// A file that rows are added to.
pub(crate) struct CsvFile {
    path: PathBuf,
    file: File,
}

impl CsvFile {
    /// Opens a file that is new, empty, or begins with the same line of names; that line is written where it is missing.
    pub(crate) fn open(path: &Path, header: &str) -> Result<Self> {
        let wrong = |action: &str, e| Error::io(action, path, None, e);
        let mut options = OpenOptions::new();
        let mut file = options.read(true).append(true).create(true).open(path).map_err(|e| wrong("open", e))?;
        let mut found = Vec::new();
        (&mut file).take(header.len() as u64).read_to_end(&mut found).map_err(|e| wrong("read", e))?;
        if found.is_empty() {
            file.write_all(header.as_bytes()).map_err(|e| wrong("write", e))?;
        } else if found != header.as_bytes() {
            let message = format!("{}: begins with other columns, so rows are not added to it", path.display());
            return Err(Error::new(ErrorKind::Refused, message));
        } else if !ends_line(&mut file).map_err(|e| wrong("read", e))? {
            file.write_all(b"\n").map_err(|e| wrong("write", e))?;
        }
        Ok(Self { path: path.to_owned(), file })
    }

    pub(crate) fn add(mut self, rows: &str) -> Result<()> {
        self.file.write_all(rows.as_bytes()).map_err(|e| Error::io("write", &self.path, None, e))
    }
}

fn ends_line(file: &mut File) -> std::io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_have_to_be() {
        let fields = ["plain", "a,b", "say \"x\"", "two\nlines", ""].map(str::to_owned);
        assert_eq!(line(&fields), "plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\n");
    }

    /// Programs read these names: they change only by additions at the end.
    #[test]
    fn columns_are_stable() {
        let expected = "version,command,started_unix_s,paths,bytes,operations,elapsed_ns,prepare_ns,sync_ns,\
                        first_done_ns,last_done_ns,bytes_per_s,gib_per_s,gb_per_s,iops,engine,direct,direct_reason,\
                        writers,depth,buffer_size,buffer_count,registered,order,passes,rate_bytes_per_s,verdict,\
                        generation_bound,storage_bound,latency_p50_ns,latency_p90_ns,latency_p99_ns,latency_p99_9_ns,\
                        latency_max_ns,cpu_ns,cpu_seconds_per_gib,recipe,offset,size,synced,time_limited,interrupted,\
                        error,os_kernel,cpu_model,cpus,memory_total_bytes,file_system,device,device_model,warnings\n";
        assert!(header().starts_with(expected.trim_end()), "{}", header());
    }

    #[test]
    fn rows_are_added_below_the_same_names_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.csv");
        CsvFile::open(&path, "a,b\n").unwrap().add("1,2\n").unwrap();
        CsvFile::open(&path, "a,b\n").unwrap().add("3,4").unwrap();
        CsvFile::open(&path, "a,b\n").unwrap().add("5,6\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a,b\n1,2\n3,4\n5,6\n");
        assert!(CsvFile::open(&path, "a,c\n").is_err_and(|e| e.kind() == ErrorKind::Refused));
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 4);
    }
}

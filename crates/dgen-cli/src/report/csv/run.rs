//! The row of a write or a read.

use dgen_io::{FileReport, ReadReport, ReadsReport, RunReport, StorageFacts, WriteReport};

use super::table::{self, Column, share, text};
use crate::report::words::listed;

/// The columns of a run; numbers are plain, with the unit in the name. New ones are added at the end.
///
/// Of many paths only the first are named. Shares (`generation_bound`, `storage_bound`) are 0 to 1; what did not happen is empty; several paths or
/// warnings are separated by `; `.
fn columns<'a>() -> [Column<Row<'a>>; 58] {
    [
        ("version", |_| env!("CARGO_PKG_VERSION").to_owned()),
        ("command", |row| row.command.to_owned()),
        ("started_unix_s", |row| row.run.started_unix_s.to_string()),
        ("paths", |row| paths(row.files)),
        ("bytes", |row| row.bytes.to_string()),
        ("operations", |row| row.run.operations.to_string()),
        ("elapsed_ns", |row| row.run.elapsed_ns.to_string()),
        ("prepare_ns", |row| row.run.prepare_ns.to_string()),
        ("sync_ns", |row| row.run.sync_ns.to_string()),
        ("first_done_ns", |row| row.run.first_done_ns.to_string()),
        ("last_done_ns", |row| row.run.last_done_ns.to_string()),
        ("bytes_per_s", |row| format!("{:.0}", row.run.bytes_per_s)),
        ("gib_per_s", |row| format!("{:.6}", row.run.bytes_per_s / f64::from(1_u32 << 30))),
        ("gb_per_s", |row| format!("{:.6}", row.run.bytes_per_s / 1e9)),
        ("iops", |row| format!("{:.1}", row.run.iops)),
        ("engine", |row| row.run.engine.to_owned()),
        ("direct", |row| row.run.direct.to_string()),
        ("direct_reason", |row| row.run.direct_reason.clone()),
        ("writers", |row| row.run.writers.to_string()),
        ("depth", |row| row.run.depth.to_string()),
        ("buffer_size", |row| row.run.buffer_size.to_string()),
        ("buffer_count", |row| row.run.buffer_count.to_string()),
        ("registered", |row| row.run.registered.to_string()),
        ("order", |row| row.run.order.to_owned()),
        ("passes", |row| row.run.passes.to_string()),
        ("rate_bytes_per_s", |row| text(row.run.rate_bytes_per_s)),
        ("verdict", |row| text(row.run.verdict.as_ref().map(|verdict| verdict.bound.name()))),
        ("generation_bound", |row| share(row.run.generation_bound)),
        ("storage_bound", |row| share(row.run.storage_bound)),
        ("latency_p50_ns", |row| text(row.run.latency_ns.map(|all| all.p50))),
        ("latency_p90_ns", |row| text(row.run.latency_ns.map(|all| all.p90))),
        ("latency_p99_ns", |row| text(row.run.latency_ns.map(|all| all.p99))),
        ("latency_p99_9_ns", |row| text(row.run.latency_ns.map(|all| all.p99_9))),
        ("latency_max_ns", |row| text(row.run.latency_ns.map(|all| all.max))),
        ("cpu_ns", |row| row.run.cpu_ns.to_string()),
        ("cpu_seconds_per_gib", |row| {
            row.run.cpu_seconds_per_gib.map(|seconds| format!("{seconds:.6}")).unwrap_or_default()
        }),
        ("recipe", |row| row.recipe.clone()),
        ("offset", |row| row.offset.clone()),
        ("size", |row| row.size.to_string()),
        ("synced", |row| row.synced.clone()),
        ("time_limited", |row| row.run.time_limited.to_string()),
        ("interrupted", |row| row.interrupted.to_string()),
        ("error", |row| row.error.unwrap_or_default().to_owned()),
        ("os_kernel", |row| text(row.run.host.os_kernel.as_ref())),
        ("cpu_model", |row| text(row.run.host.cpu_model.as_ref())),
        ("cpus", |row| row.run.host.cpus.to_string()),
        ("memory_total_bytes", |row| text(row.run.host.memory_total_bytes)),
        ("file_system", |row| text(row.storage().and_then(|on| on.file_system.as_ref()))),
        ("device", |row| text(row.storage().and_then(|on| on.device.as_ref()))),
        ("device_model", |row| text(row.storage().and_then(|on| on.device_model.as_ref()))),
        ("warnings", |row| row.run.warnings.join("; ")),
        ("generators", |row| row.run.generators.to_string()),
        ("vectored", |row| row.run.vectored.to_string()),
        ("reads_percent", |row| text(row.reads.map(|reads| reads.percent))),
        ("reads_bytes", |row| text(row.reads.map(|reads| reads.bytes_read))),
        ("reads_iops", |row| row.reads.map(|reads| format!("{:.1}", reads.iops)).unwrap_or_default()),
        ("reads_latency_p50_ns", |row| text(row.reads.and_then(|reads| Some(reads.latency_ns?.p50)))),
        ("reads_latency_p99_ns", |row| text(row.reads.and_then(|reads| Some(reads.latency_ns?.p99)))),
    ]
}

/// The line of names.
pub(crate) fn header() -> String {
    table::header(&columns())
}

/// The row of a write.
pub(crate) fn write(report: &WriteReport) -> String {
    table::row(
        &columns(),
        &Row {
            run: &report.run,
            files: &report.files,
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
    table::row(
        &columns(),
        &Row {
            run: &report.run,
            files: &report.files,
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

/// What a row tells of.
struct Row<'a> {
    run: &'a RunReport,
    files: &'a [FileReport],
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

impl Row<'_> {
    /// What the first path lies on.
    fn storage(&self) -> Option<&StorageFacts> {
        self.run.storage.first()
    }
}

fn paths(files: &[FileReport]) -> String {
    listed(files, |file| file.path.display().to_string(), "").join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

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
}

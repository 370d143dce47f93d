//! A sweep as CSV.

use super::point::{Point, Way};
use super::reference::Reference;
use super::report::StorageReport;
use crate::report::csv::table::{self, Column, share, text};
use dgen_io::Bound;

/// The columns of a point; new ones are added at the end.
fn columns<'a>() -> [Column<Row<'a>>; 33] {
    [
        ("version", |row| row.report.version.to_owned()),
        ("path", |row| row.report.path.display().to_string()),
        ("buffer_size", |row| row.point.buffer_size.to_string()),
        ("depth", |row| row.point.depth.to_string()),
        ("actual_depth", |row| row.point.actual_depth.to_string()),
        ("writers", |row| row.point.writers.to_string()),
        ("actual_writers", |row| row.point.actual_writers.to_string()),
        ("direct", |row| row.point.direct.to_string()),
        ("engine", |row| row.point.engine.to_owned()),
        ("bytes", |row| row.point.bytes.to_string()),
        ("elapsed_ns", |row| row.point.elapsed_ns.to_string()),
        ("bytes_per_s", |row| format!("{:.0}", row.point.bytes_per_s)),
        ("iops", |row| format!("{:.1}", row.point.iops)),
        ("latency_p50_ns", |row| text(row.point.latency_ns.map(|all| all.p50))),
        ("latency_p90_ns", |row| text(row.point.latency_ns.map(|all| all.p90))),
        ("latency_p99_ns", |row| text(row.point.latency_ns.map(|all| all.p99))),
        ("latency_p99_9_ns", |row| text(row.point.latency_ns.map(|all| all.p99_9))),
        ("latency_max_ns", |row| text(row.point.latency_ns.map(|all| all.max))),
        ("verdict", |row| text(row.point.verdict.map(Bound::name))),
        ("generation_bound", |row| share(row.point.generation_bound)),
        ("storage_bound", |row| share(row.point.storage_bound)),
        ("cpu_seconds_per_gib", |row| {
            row.point.cpu_seconds_per_gib.map(|seconds| format!("{seconds:.6}")).unwrap_or_default()
        }),
        ("best", |row| row.point.best.to_string()),
        ("recipe", |row| row.report.recipe.to_string()),
        ("mode", |row| row.point.mode.name().to_owned()),
        ("rounds", |row| row.point.rates_bytes_per_s.len().to_string()),
        ("streamed_bytes_per_s", |row| row.beside(|reference| format!("{:.0}", reference.streamed_bytes_per_s))),
        ("pregenerated_bytes_per_s", |row| {
            row.beside(|reference| format!("{:.0}", reference.pregenerated_bytes_per_s))
        }),
        ("ratio_to_pregenerated", |row| row.beside(|reference| format!("{:.4}", reference.ratio))),
        ("bytes_per_s_min", |row| format!("{:.0}", row.point.bytes_per_s_min)),
        ("bytes_per_s_max", |row| format!("{:.0}", row.point.bytes_per_s_max)),
        ("ranked", |row| row.point.ranked.to_string()),
        ("unreliable", |row| row.point.unreliable.join("; ")),
    ]
}

/// What a row tells of.
struct Row<'a> {
    report: &'a StorageReport,
    point: &'a Point,
}

impl Row<'_> {
    /// What the comparison with pre-generated buffers says of the point, if it is the one that was compared.
    fn beside(&self, text: fn(&Reference) -> String) -> String {
        let compared = self.report.pregenerated.as_ref();
        compared.filter(|_| self.point.best && self.point.mode == Way::Write).map(text).unwrap_or_default()
    }
}

/// The line of names.
pub(super) fn header() -> String {
    table::header(&columns())
}

/// One row per point.
pub(super) fn rows(report: &StorageReport) -> String {
    report.points.iter().map(|point| table::row(&columns(), &Row { report, point })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Programs read these names: they change only by additions at the end.
    #[test]
    fn columns_are_stable() {
        let expected = "version,path,buffer_size,depth,actual_depth,writers,actual_writers,direct,engine,bytes,\
                        elapsed_ns,bytes_per_s,iops,latency_p50_ns,latency_p90_ns,latency_p99_ns,latency_p99_9_ns,\
                        latency_max_ns,verdict,generation_bound,storage_bound,cpu_seconds_per_gib,best,recipe,mode,rounds,streamed_bytes_per_s,\
                        pregenerated_bytes_per_s,ratio_to_pregenerated,bytes_per_s_min,bytes_per_s_max,ranked,unreliable";
        assert!(header().starts_with(expected), "{}", header());
    }
}

//! The rows of a verification: one for each file.

use std::collections::HashSet;
use std::path::Path;

use dgen::DamageKind;
use dgen_io::{SkippedFile, VerifiedFile, VerifySummary};

use super::table::{self, Column, share, text};

/// The columns; numbers are plain, with the unit in the name. New ones are added at the end. What was left out has a row with
/// why (`skipped`), and else nothing; the time and what follows the recipe's range are of all files together.
fn columns<'a>() -> [Column<Row<'a>>; 38] {
    [
        ("version", |_| env!("CARGO_PKG_VERSION").to_owned()),
        ("path", |row| row.path()),
        ("ok", |row| row.file.is_some_and(|file| file.ok).to_string()),
        ("absent", |row| row.of(|file| file.absent)),
        ("skipped", |row| text(row.skipped.map(|skipped| skipped.reason.name()))),
        ("error", |row| row.error()),
        ("bytes_checked", |row| row.of(|file| file.bytes_checked)),
        ("bytes_bad", |row| row.of(|file| file.bytes_bad)),
        ("valid_prefix", |row| row.of(|file| file.valid_prefix)),
        ("ranges", |row| row.of(|file| file.ranges_total)),
        ("zeroed_bytes", |row| row.bytes(DamageKind::Zeroed)),
        ("misplaced_bytes", |row| row.bytes(DamageKind::Misplaced)),
        ("stale_bytes", |row| row.bytes(DamageKind::Stale)),
        ("torn_bytes", |row| row.bytes(DamageKind::Torn)),
        ("flipped_bytes", |row| row.bytes(DamageKind::Flipped)),
        ("shifted_bytes", |row| row.bytes(DamageKind::Shifted)),
        ("foreign_bytes", |row| row.bytes(DamageKind::Foreign)),
        ("missing_bytes", |row| row.bytes(DamageKind::Missing)),
        ("extra_bytes", |row| row.bytes(DamageKind::Extra)),
        ("data_read_from", |row| text(row.file.and_then(|file| file.data_read_from))),
        ("direct", |row| row.of(|file| file.direct)),
        ("recipe", |row| row.of(|file| file.recipe)),
        ("stream_version", |row| row.of(|file| file.stream_version)),
        ("file_offset", |row| row.of(|file| file.file_offset)),
        ("offset", |row| row.of(|file| file.offset)),
        ("size", |row| row.of(|file| file.size)),
        ("elapsed_ns", |row| row.all.elapsed_ns.to_string()),
        ("bytes_per_s", |row| format!("{:.0}", row.all.bytes_per_s)),
        ("engine", |row| row.all.engine.to_owned()),
        ("readers", |row| row.all.readers.to_string()),
        ("depth", |row| row.all.depth.to_string()),
        ("buffer_size", |row| row.all.buffer_size.to_string()),
        ("generation_bound", |row| share(row.all.generation_bound)),
        ("storage_bound", |row| share(row.all.storage_bound)),
        ("latency_p50_ns", |row| text(row.all.latency_ns.map(|all| all.p50))),
        ("latency_p99_ns", |row| text(row.all.latency_ns.map(|all| all.p99))),
        ("interrupted", |row| row.all.interrupted.to_string()),
        ("warnings", |row| row.all.warnings.join("; ")),
    ]
}

/// The line of names.
pub(crate) fn verify_header() -> String {
    table::header(&columns())
}

/// All rows.
pub(crate) fn verify(report: &VerifySummary) -> String {
    let verified = report.files.iter().map(|file| Row { all: report, file: Some(file), skipped: None });
    let told: HashSet<&Path> = report.files.iter().map(|file| &*file.path).collect();
    let left_out = report.skipped.iter().filter(|skipped| !told.contains(&*skipped.path));
    let left_out = left_out.map(|skipped| Row { all: report, file: None, skipped: Some(skipped) });
    let columns = columns();
    verified.chain(left_out).map(|row| table::row(&columns, &row)).collect()
}

/// What a row tells of: a file that was verified, or one that was not.
struct Row<'a> {
    all: &'a VerifySummary,
    file: Option<&'a VerifiedFile>,
    skipped: Option<&'a SkippedFile>,
}

impl Row<'_> {
    fn path(&self) -> String {
        let path = self.file.map(|file| &file.path).or(self.skipped.map(|skipped| &skipped.path));
        path.map(|path| path.display().to_string()).unwrap_or_default()
    }

    fn error(&self) -> String {
        let error = self.file.and_then(|file| file.error.as_ref());
        error.or(self.skipped.and_then(|skipped| skipped.error.as_ref())).cloned().unwrap_or_default()
    }

    fn of<T: ToString>(&self, value: fn(&VerifiedFile) -> T) -> String {
        text(self.file.map(value))
    }

    fn bytes(&self, kind: DamageKind) -> String {
        text(self.file.map(|file| file.bytes_by_kind.get(&kind).copied().unwrap_or(0)))
    }
}

//! What was measured as CSV: a row for each number that was asked for, and for each part of a histogram.

use std::path::PathBuf;

use dgen_measure::{MeasureReport, Repeats};

use crate::report::csv::table::{self, Column, text};
use crate::report::words::listed;

/// The columns; new ones are added at the end. What a kind has not is empty.
///
/// | kind | name | block | total | distinct | stored bytes | zero |
/// |---|---|---|---|---|---|---|
/// | `dedup` | | dedup block | blocks | distinct blocks | | zero blocks |
/// | `chunks` | chunker | | chunks | distinct chunks | of distinct chunks | |
/// | `compress` | codec | compressor block | blocks compressed | | for those | zero blocks |
/// | `model` | model | record | records | | allocated | holes |
///
/// Histograms are `contents` (by how often they occur) and `distances` (bytes from one copy to the next), of a dedup block or a
/// chunker, and `sizes` (bytes stored) of a codec at a compressor block: `count` of them are at most `up_to`, and
/// more than the one before.
fn columns<'a>() -> [Column<Row<'a>>; 18] {
    [
        ("version", |_| env!("CARGO_PKG_VERSION").to_owned()),
        ("paths", |row| row.paths.to_owned()),
        ("bytes", |row| row.bytes.to_string()),
        ("kind", |row| row.kind.to_owned()),
        ("name", |row| row.name.clone()),
        ("block", |row| text(row.block)),
        ("ratio", |row| row.ratio.map(|ratio| format!("{ratio:.6}")).unwrap_or_default()),
        ("error", |row| row.error.map(|error| format!("{error:.6}")).unwrap_or_default()),
        ("reduction", |row| row.reduction.map(|ratio| format!("{ratio:.6}")).unwrap_or_default()),
        ("total", |row| text(row.total)),
        ("distinct", |row| text(row.distinct)),
        ("stored_bytes", |row| text(row.stored)),
        ("raw", |row| text(row.raw)),
        ("zero", |row| text(row.zero)),
        ("up_to", |row| text(row.up_to)),
        ("count", |row| text(row.count)),
        ("engine", |row| row.engine.clone()),
        ("interrupted", |row| row.interrupted.to_string()),
    ]
}

/// One row.
#[derive(Clone, Default)]
struct Row<'a> {
    paths: &'a str,
    bytes: u64,
    interrupted: bool,
    kind: &'static str,
    name: String,
    block: Option<u64>,
    ratio: Option<f64>,
    /// As a part of the ratio.
    error: Option<f64>,
    reduction: Option<f64>,
    total: Option<u64>,
    distinct: Option<u64>,
    stored: Option<u64>,
    raw: Option<u64>,
    zero: Option<u64>,
    up_to: Option<u64>,
    count: Option<u64>,
    engine: String,
}

/// The line of names.
pub(crate) fn header() -> String {
    table::header(&columns())
}

/// All rows.
pub(crate) fn rows(report: &MeasureReport, paths: &[PathBuf]) -> String {
    let paths = listed(paths, |path| path.display().to_string(), "").join("; ");
    let all = Row { paths: &paths, bytes: report.bytes, interrupted: report.interrupted, ..Row::default() };
    let mut rows = Vec::new();
    ratios(report, &all, &mut rows);
    histograms(report, &all, &mut rows);
    let columns = columns();
    rows.iter().map(|row| table::row(&columns, row)).collect()
}

fn ratios<'a>(report: &MeasureReport, all: &Row<'a>, rows: &mut Vec<Row<'a>>) {
    for (block, dedup) in &report.dedup {
        rows.push(Row {
            kind: "dedup",
            block: Some(*block),
            ratio: Some(dedup.ratio),
            error: Some(dedup.standard_error / dedup.distinct.max(1) as f64),
            total: Some(dedup.total),
            distinct: Some(dedup.distinct),
            zero: report.zero_blocks.get(block).map(|zeros| zeros.blocks),
            ..all.clone()
        });
    }
    for (name, chunks) in &report.chunks {
        rows.push(Row {
            kind: "chunks",
            name: name.clone(),
            ratio: Some(chunks.ratio),
            error: Some(chunks.standard_error / chunks.distinct_bytes.max(1) as f64),
            total: Some(chunks.total),
            distinct: Some(chunks.distinct),
            stored: Some(chunks.distinct_bytes),
            ..all.clone()
        });
    }
    for (codec, blocks) in &report.records {
        for (block, records) in blocks {
            rows.push(Row {
                kind: "compress",
                name: codec.to_string(),
                block: Some(*block),
                ratio: Some(records.ratio),
                error: records.error,
                reduction: report.reduction.get(codec).and_then(|blocks| blocks.get(block)).copied(),
                total: Some(records.records),
                stored: Some(records.stored_bytes),
                raw: Some(records.raw),
                zero: Some(records.zero),
                engine: report.engines.get(codec).cloned().unwrap_or_default(),
                ..all.clone()
            });
        }
    }
    for (name, model) in &report.models {
        rows.push(Row {
            kind: "model",
            name: name.clone(),
            block: Some(model.record),
            ratio: model.ratio,
            error: model.error,
            total: Some(model.records),
            stored: Some(model.allocated_bytes),
            raw: Some(model.raw),
            zero: Some(model.holes),
            engine: model.engine.clone(),
            ..all.clone()
        });
    }
}

fn histograms<'a>(report: &MeasureReport, all: &Row<'a>, rows: &mut Vec<Row<'a>>) {
    let mut repeats = |of: Row<'a>, repeats: &Repeats| {
        for (kind, counts) in [("contents", &repeats.contents), ("distances", &repeats.distances)] {
            let row =
                |(up_to, count): (&u64, &u64)| Row { kind, up_to: Some(*up_to), count: Some(*count), ..of.clone() };
            rows.extend(counts.iter().map(row));
        }
    };
    for (block, found) in &report.repeats {
        repeats(Row { block: Some(*block), ..all.clone() }, found);
    }
    for (name, chunks) in &report.chunks {
        repeats(Row { name: name.clone(), ..all.clone() }, &chunks.repeats);
    }
    for (codec, blocks) in &report.records {
        for (block, records) in blocks {
            let parts = records.sizes.len().max(1) as u64;
            rows.extend((1..).zip(&records.sizes).map(|(part, count)| Row {
                kind: "sizes",
                name: codec.to_string(),
                block: Some(*block),
                up_to: Some(block / parts * part),
                count: Some(*count),
                ..all.clone()
            }));
        }
    }
}

//! Reports as the objects of `dgen_py`, made from the same values that the command prints.

use super::follow::Ended;
use crate::errors::exception;
use crate::interpreter::detached::calling;
use crate::interpreter::dict::dict;
use dgen_io::{Outcome, ReadReport, VerifySummary, WriteReport};
use pyo3::prelude::*;
use serde::Serialize;
use std::path::Path;

/// A report that Python has a class for.
pub(crate) trait Report: Serialize {
    /// Name of the class in `dgen_py`.
    const CLASS: &'static str;

    /// The paths in each of its lists that have some, as they are: JSON cannot say all of them.
    fn paths(&self) -> Vec<(&'static str, Vec<&Path>)>;
}

impl Report for WriteReport {
    const CLASS: &'static str = "WriteReport";

    fn paths(&self) -> Vec<(&'static str, Vec<&Path>)> {
        vec![("files", self.files.iter().map(|file| &*file.path).collect())]
    }
}

impl Report for ReadReport {
    const CLASS: &'static str = "ReadReport";

    fn paths(&self) -> Vec<(&'static str, Vec<&Path>)> {
        let skipped = self.skipped.iter().map(|file| &*file.path).collect();
        vec![("files", self.files.iter().map(|file| &*file.path).collect()), ("skipped", skipped)]
    }
}

impl Report for VerifySummary {
    const CLASS: &'static str = "VerifyReport";

    fn paths(&self) -> Vec<(&'static str, Vec<&Path>)> {
        let files = self.files.iter().map(|file| &*file.path).collect();
        let skipped = self.skipped.iter().map(|file| &*file.path).collect();
        vec![("files", files), ("ranges", self.ranges.iter().map(|range| &*range.path).collect()), ("skipped", skipped)]
    }
}

impl Report for dgen_measure::MeasureReport {
    const CLASS: &'static str = "MeasureReport";

    fn paths(&self) -> Vec<(&'static str, Vec<&Path>)> {
        vec![("skipped", self.skipped.iter().map(|input| &*input.path).collect())]
    }
}

/// The object that stands for a report.
pub(crate) fn object<'py, R: Report>(py: Python<'py>, report: &R) -> PyResult<Bound<'py, PyAny>> {
    calling(py, || {
        let data = dict(py, report)?;
        for (list, paths) in report.paths() {
            for (entry, path) in data.get_item(list)?.try_iter()?.zip(paths) {
                entry?.set_item("path", path.as_os_str())?;
            }
        }
        py.import("dgen_py._reports")?.getattr(R::CLASS)?.call_method1("_from_dict", (data,))
    })
}

/// The report of an operation, or the exception for its end, which then carries the report as `report`.
pub(crate) fn conclude<R: Report>(
    py: Python<'_>,
    ended: Ended<dgen::Result<Outcome<R>>>,
) -> PyResult<Bound<'_, PyAny>> {
    match ended {
        Ended::Done(Ok(outcome)) => with_report(py, &outcome, None),
        Ended::Stopped(error, Some(Ok(outcome))) => with_report(py, &outcome, Some(error)),
        Ended::Done(Err(error)) => Err(exception(&error)),
        Ended::Stopped(error, _) => Err(error),
    }
}

fn with_report<'py, R: Report>(
    py: Python<'py>,
    outcome: &Outcome<R>,
    stopped: Option<PyErr>,
) -> PyResult<Bound<'py, PyAny>> {
    let report = object(py, &outcome.report)?;
    let Some(error) = stopped.or_else(|| outcome.error.as_ref().map(exception)) else { return Ok(report) };
    // An exception without room for attributes goes without.
    _ = calling(py, || error.value(py).setattr("report", report));
    Err(error)
}

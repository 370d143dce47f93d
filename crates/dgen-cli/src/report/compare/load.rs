//! Reports as they were filed, and which command they are of.

use std::fs;
use std::path::Path;

use dgen::{Error, ErrorKind, Result};
use serde::Serialize;
use serde_json::Value;

/// What is accepted.
const ACCEPTED: &str =
    "accepted: a report that --json=FILE of write, read, verify, measure, bench storage or bench fill has written";

/// Commands whose reports are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum Kind {
    #[serde(rename = "write")]
    Write,
    #[serde(rename = "read")]
    Read,
    #[serde(rename = "verify")]
    Verify,
    #[serde(rename = "measure")]
    Measure,
    #[serde(rename = "bench storage")]
    Sweep,
    #[serde(rename = "bench fill")]
    Fill,
}

/// The kinds, and members that all of its reports have, and no others.
const KINDS: [(Kind, &str, &[&str]); 6] = [
    (Kind::Sweep, "bench storage", &["points", "points_asked", "rounds"]),
    (Kind::Fill, "bench fill", &["cases", "fill_at", "rounds"]),
    (Kind::Write, "write", &["bytes_written", "throughput", "writers"]),
    (Kind::Read, "read", &["bytes_read", "throughput", "workers"]),
    (Kind::Verify, "verify", &["ok", "bytes_checked", "readers"]),
    (Kind::Measure, "measure", &["bytes", "inputs", "dedup", "reduction"]),
];

impl Kind {
    /// As the command is called.
    pub(super) fn name(self) -> &'static str {
        KINDS.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, name, _)| name)
    }
}

/// A report.
pub(super) struct Loaded {
    pub(super) path: String,
    pub(super) kind: Kind,
    pub(super) value: Value,
}

impl Loaded {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let shown = path.display().to_string();
        let text = fs::read(path).map_err(|error| Error::io("read", path, None, error))?;
        let value: Value =
            serde_json::from_slice(&text).map_err(|error| refused(&shown, &format!("no JSON: {error}")))?;
        Self::new(shown, value)
    }

    pub(super) fn new(path: String, value: Value) -> Result<Self> {
        let has = |names: &[&str]| names.iter().all(|name| value.get(name).is_some());
        if has(&["fio version"]) {
            return Err(refused(&path, "a report with the names of fio"));
        }
        if let Some(version) = value["version"].as_str().filter(|version| is_newer(version)) {
            let own = env!("CARGO_PKG_VERSION");
            return Err(refused(&path, &format!("a report of dgen {version}, which is newer than this one, {own}")));
        }
        let Some((kind, ..)) = KINDS.iter().find(|(.., names)| has(names)) else {
            return Err(refused(&path, "no report of these"));
        };
        Ok(Self { path, kind: *kind, value })
    }

    /// Fails where the other is of another kind.
    pub(super) fn is_of_kind(&self, other: &Self) -> Result<()> {
        if self.kind == other.kind {
            return Ok(());
        }
        let [one, two] = [self, other].map(|report| format!("{} is of `dgen {}`", report.path, report.kind.name()));
        Err(Error::new(ErrorKind::Usage, format!("{one}, {two} (accepted: two reports of the same command)")))
    }

    /// That its figures are not of all that was to be done.
    pub(super) fn interrupted(&self) -> Option<String> {
        let error = self.value["error"].as_str().map(|error| format!("it ended early: {error}"));
        let stopped = self.value["interrupted"] == true;
        error.or_else(|| stopped.then(|| "it was interrupted".to_owned()))
    }
}

fn refused(path: &str, what: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("{path}: {what} ({ACCEPTED})"))
}

/// Whether a version has members that this one does not know: a later major or minor number.
fn is_newer(version: &str) -> bool {
    let numbers = |version: &str| -> Option<(u64, u64)> {
        let mut parts = version.split('.').map(|part| part.parse().ok());
        Some((parts.next()??, parts.next()??))
    };
    numbers(version) > numbers(env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_report_of_these_is_refused_by_name() {
        for (value, part) in [
            (json!([1]), "no report of these"),
            (json!({"fio version": "fio-3", "jobs": []}), "names of fio"),
            (json!({"version": "99.0.0", "points": []}), "dgen 99.0.0"),
            (json!({"error": "x", "kind": "usage", "exit_code": 2}), "no report of these"),
        ] {
            let error = Loaded::new("some.json".into(), value).err().unwrap();
            let text = error.to_string();
            assert!(text.contains("some.json") && text.contains(part) && text.contains("bench storage"), "{text}");
            assert_eq!(error.kind(), ErrorKind::Usage);
        }
    }

    #[test]
    fn later_versions_are_newer() {
        assert!(is_newer("99.0.0") && is_newer("0.999.1-dev") && !is_newer("0.0.9"));
        assert!(!is_newer(env!("CARGO_PKG_VERSION")) && !is_newer("unknown"));
    }
}

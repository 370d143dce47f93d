//! What a comparison holds, and how it is made.

use std::path::Path;

use dgen::Result;
use serde::Serialize;

use super::differences::{self, Difference};
use super::figures::{self, Figure};
use super::load::{Kind, Loaded};
use crate::report::origin;

/// A comparison, as it is reported.
#[derive(Serialize)]
pub(crate) struct Comparison {
    /// The command whose reports they are.
    pub(super) compared: Kind,
    pub(super) a: Origin,
    pub(super) b: Origin,
    /// Settings and surroundings that are not the same.
    pub(super) differences: Vec<Difference>,
    pub(super) figures: Vec<Figure>,
    pub(crate) warnings: Vec<String>,
}

/// One of the two.
#[derive(Serialize)]
pub(super) struct Origin {
    path: String,
    /// When its run began; absent where the report does not say.
    started_unix_s: Option<u64>,
    host: Option<String>,
}

impl Comparison {
    /// Reads both.
    ///
    /// # Errors
    /// What cannot be read; what is no report of dgen in JSON, or one of a kind that is not compared, or of a newer version;
    /// reports of different kinds.
    pub(crate) fn of_files(a: &Path, b: &Path) -> Result<Self> {
        let (a, b) = (Loaded::read(a)?, Loaded::read(b)?);
        a.is_of_kind(&b)?;
        Ok(Self::of(&a, &b))
    }

    fn of(a: &Loaded, b: &Loaded) -> Self {
        let differences = differences::of(&a.value, &b.value);
        let figures = figures::of(a.kind, &a.value, &b.value);
        let mut warnings = Vec::new();
        if !differences.is_empty() {
            let names: Vec<&str> = differences.iter().map(|difference| difference.name).collect();
            warnings.push(format!("the runs differ in more than their figures: {}", names.join(", ")));
        }
        for side in [a, b] {
            warnings.extend(side.interrupted().map(|why| format!("{}: {why}", side.path)));
        }
        if figures.iter().any(Figure::lacks_spread) {
            let advice = "with --rounds 3 or more it shows which changes are more than chance";
            warnings.push(format!("figures of one round have no spread: {advice}"));
        }
        let compared = a.kind;
        let [a, b] = [a, b].map(Origin::of);
        Self { compared, a, b, differences, figures, warnings }
    }
}

impl Origin {
    fn of(report: &Loaded) -> Self {
        let host = report.value.pointer("/host/name").and_then(|name| name.as_str()).map(str::to_owned);
        let started_unix_s = report.value["started_unix_s"].as_u64();
        Self { path: report.path.clone(), started_unix_s, host }
    }

    /// `a.json: 2026-11-22T21:44:22Z on host`.
    pub(super) fn told(&self) -> String {
        let date = self.started_unix_s.map(origin::date);
        let host = self.host.as_ref().map(|host| format!("on {host}"));
        let from = date.into_iter().chain(host).collect::<Vec<_>>().join(" ");
        if from.is_empty() { self.path.clone() } else { format!("{}: {from}", self.path) }
    }
}

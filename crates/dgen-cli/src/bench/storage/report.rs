//! What a sweep found.

use std::path::{Path, PathBuf};

use dgen::units::exact_size;
use dgen::{Error, ErrorKind, Recipe};
use dgen_io::{HostFacts, RanksReport, StorageFacts};
use serde::Serialize;

use super::args::StorageArgs;
use super::point::{Point, Way};
use super::ranking::fastest;
use super::reference::Reference;
use super::rounds::BRIEF_NS;
use crate::exit;
use crate::launch::BUILD;
use crate::report::origin;
use crate::report::words::time;

/// All points of a sweep, as far as it came.
#[derive(Serialize)]
pub(super) struct StorageReport {
    pub(super) version: &'static str,
    pub(super) build: &'static str,
    /// When the command began, in seconds since 1970.
    pub(super) started_unix_s: u64,
    pub(super) path: PathBuf,
    /// Most bytes of a point.
    pub(super) size: u64,
    /// Longest time of a point, in seconds.
    pub(super) runtime_secs: f64,
    pub(super) recipe: Recipe,
    /// Which of several processes that measure at the same time this is.
    pub(super) ranks: Option<RanksReport>,
    /// Points that were asked for, those that turned out to be the same as others included.
    pub(super) points_asked: usize,
    /// Times that each point was to be measured.
    pub(super) rounds: usize,
    pub(super) points: Vec<Point>,
    /// Index of the fastest point that writes, and of the fastest one that reads; none that was measured once.
    pub(super) best: Option<usize>,
    pub(super) best_read: Option<usize>,
    /// The commands that work with the settings of those points.
    pub(super) best_command: Option<String>,
    pub(super) best_read_command: Option<String>,
    /// The fastest writing point beside pre-generated buffers.
    pub(super) pregenerated: Option<Reference>,
    pub(super) interrupted: bool,
    pub(super) error: Option<String>,
    pub(super) warnings: Vec<String>,
    pub(super) host: HostFacts,
    pub(super) storage: Vec<StorageFacts>,
}

impl StorageReport {
    /// Before the first point.
    pub(super) fn new(args: &StorageArgs, recipe: Recipe, path: &Path, points_asked: usize) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            build: BUILD,
            started_unix_s: origin::started(),
            path: path.to_owned(),
            size: args.size(),
            runtime_secs: args.runtime().as_secs_f64(),
            recipe,
            ranks: None,
            points_asked,
            rounds: args.rounds(),
            points: Vec::new(),
            best: None,
            best_read: None,
            best_command: None,
            best_read_command: None,
            pregenerated: None,
            interrupted: false,
            error: None,
            warnings: Vec::new(),
            host: HostFacts::read(),
            storage: StorageFacts::of([path]),
        }
    }

    /// Names the best, and how the sweep ended.
    pub(super) fn conclude(&mut self, error: Option<&Error>) {
        // Of a sweep that ended early the fastest may have been measured once: then there is no best.
        let sure = |index: &usize| self.points[*index].ranked;
        let [best, best_read] = [Way::Write, Way::Read].map(|way| fastest(&self.points, way).filter(sure));
        let command = |index: usize| self.points[index].setting.command();
        (self.best_command, self.best_read_command) = (best.map(command), best_read.map(command));
        (self.best, self.best_read) = (best, best_read);
        self.interrupted = error.is_some_and(|error| error.kind() == ErrorKind::Interrupted);
        self.error = error.map(exit::told);
        for index in [best, best_read].into_iter().flatten() {
            self.points[index].best = true;
        }
        let shortest = self.points.iter().map(|point| point.elapsed_ns).min().unwrap_or(0);
        if shortest < BRIEF_NS && self.runtime_secs * 1e9 > 2.0 * shortest as f64 {
            let (shortest, size) = (time(shortest), exact_size(self.size));
            let advice = "with a larger --size they say more";
            self.warnings.push(format!("points of {size} ended after as little as {shortest}: {advice}"));
        }
        for index in [best, best_read].into_iter().flatten() {
            self.warnings.extend(self.points[index].doubts());
        }
        // With what the file system holds now, rather than before.
        let folder = self.path.clone();
        self.storage = StorageFacts::of([folder.as_path()]);
    }
}

//! `dgen bench storage`: writes or reads with all combinations of settings, and says which was the fastest.

mod args;
mod forms;
mod own_file;
mod page;
mod point;
mod reference;
mod sweep;

use std::path::PathBuf;

use dgen::units::exact_size;
use dgen::{Error, ErrorKind, Result};
use dgen_io::{HostFacts, StorageFacts};
use serde::Serialize;

use crate::exit::{self, Exit};
use crate::output::remark;
use crate::report::Forms;
use crate::text::time;
pub(crate) use args::StorageArgs;
use own_file::OwnFile;
use point::{Point, Way};
use reference::Reference;
use sweep::Sweep;

/// All points of a sweep, as far as it came.
#[derive(Serialize)]
struct StorageReport {
    version: &'static str,
    build: &'static str,
    path: PathBuf,
    /// Most bytes of a point.
    size: u64,
    /// Longest time of a point, in seconds.
    runtime_secs: f64,
    recipe: dgen::Recipe,
    /// Points that were asked for, those that turned out to be the same as others included.
    points_asked: usize,
    /// Times that each point was to be measured.
    rounds: usize,
    points: Vec<Point>,
    /// Index of the fastest point that writes, and of the fastest one that reads.
    best: Option<usize>,
    best_read: Option<usize>,
    /// The commands that work with the settings of those points.
    best_command: Option<String>,
    best_read_command: Option<String>,
    /// The fastest writing point beside pre-generated buffers.
    pregenerated: Option<Reference>,
    interrupted: bool,
    error: Option<String>,
    warnings: Vec<String>,
    host: HostFacts,
    storage: Vec<StorageFacts>,
}

pub(crate) fn run(args: &StorageArgs) -> Result<Exit> {
    let settings = args.settings();
    let recipe = args.stream.recipe()?;
    let header = forms::csv_header();
    let sinks = args.report.open(&args.json, &header)?;
    let mut file = OwnFile::new(&args.path, args.keep);
    let (seconds, size) = (args.runtime().as_secs_f64(), exact_size(args.size()));
    remark(&format!("{} points of at most {size} and {seconds} s each", settings.len()));
    let mut report = StorageReport {
        version: env!("CARGO_PKG_VERSION"),
        build: if cfg!(debug_assertions) { "debug" } else { "release" },
        path: file.path().to_owned(),
        size: args.size(),
        runtime_secs: seconds,
        recipe,
        points_asked: settings.len(),
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
        storage: StorageFacts::of([file.path()]),
    };
    let mut sweep = Sweep::new(args, &recipe, &mut file);
    let ended = sweep.run(&settings);
    (report.points, report.pregenerated) = (sweep.points(), sweep.reference);
    report.warnings = sweep.warnings;
    if report.points.is_empty() {
        return ended.map(|()| Exit::Done);
    }
    let error = ended.err().or_else(|| file.remove().err());
    conclude(&mut report, error.as_ref());
    let rows = forms::csv_rows(&report);
    sinks.report(&Forms {
        value: &report,
        text: &forms::text(&report),
        csv: (&header, &rows),
        html: &|| page::html(&report),
    })?;
    Ok(error.map_or(Exit::Done, |error| exit::report(&error)))
}

/// Points that end sooner are measured too briefly.
const BRIEF_NS: u64 = 250_000_000;

/// Names the best, and how the sweep ended.
fn conclude(report: &mut StorageReport, error: Option<&Error>) {
    let [best, best_read] = [Way::Write, Way::Read].map(|way| Sweep::best(&report.points, way));
    let command = |index: usize| report.points[index].setting.command();
    (report.best_command, report.best_read_command) = (best.map(command), best_read.map(command));
    (report.best, report.best_read) = (best, best_read);
    report.interrupted = error.is_some_and(|error| error.kind() == ErrorKind::Interrupted);
    report.error = error.map(ToString::to_string);
    for index in [best, best_read].into_iter().flatten() {
        report.points[index].best = true;
    }
    let shortest = report.points.iter().map(|point| point.elapsed_ns).min().unwrap_or(0);
    if shortest < BRIEF_NS && report.runtime_secs * 1e9 > 2.0 * shortest as f64 {
        let (shortest, size) = (time(shortest), exact_size(report.size));
        let advice = "with a larger --size they say more";
        report.warnings.push(format!("points of {size} ended after as little as {shortest}: {advice}"));
    }
    // With what the file system holds now, rather than before.
    let folder = report.path.clone();
    report.storage = StorageFacts::of([folder.as_path()]);
}

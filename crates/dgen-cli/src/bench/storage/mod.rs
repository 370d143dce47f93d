//! `dgen bench storage`: writes with every pair of settings, and says which was the fastest.

mod args;
mod forms;
mod own_file;
mod point;

use std::path::PathBuf;
use std::sync::Arc;

use dgen::units::{exact_size, human_rate};
use dgen::{Error, ErrorKind, Result};
use dgen_io::{HostFacts, Live, StorageFacts};
use serde::Serialize;

use crate::exit::{self, Exit};
use crate::output::remark;
use crate::progress::{Follow, follow_live};
use crate::report::Forms;
use crate::text::time;
pub(crate) use args::StorageArgs;
use own_file::OwnFile;
use point::{Point, Setting};

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
    points: Vec<Point>,
    /// Index of the fastest point.
    best: Option<usize>,
    /// The command that writes with the settings of that point.
    best_command: Option<String>,
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
        points: Vec::new(),
        best: None,
        best_command: None,
        interrupted: false,
        error: None,
        warnings: Vec::new(),
        host: HostFacts::read(),
        storage: StorageFacts::of([file.path()]),
    };
    let ended = sweep(args, &settings, &mut file, &mut report);
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
        html: &|| forms::html(&report),
    })?;
    Ok(error.map_or(Exit::Done, |error| exit::report(&error)))
}

/// Measures point after point, until one fails or the caller has seen enough.
fn sweep(args: &StorageArgs, settings: &[Setting], file: &mut OwnFile, report: &mut StorageReport) -> Result<()> {
    let live = Arc::new(Live::default());
    let follow = Follow { verb: "wrote", total: Some(args.size()), abandon: None };
    for (index, setting) in settings.iter().enumerate() {
        if report.points.iter().any(|point| point.covers(setting)) {
            continue;
        }
        let options = point::options(args, &report.recipe, setting, file.is_ours(), &live)?;
        let outcome = follow_live(&follow, &live, |watch| dgen_io::write(&[file.path().to_owned()], &options, watch))?;
        file.written();
        if let Some(error) = outcome.error {
            if error.kind() != ErrorKind::Interrupted {
                return Err(error);
            }
            let (done, all) = (report.points.len(), settings.len());
            return Err(Error::new(ErrorKind::Interrupted, format!("interrupted after {done} of {all} points")));
        }
        for warning in &outcome.report.run.warnings {
            let known = outcome.report.run.time_limited && warning.starts_with("the time limit");
            if !known && !report.warnings.contains(warning) {
                report.warnings.push(warning.clone());
            }
        }
        let point = Point::new(setting, &outcome.report);
        let (done, all) = (index + 1, settings.len());
        remark(&format!("{done} of {all}: {}: {}", point.setting, human_rate(point.bytes_per_s)));
        report.points.push(point);
    }
    Ok(())
}

/// Points that end sooner are measured too briefly.
const BRIEF_NS: u64 = 250_000_000;

/// Names the best, and how the sweep ended.
fn conclude(report: &mut StorageReport, error: Option<&Error>) {
    let rate = |index: &usize| report.points[*index].bytes_per_s;
    // Of equals the first, which has the least in flight.
    let best = (0..report.points.len()).reduce(|best, next| if rate(&next) > rate(&best) { next } else { best });
    report.best_command = best.map(|index| report.points[index].setting.command());
    report.best = best;
    report.interrupted = error.is_some_and(|error| error.kind() == ErrorKind::Interrupted);
    report.error = error.map(ToString::to_string);
    if let Some(index) = best {
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

//! `dgen bench storage`: writes or reads with all combinations of settings, and says which was the fastest.

mod args;
mod csv;
mod forms;
mod own_file;
mod page;
mod point;
mod ranking;
mod reference;
mod report;
mod rounds;
mod sweep;

use dgen::Result;
use dgen::units::exact_size;

use crate::exit::{self, Exit};
use crate::guard::Guard;
use crate::output::{remark, warn};
use crate::report::Forms;
pub(crate) use args::StorageArgs;
use own_file::OwnFile;
use report::StorageReport;
use sweep::Sweep;

pub(crate) fn run(mut args: StorageArgs) -> Result<Exit> {
    let share = args.share()?;
    let args = &args;
    let settings = args.settings();
    let recipe = args.stream.recipe()?;
    let header = csv::header();
    let guard = Guard::new([args.path.as_path()], args.force);
    let sinks = args.report.open(&args.json, &header, guard)?;
    let mut file = OwnFile::new(&args.path, args.keep);
    let (seconds, size) = (args.runtime().as_secs_f64(), exact_size(args.size()));
    remark(&format!("{} points of at most {size} and {seconds} s each", settings.len()));
    let mut report = StorageReport::new(args, recipe, file.path(), settings.len());
    report.ranks = share.map(|share| share.report(false, Some(args.offset()), None));
    let mut sweep = Sweep::new(args, &recipe, &mut file);
    let ended = sweep.run(&settings);
    (report.points, report.pregenerated) = (sweep.points(), sweep.reference());
    report.warnings = sweep.warnings;
    if report.points.is_empty() {
        return ended.map(|()| Exit::Done);
    }
    let error = ended.err().or_else(|| file.remove().err());
    report.conclude(error.as_ref());
    warn(&report.warnings);
    sinks.report(&Forms {
        value: &report,
        text: &forms::text(&report),
        csv: (&header, &|| csv::rows(&report)),
        html: &|| page::html(&report),
    })?;
    Ok(error.map_or(Exit::Done, |error| exit::report(&error)))
}

//! Measuring: one run after another, on the same file.

use dgen::{Error, ErrorKind, Recipe, Result, Stream};
use dgen_io::{DirectMode, IoOptions, Live, Outcome, ReadOptions, RunReport, WriteOptions, drop_cached};

use super::args::StorageArgs;
use super::own_file::OwnFile;
use super::point::{Point, Setting, Way};
use super::ranking::{doubtful, fastest};
use super::reference::Reference;
use crate::output::remark;
use crate::progress::{Follow, follow_live};
use crate::report::words::human_rate;

/// Rounds of a comparison in which each side has to have a median.
const COMPARED: usize = 3;

/// Where buffers get their bytes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Data {
    Streamed,
    Pregenerated,
}

/// A sweep as far as it came.
pub(super) struct Sweep<'a> {
    args: &'a StorageArgs,
    recipe: &'a Recipe,
    file: &'a mut OwnFile,
    live: Live,
    /// What each setting came to, in each round.
    rounds: Vec<(Setting, Vec<Point>)>,
    /// The settings that led, beside pre-generated buffers.
    references: Vec<(Setting, Reference)>,
    pub(super) warnings: Vec<String>,
}

impl<'a> Sweep<'a> {
    pub(super) fn new(args: &'a StorageArgs, recipe: &'a Recipe, file: &'a mut OwnFile) -> Self {
        let (live, rounds, references) = (Live::default(), Vec::new(), Vec::new());
        Self { args, recipe, file, live, rounds, references, warnings: Vec::new() }
    }

    /// The medians of what was measured.
    pub(super) fn points(&self) -> Vec<Point> {
        self.rounds.iter().filter_map(|(_, rounds)| Point::median(rounds)).collect()
    }

    /// The fastest writing point beside pre-generated buffers.
    pub(super) fn reference(&self) -> Option<Reference> {
        let best = self.leader(Way::Write)?;
        self.references.iter().find(|(setting, _)| *setting == best).map(|(_, reference)| reference.clone())
    }

    /// The setting of the fastest point of a mode.
    fn leader(&self, way: Way) -> Option<Setting> {
        let points = self.points();
        fastest(&points, way).map(|index| points[index].setting)
    }

    /// Measures everything, until something fails or the caller has seen enough.
    pub(super) fn run(&mut self, settings: &[Setting]) -> Result<()> {
        self.run_all(settings).map_err(|error| match error.kind() {
            ErrorKind::Interrupted => {
                let (done, all) = (self.rounds.len(), settings.len());
                Error::new(ErrorKind::Interrupted, format!("interrupted after {done} of {all} points"))
            }
            _ => error,
        })
    }

    fn run_all(&mut self, settings: &[Setting]) -> Result<()> {
        let (writes, reads): (Vec<Setting>, Vec<Setting>) =
            settings.iter().partition(|setting| setting.way == Way::Write);
        self.measure(&writes, settings.len())?;
        self.rank(Way::Write)?;
        if reads.is_empty() {
            return Ok(());
        }
        self.lay_out(self.leader(Way::Write).as_ref())?;
        self.measure(&reads, settings.len())?;
        self.rank(Way::Read)
    }

    /// All settings in turn, and that in each round, so that a slow minute of the device falls on all of them.
    fn measure(&mut self, settings: &[Setting], all: usize) -> Result<()> {
        for round in 1..=self.args.rounds() {
            for setting in settings {
                if self.rounds.iter().any(|(_, rounds)| rounds[0].covers(setting)) {
                    continue;
                }
                let point = self.one(setting, Data::Streamed)?;
                let of = if self.args.rounds() > 1 { format!("round {round}, ") } else { String::new() };
                let (way, rate) = (setting.way.name(), human_rate(point.bytes_per_s));
                self.keep(setting, point);
                remark(&format!("{of}{} of {all}: {way}, {setting}: {rate}", self.rounds.len()));
            }
        }
        Ok(())
    }

    /// Adds a round.
    fn keep(&mut self, setting: &Setting, point: Point) {
        match self.rounds.iter_mut().find(|(known, _)| known == setting) {
            Some((_, rounds)) => rounds.push(point),
            None => self.rounds.push((*setting, vec![point])),
        }
    }

    /// Measures again what seems to lead, until what leads was measured often enough, and, of writes, compared. Each time a
    /// point gains rounds, so that this ends.
    fn rank(&mut self, way: Way) -> Result<()> {
        loop {
            let points = self.points();
            if let Some(doubtful) = doubtful(&points, way) {
                let setting = points[doubtful].setting;
                let point = self.one(&setting, Data::Streamed)?;
                remark(&format!("again: {}, {setting}: {}", way.name(), human_rate(point.bytes_per_s)));
                self.keep(&setting, point);
                continue;
            }
            let best = self.leader(way).filter(|_| way == Way::Write);
            match best.filter(|best| self.references.iter().all(|(compared, _)| compared != best)) {
                Some(best) => self.compare(&best)?,
                None => return Ok(()),
            }
        }
    }

    /// A setting with streamed and with pre-generated data by turns. The streamed ones are further rounds of its point.
    fn compare(&mut self, setting: &Setting) -> Result<()> {
        let (mut streamed, mut pregenerated) = (Vec::new(), Vec::new());
        for _ in 0..self.args.rounds().max(COMPARED) {
            // The stream last, so that the file holds it in the end.
            pregenerated.push(self.one(setting, Data::Pregenerated)?.bytes_per_s);
            let round = self.one(setting, Data::Streamed)?;
            streamed.push(round.bytes_per_s);
            self.keep(setting, round);
        }
        let reference = Reference::new(streamed, pregenerated);
        remark(&format!("beside pre-generated buffers: {reference}"));
        self.references.push((*setting, reference));
        Ok(())
    }

    /// Makes a file of full size to read, unless the path holds one that is not the sweep's.
    fn lay_out(&mut self, best: Option<&Setting>) -> Result<()> {
        if self.file.is_given() {
            return Ok(());
        }
        let mut options = WriteOptions::new(Stream::new(self.recipe)?, self.args.size());
        options.offset = self.args.offset();
        options.force = self.args.force || self.file.is_ours();
        options.direct = best.map_or(DirectMode::Auto, |best| best.direct);
        options.writers = best.map(|best| best.writers);
        options.buffer_size = best.map(|best| best.buffer_size);
        options.io.placement = self.args.place.options();
        self.write(&options).map(|_| ())
    }

    fn one(&mut self, setting: &Setting, data: Data) -> Result<Point> {
        let mut io = IoOptions::default();
        io.engine = self.args.engine.unwrap_or_default();
        io.depth = Some(setting.depth);
        io.time_limit = Some(self.args.runtime());
        io.placement = self.args.place.options();
        let (bytes, run) = match setting.way {
            Way::Write => {
                let mut options = WriteOptions::new(Stream::new(self.recipe)?, self.args.size());
                options.offset = self.args.offset();
                options.buffer_size = Some(setting.buffer_size);
                options.writers = Some(setting.writers);
                options.direct = setting.direct;
                options.force = self.args.force || self.file.is_ours();
                options.pregenerated = data == Data::Pregenerated;
                options.io = io;
                self.write(&options)?
            }
            Way::Read => {
                let mut options = ReadOptions::default();
                options.size = self.file.len().map(|len| len.min(self.args.size()));
                options.buffer_size = Some(setting.buffer_size);
                options.readers = Some(setting.writers);
                options.direct = setting.direct;
                options.io = io;
                self.read(&options)?
            }
        };
        if data == Data::Streamed {
            self.warn(&run);
        }
        Ok(Point::new(setting, bytes, &run))
    }

    fn write(&mut self, options: &WriteOptions) -> Result<(u64, RunReport)> {
        let follow = Follow { verb: "wrote", total: Some(options.size), abandon: None };
        let paths = [self.file.place()];
        let Outcome { report, error } =
            follow_live(&follow, &self.live, |watch| dgen_io::write(&paths, options, watch))
                .map_err(|error| self.file.told(error))?;
        self.file.written();
        error.map_or(Ok((report.bytes_written, report.run)), |error| Err(self.file.told(error)))
    }

    fn read(&mut self, options: &ReadOptions) -> Result<(u64, RunReport)> {
        let follow = Follow { verb: "read", total: options.size, abandon: None };
        let paths = [self.file.place()];
        // Whatever is not direct would be answered from memory otherwise.
        if options.direct != DirectMode::On {
            drop_cached(&paths[0])?;
        }
        let Outcome { report, error } = follow_live(&follow, &self.live, |watch| dgen_io::read(&paths, options, watch))
            .map_err(|error| self.file.told(error))?;
        error.map_or(Ok((report.bytes_read, report.run)), |error| Err(self.file.told(error)))
    }

    fn warn(&mut self, run: &RunReport) {
        for warning in &run.warnings {
            // The points' own shares and rates say these.
            let known = (run.time_limited && warning.starts_with("the time limit"))
                || warning.starts_with("generation limited the result");
            if !known && !self.warnings.contains(warning) {
                self.warnings.push(warning.clone());
            }
        }
    }
}

//! The ramp: the default, the seed for the machine, and from the better of them one step at a time in each direction.

use std::time::Duration;

use dgen::units::{human_rate, human_size};
use dgen::{Error, ErrorKind, Result};

use super::seed::{self, BUFFERS_EACH};
use super::setting::{LEAST_BYTES, MOST_TIME, TunedSetting, TuningReport, TuningStep};
use crate::base::clock::{Clock, ns};
use crate::options::io::DEFAULT_DEPTH;
use crate::sizing::{DEFAULT_BUFFER, MAX_BUFFER, MAX_WORKERS};

/// Tries that the budget is divided among.
const TRIES: u32 = 8;
/// A step that is faster by this is worth its memory.
const BETTER: f64 = 1.05;
/// Settings within this share of the fastest count as equally fast; of those, the one with the least memory is taken.
const EQUAL: f64 = 0.97;
/// Extents that every worker should get in a try.
const EXTENTS: u64 = 4;

/// What a try is asked to use; `None`: as without tuning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) writers: Option<usize>,
    pub(crate) buffer_size: Option<u64>,
    pub(crate) buffer_count: Option<usize>,
    pub(crate) depth: Option<usize>,
}

/// What a try used and moved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) setting: TunedSetting,
    /// Whether a depth above 1 is possible.
    pub(crate) has_queue: bool,
    pub(crate) bytes: u64,
    pub(crate) elapsed: Duration,
}

/// Moves some bytes, in at most about so much time.
pub(crate) type Trial<'a> = dyn FnMut(Wanted, u64, Duration) -> Result<Measured> + 'a;

/// What was given, and what may be spent.
pub(crate) struct Ramp<'a> {
    pub(crate) given: Wanted,
    pub(crate) cpus: usize,
    /// Bytes that all buffers of a try may take.
    pub(crate) memory: u64,
    /// Bytes that all tries together may move.
    pub(crate) bytes: u64,
    pub(crate) clock: &'a dyn Clock,
}

struct Climb<'a, 'b> {
    ramp: &'a Ramp<'b>,
    trial: &'a mut Trial<'b>,
    begin: Duration,
    left: u64,
    /// What was asked for, beside the steps.
    asked: Vec<Wanted>,
    steps: Vec<TuningStep>,
    has_queue: bool,
    /// Bytes per second of the first try, which is not compared.
    expected: f64,
    failure: Option<String>,
}

impl Ramp<'_> {
    /// Measures, and returns what to use with the report, whose choice is filled in after the run.
    pub(crate) fn run<'b>(&'b self, trial: &mut Trial<'b>) -> Result<(Wanted, TuningReport)> {
        let begin = self.clock.now();
        let mut climb = Climb {
            ramp: self,
            trial,
            begin,
            left: self.bytes,
            asked: Vec::new(),
            steps: Vec::new(),
            has_queue: false,
            expected: 0.0,
            failure: None,
        };
        if self.bytes >= LEAST_BYTES && self.given.kept().len() < 4 {
            climb.all()?;
        }
        let (wanted, reason) = climb.choice();
        let elapsed_ns = ns(self.clock.now().saturating_sub(begin));
        let chosen = TunedSetting { writers: 0, buffer_size: 0, buffer_count: 0, depth: 0 };
        let (kept, steps) = (self.given.kept(), climb.steps);
        Ok((wanted, TuningReport { chosen, reason, kept, cpus: self.cpus, steps, elapsed_ns }))
    }
}

impl Wanted {
    /// Names of what is fixed.
    fn kept(&self) -> Vec<&'static str> {
        let all = [
            (self.writers.is_some(), "writers"),
            (self.buffer_size.is_some(), "buffer_size"),
            (self.buffer_count.is_some(), "buffer_count"),
            (self.depth.is_some(), "depth"),
        ];
        all.into_iter().filter_map(|(given, name)| given.then_some(name)).collect()
    }
}

impl Climb<'_, '_> {
    fn all(&mut self) -> Result<()> {
        let Some(first) = self.step("warm-up, not compared", self.ramp.given)? else { return Ok(()) };
        self.expected = self.steps[first].bytes_per_s;
        // It may be asked for again.
        self.asked.clear();
        let default = self.step("as without --auto", self.ramp.given)?;
        let table = match self.steps.last().and_then(|step| self.table(&step.setting)) {
            Some(wanted) => self.step("usual for so many processors", wanted)?,
            None => None,
        };
        let Some(mut best) = self.faster(default, table) else { return Ok(()) };
        for (what, change) in CHANGES {
            while let Some(wanted) = self.changed(&self.steps[best].setting, change) {
                match self.step(what, wanted)? {
                    Some(next) if self.steps[next].bytes_per_s > BETTER * self.steps[best].bytes_per_s => best = next,
                    _ => break,
                }
            }
        }
        Ok(())
    }

    fn faster(&self, one: Option<usize>, other: Option<usize>) -> Option<usize> {
        let rate = |index: &usize| self.steps[*index].bytes_per_s;
        [one, other].into_iter().flatten().max_by(|x, y| rate(x).total_cmp(&rate(y)))
    }

    /// What was given stays; a queue gets its buffers.
    fn wanted(&self, writers: usize, buffer: u64, depth: Option<usize>) -> Wanted {
        let given = self.ramp.given;
        let writers = given.writers.unwrap_or(writers);
        let depth = given.depth.or(depth.filter(|_| self.has_queue));
        // Two for each I/O in flight are the default.
        let few = depth.is_some_and(|depth| 2 * depth < BUFFERS_EACH);
        Wanted {
            writers: Some(writers),
            buffer_size: Some(given.buffer_size.unwrap_or(buffer)),
            buffer_count: given.buffer_count.or(few.then_some(BUFFERS_EACH * writers)),
            depth,
        }
    }

    /// The seed for the machine, unless that is what the default came to.
    fn table(&self, default: &TunedSetting) -> Option<Wanted> {
        let (writers, buffer) = seed::for_cpus(self.ramp.cpus);
        let wanted = self.wanted(writers, buffer, None);
        let same = (wanted.writers, wanted.buffer_size) == (Some(default.writers), Some(default.buffer_size));
        (!same).then_some(wanted)
    }

    /// One step from a setting, where it is possible, new, and changes nothing that was given.
    fn changed(&self, from: &TunedSetting, change: Change) -> Option<Wanted> {
        let (to, given) = (change(from), self.ramp.given);
        let free = (to.writers == from.writers || given.writers.is_none())
            && (to.buffer_size == from.buffer_size || given.buffer_size.is_none())
            && (to.depth == from.depth || (given.depth.is_none() && self.has_queue));
        let fits = (1..=MAX_WORKERS).contains(&to.writers)
            && (4096..=MAX_BUFFER).contains(&to.buffer_size)
            && (1..=1024).contains(&to.depth);
        let is_new = self.steps[1..].iter().all(|step| {
            let TunedSetting { writers, buffer_size, depth, .. } = step.setting;
            (writers, buffer_size, depth) != (to.writers, to.buffer_size, to.depth)
        });
        (free && fits && is_new).then(|| self.wanted(to.writers, to.buffer_size, Some(to.depth)))
    }

    /// Tries a setting, unless it was tried, is too large, or the budget is spent; its number.
    fn step(&mut self, what: &'static str, wanted: Wanted) -> Result<Option<usize>> {
        let spent = self.ramp.clock.now().saturating_sub(self.begin);
        let share = MOST_TIME / TRIES;
        let writers = wanted.writers.unwrap_or(1);
        let depth = wanted.depth.unwrap_or(if self.has_queue { DEFAULT_DEPTH } else { 1 });
        let one_each = wanted.buffer_size.unwrap_or(DEFAULT_BUFFER).saturating_mul(writers as u64);
        let memory = one_each.saturating_mul(2 * depth as u64);
        let fits = memory <= self.ramp.memory && wanted.buffer_count.is_none_or(|count| writers * depth <= count);
        let in_time = moved_in(share, self.expected);
        let usual = (self.ramp.bytes / u64::from(TRIES)).min(in_time.max(LEAST_BYTES));
        let bytes = usual.max(one_each.saturating_mul(EXTENTS));
        let repeated = self.asked.contains(&wanted);
        if self.failure.is_some() || spent >= MOST_TIME || bytes > self.left || repeated || !fits {
            return Ok(None);
        }
        let limit = share.min(MOST_TIME.saturating_sub(spent));
        let measured = match (self.trial)(wanted, bytes, limit) {
            Ok(measured) => measured,
            Err(error) if error.kind() == ErrorKind::Interrupted => {
                return Err(Error::new(ErrorKind::Interrupted, "interrupted while settings were tried"));
            }
            Err(error) => {
                self.failure = Some(error.to_string());
                return Ok(None);
            }
        };
        self.has_queue = measured.has_queue;
        self.left -= bytes;
        self.asked.push(wanted);
        self.steps.push(TuningStep {
            setting: measured.setting,
            what,
            bytes: measured.bytes,
            elapsed_ns: ns(measured.elapsed),
            bytes_per_s: measured.bytes as f64 / measured.elapsed.as_secs_f64().max(1e-9),
        });
        Ok(Some(self.steps.len() - 1))
    }

    /// The fastest, or of those about as fast the one with the least memory; and why.
    fn choice(&self) -> (Wanted, String) {
        let compared: Vec<usize> = (1..self.steps.len()).collect();
        let rate = |index: usize| self.steps[index].bytes_per_s;
        let Some(top) = compared.iter().copied().map(rate).max_by(f64::total_cmp) else {
            return (self.ramp.given, self.why_not());
        };
        let equal = compared.into_iter().filter(|index| rate(*index) >= EQUAL * top);
        let index = equal.min_by_key(|index| self.steps[*index].setting.memory()).expect("the fastest is among them");
        let (what, count) = (self.steps[index].what, self.steps.len() - 1);
        let mut reason = format!("{} in a try, the best of {count} ({what})", human_rate(rate(index)));
        if rate(index) < top {
            reason = format!(
                "{} in a try, as fast as the best of {count}, with less memory ({what})",
                human_rate(rate(index))
            );
        }
        if let Some(failure) = &self.failure {
            reason = format!("{reason}; a try failed: {failure}");
        }
        // What was asked for, but for the warm-up.
        (self.asked[index - 1], reason)
    }

    fn why_not(&self) -> String {
        let all_given = self.ramp.given.kept().len() == 4;
        match &self.failure {
            Some(failure) => format!("the defaults, since a try failed: {failure}"),
            None if all_given => "everything was given".into(),
            None if !self.steps.is_empty() => "the defaults: the first try took all the time there is for it".into(),
            None => format!(
                "the defaults: too little data to measure, since tries take at most a tenth of it ({}) and need {}",
                human_size(self.ramp.bytes),
                human_size(LEAST_BYTES)
            ),
        }
    }
}

/// Bytes that come in `time` at a rate.
pub(crate) fn moved_in(time: Duration, bytes_per_s: f64) -> u64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rates are positive; casts saturate")]
    let bytes = (bytes_per_s * time.as_secs_f64()) as u64;
    bytes
}

/// A direction to go from a setting.
type Change = fn(&TunedSetting) -> TunedSetting;

const CHANGES: [(&str, Change); 6] = [
    ("more writers", |setting| TunedSetting { writers: setting.writers * 2, ..*setting }),
    ("fewer writers", |setting| TunedSetting { writers: setting.writers / 2, ..*setting }),
    ("more in flight", |setting| TunedSetting { depth: setting.depth * 2, ..*setting }),
    ("less in flight", |setting| TunedSetting { depth: setting.depth / 2, ..*setting }),
    ("smaller buffers", |setting| TunedSetting { buffer_size: setting.buffer_size / 4, ..*setting }),
    ("larger buffers", |setting| TunedSetting { buffer_size: setting.buffer_size * 4, ..*setting }),
];

//! Signals at any moment, several faults together, and settings that nobody would choose: all from a seed.

use crate::calls::Counts;
use crate::every::{fates, rounds};
use crate::scene::{MODES, Mode, play};
use crate::sequence::{Fault, Place, Sequence, What};

/// Seeds of an ordinary test run.
const QUICK: u64 = 30;

/// Numbers from a seed.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((word ^ word >> 31) % bound as u64).unwrap()
    }

    pub(crate) fn pick<T: Clone>(&mut self, among: &[T]) -> T {
        among[self.below(among.len())].clone()
    }

    fn is(&mut self) -> bool {
        self.below(2) == 0
    }
}

/// Settings for a mode, drawn from all that it takes.
fn settings(mode: Mode, random: &mut Random) -> Vec<String> {
    let mut with = Vec::new();
    if matches!(mode, Mode::Stream | Mode::Measure) {
        return with;
    }
    let mut add = |text: String| with.push(text);
    let ring = random.is();
    add(format!("--engine={}", if ring { "auto" } else { "sync" }));
    add(format!("--threads={}", 1 + random.below(4)));
    add(format!("--buffer-size={}", random.pick(&["1", "4096", "12K", "32K", "50000", "1M"])));
    add(format!("--direct={}", random.pick(&["auto", "off"])));
    if ring {
        add(format!("--depth={}", 1 + random.below(9)));
    }
    if random.is() {
        add("--no-huge-pages".into());
    }
    if random.is() {
        add("--no-registered".into());
    }
    if mode.writes() {
        add(format!("--writers={}", 1 + random.below(4)));
        add(format!("--generators={}", random.pick(&["auto", "0", "1", "3"])));
        add(format!("--sync={}", random.pick(&["end", "none", "64K"])));
        if random.is() {
            add("--no-preallocate".into());
        }
    } else {
        add(format!("--readers={}", 1 + random.below(4)));
    }
    if matches!(mode, Mode::Write | Mode::Over | Mode::Several | Mode::Mixed | Mode::Read) && random.is() {
        add(format!("--order=random:{}", random.below(100)));
    }
    with
}

/// A call of those that came, more seldom one that looks at the machine.
fn call(counts: &Counts, random: &mut Random) -> (String, u64) {
    let plain: Vec<_> = counts.iter().filter(|(name, _)| !name.starts_with("sys.") || random.below(8) == 0).collect();
    let (name, count) = random.pick(&plain);
    (name.clone(), random.below(usize::try_from(*count).unwrap()) as u64)
}

fn signal(random: &mut Random) -> &'static str {
    random.pick(&["SIGINT", "SIGTERM", "SIGKILL"])
}

/// The sequence of a seed; `signals`: one of them, else up to three faults.
fn sequence(seed: u64, signals: bool) -> Option<Sequence> {
    let mut random = Random(seed);
    let mode = random.pick(&MODES).0;
    let with = settings(mode, &mut random);
    let mut sequence = Sequence { mode, with, faults: Vec::new() };
    let (counts, _) = play(&sequence)?;
    let number = if signals { 1 } else { random.below(4) };
    for _ in 0..number {
        let (call, nth) = call(&counts, &mut random);
        let fate = if signals { signal(&mut random) } else { random.pick(&[fates(&call), &["SIGKILL"]].concat()) };
        let what: What = fate.parse().unwrap();
        sequence.faults.push(Fault { call, place: Place::Nth(nth), what });
    }
    Some(sequence)
}

fn seeds(signals: bool) {
    let mut failed = Vec::new();
    for seed in 0..rounds().map_or(QUICK, |rounds| rounds * 10) {
        // Whether calls can be trapped is not a matter of the seed.
        let Some(sequence) = sequence(seed, signals) else { return };
        if std::panic::catch_unwind(|| play(&sequence)).is_err() {
            failed.push(format!("DGEN_FAULTS='{sequence}'\n"));
        }
    }
    assert!(failed.is_empty(), "{} failed; replay with\n{}", failed.len(), failed.concat());
}

#[test]
fn signals_at_any_moment() {
    seeds(true);
}

#[test]
fn several_faults_with_any_settings() {
    seeds(false);
}

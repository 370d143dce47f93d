//! Small runs of every kind, and what must hold whatever went wrong in them.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde_json::Value;

use crate::calls::{Counts, Ended, with_faults};
use crate::common::{Run, dgen, folder, patch, stream, truncate};
use crate::sequence::{Sequence, What};

const RECIPE: &str = "dgen1,seed=7";
const SIZE: u64 = 200_001;
/// Bytes of the file that is appended to.
const BEFORE: u64 = 50_001;
/// Bytes of the file that is resumed, and those that it has.
const WHOLE: u64 = (1 << 20) + 150_001;
const VALID: u64 = (1 << 20) + 70_000;
/// What a file of someone else holds.
const FOREIGN: &[u8] = b"not ours";
/// Settings where a sequence has no others: one call after the other, always in the same order.
const PLAIN: [&str; 3] = ["--engine=sync", "--threads=1", "--buffer-size=32K"];

/// What is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Over,
    Several,
    Folder,
    Append,
    Resume,
    Mixed,
    Checked,
    Report,
    Read,
    Verify,
    Damaged,
    Set,
    Stream,
    Measure,
}

pub(crate) const MODES: [(Mode, &str); 15] = [
    (Mode::Write, "write"),
    (Mode::Over, "over"),
    (Mode::Several, "several"),
    (Mode::Folder, "folder"),
    (Mode::Append, "append"),
    (Mode::Resume, "resume"),
    (Mode::Mixed, "rwmix"),
    (Mode::Checked, "checked"),
    (Mode::Report, "report"),
    (Mode::Read, "read"),
    (Mode::Verify, "verify"),
    (Mode::Damaged, "damaged"),
    (Mode::Set, "set"),
    (Mode::Stream, "stream"),
    (Mode::Measure, "measure"),
];

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = MODES.iter().find(|(_, name)| *name == text);
        found.map(|(mode, _)| *mode).ok_or_else(|| format!("no mode: {text}"))
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MODES.iter().find(|(mode, _)| mode == self).expect("every mode has a name").1)
    }
}

impl Mode {
    pub(crate) fn writes(self) -> bool {
        !matches!(self, Self::Read | Self::Verify | Self::Damaged | Self::Set | Self::Stream | Self::Measure)
    }

    /// The command, without settings.
    fn command(self) -> String {
        let write = format!("write --size {SIZE} --json --seed 7");
        match self {
            Self::Write | Self::Over => format!("{write} f"),
            Self::Several => format!("{write} f g h"),
            Self::Folder => format!("{write} d --files 3"),
            Self::Append => format!("{write} f --append"),
            Self::Resume => format!("write --size {WHOLE} --json --seed 7 f --resume"),
            Self::Mixed => format!("{write} f --read-percent 50"),
            Self::Checked => format!("{write} f --verify"),
            Self::Report => format!("write --size {SIZE} --seed 7 f --json=r.json"),
            Self::Read => "read f --json".into(),
            Self::Verify | Self::Damaged => "verify f --json".into(),
            Self::Set => "verify d --json".into(),
            Self::Stream => format!("stream --size {SIZE} --seed 7"),
            Self::Measure => "measure f --json".into(),
        }
    }

    fn prepare(self, at: &Path) {
        fs::write(at.join("foreign"), FOREIGN).unwrap();
        let write = |args: &str| drop(dgen(at, &format!("write --seed 7 --sync none {args}")).code(0));
        match self {
            Self::Over | Self::Read | Self::Verify | Self::Measure => write(&format!("f --size {SIZE}")),
            Self::Damaged => {
                write(&format!("f --size {SIZE}"));
                patch(&at.join("f"), 61_440, &[0; 4096]);
            }
            Self::Set => write(&format!("d --size {SIZE} --files 3")),
            Self::Append => write(&format!("f --size {BEFORE}")),
            Self::Resume => {
                write(&format!("f --size {WHOLE}"));
                truncate(&at.join("f"), VALID);
            }
            _ => {}
        }
    }

    /// The files that hold the data, in order.
    fn files(self, at: &Path) -> Vec<PathBuf> {
        match self {
            Self::Several => ["f", "g", "h"].map(|name| at.join(name)).into(),
            Self::Folder | Self::Set => (0..3).map(|index| at.join(format!("d/dgen-{index:06}"))).collect(),
            _ => vec![at.join("f")],
        }
    }

    /// Bytes of the stream in the files, when all is done.
    fn size(self) -> u64 {
        match self {
            Self::Resume => WHOLE,
            Self::Append => BEFORE + SIZE,
            _ => SIZE,
        }
    }

    fn content(self, at: &Path) -> Vec<u8> {
        self.files(at).iter().flat_map(|path| fs::read(path).unwrap_or_default()).collect()
    }

    fn is_right(self, at: &Path) -> bool {
        self.content(at) == stream(RECIPE, 0, usize::try_from(self.size()).unwrap())
    }

    fn complete(self, at: &Path) {
        let [engine, threads, buffer] = PLAIN;
        let run = |args: &str| dgen(at, &format!("{args} {engine} {threads} {buffer}"));
        let path = if self == Self::Folder { "d --files 3" } else { "f" };
        let names = if self == Self::Several { "f g h" } else { path };
        let size = self.size();
        let resumed = run(&format!("write {names} --size {size} --seed 7 --resume"));
        if resumed.code == Some(0) {
            return;
        }
        if self == Self::Append {
            // The append ended as a whole one, of fewer bytes.
            let left = size - fs::metadata(at.join("f")).map_or(0, |found| found.len());
            run(&format!("write f --size {left} --seed 7 --append")).code(0);
            return;
        }
        // Nothing was left that could be resumed.
        assert!(resumed.stderr.contains("nothing to resume"), "{}", resumed.stderr);
        // Reserved space without attributes could be anybody's.
        let is_empty = self.content(at).iter().all(|byte| *byte == 0);
        let plain = run(&format!("write {names} --size {size} --seed 7"));
        if plain.code == Some(1) && is_empty && plain.stderr.contains("--force") {
            run(&format!("write {names} --size {size} --seed 7 --force")).code(0);
        } else {
            plain.code(0);
        }
    }
}

/// Runs a sequence, and checks what must hold. Returns the calls that there were, and how many faults came to pass; `None`
/// where calls cannot be trapped here.
pub(crate) fn play(sequence: &Sequence) -> Option<(Counts, usize)> {
    let folder = folder();
    let at = folder.path();
    let mode = sequence.mode;
    mode.prepare(at);
    let before = mode.content(at);
    let command = mode.command();
    let mut args: Vec<&str> = command.split(' ').collect();
    match mode {
        Mode::Stream => args.push("--threads=1"),
        Mode::Measure => {}
        _ if sequence.with.is_empty() => args.extend(PLAIN),
        _ => args.extend(sequence.with.iter().map(String::as_str)),
    }
    let output = (mode == Mode::Stream).then(|| File::create(at.join("f")).unwrap());
    let ended = with_faults(at, &args, output, &sequence.faults)?;
    let shown = format!("DGEN_FAULTS='{sequence}'\nexit {:?}, stderr: {}", ended.run.code, ended.run.stderr);
    let checks = Checks { sequence, at, before: &before, ended: &ended };
    let held = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| checks.all()));
    assert!(held.is_ok(), "{shown}");
    Some((ended.counts, ended.hits))
}

struct Checks<'a> {
    sequence: &'a Sequence,
    at: &'a Path,
    before: &'a [u8],
    ended: &'a Ended,
}

impl Checks<'_> {
    fn all(&self) {
        let (mode, run) = (self.sequence.mode, &self.ended.run);
        assert!(!run.stderr.contains("panicked"), "a panic");
        self.ends_as_promised();
        assert!(fs::read(self.at.join("foreign")).unwrap() == FOREIGN, "a foreign file changed");
        if mode == Mode::Append {
            assert!(mode.content(self.at).starts_with(self.before), "what was there before changed");
        }
        if mode.writes() {
            self.wrote();
        } else {
            assert!(mode == Mode::Stream || mode.content(self.at) == self.before, "reading changed a file");
            self.looked();
        }
    }

    fn has(&self, wanted: impl Fn(&What) -> bool) -> bool {
        self.ended.hits > 0 && self.sequence.faults.iter().any(|fault| wanted(&fault.what))
    }

    fn ends_as_promised(&self) {
        let Run { code, stderr, .. } = &self.ended.run;
        let signalled = self.has(|what| matches!(what, What::Signal(_)));
        let Some(code) = code else {
            assert!(signalled, "ended by signal {:?}", self.ended.signal);
            return;
        };
        let errors = stderr.lines().filter(|line| line.starts_with("error: ")).count();
        match code {
            0 => assert_eq!(errors, 0),
            1 => assert_eq!(errors, 1),
            3 => assert!(errors <= 1),
            130 | 143 => assert!(signalled, "interrupted by nobody"),
            other => panic!("exit {other}"),
        }
    }

    /// What was done; an error that took its place is none.
    fn report(&self) -> Option<Value> {
        let report: Value = serde_json::from_slice(&self.ended.run.stdout).ok()?;
        report.get("exit_code").is_none().then_some(report)
    }

    fn wrote(&self) {
        let (mode, at, code) = (self.sequence.mode, self.at, self.ended.run.code);
        if self.has(|what| *what == What::Lost) {
            // The device lied: what was written says nothing, and verification finds it.
            if !mode.is_right(at) {
                let names = match mode {
                    Mode::Folder => "d",
                    Mode::Several => "f g h",
                    _ => "f",
                };
                let found = dgen(at, &format!("verify {names}"));
                assert_ne!(found.code, Some(0), "a lost write verifies");
                assert!(mode != Mode::Checked || code != Some(0), "a lost write was not seen when it was read back");
            }
            return;
        }
        if let Some(report) = self.report() {
            for file in report["files"].as_array().into_iter().flatten() {
                let path = at.join(file["path"].as_str().unwrap());
                let valid = usize::try_from(file["valid_prefix"].as_u64().unwrap()).unwrap();
                let begin = usize::try_from(file["file_offset"].as_u64().unwrap()).unwrap();
                let content = fs::read(path).unwrap_or_default();
                let wanted = stream(RECIPE, file["offset"].as_u64().unwrap(), valid);
                assert!(content.get(begin..begin + valid).is_some_and(|there| there == wanted), "not valid: {file}");
            }
        }
        if code == Some(0) {
            assert!(mode.is_right(at), "exit 0, and the data is wrong or missing");
            return;
        }
        if !mode.is_right(at) {
            mode.complete(at);
            assert!(mode.is_right(at), "completed, and the data is wrong or missing");
        }
    }

    fn looked(&self) {
        let (mode, run) = (self.sequence.mode, &self.ended.run);
        let ends = self.has(|what| matches!(what, What::Nothing));
        match mode {
            Mode::Damaged => assert_ne!(run.code, Some(0), "damage was missed"),
            Mode::Stream if run.code == Some(0) => assert!(mode.is_right(self.at), "exit 0, and the output is wrong"),
            Mode::Verify | Mode::Set if !ends => assert_ne!(run.code, Some(3), "right data was called wrong"),
            Mode::Read if run.code == Some(0) => assert_eq!(self.report().unwrap()["bytes_read"], SIZE),
            _ => {}
        }
        if run.code.is_some()
            && let Some(report) = self.report()
            && matches!(mode, Mode::Verify | Mode::Damaged | Mode::Set)
        {
            assert_eq!(report["ok"] == true, run.code == Some(0), "the exit code and the report differ");
            let checked = report["bytes_checked"].as_u64().unwrap();
            assert!(run.code != Some(0) || checked == SIZE, "exit 0 after {checked} of {SIZE} bytes");
        }
    }
}

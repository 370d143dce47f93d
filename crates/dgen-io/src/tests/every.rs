//! Each I/O of a small run fails in turn, in each way and each mode: it ends right, or says where it went wrong; what it
//! leaves is what it says, and can be completed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use dgen::{DamageKind, Error, ErrorKind, Result};
use rustix::io::Errno;

use super::{assert_holds, folder, options, stream};
use crate::base::outcome::Outcome;
use crate::engine::mock::{Fault, MockMachine, Script};
use crate::metrics::watch::Watch;
use crate::options::{modes::DirectMode, modes::EngineChoice, order::Order};
use crate::read::{options::ReadOptions, read_on};
use crate::storage::attributes::{Mark, StreamRange};
use crate::verify::options::{VerifyJob, VerifyOptions, VerifySource};
use crate::verify::{report::VerifySummary, run::verify_on};
use crate::write::{options::WriteOptions, report::WriteReport, write_on};

const FAULTS: [Fault; 6] = [
    Fault::Fails(Errno::IO),
    Fault::Fails(Errno::NOSPC),
    Fault::Fails(Errno::INTR),
    Fault::Fails(Errno::AGAIN),
    Fault::Part,
    Fault::Nothing,
];
/// What a file of someone else holds.
const FOREIGN: &[u8] = b"not ours";
/// Bytes of the file that is appended to.
const BEFORE: u64 = 50_001;
/// Bytes of the file that is resumed, and those that are right at first.
const WHOLE: u64 = (1 << 20) + 300_001;
const VALID: u64 = (1 << 20) + 123_456;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Plain,
    Random,
    Several,
    Vectored,
    Folder,
    Mixed,
    Checked,
    Over,
    Append,
    Resume,
}

impl Mode {
    fn options(self) -> WriteOptions {
        let mut options = options(if self == Mode::Resume { WHOLE } else { 100_001 });
        options.buffer_size = Some(if self == Mode::Resume { 65536 } else { 8192 });
        (options.writers, options.direct) = (Some(2), DirectMode::Off);
        (options.io.engine, options.io.depth) = (EngineChoice::IoUring, Some(3));
        match self {
            Mode::Random => options.io.order = Order::Random(5),
            Mode::Vectored => options.io.vectored = 3,
            Mode::Folder => options.files = Some(3),
            Mode::Mixed => options.read_percent = 50,
            Mode::Checked => options.verify = true,
            Mode::Append => options.append = true,
            Mode::Resume => options.resume = true,
            Mode::Plain | Mode::Several | Mode::Over => {}
        }
        options
    }

    fn paths(self, folder: &Path) -> Vec<PathBuf> {
        super::paths(folder, if self == Mode::Several { 3 } else { 1 })
    }

    /// The files that should hold the data in the end.
    fn files(self, folder: &Path) -> Vec<PathBuf> {
        let first = folder.join("f0");
        if self == Mode::Folder {
            (0..3).map(|index| first.join(format!("dgen-{index:06}"))).collect()
        } else {
            self.paths(folder)
        }
    }

    /// What is there before.
    fn prepare(self, folder: &Path) {
        fs::write(folder.join("foreign"), FOREIGN).unwrap();
        let plain = WriteOptions { resume: false, append: false, files: None, ..self.options() };
        let write = |size| {
            let options = WriteOptions { size, ..plain.clone() };
            assert!(run(&MockMachine::default(), &self.paths(folder), &options).unwrap().error.is_none());
        };
        match self {
            Mode::Append => write(BEFORE),
            Mode::Over => write(plain.size),
            Mode::Resume => {
                write(WHOLE);
                fs::OpenOptions::new().write(true).open(folder.join("f0")).unwrap().set_len(VALID).unwrap();
            }
            _ => {}
        }
    }

    /// Bytes of the stream that are in the files when all is done.
    fn size(self) -> u64 {
        self.options().size + if self == Mode::Append { BEFORE } else { 0 }
    }

    fn is_right(self, folder: &Path) -> bool {
        let all: Vec<u8> = self.files(folder).iter().flat_map(|path| fs::read(path).unwrap_or_default()).collect();
        all == expected(self.size())
    }

    /// Completes what a failed run left, as its user would.
    fn complete(self, folder: &Path) {
        let options = self.options();
        let machine = MockMachine::default();
        let paths = self.paths(folder);
        let first = &self.files(folder)[0];
        let resumed = WriteOptions { resume: true, append: false, verify: false, read_percent: 0, ..options.clone() };
        if self == Mode::Append {
            let marked = Mark::of(&fs::File::open(first).unwrap(), first).unwrap().known().unwrap().range.size;
            let len = fs::metadata(first).unwrap().len();
            let left = WriteOptions { size: self.size() - len, ..options };
            let whole = WriteOptions { size: marked, ..resumed };
            let again = if marked == len { run(&machine, &paths, &left) } else { run(&machine, &paths, &whole) };
            if len < self.size() || marked > len {
                assert!(again.unwrap().error.is_none());
            }
            return;
        }
        let began = |path: &PathBuf| fs::metadata(path).is_ok_and(|found| found.len() > 0);
        let options =
            if self.files(folder).iter().any(began) { resumed } else { WriteOptions { resume: false, ..options } };
        let again = run(&machine, &paths, &options).unwrap();
        assert!(again.error.is_none(), "{:?}", again.error);
    }
}

fn expected(size: u64) -> Vec<u8> {
    let mut data = vec![0; usize::try_from(size).unwrap()];
    stream().fill_at(0, &mut data).unwrap();
    data
}

fn run(machine: &MockMachine, paths: &[PathBuf], options: &WriteOptions) -> Result<Outcome<WriteReport>> {
    write_on(machine, paths, options, Watch::default())
}

fn script(nth: u64, fault: Fault) -> MockMachine {
    MockMachine::new(Script { nth: Some((nth, fault)), ..Script::default() })
}

/// Whether a run with this fault goes on as if nothing were.
fn passes(fault: Fault) -> bool {
    matches!(fault, Fault::Part | Fault::Fails(Errno::INTR | Errno::AGAIN))
}

/// Checks that an error is that of the fault, and names its place.
fn assert_names(error: &Error, fault: Fault, files: &[PathBuf]) {
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert!(error.path().is_some_and(|path| files.iter().any(|file| file == path)), "{error}");
    assert!(error.offset().is_some(), "{error}");
    if let Fault::Fails(errno) = fault {
        assert_eq!(error.raw_os_error(), Some(errno.raw_os_error()), "{error}");
    }
}

/// One run with one fault. Returns how many operations there were.
fn with_fault(mode: Mode, nth: u64, fault: Fault) -> u64 {
    let folder = folder();
    let folder = folder.path();
    mode.prepare(folder);
    let before = fs::read(folder.join("f0")).unwrap_or_default();
    let machine = script(nth, fault);
    let outcome = run(&machine, &mode.paths(folder), &mode.options());
    let operations = machine.operations.load(Ordering::Relaxed);
    let is_hit = nth < operations;
    let error = match outcome {
        Ok(Outcome { report, error }) => {
            let compared = report.verify.as_ref().is_none_or(|found| found.ok);
            if mode != Mode::Over || error.is_none() {
                assert_holds(&report);
            }
            assert_eq!(report.error.is_some(), error.is_some());
            if error.is_none() && compared {
                assert!(mode.is_right(folder) && report.valid_prefix == mode.options().size, "{report:#?}");
            }
            // A file that ends early is called damaged; one that cannot be read, neither right nor wrong.
            let bad = report.verify.as_ref().map_or(0, |found| found.bytes_bad);
            assert!(bad == 0 || fault == Fault::Nothing, "right data was called wrong: {:?}", report.verify);
            assert!(compared || bad > 0 || error.is_some(), "{report:#?}");
            error
        }
        Err(error) => {
            // Nothing had begun.
            assert!(fs::read(folder.join("f0")).unwrap_or_default() == before, "{error}");
            Some(error)
        }
    };
    if let Some(error) = &error {
        assert!(is_hit && !passes(fault), "{error}");
        assert_names(error, fault, &mode.files(folder));
    } else if is_hit && matches!(fault, Fault::Fails(_)) {
        assert!(passes(fault), "the failure was not told");
    }
    if mode == Mode::Append {
        let now = fs::read(folder.join("f0")).unwrap();
        assert!(now.starts_with(&before), "what was there before an append has changed");
    }
    if mode == Mode::Resume {
        let right = |data: &[u8]| data.iter().zip(&expected(WHOLE)).take_while(|(byte, wanted)| byte == wanted).count();
        let now = fs::read(folder.join("f0")).unwrap();
        assert!(right(&now) >= right(&before), "{} bytes were right, and {} are", right(&before), right(&now));
    }
    // What was read back in vain is right as it is.
    if error.is_some() && !mode.is_right(folder) {
        mode.complete(folder);
        assert!(mode.is_right(folder), "not right after it was completed");
    }
    assert!(fs::read(folder.join("foreign")).unwrap() == FOREIGN);
    operations
}

/// Every place, every fault.
fn every(mode: Mode) {
    for fault in FAULTS {
        let mut nth = 0;
        loop {
            println!("mode {mode:?}, operation {nth}, {fault:?}");
            if nth >= with_fault(mode, nth, fault) {
                break;
            }
            nth += 1;
        }
        assert!(nth > 4, "too small a run: {nth} operations");
    }
}

#[test]
fn of_a_plain_write() {
    every(Mode::Plain);
}

#[test]
fn of_a_write_in_random_order() {
    every(Mode::Random);
}

#[test]
fn of_a_write_of_several_files() {
    every(Mode::Several);
}

#[test]
fn of_a_vectored_write() {
    every(Mode::Vectored);
}

#[test]
fn of_a_folder() {
    every(Mode::Folder);
}

#[test]
fn of_a_mix_of_reads_and_writes() {
    every(Mode::Mixed);
}

#[test]
fn of_a_write_that_is_read_back() {
    every(Mode::Checked);
}

#[test]
fn of_a_write_over_an_earlier_result() {
    every(Mode::Over);
}

#[test]
fn of_an_append() {
    every(Mode::Append);
}

#[test]
fn of_a_resumed_write() {
    every(Mode::Resume);
}

#[test]
fn of_a_read() {
    let folder = folder();
    let path = folder.path().join("f");
    fs::write(&path, vec![7; 100_001]).unwrap();
    let mut options = ReadOptions { buffer_size: Some(8192), readers: Some(2), ..ReadOptions::default() };
    (options.io.engine, options.direct) = (EngineChoice::IoUring, DirectMode::Off);
    for fault in FAULTS {
        let mut nth = 0;
        loop {
            let machine = script(nth, fault);
            let outcome = read_on(&machine, std::slice::from_ref(&path), &options, Watch::default()).unwrap();
            let is_hit = nth < machine.operations.load(Ordering::Relaxed);
            assert_eq!(outcome.error.is_some(), is_hit && !passes(fault), "operation {nth}, {fault:?}");
            match &outcome.error {
                Some(error) => assert_names(error, fault, std::slice::from_ref(&path)),
                None => assert_eq!(outcome.report.bytes_read, 100_001),
            }
            if !is_hit {
                break;
            }
            nth += 1;
        }
    }
}

fn verified(path: &Path, machine: &MockMachine) -> Outcome<VerifySummary> {
    let job = VerifyJob {
        source: VerifySource::Path(path.to_owned()),
        recipe: *stream().recipe(),
        version: 0,
        range: StreamRange::new(0, 100_001).unwrap(),
        file_offset: 0,
        end: Some(100_001),
        misplaced: false,
    };
    let mut options = VerifyOptions { buffer_size: Some(8192), readers: Some(2), ..VerifyOptions::default() };
    options.io.engine = EngineChoice::IoUring;
    verify_on(machine, vec![job], &options, Watch::default()).unwrap()
}

#[test]
fn of_a_verification() {
    let folder = folder();
    let path = folder.path().join("f");
    for damaged in [false, true] {
        let mut data = expected(100_001);
        if damaged {
            data[61_440..65_536].fill(0);
        }
        fs::write(&path, &data).unwrap();
        for fault in FAULTS {
            let mut nth = 0;
            loop {
                let machine = script(nth, fault);
                let Outcome { report, error } = verified(&path, &machine);
                let is_hit = nth < machine.operations.load(Ordering::Relaxed);
                let place = format!("operation {nth}, {fault:?}: {report:#?}");
                let is_whole = !is_hit || passes(fault);
                assert_eq!(report.ok, is_whole && !damaged, "{place}");
                assert!(report.files.iter().all(|file| file.ok == report.ok), "{place}");
                // A read that finds no bytes is the end of the file.
                let failed = !is_whole && fault != Fault::Nothing;
                assert_eq!(!report.skipped.is_empty(), failed, "{place}");
                // Damage goes before it.
                assert_eq!(error.is_some(), failed && report.ranges_total == 0, "{place}");
                if let Some(error) = &error {
                    assert_names(error, fault, std::slice::from_ref(&path));
                }
                // Damage is named as ever, and none is invented.
                let told = |kind| report.bytes_by_kind.contains_key(&kind);
                assert!(told(DamageKind::Missing) <= !is_whole && told(DamageKind::Zeroed) <= damaged, "{place}");
                assert!(
                    report.bytes_by_kind.keys().all(|kind| [DamageKind::Missing, DamageKind::Zeroed].contains(kind))
                );
                assert!(!damaged || !is_whole || told(DamageKind::Zeroed), "{place}");
                if !is_hit {
                    break;
                }
                nth += 1;
            }
        }
    }
}

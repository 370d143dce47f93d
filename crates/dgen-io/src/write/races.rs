//! Paths that others change while a write goes on: nothing foreign is written over or removed, and no data is called
//! written that the path does not lead to.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::result;
use std::slice::from_ref;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

use dgen::{Error, ErrorKind, Result, Stream};
use rustix::io::Errno;

use super::deal::Deal;
use super::{job::WriteJob, once, options::WriteOptions, report::WriteReport, resume, write, write_on};
use crate::base::{clock::Clock, outcome::Outcome};
use crate::engine::make::Chosen;
use crate::engine::{kind::EngineSetup, kind::Made, machine::Machine, mock::MockMachine, mock::Script};
use crate::memory::buffers::Buffer;
use crate::metrics::watch::Watch;
use crate::options::modes::DirectMode;
use crate::storage::{name::Folders, target::Claim};
use crate::tests::folder;

const SIZE: u64 = (1 << 20) + 300_000;
const PRECIOUS: &str = "precious";

/// A machine on which something happens before the first I/O.
struct Meddled<'a> {
    machine: MockMachine,
    meddle: &'a (dyn Fn() + Sync),
    done: AtomicBool,
}

impl Machine for Meddled<'_> {
    fn clock(&self) -> &dyn Clock {
        self.machine.clock()
    }

    fn probe(&self) -> result::Result<(), String> {
        self.machine.probe()
    }

    fn make<'a>(&'a self, chosen: &Chosen, setup: &EngineSetup<'a>, buffers: &mut [Buffer]) -> Result<Made<'a>> {
        if !self.done.swap(true, Ordering::Relaxed) {
            (self.meddle)();
        }
        self.machine.make(chosen, setup, buffers)
    }
}

fn options() -> WriteOptions {
    WriteOptions { writers: Some(1), ..WriteOptions::new(Stream::new(&dgen::Recipe::with_seed(5)).unwrap(), SIZE) }
}

fn meddled(path: &Path, options: &WriteOptions, script: Script, meddle: &(dyn Fn() + Sync)) -> Outcome<WriteReport> {
    let machine = Meddled { machine: MockMachine::new(script), meddle, done: AtomicBool::new(false) };
    write_on(&machine, &[path.to_owned()], options, Watch::default()).unwrap()
}

/// Writes a path that changes between the look at it and the work.
fn changed(path: &Path, options: &WriteOptions, change: impl FnOnce()) -> Result<Option<Error>> {
    let (machine, path) = (MockMachine::default(), path.to_owned());
    let watch = Watch::default();
    let mut job =
        WriteJob::new(&machine, from_ref(&path), options.clone(), watch, Folders::default(), Claim::Own, Deal::All)?;
    change();
    if options.resume {
        assert_eq!(resume::resume(&mut job)?.bytes_valid, 1 << 20);
    }
    once::go(job).map(|outcome| outcome.error)
}

fn precious(folder: &Path) -> PathBuf {
    let path = folder.join("precious");
    fs::write(&path, PRECIOUS).unwrap();
    path
}

fn is_precious(path: &Path) -> bool {
    fs::read(path).unwrap() == PRECIOUS.as_bytes()
}

#[test]
fn a_link_that_is_swapped_in_after_the_look_is_not_followed() {
    for direct in [DirectMode::Off, DirectMode::Auto] {
        let folder = folder();
        let (path, aside, precious) = (folder.path().join("f"), folder.path().join("aside"), precious(folder.path()));
        let options = WriteOptions { direct, ..options() };
        write(from_ref(&path), &options, Watch::default()).unwrap();
        let swap = || {
            fs::rename(&path, &aside).unwrap();
            symlink(&precious, &path).unwrap();
        };
        // What was looked at is written, wherever it is now, and the caller is told.
        let error = changed(&path, &options, swap).unwrap().unwrap();
        assert!(error.to_string().contains(&format!("at {}", aside.display())), "{error}");
        assert!(is_precious(&precious) && fs::metadata(&aside).unwrap().len() == SIZE);
        // To continue it, it is looked at as closely.
        fs::rename(&aside, &path).unwrap();
        fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(SIZE - 5).unwrap();
        let resume = WriteOptions { resume: true, ..options };
        changed(&path, &resume, swap).unwrap().unwrap();
        assert!(is_precious(&precious) && fs::metadata(&aside).unwrap().len() == SIZE);
    }
}

#[test]
fn what_comes_where_nothing_was_is_not_touched() {
    let folder = folder();
    let (path, precious) = (folder.path().join("f"), precious(folder.path()));
    let changes: [&dyn Fn(); 3] =
        [&|| symlink(&precious, &path).unwrap(), &|| symlink("nowhere", &path).unwrap(), &|| {
            fs::write(&path, PRECIOUS).unwrap();
        }];
    for (number, change) in changes.into_iter().enumerate() {
        let error = changed(&path, &options(), change).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        assert!(is_precious(&precious) && path.symlink_metadata().is_ok() && !folder.path().join("nowhere").exists());
        assert!(number < 2 || is_precious(&path));
        fs::remove_file(&path).unwrap();
    }
    symlink("nowhere", &path).unwrap();
    let error = write(from_ref(&path), &options(), Watch::default()).unwrap_err().to_string();
    assert!(error.contains("dangling link: nowhere does not exist"), "{error}");
}

#[test]
fn a_folder_that_is_swapped_leads_nowhere_else() {
    let folder = folder();
    let (own, aside, other) = (folder.path().join("own"), folder.path().join("aside"), folder.path().join("other"));
    for there in [true, false] {
        fs::create_dir(&own).unwrap();
        fs::create_dir(&other).unwrap();
        let path = own.join("precious");
        if there {
            write(from_ref(&path), &options(), Watch::default()).unwrap();
            precious(&other);
        }
        let swap = || {
            fs::rename(&own, &aside).unwrap();
            symlink(&other, &own).unwrap();
        };
        let error = changed(&path, &options(), swap).unwrap().unwrap().to_string();
        assert!(error.contains("aside/precious"), "{error}");
        assert_eq!(fs::metadata(aside.join("precious")).unwrap().len(), SIZE);
        assert!(if there { is_precious(&path) } else { !path.exists() });
        fs::remove_file(&own).unwrap();
        fs::remove_dir_all(&aside).unwrap();
        fs::remove_dir_all(&other).unwrap();
    }
}

#[test]
fn what_takes_the_name_of_a_failed_write_stays() {
    let folder = folder();
    let failing = || Script { failing: Some((0, Errno::IO)), ..Script::default() };
    let (path, new) = (folder.path().join("f"), folder.path().join("new"));
    let outcome = meddled(&path, &options(), failing(), &|| {
        fs::write(&new, PRECIOUS).unwrap();
        fs::rename(&new, &path).unwrap();
    });
    assert_eq!(outcome.error.unwrap().raw_os_error(), Some(Errno::IO.raw_os_error()));
    assert!(is_precious(&path));
    // A folder likewise; and what is not foreign goes.
    let (d, aside) = (folder.path().join("d"), folder.path().join("aside"));
    let files = WriteOptions { files: Some(2), ..options() };
    meddled(&d, &files, failing(), &|| {
        fs::rename(&d, &aside).unwrap();
        fs::create_dir(&d).unwrap();
    });
    // The files lie in the folder that was made, and go; both folders stay.
    assert!(d.exists() && fs::read_dir(&aside).unwrap().count() == 0);
    fs::remove_dir(&d).unwrap();
    meddled(&d, &files, Script { ring_refused: true, ..Script::default() }, &|| {});
    assert!(!d.exists());
}

#[test]
fn files_that_others_write_in_are_neither_removed_nor_cut() {
    let folder = folder();
    let path = folder.path().join("f");
    let behind = WriteOptions { file_offset: SIZE, force: true, ..options() };
    for at in [0, 4096] {
        let script = Script { failing: Some((at, Errno::IO)), ..Script::default() };
        let first = WriteOptions { preallocate: false, ..options() };
        let outcome = meddled(&path, &first, script, &|| {
            write(from_ref(&path), &behind, Watch::default()).unwrap();
        });
        assert!(outcome.error.is_some() && !outcome.report.files[0].removed);
        assert_eq!(fs::metadata(&path).unwrap().len(), 2 * SIZE);
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn data_that_its_path_does_not_lead_to_is_an_error() {
    let folder = folder();
    let (path, away) = (folder.path().join("f"), folder.path().join("away"));
    let cases: [(&(dyn Fn() + Sync), &[&str]); 4] = [
        (&|| fs::remove_file(&path).unwrap(), &["no longer exists", "was deleted"]),
        (&|| fs::rename(&path, &away).unwrap(), &["no longer exists", "/away"]),
        (
            &|| {
                fs::write(&away, PRECIOUS).unwrap();
                fs::rename(&away, &path).unwrap();
            },
            &["leads to something else", "was deleted"],
        ),
        (
            &|| {
                fs::rename(&path, &away).unwrap();
                fs::write(&path, PRECIOUS).unwrap();
            },
            &["leads to something else", "/away"],
        ),
    ];
    let ours = || {
        write(from_ref(&path), &options(), Watch::default()).unwrap();
    };
    let begun = || {
        ours();
        fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(SIZE / 2).unwrap();
    };
    let ways: [(&dyn Fn(), WriteOptions); 5] = [
        (&|| {}, options()),
        (&|| {}, WriteOptions { verify: true, ..options() }),
        (&ours, options()),
        (&begun, WriteOptions { resume: true, ..options() }),
        (&ours, WriteOptions { append: true, ..options() }),
    ];
    for (meddle, parts) in cases {
        for (before, options) in &ways {
            before();
            let outcome = meddled(&path, options, Script::default(), meddle);
            let error = outcome.error.unwrap();
            assert_eq!((error.kind(), error.path()), (ErrorKind::Io, Some(path.as_path())));
            let (error, told) = (error.to_string(), outcome.report.error.unwrap());
            assert!(
                parts.iter().all(|part| error.contains(part)),
                "{parts:?}, {}, {}: {error}",
                options.append,
                options.resume
            );
            assert!(error == told && !outcome.report.interrupted, "{told}");
            assert!(!path.exists() || is_precious(&path));
            _ = (fs::remove_file(&path), fs::remove_file(&away));
        }
    }
    // Each file of a folder; all but the first as warnings.
    let d = folder.path().join("d");
    let files = WriteOptions { files: Some(3), ..options() };
    let outcome = meddled(&d, &files, Script::default(), &|| {
        fs::remove_file(d.join("dgen-000001")).unwrap();
        fs::rename(d.join("dgen-000002"), &away).unwrap();
    });
    assert!(outcome.error.unwrap().to_string().contains("dgen-000001: no longer exists"));
    let warnings = outcome.report.run.warnings.join("\n");
    assert!(warnings.contains("dgen-000002: no longer exists: what was written is at"), "{warnings}");
}

/// Many times: a path that is now a file of ours, now a link to data.
#[test]
fn data_is_never_reached_through_a_link_that_comes_and_goes() {
    let folder = folder();
    let (path, precious) = (folder.path().join("f"), precious(folder.path()));
    write(from_ref(&path), &options(), Watch::default()).unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                symlink(&precious, &link).unwrap();
                _ = fs::hard_link(&path, &file);
                fs::rename(&link, &path).unwrap();
                _ = fs::rename(&file, &path);
            }
        });
        for _ in 0..300 {
            _ = write(from_ref(&path), &options(), Watch::default());
            assert!(is_precious(&precious));
        }
        over.store(true, Ordering::Relaxed);
    });
    assert!(is_precious(&precious));
}

/// Many times: a foreign file that takes the name at some moment of a write that fails.
#[test]
fn foreign_files_survive_cleaning_up() {
    let folder = folder();
    let (path, kept, new) = (folder.path().join("f"), folder.path().join("kept"), folder.path().join("new"));
    let (round, ready) = (AtomicU32::new(0), AtomicU32::new(0));
    let rounds = 300;
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1..=rounds {
                while round.load(Ordering::Acquire) < number {
                    std::hint::spin_loop();
                }
                // Later and later, so that all moments are met.
                (0..number * 40).for_each(|_| std::hint::spin_loop());
                fs::rename(&new, &path).unwrap();
                ready.store(number, Ordering::Release);
            }
        });
        for number in 1..=rounds {
            fs::write(&kept, PRECIOUS).unwrap();
            fs::hard_link(&kept, &new).unwrap();
            let script = Script { failing: Some((0, Errno::IO)), ..Script::default() };
            round.store(number, Ordering::Release);
            _ = write_on(&MockMachine::new(script), from_ref(&path), &options(), Watch::default());
            while ready.load(Ordering::Acquire) < number {
                thread::yield_now();
            }
            assert!(is_precious(&kept) && fs::metadata(&kept).unwrap().nlink() == 2, "round {number}");
            fs::remove_file(&kept).unwrap();
            for entry in fs::read_dir(folder.path()).unwrap() {
                fs::remove_file(entry.unwrap().path()).unwrap();
            }
        }
    });
}

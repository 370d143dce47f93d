//! Running the command, and what tests ask of its results.
#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod filter;
pub(crate) mod html;

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};

use rustix::process::Signal;
use serde_json::Value;

/// What one run of the command came to.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

/// The command, without settings of the environment.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dgen"));
    for name in ["DGEN_THREADS", "DGEN_KERNEL", "COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

/// Runs the command with arguments separated by spaces, in a folder.
pub(crate) fn dgen(folder: &Path, args: &str) -> Run {
    finished(command().args(args.split_whitespace()).current_dir(folder).output().unwrap())
}

pub(crate) fn finished(output: Output) -> Run {
    let Output { status, stdout, stderr } = output;
    Run { code: status.code(), stdout, stderr: String::from_utf8(stderr).unwrap() }
}

impl Run {
    /// The run, if it ended with this code.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.text(), self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    /// The one line of an error, which names these parts.
    #[track_caller]
    pub(crate) fn error_names(&self, parts: &[&str]) {
        let lines: Vec<&str> = self.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!(lines.len(), 1, "{}", self.stderr);
        for part in parts {
            assert!(lines[0].contains(part), "`{part}` is not in: {}", lines[0]);
        }
    }
}

pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// Replaces bytes in the middle of a file.
pub(crate) fn patch(path: &Path, offset: u64, data: &[u8]) {
    OpenOptions::new().write(true).open(path).unwrap().write_all_at(data, offset).unwrap();
}

pub(crate) fn bytes(path: &Path, offset: u64, len: usize) -> Vec<u8> {
    let mut data = vec![0; len];
    File::open(path).unwrap().read_exact_at(&mut data, offset).unwrap();
    data
}

pub(crate) fn truncate(path: &Path, len: u64) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(len).unwrap();
}

pub(crate) fn len(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

/// The bytes of a stream, from the library.
pub(crate) fn stream(recipe: &str, offset: u64, len: usize) -> Vec<u8> {
    let mut data = vec![0; len];
    dgen::Stream::new(&recipe.parse().unwrap()).unwrap().fill_at(offset, &mut data).unwrap();
    data
}

/// What a file says of itself, if it says something.
pub(crate) fn mark(path: &Path) -> Option<dgen_io::Mark> {
    dgen_io::Mark::of(&File::open(path).unwrap(), path).unwrap().known()
}

/// The recipe that a report names.
pub(crate) fn recipe(report: &Value) -> String {
    report["recipe"].as_str().unwrap().to_owned()
}

pub(crate) fn u64_of(report: &Value, key: &str) -> u64 {
    report[key].as_u64().unwrap_or_else(|| panic!("{key} in {report}"))
}

/// Waits until a path exists, for up to half a minute.
pub(crate) fn wait_for(path: &Path) {
    for _ in 0..30_000 {
        if path.exists() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    panic!("{} was not made", path.display());
}

/// Waits until a process handles a signal: one that comes before ends it, or, where the parent ignores it, does nothing.
pub(crate) fn wait_for_handler(child: &Child, signal: Signal) {
    let status = format!("/proc/{}/status", child.id());
    for _ in 0..30_000 {
        let text = fs::read_to_string(&status).unwrap();
        let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        if u64::from_str_radix(caught.trim(), 16).unwrap() >> (signal.as_raw() - 1) & 1 == 1 {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    panic!("it does not handle the signal");
}

/// The files in a folder, by name.
pub(crate) fn names(folder: &Path) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    names
}

/// Notes visibly that a part of a test is skipped; the test script lists these notes at the end. A reason that starts with
/// `optional` is accepted in CI.
pub(crate) fn skip(reason: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    println!("skipped: {test}: {reason}");
    let notes = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/skips.txt");
    let file = OpenOptions::new().create(true).append(true).open(notes);
    // Without the build folder (an installed test binary) the line above is all there is.
    _ = file.and_then(|mut file| writeln!(file, "{} ({test})", reason.replace('\n', " ")));
}

/// Whether this process may mount file systems; prints why a test is skipped otherwise.
pub(crate) fn may_mount() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        skip("optional: mounting a file system needs root");
    }
    root
}

/// A mounted file system, unmounted at the end.
pub(crate) struct Mount(pub(crate) PathBuf);

impl Mount {
    /// Mounts a tmpfs of so many bytes; `None`, with the reason printed, where that is not possible.
    pub(crate) fn tmpfs(at: &Path, bytes: u64) -> Option<Self> {
        if !may_mount() {
            return None;
        }
        let size = format!("size={bytes}");
        Self::done(at, Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at))
    }

    /// Mounts an ext4 of about so many bytes, in a file in `folder`; `None` as above.
    pub(crate) fn ext4(folder: &Path, bytes: u64) -> Option<Self> {
        if !may_mount() {
            return None;
        }
        let (image, place) = (folder.join("image"), folder.join("place"));
        File::create(&image).unwrap().set_len(bytes).unwrap();
        fs::create_dir(&place).unwrap();
        let made = Command::new("mkfs.ext4").args(["-q", "-O", "^has_journal"]).arg(&image).output();
        if !made.as_ref().is_ok_and(|output| output.status.success()) {
            skip(&format!("optional: making a file system failed: {made:?}"));
            return None;
        }
        Self::done(&place, Command::new("mount").args(["-o", "loop"]).arg(&image).arg(&place))
    }

    /// Mounts what the command says; `None` as above.
    pub(crate) fn done(at: &Path, mount: &mut Command) -> Option<Self> {
        match mount.output() {
            Ok(output) if output.status.success() => Some(Self(at.to_owned())),
            other => {
                skip(&format!("optional: mounting a file system failed: {other:?}"));
                None
            }
        }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        _ = Command::new("umount").arg(&self.0).status();
    }
}

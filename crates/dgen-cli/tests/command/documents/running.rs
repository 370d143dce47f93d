//! Runs blocks of commands as a reader would: one behind the other, in a folder of their own, with `dgen` on PATH.
//!
//! What is large is made small, and what is elsewhere is here: see [`SUBSTITUTES`] and [`smaller`].

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::exceptions::exception;
use super::fences::{Block, blocks, root};
use crate::common::{Run, finished, folder, skip};

/// What is printed, and what is run; `{here}` is the folder of the test, `{docs}` a tree of files.
const SUBSTITUTES: [(&str, &str); 13] = [
    ("/mnt/test", "{here}/mnt"),
    ("/mnt/cluster", "{here}/mnt"),
    ("s3://bucket", "file://{here}/bucket"),
    ("/usr/share/doc", "{docs}"),
    ("--count 100000", "--count 40"),
    ("--count 5000", "--count 40"),
    ("--file-size 100MiB", "--file-size 1MiB"),
    ("--objects 10000", "--objects 20"),
    ("--ntasks 64", "--ntasks 4"),
    ("--runtime 1s", "--runtime 20ms"),
    ("--runtime 200ms", "--runtime 20ms"),
    ("there:5300", "127.0.0.1:{port}"),
    ("0.0.0.0:5300", "127.0.0.1:{port}"),
];

/// Launchers that start every rank here, with the variables that theirs have.
const LAUNCHERS: [(&str, &str); 2] = [
    ("mpiexec", "n=$2; shift 2\nrank() { PMI_RANK=$1 PMI_SIZE=$n \"${@:2}\"; }"),
    (
        "srun",
        "n=$2; shift 2\nrank() { SLURM_PROCID=$1 SLURM_NTASKS=$n SLURM_STEP_NUM_TASKS=$n SLURM_LOCALID=$1 SLURM_NODEID=0 \
         SLURM_STEP_TASKS_PER_NODE=$n \"${@:2}\"; }",
    ),
];
const ALL_RANKS: &str = "for ((i = 0; i < n; i++)); do rank \"$i\" \"$@\" & started+=($!); done
code=0
for one in \"${started[@]}\"; do wait \"$one\" || code=$?; done
exit \"$code\"";

/// Programs without which a block says nothing of `dgen`.
const PROGRAMS: [&str; 6] = ["jq", "zstd", "getfattr", "tar", "mpiexec", "srun"];

/// A folder for commands.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    port: u16,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = folder();
        for name in ["bin", "home", "mnt", "bucket", "work"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        symlink(env!("CARGO_BIN_EXE_dgen"), folder.path().join("bin/dgen")).unwrap();
        for (name, rank) in LAUNCHERS {
            let path = folder.path().join("bin").join(name);
            fs::write(&path, format!("#!/usr/bin/env bash\n{rank}\n{ALL_RANKS}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { folder, port }
    }

    /// Where commands begin.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// What stands for `/mnt/test`.
    pub(crate) fn mounted(&self) -> PathBuf {
        self.folder.path().join("mnt")
    }

    /// The home directory of commands.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Runs commands, with what is printed made to fit, until one fails.
    pub(crate) fn run(&self, printed: &str) -> Run {
        let script = self.fitting(printed);
        let mut command = Command::new("bash");
        command.args(["-e", "-o", "pipefail", "-c", &script]).current_dir(self.work()).env("HOME", self.home());
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.folder.path().join("bin").display()));
        for name in ["DGEN_THREADS", "DGEN_KERNEL", "XDG_DATA_HOME", "COLUMNS", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        finished(command.output().unwrap())
    }

    fn fitting(&self, printed: &str) -> String {
        let mut script = smaller(printed);
        for (from, to) in SUBSTITUTES {
            script = script.replace(from, to);
        }
        let here = self.folder.path().display().to_string();
        script = script.replace("{here}", &here).replace("{docs}", &root().join("docs").display().to_string());
        elsewhere(&script.replace("{port}", &self.port.to_string()))
    }
}

/// Lines that end in `# there` run on another machine, at the same time: behind the others, once they listen.
fn elsewhere(script: &str) -> String {
    let line = |line: &str| match line.trim_end().strip_suffix("# there") {
        Some(command) => {
            format!("{command} 2> there.err & until grep -q listening there.err; do sleep 0.05; kill -0 $!; done\n")
        }
        None => format!("{line}\n"),
    };
    let all: String = script.lines().map(line).collect();
    if script.contains("# there") { all + "wait $!\n" } else { all }
}

/// Sizes in GiB and TiB, made ten MiB for each, and 64 to 256 of them.
fn smaller(text: &str) -> String {
    let mut small = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(at);
        let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        let (number, behind) = number.split_at(digits);
        small.push_str(before);
        let scale = [("GiB", 10), ("TiB", 10_000)].into_iter().find(|(unit, _)| behind.starts_with(unit));
        if let Some((unit, scale)) = scale {
            let mebibytes = number.parse::<u64>().unwrap().saturating_mul(scale).clamp(64, 256);
            write!(small, "{mebibytes}MiB").expect("text grows");
            rest = &behind[unit.len()..];
        } else {
            small.push_str(number);
            rest = behind;
        }
    }
    small + rest
}

/// Runs all blocks of a page in one folder, in order.
pub(super) fn page(name: &str) {
    let place = Place::new();
    for block in blocks(name).iter().filter(|block| block.language == "sh" && exception(block).is_none()) {
        if let Some(program) = absent(block) {
            skip(&format!("optional: {}:{} needs {program}", block.page, block.line));
            continue;
        }
        let run = place.run(&block.text);
        assert_eq!(run.code, Some(0), "{}:{}\n{}\n{}{}", block.page, block.line, block.text, run.text(), run.stderr);
    }
}

/// A program that a block needs and that this machine lacks.
pub(crate) fn absent(block: &Block) -> Option<&'static str> {
    let launched = |name: &str| LAUNCHERS.iter().any(|(launcher, _)| *launcher == name);
    let needed = |name: &&str| block.text.contains(&format!("{name} ")) && !launched(name);
    PROGRAMS.into_iter().filter(needed).find(|name| !there_is(name))
}

/// Whether a program is on PATH.
pub(crate) fn there_is(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|folder| is_program(&folder.join(program)))
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[test]
fn large_sizes_become_small_ones() {
    assert_eq!(smaller("-s 1TiB --a 1GiB,20GiB 64KiB 5"), "-s 256MiB --a 64MiB,200MiB 64KiB 5");
}

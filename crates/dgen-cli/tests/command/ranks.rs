//! Several processes that share one operation: each does its part, and together they have done what one would have.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::common::{Run, bytes, command, dgen, finished, folder, mark, names, patch, recipe, stream, u64_of};

const RECIPE: &str = "dgen1,seed=0x7,block=64KiB,dedup=2,window=4MiB,skip=1MiB,compress=2";
const SIZE: usize = (9 << 20) + 12_345;

/// The variables of a launcher, by rank.
type Said<'a> = &'a dyn Fn(u32) -> Vec<(&'static str, String)>;

/// Starts a rank, with what a launcher would say.
fn start(folder: &Path, args: &str, variables: &[(&str, String)]) -> Child {
    let mut command = command();
    command.args(args.split_whitespace()).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.envs(variables.iter().map(|(name, value)| (name, value))).spawn().unwrap()
}

/// All ranks of a command at the same time; `{r}` in it stands for the rank.
fn all(folder: &Path, ranks: u32, args: &str) -> Vec<Run> {
    let one = |rank: u32| {
        let args = args.replace("{r}", &rank.to_string());
        start(folder, &format!("{args} --rank {rank} --ranks {ranks}"), &[])
    };
    let children: Vec<Child> = (0..ranks).map(one).collect();
    children.into_iter().map(|child| finished(child.wait_with_output().unwrap())).collect()
}

fn reports(runs: Vec<Run>) -> Vec<Value> {
    runs.into_iter().map(|run| run.code(0).json()).collect()
}

fn sum(reports: &[Value], key: &str) -> u64 {
    reports.iter().map(|report| u64_of(report, key)).sum()
}

fn write(folder: &Path, ranks: u32, path: &str, more: &str) -> Vec<Value> {
    reports(all(folder, ranks, &format!("write {path} --size {SIZE} --recipe {RECIPE} --json {more}")))
}

#[test]
fn ranks_write_one_file_that_is_one_stream() {
    for ranks in [1, 2, 5] {
        let folder = folder();
        let written = write(folder.path(), ranks, "f", "");
        assert_eq!(sum(&written, "bytes_written"), SIZE as u64);
        assert_eq!(fs::read(folder.path().join("f")).unwrap(), stream(RECIPE, 0, SIZE));
        if ranks > 1 {
            assert_eq!(written[1]["ranks"]["rank"], 1);
            assert_eq!(written[1]["ranks"]["ranks"], ranks);
            assert_eq!(written[1]["ranks"]["shared"], true);
            assert_eq!(written[1]["ranks"]["size"], SIZE);
        }
        assert_eq!(mark(&folder.path().join("f")).unwrap().range.size, SIZE as u64);
        // Any number of ranks verifies it, this process alone too.
        dgen(folder.path(), "verify f").code(0);
        let verified = reports(all(folder.path(), 3, "verify f --json"));
        assert_eq!(sum(&verified, "bytes_checked"), SIZE as u64);
        let measured = dgen(folder.path(), "measure f --dedup-block 64K --no-compress --json").code(0).json();
        let blocks = SIZE.div_ceil(64 << 10);
        assert_eq!(measured["dedup"]["65536"]["distinct"], blocks.div_ceil(2));
    }
}

#[test]
fn each_rank_has_its_own_files() {
    let folder = folder();
    let written = write(folder.path(), 3, "part-{rank}", "");
    assert_eq!(sum(&written, "bytes_written"), SIZE as u64);
    assert!(written.iter().all(|report| report["ranks"]["shared"] == false));
    let all: Vec<u8> = (0..3).flat_map(|rank| fs::read(folder.path().join(format!("part-{rank}"))).unwrap()).collect();
    assert!(all == stream(RECIPE, 0, SIZE));
    dgen(folder.path(), "verify .").code(0);
    dgen(folder.path(), "verify part-2").code(0);
    // Any rank verifies any other's: the set knows its files by number.
    fs::remove_file(folder.path().join("part-1")).unwrap();
    let report = dgen(folder.path(), "verify . --json").code(3).json();
    assert_eq!(report["ranges"][0]["kind"], "missing");
}

#[test]
fn the_files_of_a_folder_are_dealt_out() {
    let folder = folder();
    let written = write(folder.path(), 3, "d", "--files 7");
    assert_eq!(sum(&written, "bytes_written"), SIZE as u64);
    let files = names(&folder.path().join("d"));
    let all: Vec<u8> = files.iter().flat_map(|file| fs::read(file).unwrap()).collect();
    assert_eq!(files.len(), 7);
    assert!(all == stream(RECIPE, 0, SIZE));
    dgen(folder.path(), "verify d").code(0);
}

#[test]
fn launchers_say_which_rank_a_process_is() {
    let slurm = |rank: u32| vec![("SLURM_PROCID", rank.to_string()), ("SLURM_STEP_NUM_TASKS", "3".into())];
    let open_mpi = |rank: u32| {
        let local = [("OMPI_COMM_WORLD_LOCAL_RANK", rank.to_string()), ("OMPI_COMM_WORLD_LOCAL_SIZE", "3".into())];
        let mut all = vec![("OMPI_COMM_WORLD_RANK", rank.to_string()), ("OMPI_COMM_WORLD_SIZE", "3".into())];
        all.extend(local);
        all
    };
    let mpich = |rank: u32| vec![("PMI_RANK", rank.to_string()), ("PMI_SIZE", "3".into())];
    let kubernetes = |rank: u32| vec![("JOB_COMPLETION_INDEX", rank.to_string())];
    let launchers: [(Said<'_>, &str, &str); 4] = [
        (&slurm, "", "SLURM_PROCID"),
        (&open_mpi, "", "OMPI_COMM_WORLD_RANK"),
        (&mpich, "", "PMI_RANK"),
        (&kubernetes, "--ranks 3", "JOB_COMPLETION_INDEX"),
    ];
    for (said, more, name) in launchers {
        let folder = folder();
        let args = format!("write f --size {SIZE} --recipe {RECIPE} --json {more}");
        let children: Vec<Child> = (0..3).map(|rank| start(folder.path(), &args, &said(rank))).collect();
        let written = reports(children.into_iter().map(|child| finished(child.wait_with_output().unwrap())).collect());
        assert_eq!(written[2]["ranks"]["rank"], 2, "{name}");
        assert_eq!(written[2]["ranks"]["source"][0], name);
        assert!(fs::read(folder.path().join("f")).unwrap() == stream(RECIPE, 0, SIZE), "{name}");
    }
    // One that is to do all says so.
    let folder = folder();
    let alone = start(folder.path(), "write f --size 1M --seed 1 --ranks 1 --json", &mpich(2));
    let report = finished(alone.wait_with_output().unwrap()).code(0).json();
    assert_eq!((u64_of(&report, "bytes_written"), &report["ranks"]), (1 << 20, &Value::Null));
}

#[test]
fn damage_is_found_by_the_rank_that_has_it() {
    let folder = folder();
    write(folder.path(), 4, "f", "");
    patch(&folder.path().join("f"), 5 << 20, &[0; 5000]);
    let verified = all(folder.path(), 4, "verify f --json");
    let codes: Vec<i32> = verified.iter().map(|run| run.code.unwrap()).collect();
    assert_eq!(codes, [0, 0, 3, 0]);
    let report = verified[2].json();
    assert_eq!((u64_of(&report, "bytes_bad") > 4000, report["ranges"][0]["offset"].as_u64()), (true, Some(5 << 20)));
    let read = reports(all(folder.path(), 4, "read f --json"));
    assert_eq!(sum(&read, "bytes_read"), SIZE as u64);
}

#[test]
fn a_stream_is_cut_into_parts() {
    let folder = folder();
    let parts =
        all(folder.path(), 3, &format!("stream --size {SIZE} --offset 1M --recipe {RECIPE} --json=part-{{rank}}.json"));
    let all: Vec<u8> = parts.into_iter().flat_map(|run| run.code(0).stdout).collect();
    assert!(all == stream(RECIPE, 1 << 20, SIZE));
    let report: Value = serde_json::from_slice(&fs::read(folder.path().join("part-2.json")).unwrap()).unwrap();
    assert_eq!((&report["ranks"]["rank"], recipe(&report)), (&2.into(), RECIPE.to_owned()));
}

#[test]
fn a_rank_that_was_lost_is_run_again() {
    let folder = folder();
    let args = format!("write f --size {SIZE} --recipe {RECIPE} --ranks 3");
    for rank in [0, 2] {
        dgen(folder.path(), &format!("{args} --rank {rank}")).code(0);
    }
    let report = dgen(folder.path(), "verify f --json").code(3).json();
    assert_eq!(u64_of(&report, "ranges_total"), 1);
    dgen(folder.path(), &format!("{args} --rank 1 --resume")).code(0);
    dgen(folder.path(), "verify f").code(0);
    // All of them again, and with another number of ranks, change nothing.
    let again = all(folder.path(), 2, &format!("write f --size {SIZE} --recipe {RECIPE} --resume --json"));
    assert_eq!(sum(&reports(again), "bytes_written"), 0);
    assert!(fs::read(folder.path().join("f")).unwrap() == stream(RECIPE, 0, SIZE));
}

#[test]
fn a_rank_without_rank_0_says_what_it_waits_for() {
    let folder = folder();
    let args = format!("write f --size {SIZE} --recipe {RECIPE} --rank 1 --ranks 2 --rank-wait 0.1");
    dgen(folder.path(), &args).code(1).error_names(&["f: rank 0", "does not exist"]);
    assert!(!folder.path().join("f").exists());
}

#[test]
fn other_data_is_not_lost_to_ranks() {
    let folder = folder();
    let path = folder.path().join("f");
    fs::write(&path, b"precious").unwrap();
    let args = format!("write f --size {SIZE} --recipe {RECIPE} --rank 0 --ranks 2");
    assert_ne!(dgen(folder.path(), &args).code, Some(0));
    assert_eq!(bytes(&path, 0, 8), b"precious");
}

#[test]
fn what_ranks_cannot_share_is_refused() {
    let folder = folder();
    for (args, names) in [
        ("write f --size 4M --rank 0 --ranks 2", ["--seed", "ranks"]),
        ("stream --size 4M --rank 0 --ranks 2", ["--seed", "ranks"]),
        ("write f --size 4M --seed 1 --rank 0 --ranks 2 --json=r.json", ["--json", "{rank}"]),
        ("write f --size 4M --seed 1 --rank 0 --ranks 2 --append", ["--append", "{rank}"]),
        ("write a {rank} --size 4M --seed 1 --rank 0 --ranks 2", ["{rank}", "paths"]),
        ("write f --size 1 --seed 1 --rank 0 --ranks 2", ["--size", "2 ranks"]),
        ("write f --size 4M --seed 1 --rank 2 --ranks 2", ["--rank", "0 to 1"]),
        ("write f --size 4M --seed 1 --rank 1", ["--ranks", "--rank"]),
        ("write f --size 4M --seed 1 --ranks 2", ["--ranks", "which of them"]),
        ("write f --size 4M --seed 1 --rank 0 --ranks 0", ["--ranks", "1000000"]),
    ] {
        let run = dgen(folder.path(), args).code(2);
        assert!(names.iter().all(|name| run.stderr.contains(name)), "{args}: {}", run.stderr);
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "{args}");
    }
}

#[test]
fn ranks_measure_with_files_and_data_of_their_own() {
    let folder = folder();
    let sweep = "--size 1M --buffer-size 64K --depth 1 --writers 1 --direct off --seed 7 --json";
    let reports = reports(all(folder.path(), 2, &format!("bench storage own-{{rank}} --keep {sweep}")));
    assert_eq!((&reports[1]["ranks"]["rank"], &reports[1]["ranks"]["ranks"]), (&1.into(), &2.into()));
    let recipe = recipe(&reports[0]);
    for rank in 0..2 {
        let held = fs::read(folder.path().join(format!("own-{rank}"))).unwrap();
        assert!(held == stream(&recipe, rank << 20, 1 << 20), "{rank}");
    }
    reports_of_a_folder(folder.path(), sweep);
    let refused = dgen(folder.path(), &format!("bench storage shared --rank 0 --ranks 2 {sweep}")).code(2);
    refused.error_names(&["shared", "{rank}"]);
    assert!(!folder.path().join("shared").exists());
    let fill = dgen(folder.path(), "bench fill --buffer-size 64K --rounds 1 --rank 1 --ranks 2 --json").code(0).json();
    assert_eq!(fill["ranks"]["rank"], 1);
}

/// In a folder each rank makes a file of its own, and removes it.
fn reports_of_a_folder(folder: &Path, sweep: &str) {
    fs::create_dir(folder.join("all")).unwrap();
    reports(all(folder, 2, &format!("bench storage all {sweep}")));
    assert!(names(&folder.join("all")).is_empty());
}

#[test]
fn a_rank_that_is_killed_or_cannot_write_leaves_the_others_right() {
    let folder = folder();
    // Rank 1 is killed before it has done anything: its part is what is missing.
    let zero = start(folder.path(), &format!("write f --size {SIZE} --recipe {RECIPE} --rank 0 --ranks 2 --json"), &[]);
    finished(zero.wait_with_output().unwrap()).code(0);
    let found = dgen(folder.path(), "verify f --json").code(3).json();
    assert_eq!(found["ranges"][0]["kind"], "zeroed");
    assert!(u64_of(&found, "bytes_bad") <= SIZE as u64 / 2 + (64 << 10));
    // Run again, it alone makes the file whole.
    let args = format!("write f --size {SIZE} --recipe {RECIPE} --rank 1 --ranks 2 --resume --json");
    dgen(folder.path(), &args).code(0);
    dgen(folder.path(), "verify f").code(0);
    // One whose file cannot grow says so, and where; the others are done.
    let limited = format!(
        "ulimit -f 1024; trap '' XFSZ; exec \"$0\" write own-1 --size 9M --recipe {RECIPE} --offset 9M --no-preallocate"
    );
    let mut shell = std::process::Command::new("bash");
    shell.args(["-c", &limited, env!("CARGO_BIN_EXE_dgen")]).current_dir(folder.path());
    let run = finished(shell.output().unwrap()).code(1);
    run.error_names(&["own-1", "offset"]);
}

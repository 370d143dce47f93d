//! Texts from anyone, given to the real command: arguments, what its processes say to each other, and files that may or
//! may not be reports.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use crate::common::{Run, command, dgen, finished, folder};
use crate::every::rounds;
use crate::random::Random;

const FOREIGN: &[u8] = b"not ours";

/// Words of which nothing takes long, or leaves the folder.
const WORDS: &[&str] = &[
    "write",
    "read",
    "verify",
    "stream",
    "measure",
    "info",
    "completions",
    "help",
    "f",
    "g",
    "d",
    "new",
    "new/er",
    "-",
    "--",
    "--size",
    "--size=1M",
    "0",
    "1",
    "4096",
    "1.5",
    "3/2",
    "-1",
    "18446744073709551616",
    "64KiB",
    "100001",
    "--force",
    "--resume",
    "--append",
    "--verify",
    "--seed=7",
    "--seed",
    "--recipe",
    "dgen1,seed=7",
    "dgen1",
    "--dedup-ratio",
    "--compress-ratio",
    "--block-size",
    "--offset",
    "--file-offset",
    "--buffer-size",
    "--direct=off",
    "--direct",
    "on",
    "auto",
    "--engine=sync",
    "--engine",
    "io_uring",
    "null",
    "memory",
    "--depth=3",
    "--order=random",
    "--order",
    "random:9",
    "--passes=2",
    "--vectored=3",
    "--files=3",
    "--read-percent=50",
    "--json",
    "--json=new.json",
    "--csv=new.csv",
    "--html=new.html",
    "--json=f",
    "--limit=1",
    "--stale-seed=3",
    "--advise=dontneed",
    "--sync=none",
    "--sync",
    "--threads=2",
    "--writers=2",
    "--readers=2",
    "--generators=1",
    "--no-preallocate",
    "--buffer-count=2",
    "--buffer-count=0",
    "--stream-version=1",
    "--spread=0.5",
    "--for=vdo",
    "--for",
    "--texture",
    "zeros",
    "--tune",
    "zstd",
    "--window=1M",
    "--skip=0",
    "--early=apart",
    "--reuse=zipf:1.1",
    "--runs=2-4",
    "--numa-mode",
    "uma",
    "--runtime=1s",
    "",
    "\u{ff}",
    "f/g",
    "/dev/null",
    "bash",
];

fn within(at: &Path, args: &[&str], input: &[u8]) -> Run {
    let mut command = command();
    command.args(args).current_dir(at).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may end before it has read all.
    _ = child.stdin.take().unwrap().write_all(input);
    finished(child.wait_with_output().unwrap())
}

#[test]
fn any_arguments_end_in_a_result_or_a_message() {
    let mut random = Random(1);
    for number in 0..rounds().map_or(60, |rounds| rounds * 100) {
        let folder = folder();
        let at = folder.path();
        fs::write(at.join("foreign"), FOREIGN).unwrap();
        if number % 2 == 0 {
            dgen(at, "write f --size 100001 --seed 7 --sync none").code(0);
            fs::write(at.join("g"), [7; 5000]).unwrap();
        }
        let mut args = vec![WORDS[random.below(5)]];
        args.extend((0..random.below(9)).map(|_| WORDS[random.below(WORDS.len())]));
        let run = within(at, &args, b"some input");
        let said = format!("{args:?}: exit {:?}, {}", run.code, run.stderr);
        assert!(matches!(run.code, Some(0..=3)), "{said}");
        assert!(!run.stderr.contains("panicked"), "{said}");
        assert!(run.code == Some(0) || !run.stderr.is_empty() || !run.stdout.is_empty(), "{said}");
        assert!(fs::read(at.join("foreign")).unwrap() == FOREIGN, "{said}");
    }
}

fn changed(text: &str, random: &mut Random) -> Vec<u8> {
    let mut data = text.as_bytes().to_vec();
    for _ in 0..random.below(5) {
        let at = random.below(data.len().max(1)).min(data.len());
        let end = (at + random.below(9)).min(data.len());
        match random.below(4) {
            0 => drop(data.drain(at..end)),
            1 => drop(
                data.splice(at..at, random.pick(&["{", "}", "\"", ",", "null", "1e999", "-1", "\n", "[[[["]).bytes()),
            ),
            2 => data.insert(at, u8::try_from(random.below(256)).unwrap()),
            _ => data.truncate(end),
        }
    }
    data
}

#[test]
fn a_process_of_a_benchmark_takes_any_orders() {
    let orders = "{\"prepare\":{\"work\":{\"fill\":\"dgen1,seed=1\"},\"offset\":0,\"bytes\":65536}}\n\"go\"\n\
                  {\"prepare\":{\"work\":{\"stores\":\"plain\"},\"offset\":5,\"bytes\":4096}}\n\"go\"\n";
    let folder = folder();
    let mut random = Random(2);
    for _ in 0..rounds().map_or(40, |rounds| rounds * 50) {
        let input = changed(orders, &mut random);
        let args = ["bench", "process", "--cpus", "0", "--threads", "1", "--buffer", "65536"];
        let run = within(folder.path(), &args, &input);
        let said = format!("{}: exit {:?}, {}", input.escape_ascii(), run.code, run.stderr);
        assert!(matches!(run.code, Some(0..=2)) && !run.stderr.contains("panicked"), "{said}");
    }
}

#[test]
fn a_report_replaces_reports_alone() {
    let folder = folder();
    let at = folder.path();
    dgen(at, "write f --size 100001 --seed 7 --sync none").code(0);
    dgen(at, "verify f --json=r").code(0);
    let report = fs::read_to_string(at.join("r")).unwrap();
    let mut random = Random(3);
    for _ in 0..rounds().map_or(40, |rounds| rounds * 50) {
        let text = changed(&report, &mut random);
        fs::write(at.join("r"), &text).unwrap();
        let run = dgen(at, "verify f --json=r");
        let said = format!("exit {:?}, {}", run.code, run.stderr);
        assert!(!run.stderr.contains("panicked"), "{said}");
        let now = fs::read(at.join("r")).unwrap();
        match run.code {
            Some(0) => assert!(serde_json::from_slice::<serde_json::Value>(&now).is_ok(), "{said}"),
            Some(1) => assert!(now == text, "refused, and changed: {said}"),
            _ => panic!("{said}"),
        }
    }
}

//! The names that programs and people rely on: those of the libraries, of options, of JSON keys and of CSV columns.
//!
//! They are kept in `tests/names/`. To change them on purpose, run these tests with `UPDATE_NAMES=1`, and look at the
//! diff.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::api;
use crate::common::{command, dgen, finished, folder, patch};

/// Compares with what is kept, or keeps it.
#[track_caller]
fn kept(name: &str, found: &str) {
    let path = kept_in(name);
    if update() {
        fs::write(&path, found).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let diff = diff(&kept, found);
    assert!(diff.is_empty(), "{} differs (UPDATE_NAMES=1 changes it on purpose):\n{diff}", path.display());
}

fn kept_in(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/names").join(name)
}

fn update() -> bool {
    std::env::var_os("UPDATE_NAMES").is_some()
}

/// The lines that differ, those that are gone with `-` and new ones with `+`, below the last heading before them.
fn diff(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    // The longest common part, by the length of what is common from each pair of lines on.
    let mut common = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let same = common[i + 1][j + 1] + 1;
            common[i][j] = if old[i] == new[j] { same } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut heading, mut said) = (0, 0, "", "");
    let mut text = String::new();
    while i < old.len() || j < new.len() {
        let both = i < old.len() && j < new.len() && old[i] == new[j];
        if both {
            heading = if old[i].starts_with(' ') { heading } else { old[i] };
            (i, j) = (i + 1, j + 1);
            continue;
        }
        if heading != said {
            writeln!(text, "  {heading}").unwrap();
            said = heading;
        }
        let gone = j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]);
        let (sign, line) = if gone { ('-', old[i]) } else { ('+', new[j]) };
        writeln!(text, "{sign} {line}").unwrap();
        (i, j) = if gone { (i + 1, j) } else { (i, j + 1) };
    }
    text
}

#[test]
fn what_differs_is_told_line_by_line() {
    assert_eq!(diff("a\n  b\n  c\nd\n", "a\n  b\n  c\nd\n"), "");
    assert_eq!(diff("a\n  b\n  c\nd\n", "a\n  c\n  e\nd\n"), "  a\n-   b\n+   e\n");
}

#[test]
fn the_libraries_keep_their_names() {
    for name in
        ["dgen", "dgen-io", "dgen-measure", "dgen-formats", "dgen-dataset", "dgen-net", "dgen-object", "dgen-cli"]
    {
        kept(&format!("{name}.txt"), &api::names(name));
    }
}

#[test]
fn the_command_keeps_its_help() {
    let mut text = String::new();
    help(&mut Vec::new(), &mut text);
    kept("help.txt", &text);
}

/// Adds the help of a command and of those below it.
fn help(path: &mut Vec<String>, text: &mut String) {
    // Without a terminal, and without this variable, lines are as long as they may be.
    let output = command().args(&*path).arg("--help").env_remove("COLUMNS").output().unwrap();
    let found = finished(output).code(0).text();
    writeln!(text, "### dgen {}\n\n{found}", path.join(" ")).unwrap();
    let below = found.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = below.filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    for name in names.filter_map(|line| line.split(' ').next()).filter(|name| *name != "help") {
        path.push(name.to_owned());
        help(path, text);
        path.pop();
    }
}

/// The runs whose reports show all keys, as well as small files allow; `stream` reports aside. `{folder}` is where they run.
const RUNS: [(&str, &str); 24] = [
    ("write", "write one two --size 3M --seed 1 --writers 2 --json"),
    ("write --verify", "write three --size 1M --seed 1 --verify --json"),
    ("write --resume", "write one two --resume --json"),
    ("write --append", "write one --size 1M --append --force --json"),
    ("write --auto", "write four --size 1M --seed 1 --auto --json"),
    ("write --read-percent", "write three --size 1M --seed 1 --read-percent 50 --json"),
    ("read", "read two --json"),
    ("read --auto", "read two --auto --json"),
    ("verify", "verify two --json"),
    ("verify, damaged", "verify three --json"),
    ("recv, damaged", "recv - --raw --recipe dgen1,seed=1 --size 64K --json"),
    ("dataset write", "dataset write set --count 4 --file-size 64K --seed 1 --json"),
    ("dataset verify", "dataset verify set --json"),
    ("dataset read", "dataset read set --verify --json"),
    ("write, objects", "write file://{folder}/objects --objects 3 --object-size 9K --seed 1 --verify --json"),
    ("read, objects", "read file://{folder}/objects --json"),
    ("verify, objects", "verify file://{folder}/objects --json"),
    ("measure", "measure two --dedup-block 4K --compress-block 64K --model zfs --json"),
    ("info", "info --json"),
    ("info --recipe", "info --recipe dgen1,seed=1,dedup=2 --json"),
    ("bench fill", "bench fill --rounds 1 --buffer-size 64K --json"),
    ("bench fill --scaling", "bench fill --scaling --threads-list 1 --rounds 1 --buffer-size 64K --json"),
    ("bench numa", "bench numa --size 1M --buffer-size 64K --threads 1 --json"),
    (
        "bench storage",
        "bench storage sweep --mode both --size 1M --buffer-size 64K --depth 1 --writers 1 --direct off --json",
    ),
];

#[test]
fn reports_keep_their_keys() {
    let folder = folder();
    let mut text = String::new();
    for (title, args) in RUNS {
        let damaged = title.ends_with("damaged");
        if damaged {
            patch(&folder.path().join("three"), 5000, &[0; 9000]);
        }
        let args = args.replace("{folder}", &folder.path().to_string_lossy());
        let report = dgen(folder.path(), &args).code(if damaged { 3 } else { 0 }).json();
        writeln!(text, "{title}\n{}", listed(&report)).unwrap();
    }
    dgen(folder.path(), "stream --size 64K --seed 0xfedcba9876543210 --json=stream.json").code(0);
    let report = serde_json::from_slice(&fs::read(folder.path().join("stream.json")).unwrap()).unwrap();
    writeln!(text, "stream\n{}", listed(&report)).unwrap();
    dgen(folder.path(), "write five --size 1M --seed 1 --writers 1 --json=five.json").code(0);
    dgen(folder.path(), "write six --size 2M --seed 1 --writers 1 --json=six.json").code(0);
    let report = dgen(folder.path(), "report compare five.json six.json --json").code(0).json();
    writeln!(text, "report compare\n{}", listed(&report)).unwrap();
    let text = if update() { text } else { as_kept(&fs::read_to_string(kept_in("json.txt")).unwrap(), &text) };
    kept("json.txt", &text);
}

/// All keys, each behind those that lead to it; `?` says that nothing was there.
fn listed(report: &Value) -> String {
    let mut keys = BTreeSet::new();
    collect(String::new(), report, &mut keys);
    // What was there at least once.
    let full: BTreeSet<String> = keys.iter().filter(|key| !key.ends_with('?')).cloned().collect();
    keys.retain(|key| key.strip_suffix('?').is_none_or(|key| !full.contains(key)));
    indented(keys.iter().map(String::as_str))
}

fn indented<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.fold(String::new(), |text, line| text + "  " + line + "\n")
}

fn collect(key: String, value: &Value, keys: &mut BTreeSet<String>) {
    let empty = match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    let dot = if key.is_empty() { "" } else { "." };
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| collect(format!("{key}{dot}{name}"), value, keys));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(format!("{key}[]"), value, keys)),
        _ => {}
    }
    if !key.is_empty() {
        keys.insert(if empty { format!("{key}?") } else { key });
    }
}

/// What was found, with what other machines have: where one list says that nothing was there, the other counts.
fn as_kept(kept: &str, found: &str) -> String {
    let sections = |text: &str| -> Vec<(String, Vec<String>)> {
        let section = |part: &str| {
            let mut lines = part.lines().map(str::to_owned);
            (lines.next().unwrap_or_default(), lines.collect())
        };
        text.split("\n\n").filter(|part| !part.trim().is_empty()).map(section).collect()
    };
    let bare = |line: &str| line.trim_end_matches('?').to_owned();
    // At or below a key that a list has as empty.
    let excused = |line: &str, list: &[String]| {
        let line = bare(line);
        list.iter()
            .filter_map(|other| other.strip_suffix('?'))
            .any(|empty| line.strip_prefix(empty).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '['])))
    };
    let old = sections(kept);
    let mut text = String::new();
    for (title, new) in sections(found) {
        let old = old.iter().find(|(other, _)| *other == title).map_or(&[][..], |(_, lines)| lines);
        let names = |list: &[String]| list.iter().map(|line| bare(line)).collect::<BTreeSet<_>>();
        let (known, there) = (names(old), names(&new));
        let stays = old.iter().filter(|line| there.contains(&bare(line)) || excused(line, &new));
        let comes = new.iter().filter(|line| !known.contains(&bare(line)) && !excused(line, old));
        let all: BTreeSet<&String> = stays.chain(comes).collect();
        writeln!(text, "{title}").unwrap();
        for line in all {
            writeln!(text, "{line}").unwrap();
        }
        text.push('\n');
    }
    text
}

#[test]
fn keys_that_a_machine_lacks_are_not_missed() {
    let kept = "run\n  a\n  b?\n  c\n  c.d\n  c.e\n  c.e[]\n\n";
    assert_eq!(as_kept(kept, "run\n  a\n  b\n  b.x\n  c?\n\n"), kept);
    assert_eq!(as_kept(kept, "run\n  a\n  b?\n  c\n  c.e?\n\n"), "run\n  a\n  b?\n  c\n  c.e\n  c.e[]\n\n");
    assert_eq!(as_kept(kept, "run\n  b?\n  c?\n  n\n\n"), "run\n  b?\n  c\n  c.d\n  c.e\n  c.e[]\n  n\n\n");
}

#[test]
fn tables_keep_their_columns() {
    let folder = folder();
    let mut text = String::new();
    for (title, args) in [
        ("write", "write a --size 1M --csv"),
        ("read", "read a --csv"),
        ("verify", "verify a --csv"),
        ("bench storage", "bench storage s --size 64K --buffer-size 64K --depth 1 --writers 1 --direct off --csv"),
    ] {
        let csv = dgen(folder.path(), args).code(0).text();
        let columns = csv.lines().next().unwrap().split(',');
        writeln!(text, "{title}\n{}", indented(columns)).unwrap();
    }
    kept("csv.txt", &text);
}

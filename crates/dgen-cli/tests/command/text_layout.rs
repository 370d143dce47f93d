//! How texts look: wrapped at the width of the terminal, in one system of units, coloured where a terminal is.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::common::{Run, command, dgen, finished, folder, patch, skip};

/// A path that is wider than a narrow terminal.
const LONG: &str = "a-file-with-a-name-that-is-so-long-that-it-does-not-fit-a-line-of-sixty-columns.bin";

fn at_width(folder: &Path, args: &str, columns: usize) -> Run {
    let mut command = command();
    command.args(args.split_whitespace()).env("COLUMNS", columns.to_string());
    finished(command.current_dir(folder).output().unwrap())
}

/// Folders with data, right and damaged.
fn scene() -> tempfile::TempDir {
    let folder = folder();
    dgen(folder.path(), &format!("write {LONG} --size 2M --seed 7 --dedup-ratio 2")).code(0);
    dgen(folder.path(), "write bad --size 2M --seed 7").code(0);
    patch(&folder.path().join("bad"), 5000, &[0; 9000]);
    patch(&folder.path().join("bad"), 1 << 20, &[0x55; 16_000]);
    dgen(folder.path(), "dataset write set --count 4 --file-size 64K --seed 1").code(0);
    folder
}

/// Whether a line may be as wide as it is: what is to be copied is in one piece.
fn is_one_piece(line: &str) -> bool {
    let whole = ["to use it ", "verify with ", "continue with: "].iter().any(|name| line.starts_with(name));
    let value = line.char_indices().nth(14).map_or("", |(at, _)| &line[at..]);
    whole || value.split_whitespace().count() <= 1 || line.split_whitespace().count() <= 1
}

#[track_caller]
fn check_lines(text: &str, width: usize, args: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= width || is_one_piece(line), "{args}, {width} columns: {line}\n{text}");
        assert!(line.trim_end() == line, "{args}, {width} columns: `{line}`");
    }
}

/// The words of a text that do not change from run to run: those without numbers, and recipes.
fn words(text: &str) -> BTreeSet<&str> {
    let varies = |word: &str| word.contains(|letter: char| letter.is_ascii_digit()) || word.contains("iB");
    let is_stable = |word: &&str| !varies(word) && word.chars().count() > 3;
    text.split_whitespace().filter(|word| is_stable(word) || word.starts_with("dgen1,") || *word == LONG).collect()
}

#[test]
fn nothing_breaks_inside_a_word() {
    let folder = scene();
    for (args, code) in [
        (format!("verify {LONG}"), 0),
        ("verify bad".to_owned(), 3),
        (format!("verify {LONG} bad"), 3),
        ("info".to_owned(), 0),
        ("info --for".to_owned(), 0),
        ("info --recipe dgen1,seed=1,dedup=2".to_owned(), 0),
        ("dataset verify set".to_owned(), 0),
        ("measure bad --model zfs --chunker borg".to_owned(), 0),
        ("stream --size 64K --seed 1 --compress-ratio 2".to_owned(), 0),
        ("recv - --raw --recipe dgen1,seed=1 --size 64K".to_owned(), 3),
    ] {
        let plain = dgen(folder.path(), &args).code(code);
        let carries_data = args.starts_with("stream");
        let text_of = |run: &Run| if carries_data { run.stderr.clone() } else { run.text() + &run.stderr };
        let plain = text_of(&plain);
        for width in [60, 80, 200] {
            let text = text_of(&at_width(folder.path(), &args, width).code(code));
            check_lines(&text, width, &args);
            assert_eq!(words(&plain), words(&text), "{args}, {width} columns:\n{text}");
        }
    }
}

#[test]
fn reports_of_runs_and_benchmarks_keep_to_the_width() {
    let folder = scene();
    let fast = "--rounds 1 --buffer-size 64K";
    for args in [
        format!("write {LONG} --size 2M --seed 7 --dedup-ratio 2 --verify"),
        "write bad --force --size 1M --buffer-size 5000 --seed 1".to_owned(),
        "write bad --append --force --size 1M".to_owned(),
        format!("read {LONG} --auto"),
        "dataset read set --verify".to_owned(),
        format!("bench fill {fast}"),
        format!("bench fill --scaling --threads-list 1 {fast}"),
        "bench numa --size 1M --buffer-size 64K --threads 1".to_owned(),
        "bench storage sweep --mode both --size 1M --buffer-size 64K --depth 1 --writers 1 --direct off".to_owned(),
    ] {
        for width in [60, 80, 200] {
            let run = at_width(folder.path(), &args, width).code(0);
            check_lines(&run.text(), width, &args);
            check_lines(&run.stderr, width, &args);
        }
        let last = at_width(folder.path(), &args, 60).code(0).text();
        if args.starts_with("write") && args.contains(LONG) {
            assert!(words(&last).contains("dgen1,seed=0x7,dedup=2"), "{last}");
        }
    }
}

#[test]
fn programs_read_lines_that_are_not_wrapped() {
    let folder = scene();
    let text = dgen(folder.path(), &format!("read {LONG}")).code(0).text();
    let rows: Vec<&str> = text.lines().collect();
    assert!(rows.iter().all(|row| !row.starts_with(' ') && !row.contains('\u{1b}')), "{text}");
    assert!(rows.iter().any(|row| row.chars().count() > 80), "{text}");
}

#[test]
fn errors_and_warnings_are_wrapped_too() {
    let folder = scene();
    let run = at_width(folder.path(), "read gone/and/not/there --size 1G --direct sometimes", 60).code(2);
    check_lines(&run.stderr, 60, "read");
    assert!(run.stderr.lines().count() > 1 && run.stderr.lines().skip(1).all(|line| line.starts_with("       ")));
    let run = at_width(folder.path(), "write x --size 64K --buffer-size 5000 --seed 1", 60).code(0);
    check_lines(&run.stderr, 60, "write");
    assert!(run.stderr.starts_with("warning: ") && run.stderr.contains("\n         "), "{}", run.stderr);
}

#[test]
fn each_text_is_in_one_system_of_units() {
    let folder = scene();
    let long = format!("verify {LONG}");
    let line = |args: &str, name: &str| {
        let text = dgen(folder.path(), args).code(0).text();
        text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {text}")).to_owned()
    };
    assert!(line(&long, "checked").starts_with("checked       2.00 MiB in "));
    assert!(line(&format!("{long} --si"), "checked").starts_with("checked       2.10 MB in "));
    assert!(line(&format!("--si {long}"), "throughput").ends_with("B/s"));
    assert!(line(&format!("measure {LONG} --si --no-compress"), "measured").contains("2.10 MB in 1 input"));
    for args in [
        long.clone(),
        format!("read {LONG}"),
        "bench fill --rounds 1 --buffer-size 64K".to_owned(),
        "info".to_owned(),
        "write x --force --size 1M --seed 1".to_owned(),
        "dataset verify set".to_owned(),
        "bench storage sweep --size 1M --buffer-size 64K --depth 1 --writers 1 --direct off".to_owned(),
    ] {
        let binary = dgen(folder.path(), &args).code(0).text();
        let decimal = dgen(folder.path(), &format!("{args} --si")).code(0).text();
        for unit in [" kB", " MB", " GB", " TB"] {
            assert!(!binary.contains(unit), "{args}: {binary}");
        }
        // Sizes that options take are exact, and written without a space.
        for unit in [" KiB", " MiB", " GiB", " TiB"] {
            assert!(!decimal.contains(unit), "{args}: {decimal}");
        }
    }
    assert_eq!(
        dgen(folder.path(), &format!("{long} --si --json")).code(0).json()["bytes_checked"],
        dgen(folder.path(), &format!("{long} --json")).code(0).json()["bytes_checked"]
    );
}

#[test]
fn colours_are_for_terminals_and_go_where_they_are_not_wanted() {
    let folder = scene();
    let coloured = |args: &str, setting: &[(&str, &str)]| {
        let mut command = command();
        command.args(args.split_whitespace()).envs(setting.iter().copied()).current_dir(folder.path());
        finished(command.output().unwrap())
    };
    let forced = coloured("verify bad --csv=x.csv --html=x.html --json=x.json", &[("CLICOLOR_FORCE", "1")]).code(3);
    assert!(forced.text().starts_with("\u{1b}[2mresult\u{1b}[0m        \u{1b}[31mdamaged: "), "{}", forced.text());
    for name in ["x.csv", "x.html", "x.json"] {
        assert!(!std::fs::read_to_string(folder.path().join(name)).unwrap().contains('\u{1b}'), "{name}");
    }
    for form in ["--json", "--csv"] {
        let run = coloured(&format!("verify bad {form}"), &[("CLICOLOR_FORCE", "1")]).code(3);
        assert!(!run.text().contains('\u{1b}'), "{}", run.text());
    }
    let ok = coloured(&format!("verify {LONG}"), &[("CLICOLOR_FORCE", "1")]).code(0).text();
    assert!(ok.contains("\u{1b}[32mok: "), "{ok}");
    let gone = coloured("verify gone", &[("CLICOLOR_FORCE", "1")]).code(1);
    assert!(gone.stderr.starts_with("\u{1b}[31merror:\u{1b}[0m "), "{}", gone.stderr);
    let plain = coloured("verify bad", &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).code(3);
    assert!(!plain.text().contains('\u{1b}'));
    // Escape codes take no room.
    let wrapped = coloured("verify bad", &[("CLICOLOR_FORCE", "1"), ("COLUMNS", "60")]).code(3).text();
    let bare = wrapped.replace("\u{1b}[2m", "").replace("\u{1b}[31m", "").replace("\u{1b}[0m", "");
    assert!(!bare.contains('\u{1b}'), "{bare}");
    check_lines(&bare, 60, "verify bad");
}

#[test]
fn a_terminal_has_colours_and_a_width() {
    let folder = scene();
    let shown = |setting: &str| {
        let program = command().get_program().to_string_lossy().into_owned();
        let line = format!("stty cols 60; {setting} {program} verify bad");
        let mut script = Command::new("script");
        script.args(["-qec", &line, "/dev/null"]).current_dir(folder.path());
        for name in ["COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            script.env_remove(name);
        }
        let output = script.env("TERM", "xterm").output().ok()?;
        Some(String::from_utf8(output.stdout).unwrap().replace('\r', ""))
    };
    let Some(text) = shown("") else { return skip("optional: there is no `script`, which makes terminals") };
    assert!(text.contains("\u{1b}[31mdamaged: ") && text.contains("\n              "), "{text}");
    for setting in ["NO_COLOR=1", "TERM=dumb", "CI=true TERM=dumb", "CI=true NO_COLOR=1"] {
        let text = shown(setting).unwrap();
        assert!(!text.contains("\u{1b}[31m") && text.contains("damaged: "), "{setting}: {text}");
    }
    assert!(shown("NO_COLOR=").unwrap().contains("\u{1b}[31m"));
}

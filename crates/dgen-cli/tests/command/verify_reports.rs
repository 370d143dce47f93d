//! The reports of `dgen verify` as CSV and as a page.

use std::fs;
use std::path::Path;

use crate::common::{command, dgen, finished, folder, patch, truncate, u64_of};

/// The fields of a line, with quotes undone.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            letter => fields.last_mut().unwrap().push(letter),
        }
    }
    fields
}

/// The rows, each with the names of its fields.
fn rows(csv: &str) -> Vec<Vec<(String, String)>> {
    let mut lines = csv.lines();
    let names = fields(lines.next().unwrap());
    let row = |line| {
        let fields = fields(line);
        assert_eq!(fields.len(), names.len(), "{line}");
        names.iter().cloned().zip(fields).collect()
    };
    lines.map(row).collect()
}

fn of<'r>(row: &'r [(String, String)], name: &str) -> &'r str {
    &row.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("{name}")).1
}

/// Three files of one set, of which the second is damaged in two places and the third is short.
fn damaged() -> tempfile::TempDir {
    let folder = folder();
    dgen(folder.path(), "write a b c --size 3M --seed 7").code(0);
    patch(&folder.path().join("b"), 4096, &[0; 8192]);
    patch(&folder.path().join("b"), 500_000, &[0x55; 16_000]);
    truncate(&folder.path().join("c"), 1_000_000);
    folder
}

#[test]
fn csv_has_a_row_for_each_file() {
    let folder = damaged();
    let run = dgen(folder.path(), "verify a b c --csv --json=report.json").code(3);
    let report: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    let rows = rows(&run.text());
    assert_eq!(rows.len(), 3);
    for (row, file) in rows.iter().zip(report["files"].as_array().unwrap()) {
        assert_eq!(of(row, "path"), file["path"].as_str().unwrap());
        assert_eq!(of(row, "ok") == "true", file["ok"] == true);
        for (name, key) in [
            ("bytes_checked", "bytes_checked"),
            ("bytes_bad", "bytes_bad"),
            ("valid_prefix", "valid_prefix"),
            ("ranges", "ranges_total"),
            ("offset", "offset"),
            ("size", "size"),
        ] {
            assert_eq!(of(row, name), u64_of(file, key).to_string(), "{name}");
        }
        assert_eq!(of(row, "recipe"), file["recipe"].as_str().unwrap());
        let kinds: u64 =
            row.iter().filter(|(name, _)| name.ends_with("_bytes")).map(|(_, n)| n.parse::<u64>().unwrap()).sum();
        assert_eq!(kinds, u64_of(file, "bytes_bad"));
    }
    assert_eq!((of(&rows[1], "zeroed_bytes"), of(&rows[1], "ranges")), ("8192", "2"));
    assert_eq!(of(&rows[2], "missing_bytes"), ((1 << 20) - 1_000_000).to_string());
    // A file of rows grows.
    dgen(folder.path(), "verify a --csv=runs.csv").code(0);
    assert!(dgen(folder.path(), "verify b --csv=runs.csv").code(3).text().starts_with("result"));
    let csv = fs::read_to_string(folder.path().join("runs.csv")).unwrap();
    assert_eq!(csv.lines().count(), 3, "{csv}");
    // What was left out has a row, too.
    fs::write(folder.path().join("unknown"), "no recipe").unwrap();
    let text = dgen(folder.path(), "verify . --csv").text();
    let left_out = self::rows(&text).into_iter().find(|row| of(row, "path").ends_with("unknown"));
    assert!(left_out.is_none_or(|row| of(&row, "ok") == "false" && !of(&row, "skipped").is_empty()), "{text}");
}

#[test]
fn the_page_shows_every_range() {
    let folder = damaged();
    dgen(folder.path(), "verify a b c --html=page.html --json=report.json").code(3);
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    let report: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    let ranges = report["ranges"].as_array().unwrap();
    assert!(ranges.len() >= 3);
    assert_eq!(page.matches("<rect class=\"damage\"").count(), ranges.len(), "{page}");
    for range in ranges {
        let told = format!("{} bytes at offset {}", u64_of(range, "length"), u64_of(range, "offset"));
        assert!(page.matches(&told).count() >= 2, "in the map and in the table: {told}\n{page}");
    }
    for part in ["damaged: ", "zeroed", "missing", "foreign", "Damage by kind", "valid prefix", "dgen1,seed=0x7"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for outside in ["http:", "https:", "<img", "<link", "url(", "@import", "NaN", "inf\""] {
        assert!(!page.contains(outside), "{outside}");
    }
    // What is right has a page, too; a range beyond the limit is said to be left out.
    dgen(folder.path(), "verify a --html=ok.html").code(0);
    let page = fs::read_to_string(folder.path().join("ok.html")).unwrap();
    assert!(page.contains("ok: every byte") && !page.contains("class=\"damage\""), "{page}");
    dgen(folder.path(), "verify b --limit 1 --html=limit.html").code(3);
    let page = fs::read_to_string(folder.path().join("limit.html")).unwrap();
    assert!(page.contains("1 range more, beyond --limit"), "{page}");
}

#[test]
fn folders_and_units_are_as_elsewhere() {
    let folder = folder();
    dgen(folder.path(), "write set --files 5 --size 5M --seed 3").code(0);
    dgen(folder.path(), "verify set --csv=s.csv --html=s.html --si").code(0);
    let csv = fs::read_to_string(folder.path().join("s.csv")).unwrap();
    assert_eq!(rows(&csv).len(), 5);
    let page = fs::read_to_string(folder.path().join("s.html")).unwrap();
    assert!(page.contains("5.24 MB in ") && !page.contains("MiB in "), "{page}");
    for rank in 0..2 {
        dgen(folder.path(), &format!("verify set --rank {rank} --ranks 2 --csv=r{{rank}}.csv --html=r{{rank}}.html"))
            .code(0);
        assert!(folder.path().join(format!("r{rank}.html")).exists());
    }
    let of_rank = |rank| rows(&fs::read_to_string(folder.path().join(format!("r{rank}.csv"))).unwrap()).len();
    assert_eq!(of_rank(0) + of_rank(1), 5);
    dgen(folder.path(), "verify set --rank 0 --ranks 2 --html=all.html").code(2).error_names(&["html", "{rank}"]);
}

#[test]
fn names_are_not_taken_for_html_or_fields() {
    let folder = folder();
    let name = "<img src=x onerror=alert(1)>&',\".bin";
    let run = |args: &[&str]| finished(command().args(args).current_dir(folder.path()).output().unwrap());
    run(&["write", name, "--size", "1M", "--seed", "1"]).code(0);
    patch(&folder.path().join(name), 4096, &[0; 4096]);
    run(&["verify", name, "--html=page.html", "--csv=rows.csv"]).code(3);
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;&amp;&#39;") && !page.contains("<img"), "{page}");
    let csv = fs::read_to_string(folder.path().join("rows.csv")).unwrap();
    assert!(csv.contains("\"<img src=x onerror=alert(1)>&',\"\".bin\""), "{csv}");
}

#[test]
fn reports_are_not_written_over_data_and_not_told_of_objects() {
    let folder = folder();
    dgen(folder.path(), "write a --size 1M --seed 1").code(0);
    let before = fs::read(folder.path().join("a")).unwrap();
    for form in ["csv", "html"] {
        let refused = |args: &str, code, parts: &[&str]| dgen(folder.path(), args).code(code).error_names(parts);
        refused(&format!("verify a --{form}=a --force"), 1, &["the same file as"]);
        fs::write(folder.path().join("mine"), "precious").unwrap();
        refused(&format!("verify a --{form}=mine"), 1, &["mine", "--force"]);
        dgen(folder.path(), &format!("verify a --{form}=mine --force")).code(0);
        if cfg!(feature = "object") {
            let url = format!("file://{}/objects", folder.path().display());
            refused(&format!("verify {url} --{form}=x"), 2, &["--csv or --html", "objects"]);
        }
        refused(&format!("dataset verify a --{form}=x"), 2, &[&format!("--{form}")]);
        assert!(!Path::new(&folder.path().join("x")).exists());
    }
    assert!(fs::read(folder.path().join("a")).unwrap() == before);
}

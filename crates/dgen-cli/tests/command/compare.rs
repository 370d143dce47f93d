//! `dgen report compare`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::common::html::elements;
use crate::common::{dgen, folder};

const SWEEP: &str =
    "bench storage a --size 1M --buffer-size 64K --depth 1,2 --writers 1,2 --direct off --rounds 2 --seed 5";

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The figures of a comparison with this name.
fn figures<'v>(comparison: &'v Value, name: &str) -> Vec<&'v Value> {
    comparison["figures"].as_array().unwrap().iter().filter(|figure| figure["name"] == name).collect()
}

#[test]
fn two_runs_are_set_side_by_side_and_what_else_differs_is_said_first() {
    let folder = folder();
    dgen(folder.path(), "write a --size 4M --seed 1 --buffer-size 64K --writers 1 --json=a.json").code(0);
    dgen(folder.path(), "write b --size 4M --seed 2 --buffer-size 1M --writers 2 --json=b.json").code(0);
    let run = dgen(folder.path(), "report compare a.json b.json").code(0);
    let text = run.text();
    let places =
        ["A  a.json: 20", "B  b.json: 20", "not the same:", "buffer size: 64KiB (A), 1MiB (B)", "throughput  "];
    let found: Vec<usize> =
        places.iter().map(|part| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"))).collect();
    assert!(found.is_sorted(), "{text}");
    assert!(text.contains("writers: 1 (A), 2 (B)") && !text.contains("recipe"), "seeds change no work: {text}");
    assert!(run.stderr.contains("warning: the runs differ in more than their figures: buffer size"), "{}", run.stderr);
    let comparison = dgen(folder.path(), "report compare a.json b.json --json").code(0).json();
    let (a, b) = (read(&folder.path().join("a.json")), read(&folder.path().join("b.json")));
    assert_eq!(comparison["compared"], "write");
    let rate = figures(&comparison, "throughput")[0];
    assert_eq!(
        (&rate["a"], &rate["b"], &rate["quantity"]),
        (&a["bytes_per_s"], &b["bytes_per_s"], &json!("bytes_per_s"))
    );
    let change = 100.0 * (b["bytes_per_s"].as_f64().unwrap() / a["bytes_per_s"].as_f64().unwrap() - 1.0);
    assert!((rate["change_percent"].as_f64().unwrap() - change).abs() < 1e-6, "{rate}");
    for name in ["I/Os per second", "latency p50", "latency p99", "processor time", "written"] {
        assert_eq!(figures(&comparison, name).len(), 1, "{name}");
    }
}

#[test]
fn points_of_sweeps_are_matched_and_spreads_decide() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    dgen(folder.path(), &format!("{SWEEP} --json=a.json")).code(0);
    let mut a = read(&at("a.json"));
    for point in a["points"].as_array_mut().unwrap() {
        (point["ranked"], point["unreliable"]) = (json!(true), json!([]));
    }
    let mut b = a.clone();
    let set = |report: &mut Value, index: usize, rates: [f64; 2]| {
        report["points"][index]["rates_bytes_per_s"] = json!(rates);
        report["points"][index]["bytes_per_s"] = json!(rates[0]);
    };
    for (index, (one, other)) in
        [([2e9, 3e9], [2.5e9, 4e9]), ([2e9, 2.1e9], [3e9, 3.1e9]), ([3e9, 3.1e9], [2e9, 2.1e9])].into_iter().enumerate()
    {
        set(&mut a, index, one);
        set(&mut b, index, other);
    }
    b["points"][1]["unreliable"] = json!(["noise <b>"]);
    b["points"].as_array_mut().unwrap()[3]["depth"] = json!(64);
    fs::write(at("a.json"), a.to_string()).unwrap();
    fs::write(at("b.json"), b.to_string()).unwrap();
    let comparison = dgen(folder.path(), "report compare a.json b.json --json --html=c.html").code(0).json();
    let points = figures(&comparison, "throughput of points");
    let outcomes: Vec<&str> = points.iter().map(|point| point["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["within-spread", "not-reliable", "worse", "only-a", "only-b"], "{comparison}");
    assert_eq!(points[0]["of"], "write, buffered, writers 1, buffer 64KiB, depth 1");
    assert_eq!((&points[0]["a_range"], &points[3]["b"]), (&json!([2e9, 3e9]), &Value::Null));
    let text = dgen(folder.path(), "report compare a.json b.json").code(0).text();
    for part in ["within the spread", "not reliable", "slower", "only in A", "only in B"] {
        assert_eq!(text.matches(part).count(), if part.starts_with("only") { 2 } else { 1 }, "{part}: {text}");
    }
    let page = elements(&fs::read_to_string(at("c.html")).unwrap());
    let pairs = page.iter().filter(|element| element.has_class("pair")).count();
    assert_eq!(pairs, comparison["figures"].as_array().unwrap().len());
    for words in ["within the spread", "not reliable", "slower"] {
        assert!(page.iter().any(|element| element.name == "small" && element.text == words), "{words}");
    }
}

#[test]
fn figures_of_one_round_are_said_to_have_no_spread() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    dgen(folder.path(), &format!("{SWEEP} --json=a.json")).code(0);
    let mut a = read(&at("a.json"));
    for point in a["points"].as_array_mut().unwrap() {
        point["rates_bytes_per_s"] = json!([point["bytes_per_s"]]);
        (point["ranked"], point["unreliable"]) = (json!(false), json!(["measured once"]));
    }
    let mut b = a.clone();
    b["points"][0]["bytes_per_s"] = json!(1e15);
    fs::write(at("a.json"), a.to_string()).unwrap();
    fs::write(at("b.json"), b.to_string()).unwrap();
    let run = dgen(folder.path(), "report compare a.json b.json").code(0);
    assert!(run.stderr.contains("no spread") && run.stderr.contains("--rounds"), "{}", run.stderr);
    let same = dgen(folder.path(), "report compare a.json a.json").code(0);
    assert_eq!(same.stderr, "");
}

#[test]
fn every_kind_is_the_same_as_itself() {
    let folder = folder();
    dgen(folder.path(), "write a --size 2M --seed 1 --json=write.json").code(0);
    dgen(folder.path(), "read a --json=read.json").code(0);
    dgen(folder.path(), "verify a --json=verify.json").code(0);
    dgen(folder.path(), "measure a --json=measure.json --model zfs").code(0);
    dgen(folder.path(), "bench fill --rounds 3 --buffer-size 64K --threads 1 --json=fill.json").code(0);
    dgen(folder.path(), &format!("{} --json=sweep.json", SWEEP.replace("storage a", "storage s"))).code(0);
    for (name, kind) in [
        ("write", "write"),
        ("read", "read"),
        ("verify", "verify"),
        ("measure", "measure"),
        ("fill", "bench fill"),
        ("sweep", "bench storage"),
    ] {
        let args = format!("report compare {name}.json {name}.json --json --html={name}.html");
        let comparison = dgen(folder.path(), &args).code(0).json();
        assert_eq!((&comparison["compared"], &comparison["differences"]), (&json!(kind), &json!([])));
        let all = comparison["figures"].as_array().unwrap();
        assert!(all.len() >= 4 && all.iter().all(|figure| figure["outcome"] == "same"), "{comparison}");
        elements(&fs::read_to_string(folder.path().join(format!("{name}.html"))).unwrap());
    }
}

#[test]
fn what_cannot_be_compared_is_named() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    dgen(folder.path(), "write a --size 1M --seed 1 --json=write.json").code(0);
    dgen(folder.path(), "read a --json=read.json").code(0);
    dgen(folder.path(), "read a --format fio --json=fio.json").code(0);
    dgen(folder.path(), "info --json=info.json").code(0);
    fs::write(at("text"), "no report").unwrap();
    fs::write(at("newer.json"), "{\"version\": \"99.1.0\", \"points\": []}").unwrap();
    for (other, parts) in [
        ("read.json", &["write.json", "`dgen write`", "read.json", "`dgen read`", "same command"][..]),
        ("fio.json", &["fio.json", "fio", "accepted: "]),
        ("info.json", &["info.json", "accepted: ", "bench storage"]),
        ("text", &["text", "no JSON", "accepted: "]),
        ("newer.json", &["newer.json", "99.1.0", "newer"]),
    ] {
        dgen(folder.path(), &format!("report compare write.json {other}")).code(2).error_names(parts);
    }
    dgen(folder.path(), "report compare write.json gone.json").code(1).error_names(&["gone.json"]);
    dgen(folder.path(), "report compare write.json").code(2);
}

#[test]
fn what_is_compared_is_not_written_over() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    dgen(folder.path(), "write a --size 1M --seed 1 --json=w.json").code(0);
    let before = fs::read(at("w.json")).unwrap();
    for form in ["json", "html"] {
        let args = format!("report compare w.json w.json --{form}=w.json --force");
        dgen(folder.path(), &args).code(1).error_names(&["the same file as"]);
        fs::write(at("mine"), "precious").unwrap();
        let args = format!("report compare w.json w.json --{form}=mine");
        dgen(folder.path(), &args).code(1).error_names(&["mine", "--force"]);
        dgen(folder.path(), &format!("{args} --force")).code(0);
        dgen(folder.path(), &args).code(0);
        fs::remove_file(at("mine")).unwrap();
    }
    assert_eq!(fs::read(at("w.json")).unwrap(), before);
}

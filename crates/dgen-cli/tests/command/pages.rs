//! Pages of HTML: that they stand alone, take nothing for HTML, and show every point.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::html::{Element, elements};
use crate::common::{command, dgen, finished, folder};

/// A name that would be HTML.
const EVIL: &str = "<img src=x onerror=alert(1)>&'.bin";

/// Eight points of each mode.
const SWEEP: &str = "--size 2M --buffer-size 64K,256K --depth 1,2 --writers 1,2 --direct off --rounds 3 --seed 5";

/// A page, read strictly; what must be so of every page is so.
fn page(path: &Path) -> (String, Vec<Element>) {
    let text = fs::read_to_string(path).unwrap();
    let all = elements(&text);
    for outside in
        ["http:", "https:", "//", "<img", "<link", "url(", "@import", "javascript:", "onclick", "NaN", ">inf"]
    {
        assert!(!text.contains(outside), "{outside} in {}", path.display());
    }
    let count = |name: &str| all.iter().filter(|element| element.name == name).count();
    assert_eq!([count("html"), count("style"), count("script"), count("h1")], [1, 1, 1, 1]);
    let policy = all.iter().find_map(|element| element.get("content").filter(|_| element.get("http-equiv").is_some()));
    assert!(
        policy.unwrap().starts_with("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-"),
        "{policy:?}"
    );
    let mut ids: Vec<&str> = all.iter().filter_map(|element| element.get("id")).collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
    for plot in all.iter().filter(|element| element.has_class("plot")) {
        assert!(plot.get("viewBox").is_none() && plot.get("width") == Some("100%"), "its text would shrink: {plot:?}");
        assert_eq!(plot.get("role"), Some("img"));
        let names = plot.get("aria-labelledby").unwrap().split(' ');
        assert!(names.into_iter().all(|name| ids.contains(&name)), "{plot:?}");
    }
    for region in all.iter().filter(|element| element.has_class("scroll")) {
        assert_eq!((region.get("tabindex"), region.get("role")), (Some("0"), Some("region")));
    }
    (text, all)
}

fn with_class<'e>(all: &'e [Element], class: &str) -> Vec<&'e Element> {
    all.iter().filter(|element| element.has_class(class)).collect()
}

/// What is told of each point, drawn by drawn.
fn told(all: &[Element]) -> Vec<&str> {
    let pairs = all.windows(2).filter(|pair| pair[0].has_class("told") && pair[1].name == "title");
    pairs.map(|pair| pair[1].text.as_str()).collect()
}

fn report(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_sweep_shows_every_point_in_plots_and_in_a_table() {
    let folder = folder();
    dgen(folder.path(), &format!("bench storage a {SWEEP} --mode both --html=s.html --json=s.json")).code(0);
    let ((text, all), report) = (page(&folder.path().join("s.html")), report(&folder.path().join("s.json")));
    let points = report["points"].as_array().unwrap();
    assert_eq!(points.len(), 16);
    // Once over depth, once latency over throughput.
    let told = told(&all);
    assert_eq!(told.len(), 32);
    for point in points {
        let mode = point["mode"].as_str().unwrap();
        let (workers, buffer) = (&point["writers"], point["buffer_size"].as_u64().unwrap() >> 10);
        let kind = if mode == "read" { "reader" } else { "writer" };
        let plural = if *workers == 1 { "" } else { "s" };
        let of = format!("{mode}, buffered, {workers} {kind}{plural}, buffer {buffer}KiB, depth {}", point["depth"]);
        let found: Vec<&&str> = told.iter().filter(|text| text.starts_with(&of)).collect();
        assert_eq!(found.len(), 2, "{of} in {told:?}");
        for part in ["iB/s (", " rounds)", "I/Os per s", "p99 ", "CPU s/GiB"] {
            assert!(found[0].contains(part), "{part}: {}", found[0]);
        }
    }
    // Small plots for writers and readers, one and two of them.
    assert_eq!(with_class(&all, "panel").len(), 4);
    assert_eq!((with_class(&all, "whisker").len(), with_class(&all, "join").len()), (16, 8));
    let sortable = with_class(&all, "sortable");
    assert_eq!((sortable.len(), with_class(&all, "pair").len()), (1, 0));
    assert_eq!(all.iter().filter(|element| element.name == "td" && element.get("data-key").is_some()).count(), 16 * 8);
    assert_eq!(with_class(&all, "bar-cell").len(), 16);
    assert_eq!(text.matches("<tr class=\"best").count(), 2, "the best write and the best read");
    let unreliable = points.iter().filter(|point| !point["unreliable"].as_array().unwrap().is_empty()).count();
    assert_eq!(all.iter().filter(|element| element.name == "tr" && element.has_class("faint")).count(), unreliable);
    assert_eq!(
        all.iter().filter(|element| element.has_class("dot") && element.has_class("faint")).count(),
        2 * unreliable
    );
    assert_eq!(all.iter().filter(|element| element.name == "circle" && element.has_class("best")).count(), 4);
}

#[test]
fn pages_say_where_they_come_from() {
    let folder = folder();
    let path = folder.path().join("s.html");
    dgen(folder.path(), &format!("bench storage a {SWEEP} --html=s.html")).code(0);
    let mut run = command();
    run.args(["write", "two words", "--size", "1M", "--html=w.html"]).current_dir(folder.path());
    finished(run.output().unwrap()).code(0);
    dgen(folder.path(), "measure a.b --html=m.html").code(1);
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    for (page_at, command) in [(path, "dgen"), (folder.path().join("w.html"), "dgen")] {
        let (text, all) = page(&page_at);
        let date = all.iter().find(|element| element.text.len() == 20 && element.text.ends_with('Z')).unwrap();
        assert!(date.text.starts_with("20") && date.text.as_bytes()[10] == b'T', "{date:?}");
        assert!(all.iter().any(|element| element.text == host.trim()), "{host}");
        let words = all.iter().skip_while(|element| element.name != "code").skip(1);
        assert!(words.take_while(|element| element.has_class("word")).any(|element| element.text == command));
        for name in ["date", "command", "version", "host name", "host", "memory", "file system"] {
            assert!(text.contains(&format!("<th scope=\"row\">{name}</th>")), "{name}");
        }
    }
    let (_, all) = page(&folder.path().join("w.html"));
    // As a shell takes it.
    let words: Vec<&str> = with_class(&all, "word").iter().map(|element| element.text.as_str()).collect();
    assert!(words.windows(2).any(|pair| pair == ["'two", "words'"]), "{words:?}");
}

#[test]
fn warnings_look_like_warnings() {
    let folder = folder();
    dgen(folder.path(), "write a --size 1M --html=w.html").code(0);
    let (text, all) = page(&folder.path().join("w.html"));
    let boxes = with_class(&all, "warnings");
    assert_eq!(boxes.len(), text.matches("<strong>Warning").count());
    dgen(folder.path(), &format!("bench storage a {SWEEP} --force --html=s.html")).code(0);
    let (_, all) = page(&folder.path().join("s.html"));
    let boxes = with_class(&all, "warnings");
    assert!(boxes.len() == 1 && boxes[0].get("role") == Some("alert"), "points of 2 MiB are brief: {boxes:?}");
}

#[test]
fn nothing_from_outside_is_taken_for_html() {
    let folder = folder();
    let run = |args: &[&str]| {
        let mut run = command();
        run.args(args).current_dir(folder.path());
        finished(run.output().unwrap()).code(0)
    };
    run(&["write", EVIL, "--size", "2M", "--html=w.html", "--json=w.json"]);
    run(&["read", EVIL, "--html=r.html"]);
    run(&["measure", EVIL, "--html=m.html"]);
    run(&["bench", "storage", EVIL, "--mode", "read", "--buffer-size", "64K", "--depth", "1", "--html=s.html"]);
    fs::copy(folder.path().join("w.json"), folder.path().join(EVIL.replace(".bin", ".json"))).unwrap();
    run(&["report", "compare", "w.json", &EVIL.replace(".bin", ".json"), "--html=c.html"]);
    for name in ["w", "r", "m", "s", "c"] {
        let (text, all) = page(&folder.path().join(format!("{name}.html")));
        assert!(text.contains("&lt;img src=x onerror=alert(1)&gt;&amp;&#39;"), "{name}");
        assert!(all.iter().all(|element| element.name != "img" && element.get("onerror").is_none()), "{name}");
    }
}

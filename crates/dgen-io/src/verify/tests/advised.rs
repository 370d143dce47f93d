//! What the page cache is told, and what reports say of it.

use super::*;
use crate::options::order::Order;
use crate::read::{options::ReadOptions, read, report::ReadReport};
use crate::storage::{advice::Advice, page_cache::Dropped, page_cache::drop_cached};

fn reading(path: &Path, direct: DirectMode, advice: Advice, order: Order) -> ReadReport {
    let mut options = ReadOptions { direct, advice, ..ReadOptions::default() };
    options.io.order = order;
    let outcome = read(&[path.to_owned()], &options, Watch::default()).unwrap();
    assert!(outcome.error.is_none());
    outcome.report
}

#[test]
fn dirty_pages_are_made_durable_and_dropped() {
    let folder = folder();
    let (path, content) = (folder.path().join("f"), vec![7; 3_000_001]);
    fs::write(&path, &content).unwrap();
    assert!(is_cached(&path));
    match drop_cached(&path).unwrap() {
        Dropped::Yes => assert!(!is_cached(&path)),
        other => println!("skipped: optional: {other:?} in the folder of the tests"),
    }
    assert!(fs::read(&path).unwrap() == content);
}

#[test]
fn advice_follows_the_order_unless_it_is_given() {
    let folder = folder();
    let path = folder.path().join("f");
    fs::write(&path, vec![7; 300_000]).unwrap();
    for (advice, order, name, reason) in [
        (Advice::Auto, Order::Sequential, "sequential", "order is sequential"),
        (Advice::Auto, Order::Random(1), "random", "order is random"),
        (Advice::Random, Order::Sequential, "random", "asked"),
        (Advice::None, Order::Sequential, "none", "asked"),
        (Advice::WillNeed, Order::Sequential, "willneed", "asked"),
    ] {
        let report = reading(&path, DirectMode::Off, advice, order);
        assert_eq!(report.advice, name);
        assert!(report.advice_reason.contains(reason), "{}", report.advice_reason);
    }
}

#[test]
fn where_there_is_no_cache_to_advise_reports_say_so() {
    let folder = folder();
    let path = folder.path().join("f");
    fs::write(&path, vec![7; 300_000]).unwrap();
    let report = reading(&path, DirectMode::Auto, Advice::DontNeed, Order::Sequential);
    let (name, words) = if report.run.direct { ("none", "direct I/O") } else { ("dontneed", "asked") };
    assert_eq!(report.advice, name);
    assert!(report.advice_reason.contains(words), "{report:?}");
    assert!(!report.run.warnings.iter().any(|text| text.contains("advice")), "{report:?}");

    let memory = tempfile::tempdir_in("/dev/shm").unwrap();
    let path = memory.path().join("f");
    let case = Case { offset: 0, file_offset: 0, size: 100_000, damage: Vec::new(), cut: None };
    case.write(&path);
    let options = VerifyOptions { advice: Advice::DontNeed, ..VerifyOptions::default() };
    let report = verify_on(&Real::new(), vec![case.job(&path)], &options, Watch::default()).unwrap().report;
    assert!(report.ok && report.advice == "none" && report.advice_reason.contains("memory"), "{report:?}");
    assert!(report.warnings.iter().any(|text| text.contains("dontneed is not followed")), "{report:?}");
}

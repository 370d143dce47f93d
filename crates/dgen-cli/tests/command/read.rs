//! `dgen read`.

use crate::common::{dgen, folder, u64_of};

#[test]
fn files_are_read_whole() {
    let folder = folder();
    dgen(folder.path(), "write a b --size 5000001").code(0);
    for options in ["", "--direct off", "--readers 3 --buffer-size 8K"] {
        let report = dgen(folder.path(), &format!("read a b --json {options}")).code(0).json();
        assert_eq!(u64_of(&report, "bytes_read"), 5_000_001);
        assert_eq!(
            u64_of(&report["files"][0], "valid_prefix") + u64_of(&report["files"][1], "valid_prefix"),
            5_000_001
        );
    }
    let part = dgen(folder.path(), "read a b --size 3000000 --json").code(0).json();
    assert_eq!(u64_of(&part, "bytes_read"), 3_000_000);
    assert!(dgen(folder.path(), "read a").code(0).text().contains("throughput"));
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let folder = folder();
    dgen(folder.path(), "read gone").code(1).error_names(&["gone"]);
    dgen(folder.path(), "read .").code(2).error_names(&["no files"]);
    std::fs::write(folder.path().join("empty"), "").unwrap();
    dgen(folder.path(), "read empty").code(2).error_names(&["nothing to read"]);
    std::fs::write(folder.path().join("small"), "small").unwrap();
    dgen(folder.path(), "read small --size 6").code(2).error_names(&["size", "6", "at most 5"]);
}

#[test]
fn advice_is_given_and_reported() {
    let folder = folder();
    dgen(folder.path(), "write a --size 5000001").code(0);
    for (options, name) in [
        ("", "sequential"),
        ("--order random", "random"),
        ("--advise none", "none"),
        ("--advise random", "random"),
        ("--advise willneed", "willneed"),
    ] {
        let report = dgen(folder.path(), &format!("read a --no-direct --json {options}")).code(0).json();
        assert_eq!(report["advice"], name, "{options}");
    }
    let report = dgen(folder.path(), "read a --advise dontneed --no-direct --json").code(0).json();
    let warned = report["warnings"].as_array().unwrap().iter().any(|text| text.as_str().unwrap().contains("dontneed"));
    assert_eq!(report["advice"] == "none", warned, "{report}");
    let report = dgen(folder.path(), "read a --advise dontneed --json").code(0).json();
    if report["direct"] == true {
        assert_eq!(report["advice"], "none");
        assert!(report["advice_reason"].as_str().unwrap().contains("direct I/O"), "{report}");
    }
    let text = dgen(folder.path(), "read a --no-direct --advise random").code(0).text();
    assert!(text.contains("random: it was asked for"), "{text}");
    dgen(folder.path(), "read a --advise often").code(2).error_names(&["`often`", "willneed"]);
}

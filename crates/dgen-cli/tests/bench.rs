//! `dgen bench fill` and `dgen info`.

mod common;

use common::{dgen, folder, u64_of};

#[test]
fn fill_reports_every_case() {
    let folder = folder();
    let args = "bench fill --json --rounds 1 --buffer-size 64K,1M --dedup-ratio 1,2 --compress-ratio 1,3/2 --threads 2";
    let report = dgen(folder.path(), args).code(0).json();
    let cases = report["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 4 * (1 + 2));
    for case in cases {
        for key in ["bytes_per_s", "limit_bytes_per_s", "ratio_to_limit"] {
            assert!(case[key].as_f64().unwrap() > 0.0, "{case}");
        }
        assert!(u64_of(case, "buffer") >= 65536 && u64_of(case, "threads") >= 1);
        assert!(case["recipe"].as_str().unwrap().starts_with("dgen1,seed=0x1"));
        assert_eq!(case["kernel"], report["kernel"]);
    }
    let fill_at = report["fill_at"].as_array().unwrap();
    assert_eq!(fill_at.len(), 4 * 2);
    assert!(fill_at.iter().all(|case| case["mean_ns"].as_f64().unwrap() > 0.0));
    dgen(folder.path(), "bench fill --buffer-size 100").code(2).error_names(&["--buffer-size", "100", "4 KiB"]);
}

#[test]
fn info_describes_the_machine() {
    let folder = folder();
    let info = dgen(folder.path(), "info --json").code(0).json();
    assert!(u64_of(&info, "threads") >= 1);
    assert_eq!(info["io_uring"].as_bool().unwrap(), info["io_uring_reason"].is_null());
    assert!(info["kernels"].as_array().unwrap().contains(&info["kernel"]));
    assert!(u64_of(&info["topology"], "logical_cpus") >= 1);
    assert!(info["folder"]["attributes"].is_boolean());
    assert_eq!(common::names(folder.path()).len(), 0, "the test file is gone");
    assert!(dgen(folder.path(), "info").code(0).text().contains("kernel"));
}

//! `dgen bench fill`, with `--scaling` too, and `dgen info`.

use crate::common::{dgen, folder, u64_of};

#[test]
fn fill_reports_every_case() {
    let folder = folder();
    let args = "bench fill --json --rounds 1 --buffer-size 64K,1M --dedup-ratio 1,2 --compress-ratio 1,3/2 --threads 2 \
                --recipe dgen1,seed=1,texture=tensor";
    let report = dgen(folder.path(), args).code(0).json();
    let cases = report["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 5 * (1 + 2));
    for case in cases {
        for key in ["bytes_per_s", "limit_bytes_per_s", "ratio_to_limit"] {
            assert!(case[key].as_f64().unwrap() > 0.0, "{case}");
        }
        assert!(u64_of(case, "buffer") >= 65536 && u64_of(case, "threads") >= 1);
        assert!(case["recipe"].as_str().unwrap().starts_with("dgen1,seed=0x1"));
        assert_eq!(case["kernel"], report["kernel"]);
    }
    let fill_at = report["fill_at"].as_array().unwrap();
    assert_eq!(fill_at.len(), 5 * 2);
    assert!(fill_at.iter().all(|case| case["mean_ns"].as_f64().unwrap() > 0.0));
    dgen(folder.path(), "bench fill --buffer-size 100").code(2).error_names(&["--buffer-size", "100", "4 KiB"]);
}

#[test]
fn scaling_measures_each_number_of_threads_beside_its_own_limit() {
    let folder = folder();
    let args =
        "bench fill --scaling --threads-list 1,2,3 --rounds 1 --buffer-size 1MiB,100000 --dedup-ratio 1,2 --json=f";
    let text = dgen(folder.path(), args).code(0).text();
    assert!(text.contains("efficiency") && text.contains("store limit"), "{text}");
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.path().join("f")).unwrap()).unwrap();
    let series = report["series"].as_array().unwrap();
    let kinds: Vec<(u64, &str)> = series.iter().map(|s| (u64_of(s, "buffer"), s["recipe"].as_str().unwrap())).collect();
    let recipes = ["dgen1,seed=0x1", "dgen1,seed=0x1,dedup=2"];
    let expected = [1 << 20, 102_400].map(|buffer| recipes.map(|recipe| (buffer, recipe)));
    assert_eq!(kinds, expected.concat());
    for series in series {
        let points = series["points"].as_array().unwrap();
        assert_eq!(points.iter().map(|point| u64_of(point, "threads")).collect::<Vec<_>>(), [1, 2, 3]);
        let number = |point: &serde_json::Value, key: &str| point[key].as_f64().unwrap();
        for point in points {
            let per_thread = |point| number(point, "bytes_per_s") / u64_of(point, "threads") as f64;
            let efficiency = per_thread(point) / per_thread(&points[0]);
            assert!((number(point, "efficiency") - efficiency).abs() < 1e-9);
            let ratio = number(point, "bytes_per_s") / number(point, "limit_bytes_per_s");
            assert!((number(point, "ratio_to_limit") - ratio).abs() < 1e-9 && ratio > 0.0);
            let cores = u64_of(point, "physical_cores");
            assert!((1..=u64_of(point, "threads")).contains(&cores) && u64_of(point, "nodes") >= 1);
        }
    }
    dgen(folder.path(), "bench fill --scaling --threads-list 0").code(2).error_names(&["--threads-list", "1 to 4096"]);
    dgen(folder.path(), "bench fill --threads-list 2").code(2).error_names(&["--scaling"]);
    dgen(folder.path(), "bench fill --scaling --threads 2").code(2).error_names(&["--threads"]);
}

#[test]
fn info_says_what_to_expect_of_a_recipe() {
    let folder = folder();
    let recipe = "dgen1,seed=0x1,block=4MiB,dedup=2";
    let found = dgen(folder.path(), &format!("info --recipe {recipe} --json")).code(0).json();
    assert_eq!((&found["recipe"], u64_of(&found, "block")), (&recipe.into(), 4 << 20));
    let restic = &found["chunkers"]["restic"];
    assert_eq!(u64_of(restic, "avg"), 1 << 20);
    let share = restic["share"].as_f64().unwrap();
    assert!((0.45..0.6).contains(&share), "{restic}");
    assert!((restic["dedup_ratio"].as_f64().unwrap() - 1.0 / (1.0 - share / 2.0)).abs() < 1e-9);
    let text = dgen(folder.path(), &format!("info --recipe {recipe}")).code(0).text();
    assert!(text.contains("casync") && text.contains("% of the duplicates"), "{text}");
    let text = dgen(folder.path(), "info --recipe dgen1,seed=1").code(0).text();
    assert!(text.contains("dedup         1,") && !text.contains("casync"), "{text}");
    dgen(folder.path(), "info --recipe dgen1,seed=1 --for").code(2).error_names(&["--recipe", "--for"]);
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
    assert_eq!(crate::common::names(folder.path()).len(), 0, "the test file is gone");
    assert!(dgen(folder.path(), "info").code(0).text().contains("kernel"));
}

//! `--auto`, `--verify`, and the names that people know from elsewhere.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use crate::common::{command, dgen, finished, folder, len, names, recipe, stream, u64_of};

#[test]
fn auto_says_what_it_chose_and_why() {
    let folder = folder();
    let text = dgen(folder.path(), "write f --size 200MiB --auto --seed 1").code(0).text();
    assert!(text.matches("tried").count() >= 2 && text.contains("chosen") && text.contains("/s"), "{text}");
    dgen(folder.path(), "verify f").code(0);
    assert_eq!(names(folder.path()).len(), 1);
    let report =
        dgen(folder.path(), "write f --size 200MiB --auto --num-writers 2 --buffer-size 512K --json --force").code(0);
    let report = report.json();
    let tuning = &report["tuning"];
    assert_eq!(tuning["kept"], serde_json::json!(["writers", "buffer_size"]));
    for step in tuning["steps"].as_array().unwrap() {
        assert_eq!((u64_of(step, "writers"), u64_of(step, "buffer_size")), (2, 512 << 10));
    }
    assert_eq!(tuning["chosen"]["depth"], report["depth"]);
    let text = dgen(folder.path(), "read f --auto").code(0).text();
    assert!(text.contains("tried") && text.contains("chosen"), "{text}");
    let text = dgen(folder.path(), "write g --size 1 --auto --verify").code(0).text();
    assert!(text.contains("too little data"), "{text}");
    assert_eq!(len(&folder.path().join("g")), 1);
    let plain = dgen(folder.path(), "write h --size 1MiB --json").code(0).json();
    assert!(plain["tuning"].is_null() && plain["verify"].is_null() && plain["resumed"].is_null());
}

#[test]
fn damage_between_writing_and_reading_back_is_found() {
    let folder = folder();
    let path = folder.path().join("f");
    let args = "write f --size 32MiB --verify --direct off --rate 20M --json --seed 5";
    let mut command = command();
    command.args(args.split_whitespace()).current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Its first page is written at once; from then on it is spoilt over and over.
    while child.try_wait().unwrap().is_none() {
        if let Ok(file) = OpenOptions::new().write(true).open(&path)
            && file.metadata().is_ok_and(|metadata| metadata.len() > 4096)
        {
            file.write_all_at(&[0; 4096], 0).unwrap();
        }
        sleep(Duration::from_millis(1));
    }
    let report = finished(child.wait_with_output().unwrap()).code(3).json();
    assert_eq!(report["error"], serde_json::Value::Null);
    assert_eq!(u64_of(&report, "bytes_written"), 32 << 20);
    let found = &report["verify"];
    assert_eq!((&found["ok"], u64_of(found, "bytes_bad")), (&false.into(), 4096));
    assert_eq!(found["ranges"][0]["kind"], "zeroed");
}

#[test]
fn reading_back_says_how() {
    let folder = folder();
    let text = dgen(folder.path(), "write f --size 10000001 --verify --direct off").code(0).text();
    assert!(text.contains("read back") && text.contains("ok: every byte"), "{text}");
    dgen(folder.path(), "write /dev/null --size 1M --verify").code(2).error_names(&["/dev/null", "read back"]);
    dgen(folder.path(), "write - --size 1M --verify").code(2);
}

#[test]
fn known_names_are_accepted() {
    let folder = folder();
    let args = "write --auto --size 3MB --buffer-size 1MB --buffer-count 64 --num-writers 2 --no-direct --max-threads 2 \
                --numa-mode auto --output f --json";
    let report = dgen(folder.path(), args).code(0).json();
    assert_eq!((&report["direct"], u64_of(&report, "writers")), (&false.into(), 2));
    let path = folder.path().join("f");
    assert!(std::fs::read(&path).unwrap() == stream(&recipe(&report), 0, 3_000_000));
    for mode in ["uma", "disabled", "disable"] {
        dgen(folder.path(), &format!("write f --force --size 1MiB --numa-mode {mode}")).code(0);
        dgen(folder.path(), &format!("read f --numa-mode {mode}")).code(0);
    }
    dgen(folder.path(), "write f --size 1MiB --numa-mode sometimes").code(2).error_names(&["--numa-mode", "sometimes"]);
}

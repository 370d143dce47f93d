//! Whether the device was read or memory, and what is said of it.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::{Mount, Run, command, dgen, finished, folder, may_mount, skip, u64_of};
use serde_json::Value;

const SIZE: usize = 3_000_001;

/// What a report says of its only file.
fn origin(report: &Value) -> &str {
    report["files"][0]["data_read_from"].as_str().unwrap_or_else(|| panic!("{report}"))
}

fn warnings(report: &Value) -> String {
    report["warnings"].to_string()
}

/// Changes a byte of a file on the device, behind the back of its file system: in the image that it lies in.
fn damage(image: &Path, file: &Path, at: usize) {
    let (content, disk) = (fs::read(file).unwrap(), fs::read(image).unwrap());
    let sought = &content[at / 1024 * 1024..content.len().min(at / 1024 * 1024 + 1024)];
    let place =
        disk.windows(sought.len()).step_by(1024).position(|window| window == sought).unwrap() * 1024 + at % 1024;
    File::options().write(true).open(image).unwrap().write_all_at(&[!disk[place]], place as u64).unwrap();
}

#[test]
fn damage_behind_the_page_cache_is_found() {
    let folder = folder();
    let Some(mount) = Mount::ext4(folder.path(), 16 << 20) else { return };
    let (path, image) = (mount.0.join("f"), folder.path().join("image"));
    dgen(&mount.0, &format!("write f --size {SIZE} --seed 7 --direct off")).code(0);
    let durable = || File::open(&path).unwrap().sync_all().unwrap();
    durable();
    // In its middle, and in the last sector, which is no whole one.
    for at in [1_500_000, SIZE - 1] {
        // The content is in memory from here on, and right.
        assert_eq!(fs::read(&path).unwrap().len(), SIZE);
        damage(&image, &path, at);
        dgen(&mount.0, "verify f --cached").code(0);
        let report = dgen(&mount.0, "verify f --json").code(3).json();
        let (range, bad) = (&report["ranges"][0], u64_of(&report, "bytes_bad"));
        assert_eq!((u64_of(range, "offset"), bad), (at as u64, 1), "{report}");
        assert_ne!(origin(&report), "compared_in_memory", "{report}");
        for options in
            ["--direct off", "--direct on", "--direct off --file-offset 1000", "--advise willneed --direct off"]
        {
            dgen(&mount.0, &format!("verify f {options}")).code(3);
        }
        // Continuing a write looks for the same.
        let resumed = dgen(&mount.0, "write f --resume --force --json").code(0).json();
        assert_eq!(u64_of(&resumed["resumed"]["files"][0]["damage"], "offset"), at as u64, "{resumed}");
        assert!(resumed["resumed"]["files"][0]["data_read_from"].is_string(), "{resumed}");
        dgen(&mount.0, "verify f").code(0);
        durable();
    }
}

#[test]
fn a_loop_device_that_caches_is_not_taken_for_a_device() {
    let folder = folder();
    let Some(mount) = Mount::ext4(folder.path(), 16 << 20) else { return };
    dgen(&mount.0, "write f --size 100000").code(0);
    let report = dgen(&mount.0, "verify f --json").code(0).json();
    if report["direct"] == false {
        return skip("optional: no direct I/O on a loop device");
    }
    assert_eq!(origin(&report), "direct_the_file_system_may_cache", "{report}");
    assert_eq!(report["data_read_from"], "direct_the_file_system_may_cache");
    assert!(warnings(&report).contains("page cache"), "{report}");
    let text = dgen(&mount.0, "verify f").code(0).text();
    assert!(text.contains("data          direct, the file system may cache: loop"), "{text}");
    let report = dgen(&mount.0, "verify f --direct off --json").code(0).json();
    assert_eq!(origin(&report), "compared_in_memory", "{report}");
}

#[test]
fn a_mapped_file_in_an_overlay_is_told_by_its_layers() {
    if !may_mount() {
        return;
    }
    let folder = folder();
    let memory = tempfile::tempdir_in("/dev/shm").unwrap();
    let places = |upper: &Path| {
        ["lower", "work", "upper"].map(|name| {
            let place = if name == "lower" { folder.path().join(name) } else { upper.join(name) };
            fs::create_dir_all(&place).unwrap();
            place
        })
    };
    fs::create_dir(folder.path().join("top")).unwrap();
    let place = folder.path().join("top");
    let below = origin(&{
        dgen(folder.path(), "write below --size 100000").code(0);
        dgen(folder.path(), "verify below --json").code(0).json()
    })
    .to_owned();
    for (upper, expected) in [(folder.path(), below.as_str()), (memory.path(), "compared_in_memory")] {
        let [lower, work, upper] = places(upper);
        let layers = format!("lowerdir={},upperdir={},workdir={}", lower.display(), upper.display(), work.display());
        let Some(mount) =
            Mount::done(&place, Command::new("mount").args(["-t", "overlay", "o", "-o", &layers]).arg(&place))
        else {
            return;
        };
        dgen(&mount.0, "write f --size 100001 --seed 1 --direct off").code(0);
        // What the cache holds of it belongs to the layer's file.
        assert_eq!(fs::read(mount.0.join("f")).unwrap().len(), 100_001);
        let report = dgen(&mount.0, "verify f --recipe dgen1,seed=1 --size 100001 --json").code(0).json();
        assert_eq!(origin(&report), expected, "{report}");
    }
}

#[test]
fn what_memory_answers_is_said() {
    let (folder, memory) = (folder(), tempfile::tempdir_in("/dev/shm").unwrap());
    dgen(folder.path(), "write a --size 100000 --seed 1").code(0);
    let b = memory.path().join("b");
    dgen(folder.path(), &format!("write {} --size 100000 --seed 1", b.display())).code(0);
    for options in ["", "--direct off", "--advise dontneed"] {
        let report = dgen(memory.path(), &format!("verify b --recipe dgen1,seed=1 --size 100000 --json {options}"));
        let report = report.code(0).json();
        assert_eq!((origin(&report), &report["data_read_from"]), ("compared_in_memory", &"compared_in_memory".into()));
        assert!(warnings(&report).contains("compared in memory"), "{report}");
    }
    // Where it was asked for it is no warning.
    for path in ["a", b.to_str().unwrap()] {
        let report =
            dgen(folder.path(), &format!("verify {path} --seed 1 --size 100000 --cached --json")).code(0).json();
        assert_eq!((origin(&report), warnings(&report).as_str()), ("compared_in_memory", "[]"), "{report}");
        let report = dgen(folder.path(), &format!("read {path} --cached --json")).code(0).json();
        assert_eq!((origin(&report), warnings(&report).as_str()), ("compared_in_memory", "[]"), "{report}");
    }
    let mixed = format!("verify a {} --seed 1 --size 200000", b.display());
    let report = dgen(folder.path(), &format!("{mixed} --json")).json();
    assert_eq!(
        (report["data_read_from"].as_str(), &report["files"][1]["data_read_from"]),
        (Some("compared_in_memory"), &"compared_in_memory".into())
    );
    if origin(&report) != "compared_in_memory" {
        let text = dgen(folder.path(), &mixed).text();
        assert!(text.contains("1 file: compared in memory") && text.contains(", compared in memory\n"), "{text}");
    }
    let gone = dgen(folder.path(), "write d --files 2 --size 100000").code(0);
    assert!(gone.text().contains("wrote"));
    fs::remove_file(folder.path().join("d/dgen-000001")).unwrap();
    let report = dgen(folder.path(), "verify d --json").code(3).json();
    assert!(report["files"][1]["data_read_from"].is_null() && report["files"][1]["absent"] == true, "{report}");
}

#[test]
fn standard_input_has_no_device() {
    let folder = folder();
    dgen(folder.path(), "write f --size 100000 --seed 1").code(0);
    let file = File::open(folder.path().join("f")).unwrap();
    let mut verify = command();
    let verify = verify.args("verify - --seed 1 --size 100000".split(' ')).stdin(Stdio::from(file)).output().unwrap();
    let text = finished(verify).code(0).text();
    assert!(text.contains("data          compared in memory") && !text.contains("warning"), "{text}");
}

#[test]
fn reading_and_reading_back_say_it_too() {
    let folder = folder();
    let report = dgen(folder.path(), "write f --size 1000001 --verify --json").code(0).json();
    assert!(report["files"][0]["data_read_from"].is_null(), "{report}");
    let verified = origin(&report["verify"]).to_owned();
    for options in ["", "--direct auto"] {
        assert_eq!(origin(&dgen(folder.path(), &format!("verify f --json {options}")).code(0).json()), verified);
        let read = dgen(folder.path(), &format!("read f --json {options}")).code(0).json();
        assert_eq!((origin(&read), read["data_read_from"].as_str()), (&*verified, Some(&*verified)), "{read}");
    }
    for (options, expected) in [("", &*verified), ("--direct off", "compared_in_memory")] {
        let mixed =
            format!("write mixed --size 1MiB --seed 1 --read-percent 50 --buffer-size 64K --force --json {options}");
        let report = dgen(folder.path(), &mixed).code(0).json();
        assert_eq!(report["reads"]["data_read_from"], expected, "{report}");
    }
    let text = dgen(folder.path(), "read f").code(0).text();
    assert!(text.contains("\ndata          "), "{text}");
    // Small files are no exception.
    for size in [1, 511, 4095, 4097] {
        dgen(folder.path(), &format!("write small --size {size} --force")).code(0);
        assert_eq!(origin(&dgen(folder.path(), "verify small --json").code(0).json()), verified, "{size}");
    }
}

#[test]
fn contradictions_name_the_options() {
    let folder = folder();
    dgen(folder.path(), "write f --size 100000").code(0);
    for command in ["read", "verify"] {
        dgen(folder.path(), &format!("{command} f --cached --direct on"))
            .code(2)
            .error_names(&["--cached", "--direct"]);
        let run = dgen(folder.path(), &format!("{command} f --cached --advise dontneed"));
        run.code(2).error_names(&["--cached", "--advise"]);
        for options in ["--direct off", "--direct auto", "--advise willneed"] {
            dgen(folder.path(), &format!("{command} f --cached {options}")).code(0);
        }
    }
}

/// The command under limits that a shell sets.
fn limited(folder: &Path, limit: &str, args: &str) -> Run {
    let line = format!("{limit}; exec {} {args}", command().get_program().to_string_lossy());
    finished(Command::new("sh").args(["-c", &line]).current_dir(folder).output().unwrap())
}

#[test]
fn files_are_verified_where_descriptors_suffice_for_one_way_only() {
    let folder = folder();
    dgen(folder.path(), "write d --files 600 --size 3MiB").code(0);
    let report = limited(folder.path(), "ulimit -n 900", "verify d --json").code(0).json();
    if report["direct"] == false && report["data_read_from"] == "read_from_the_device" {
        assert!(report["direct_reason"].as_str().unwrap().contains("descriptors"), "{report}");
    }
}

//! Bad values: one line with name, value and accepted range, and exit code 2.

use crate::common::{command, dgen, finished, folder, names};

#[test]
fn values_out_of_range_are_usage_errors() {
    let folder = folder();
    let mut cases: Vec<(String, Vec<&str>)> = Vec::new();
    for ratio in ["0.5", "NaN", "nan", "inf", "-inf", "-1", "0", "1e9", "2000000", "", "x", "1/0"] {
        cases.push((format!("--dedup-ratio={ratio}"), vec!["--dedup-ratio", ratio, "1 to 1000000"]));
        cases.push((format!("--compress-ratio={ratio}"), vec!["--compress-ratio", ratio, "1 to 200"]));
    }
    for size in ["1000", "4097", "0", "2GiB", "-4096", "4KK"] {
        cases.push((format!("--block-size {size}"), vec!["--block-size", "accepted"]));
    }
    for (option, parts) in [
        ("--for ext4", vec!["--for", "`ext4`", "zfs:128KiB"]),
        (
            "--for subblock:2KiB --compress-ratio 10",
            vec!["--compress-ratio", "10 for subblock:2KiB", "1 to ", "sub-blocks"],
        ),
        ("--spread 2", vec!["--spread", "`2`", "0 to 1"]),
        ("--texture fur", vec!["--texture", "fur", "repeat, zeros, lz, text, tensor"]),
        ("--compress-ratio 2 --texture lz", vec!["--tune", "`any`", "lz4, zstd or zlib"]),
        ("--compress-ratio 2 --texture text", vec!["--tune", "`any`", "lz4, zstd or zlib with texture=text"]),
        ("--compress-ratio 9 --texture lz --tune lz4", vec!["--compress-ratio", "9", "tune=lz4"]),
        ("--texture tensor --dtype int4", vec!["--dtype", "int4", "bf16, fp16, fp32, fp8, int8"]),
        ("--texture tensor --like mine", vec!["--like", "mine", "weights, grad, adam, kv, uniform"]),
        ("--texture tensor --compress-ratio 2", vec!["--compress-ratio: 2", "1 with texture=tensor"]),
        ("--dtype fp8", vec!["--dtype: fp8", "texture=tensor"]),
        ("--texture tensor --spread 0.5", vec!["--spread: 1/2", "0 with texture=tensor"]),
        ("--tune rar", vec!["tune", "rar", "lz4"]),
        ("--seed -1", vec!["--seed", "-1", "18446744073709551615"]),
        ("--seed 18446744073709551616", vec!["--seed"]),
        ("--window 0", vec!["--window"]),
        ("--early soon", vec!["early", "soon", "exact, apart"]),
        ("--reuse zipf:9", vec!["reuse", "zipf:9", "fixed"]),
        ("--reuse recent:1MiB", vec!["--reuse", "recent:1MiB", "17 blocks"]),
        ("--runs 64", vec!["--runs", "64", "window"]),
        ("--runs -4", vec!["runs", "-4", "65536"]),
        ("--skip 1TiB", vec!["--skip", "quarter"]),
        ("--recipe dgen2,seed=1", vec!["recipe", "dgen1"]),
        ("--recipe dgen1", vec!["seed"]),
        ("--recipe dgen1,seed=1,seed=2", vec!["once"]),
        ("--recipe dgen1,seed=1,block=5000", vec!["block", "5000"]),
        ("--offset 9223372036854775808", vec!["--offset", "2^63"]),
        ("--offset 9223372036854775807", vec!["offset", "2^63"]),
        ("--offset -5", vec!["--offset", "-5"]),
        ("--file-offset 9223372036854775807", vec!["--file-offset", "2^63"]),
        ("--threads 0", vec!["--threads", "1 to 4096"]),
        ("--threads 4097", vec!["--threads", "1 to 4096"]),
        ("--threads -1", vec!["--threads", "1 to 4096"]),
        ("--writers 0", vec!["--writers", "1 to 1024"]),
        ("--buffer-size 0", vec!["--buffer-size"]),
        ("--buffer-size 1TiB", vec!["--buffer-size", "256 MiB"]),
        ("--direct maybe", vec!["direct", "auto, on, off"]),
        ("--sync never", vec!["sync", "end, none"]),
        ("--sync 0", vec!["sync"]),
    ] {
        cases.push((option.to_owned(), parts));
    }
    for (options, parts) in &cases {
        let run = dgen(folder.path(), &format!("write f --size 1MiB {options}"));
        println!("{options}: {}", run.stderr.trim());
        run.code(2).error_names(parts);
    }
    for size in ["0", "-1", "-1K", "abc", "9EiB", "1.5", "0KiB"] {
        dgen(folder.path(), &format!("write f --size {size}")).code(2).error_names(&["--size", size, "accepted"]);
        dgen(folder.path(), &format!("stream --size {size}")).code(2).error_names(&["--size", size, "accepted"]);
    }
    assert_eq!(names(folder.path()).len(), 0, "nothing was made");
}

#[test]
fn the_environment_is_checked() {
    let folder = folder();
    let other = if cfg!(target_arch = "aarch64") { "avx2" } else { "neon" };
    for (name, value) in [
        ("DGEN_THREADS", "0"),
        ("DGEN_THREADS", "many"),
        ("DGEN_THREADS", "4097"),
        ("DGEN_KERNEL", other),
        ("DGEN_KERNEL", "abacus"),
    ] {
        for args in ["write f --size 1MiB", "stream --size 1", "bench fill --rounds 1", "info"] {
            let run =
                finished(command().args(args.split(' ')).env(name, value).current_dir(folder.path()).output().unwrap());
            run.code(2).error_names(&[name, value]);
        }
    }
    assert_eq!(names(folder.path()).len(), 0, "nothing was made");
    let portable = command().args(["stream", "--size", "10000", "--seed", "1"]).env("DGEN_KERNEL", "portable").output();
    assert!(finished(portable.unwrap()).code(0).stdout == dgen(folder.path(), "stream --size 10000 --seed 1").stdout);
}

#[test]
fn options_that_contradict_each_other() {
    let folder = folder();
    for args in [
        "write f --size 1MiB --recipe dgen1,seed=1 --seed 2",
        "write f --size 1MiB --recipe dgen1,seed=1 --dedup-ratio 2",
        "write f",
        "write --size 1MiB",
        "write f --size 1MiB --no-such-option",
        "measure f --no-compress --codec lz4",
        "bogus",
        "",
    ] {
        dgen(folder.path(), args).code(2);
    }
}

#[test]
fn json_never_takes_a_path() {
    let folder = folder();
    let report = dgen(folder.path(), "write --size 4096 --json f").code(0).json();
    assert!(report["recipe"].is_string());
    assert_eq!(crate::common::len(&folder.path().join("f")), 4096);
    assert!(dgen(folder.path(), "verify --json f").code(0).json()["ok"] == true);
    let text = dgen(folder.path(), "verify --json=r.json f").code(0).text();
    assert!(text.contains("ok"), "{text}");
    assert!(folder.path().join("r.json").exists());
}

#[test]
fn help_says_what_there_is() {
    let folder = folder();
    for args in ["--help", "--version", "help", "write --help", "verify -h", "bench fill --help", "completions bash"] {
        assert!(!dgen(folder.path(), args).code(0).text().is_empty(), "{args}");
    }
}

#[test]
fn pipes_without_a_writer_are_refused_at_once() {
    let folder = folder();
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap();
    assert!(made.success());
    for command in ["verify pipe --seed 1 --size 1M", "read pipe", "write pipe --size 1M"] {
        dgen(folder.path(), command).code(1).error_names(&["pipe"]);
    }
}

#[test]
fn wrong_arguments_are_one_line() {
    let folder = folder();
    for command in ["write", "write f", "bogus", "write f --bogus", "stream --size 1 --seed 1 --recipe dgen1,seed=1"] {
        let run = dgen(folder.path(), command).code(2);
        assert_eq!(run.stderr.trim_end().lines().count(), 1, "{}", run.stderr);
    }
}

#[test]
fn names_that_are_nearly_right_are_offered() {
    let folder = folder();
    for (args, meant) in [
        ("write f --sed 3 -s 1K", "--seed"),
        ("wirte f", "write"),
        ("bench stroage f", "storage"),
        ("write f -s 1K --texture repeet", "repeat"),
        ("verify f --engine iouring", "io_uring"),
        ("write f -s 1K --numa-mode forced", "force"),
    ] {
        dgen(folder.path(), args).code(2).error_names(&[&format!("did you mean `{meant}`?")]);
    }
    let strange = dgen(folder.path(), "write f -s 1K --texture wool").code(2);
    assert!(!strange.stderr.contains("did you mean"), "{}", strange.stderr);
    assert_eq!(names(folder.path()).len(), 0);
}

#[test]
fn short_help_has_what_matters_and_manuals_have_all() {
    let folder = folder();
    let short = dgen(folder.path(), "write -h").code(0).text();
    let long = dgen(folder.path(), "write --help").code(0).text();
    assert!(short.lines().count() < 60 && long.lines().count() > 200, "{short}");
    for text in [&short, &long] {
        assert!(text.contains("-s, --size") && text.contains("Examples:") && text.contains("dgen write data.bin"));
    }
    assert!(!short.contains("--sqpoll") && long.contains("--sqpoll"));
    let seed = |command: &str| {
        let text = dgen(folder.path(), &format!("{command} --help")).code(0).text();
        let after = text.split("--seed <N>").nth(1).unwrap().to_owned();
        after.split("--").next().unwrap().to_owned()
    };
    assert!(seed("write").contains("own recipe") && !seed("stream").contains("own recipe"));
    dgen(folder.path(), "man pages").code(0);
    let page = std::fs::read_to_string(folder.path().join("pages/dgen-bench-storage.1")).unwrap();
    assert!(page.starts_with(".ie") && page.contains("rounds") && page.contains("Examples"));
    assert!(names(&folder.path().join("pages")).len() >= 17);
    assert!(dgen(folder.path(), "man").code(0).text().contains(".SH"));
}

#[test]
fn values_complete_to_names_and_not_to_files() {
    let folder = folder();
    let bash = dgen(folder.path(), "completions bash").code(0).text();
    assert!(bash.contains("repeat zeros lz text tensor") && bash.contains("-s"));
    let of = |option: &str| {
        let write = bash.split("dgen__write)").nth(1).or(bash.split("dgen__subcmd__write)").nth(1)).unwrap();
        write.split(&format!("{option})")).nth(1).unwrap().split(";;").next().unwrap().to_owned()
    };
    assert!(!of("--seed").contains("compgen -f"), "{}", of("--seed"));
    assert!(of("--output").contains("compgen -f"), "{}", of("--output"));
}

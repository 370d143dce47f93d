//! `dgen stream`: bytes to standard output, reports elsewhere.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

use crate::common::{command, dgen, folder, stream, u64_of};

#[test]
fn the_stream_is_that_of_the_library() {
    let folder = folder();
    let options = "--seed 3 --dedup-ratio 3/2 --compress-ratio 1.5 --block-size 64K --spread 0.7 --texture zeros";
    for (offset, size) in [(0, 1), (0, 3_000_001), (12_345, 600_000), ((1 << 62) + 77, 9999)] {
        let run = dgen(folder.path(), &format!("stream {options} --offset {offset} --size {size} --threads 3")).code(0);
        let expected =
            stream("dgen1,seed=3,block=64KiB,dedup=3/2,compress=1.5,spread=7/10,texture=zeros", offset, size);
        assert!(run.stdout == expected, "{offset} {size}");
        assert!(run.stderr.contains("dgen1,seed=0x3,"), "{}", run.stderr);
    }
}

#[test]
fn duplicates_lie_as_the_options_say() {
    let folder = folder();
    let options = "--seed 3 --dedup-ratio 3 --block-size 64K --early apart --reuse zipf:1.1 --runs 2-5";
    let run = dgen(folder.path(), &format!("stream {options} --size 3000001")).code(0);
    let expected = stream("dgen1,seed=3,block=64KiB,dedup=3,early=apart,reuse=zipf:1.1,runs=2-5", 0, 3_000_001);
    assert!(run.stdout == expected);
    let recipe = "dgen1,seed=0x3,block=64KiB,dedup=3,early=apart,reuse=zipf:11/10,runs=2-5";
    assert!(run.stderr.contains(recipe), "{}", run.stderr);
}

#[test]
fn options_of_numbers_are_those_of_the_recipe() {
    let folder = folder();
    let options = "--seed 3 --texture tensor --dtype fp8 --like kv";
    let run = dgen(folder.path(), &format!("stream {options} --offset 12345 --size 70001")).code(0);
    assert!(run.stdout == stream("dgen1,seed=3,texture=tensor,dtype=fp8,like=kv", 12_345, 70_001));
    assert!(run.stderr.contains("dgen1,seed=0x3,texture=tensor,dtype=fp8,like=kv"), "{}", run.stderr);
}

#[test]
fn a_reader_that_goes_is_told_with_what_it_took() {
    // The generating thread may be anywhere when the pipe closes; it must end with the rest.
    for len in [1, 1000, 70_000, 1 << 20, 5_000_000, 20_000_000].repeat(3) {
        let mut child = command();
        let child = child.args(["stream", "--size", "100TB"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().unwrap();
        let mut head = vec![0; len];
        child.stdout.take().unwrap().read_exact(&mut head).unwrap();
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(141), "{errors}");
        let told = format!("the reader went after it took {len} of 100000000000000 bytes");
        assert!(errors.contains(&told), "{len}: {errors}");
    }
}

#[test]
fn the_report_needs_a_file() {
    let folder = folder();
    let run = dgen(folder.path(), "stream --size 1000 --json").code(2);
    run.error_names(&["--json=FILE"]);
    assert!(run.stdout.is_empty());
    dgen(folder.path(), "stream --size 1000 --json=r.json").code(0);
    let report: serde_json::Value = serde_json::from_slice(&fs::read(folder.path().join("r.json")).unwrap()).unwrap();
    assert_eq!(u64_of(&report, "bytes_written"), 1000);
    assert!(report["recipe"].as_str().unwrap().starts_with("dgen1,seed="));
}

#[test]
fn write_to_standard_output_is_the_same() {
    let folder = folder();
    let run = dgen(folder.path(), "write - --size 5000 --seed 4").code(0);
    assert!(run.stdout == stream("dgen1,seed=4", 0, 5000));
    dgen(folder.path(), "write - f --size 5000").code(2);
}

#[test]
fn a_full_output_is_an_error() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command().args(["stream", "--size", "5000"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("No space left"));
}

/// The exit code, and standard error, of a line for the shell in which `dgen` is the command.
fn shell(line: &str) -> (Option<i32>, String) {
    let folder = folder();
    let mut run = Command::new("sh");
    run.args(["-c", &format!("dgen() {{ {} \"$@\"; }}; {line}", env!("CARGO_BIN_EXE_dgen"))]);
    let output = run.current_dir(folder.path()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_closed_output_is_an_error() {
    for command in ["stream --size 1MiB", "write - --size 1MiB"] {
        for others in ["", "<&-", "0<&- 2>errors"] {
            let (code, errors) = shell(&format!("dgen {command} >&- {others}; code=$?; cat errors >&2; exit $code"));
            assert_eq!(code, Some(1), "{command} {others}: {errors}");
            assert!(errors.contains("error: ") && errors.contains("standard output"), "{errors}");
        }
        // Nobody learns of it, but the code stays.
        assert_eq!(shell(&format!("dgen {command} >&- 2>&-")).0, Some(1));
        // The null device is an output as others are.
        for null in ["> /dev/null", "1<> /dev/null", "> /dev/null <&-", "> /dev/null 2>&-"] {
            assert_eq!(shell(&format!("dgen {command} {null}")).0, Some(0), "{null}");
        }
    }
}

//! `dgen write`, `read` and `verify` of objects, with a server of S3 that is a process of its own, and with folders.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{Run, command, dgen, finished, folder, patch, recipe, stream, u64_of};
use crate::s3_server::{KEY, SECRET, Server};

/// A server, and a folder for what it keeps.
struct Store {
    folder: tempfile::TempDir,
    server: Server,
}

impl Store {
    fn new() -> Self {
        let folder = folder();
        let server = Server::new(folder.path(), "127.0.0.1:0");
        Self { folder, server }
    }

    fn command(&self, args: &str) -> Command {
        let mut command = command();
        command.args(args.split_whitespace()).current_dir(self.folder.path());
        // Nothing of the machine's own.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
            command.env_remove(name);
        }
        let endpoint = format!("http://{}", self.server.address);
        command.envs([("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET), ("AWS_ENDPOINT_URL", &endpoint)]);
        command.env("AWS_REGION", "us-east-1").env("HOME", self.folder.path());
        command
    }

    fn run(&self, args: &str) -> Run {
        finished(self.command(args).output().unwrap())
    }

    /// The file in which the server keeps an object.
    fn file(&self, key: &str) -> PathBuf {
        self.folder.path().join("bucket").join(key)
    }
}

const RECIPE: &str = "dgen1,seed=0x5,block=64KiB,dedup=2,compress=2";
const SET: &str = "--seed 5 --block-size 64K --dedup-ratio 2 --compress-ratio 2";

fn flag(report: &Value, name: &str) -> bool {
    report[name].as_bool().unwrap()
}

#[test]
fn objects_are_written_listed_read_and_verified() {
    let store = Store::new();
    let written =
        store.run(&format!("write s3://bucket/set --objects 40 --object-size 1K:300K {SET} --json")).code(0).json();
    assert_eq!((recipe(&written), u64_of(&written, "objects_written")), (RECIPE.to_owned(), 40));
    let size = u64_of(&written, "size");
    assert_eq!((u64_of(&written, "bytes_written"), u64_of(&written, "requests_failed")), (size, 0));
    assert!(u64_of(&written["latency_ns"], "p50") > 0);
    // What the server keeps is the stream, each object from the edge of a block on.
    let first = fs::read(store.file("set/dgen-000000")).unwrap();
    assert_eq!(first, stream(RECIPE, 0, first.len()));
    let second = fs::read(store.file("set/dgen-000001")).unwrap();
    let at = (first.len() as u64).next_multiple_of(64 << 10);
    assert_eq!(second, stream(RECIPE, at, second.len()));

    let read = store.run("read s3://bucket/set --json").code(0).json();
    assert_eq!((u64_of(&read, "objects_read"), u64_of(&read, "bytes_read")), (40, size));
    let (first, last) = (u64_of(&read["first_byte_ns"], "p50"), u64_of(&read["latency_ns"], "p50"));
    assert!(0 < first && first <= last);

    let verified = store.run("verify s3://bucket/set --json").code(0).json();
    assert!(flag(&verified, "ok"));
    assert_eq!((u64_of(&verified, "objects_checked"), u64_of(&verified, "bytes_checked")), (40, size));
    assert_eq!(verified["recipes"][0], RECIPE);
    // The same with what it was written with, and a seed that is wrong.
    let known = format!("verify s3://bucket/set --objects 40 --object-size 1K:300K {SET} --json");
    assert_eq!(u64_of(&store.run(&known).code(0).json(), "objects_checked"), 40);
    let wrong = known.replace("--seed 5", "--seed 6");
    assert!(u64_of(&store.run(&wrong).code(3).json(), "objects_bad") > 30);
    let text = store.run("verify s3://bucket/set").code(0).text();
    assert!(text.contains("ok: ") && text.contains("40 of 40 compared"), "{text}");
}

#[test]
fn large_objects_go_in_parts() {
    let store = Store::new();
    let write = "write s3://bucket/large --size 23456789 --seed 9 --offset 12345 --stream-version 3";
    let written = store.run(&format!("{write} --part-size 5MiB --verify --json")).code(0).json();
    // Five parts, begun and completed; then read back.
    assert_eq!((u64_of(&written, "part_size"), u64_of(&written, "objects_written")), (5 << 20, 1));
    assert!(u64_of(&written, "requests") >= 7);
    assert!(flag(&written["verify"], "ok"));
    assert_eq!(u64_of(&written["verify"], "bytes_checked"), 23_456_789);
    assert_eq!(fs::metadata(store.file("large")).unwrap().len(), 23_456_789);
    let verified = store.run("verify s3://bucket/large --part-size 1MB --concurrency 3 --json").code(0).json();
    assert_eq!((flag(&verified, "ok"), u64_of(&verified, "bytes_checked")), (true, 23_456_789));
    let read = store.run("read s3://bucket/large --part-size 1MB --json").code(0).json();
    assert_eq!((u64_of(&read, "objects_read"), u64_of(&read, "requests")), (1, 2 + 24));
}

#[test]
fn damage_is_named_by_key_and_place() {
    let store = Store::new();
    let write = format!("write s3://bucket/run/ --objects 12 --size 6MiB {SET}");
    store.run(&write).code(0);
    let key = |number: usize| format!("run/dgen-{number:06}");
    patch(&store.file(&key(1)), 8192, &[0; 4096]);
    fs::remove_file(store.file(&key(2))).unwrap();
    let short = fs::OpenOptions::new().write(true).open(store.file(&key(3))).unwrap();
    short.set_len(100_000).unwrap();
    let mut long = fs::read(store.file(&key(4))).unwrap();
    long.extend_from_slice(b"more");
    fs::write(store.file(&key(4)), long).unwrap();
    // Another object of the same set in its place, with what it says.
    copy(&store, &key(6), &key(5));
    let report = store.run("verify s3://bucket/run --json").code(3).json();
    let urls = |name: &str| -> Vec<String> {
        let all = report[name].as_array().unwrap();
        all.iter().map(|one| one["url"].as_str().or(one.as_str()).unwrap().replace("s3://bucket/", "")).collect()
    };
    assert_eq!(urls("damaged"), [key(1), key(3), key(4)]);
    assert_eq!((urls("missing"), urls("misplaced")), (vec![key(2)], vec![key(5)]));
    let kinds: Vec<_> = report["damaged"]
        .as_array()
        .unwrap()
        .iter()
        .map(|object| object["ranges"][0]["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["zeroed", "missing", "extra"]);
    assert_eq!(
        (&report["damaged"][0]["ranges"][0]["offset"], &report["damaged"][0]["bytes_bad"]),
        (&8192.into(), &4096.into())
    );
    let lost = (512 << 10) + 4096 + (512 << 10) - 100_000 + 4;
    assert_eq!(u64_of(&report, "bytes_bad"), lost);
    assert_eq!((u64_of(&report, "ranges_total"), u64_of(&report["bytes_by_kind"], "extra")), (3, 4));
    let text = store.run("verify s3://bucket/run").code(3).text();
    assert!(
        text.starts_with("verified      differs") && text.contains("misplaced     s3://bucket/run/dgen-000005"),
        "{text}"
    );
    // What is gone or short is written again; what was changed behind the store's back is not seen without reading.
    let again = store.run(&format!("{write} --resume --force --json")).code(0).json();
    assert_eq!((u64_of(&again, "objects_written"), u64_of(&again, "objects_kept")), (4, 8));
    let report = store.run("verify s3://bucket/run --json").code(3).json();
    assert_eq!((u64_of(&report, "objects_bad"), u64_of(&report, "objects_missing")), (1, 0));
}

/// Has the server's files of one key be those of another, its metadata among them.
fn copy(store: &Store, from: &str, to: &str) {
    fs::copy(store.file(from), store.file(to)).unwrap();
    fs::copy(metadata_file(store, from), metadata_file(store, to)).unwrap();
}

/// The file in which the server keeps what an object says of itself.
fn metadata_file(store: &Store, key: &str) -> PathBuf {
    let is_of_key = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.ends_with(".metadata.json") && decoded(&name) == key
    };
    let mut all = fs::read_dir(store.folder.path()).unwrap().map(|entry| entry.unwrap().path());
    all.find(is_of_key).unwrap_or_else(|| panic!("no metadata of {key}"))
}

/// The key in the name of such a file, whose letters are in base64 without padding.
fn decoded(name: &str) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let encoded = name.split(".object-").nth(1).and_then(|rest| rest.split('.').next()).unwrap_or_default();
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
    for letter in encoded.bytes() {
        let Some(value) = alphabet.iter().position(|known| *known == letter) else { return String::new() };
        bits = bits << 6 | u32::try_from(value).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xFF).unwrap());
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

#[test]
fn objects_that_lost_what_they_say_are_compared_by_their_set() {
    let store = Store::new();
    store.run(&format!("write s3://bucket/run --objects 4 --object-size 100K {SET}")).code(0);
    fs::remove_file(metadata_file(&store, "run/dgen-000002")).unwrap();
    fs::write(store.file("run/foreign"), "text").unwrap();
    let report = store.run("verify s3://bucket/run --json").code(0).json();
    assert_eq!((u64_of(&report, "objects_checked"), u64_of(&report, "objects_unknown")), (4, 1));
    assert_eq!(report["unknown"][0], "s3://bucket/run/foreign");
    store.run("verify s3://bucket/run --strict").code(3);
    patch(&store.file("run/dgen-000002"), 10, b"damage");
    let report = store.run("verify s3://bucket/run --json").code(3).json();
    assert_eq!(report["damaged"][0]["url"], "s3://bucket/run/dgen-000002");
    let nothing = store.run("verify s3://bucket/run/foreign");
    nothing.code(2).error_names(&["s3://bucket/run/foreign", "--recipe"]);
    // What may be a user's is not written over by resuming; what is right but for its words is.
    fs::remove_file(metadata_file(&store, "run/dgen-000001")).unwrap();
    let refused = store.run(&format!("write s3://bucket/run --objects 4 --object-size 100K {SET} --resume"));
    refused.code(1).error_names(&["s3://bucket/run/dgen-000002", "--force"]);
}

#[test]
fn nothing_is_lost_unasked() {
    let store = Store::new();
    let write = "write s3://bucket/run --objects 5 --object-size 10K --seed 1";
    store.run(write).code(0);
    let refused = store.run(&write.replace("--seed 1", "--seed 2"));
    refused.code(1).error_names(&["s3://bucket/run/dgen-000000", "4 others", "--resume", "--force"]);
    store.run("verify s3://bucket/run").code(0);
    // What is right is kept, without options, too.
    let kept = store.run("write s3://bucket/run --resume --json").code(0).json();
    assert_eq!((u64_of(&kept, "objects_kept"), u64_of(&kept, "objects_written")), (5, 0));
    store.run(&format!("{} --force", write.replace("--seed 1", "--seed 2"))).code(0);
    // A smaller set over a larger one leaves what is too much.
    store.run("write s3://bucket/run --objects 3 --object-size 10K --seed 3 --force").code(0);
    let report = store.run("verify s3://bucket/run --json").code(3).json();
    assert_eq!(u64_of(&report, "objects_misplaced"), 2);
}

#[test]
fn ranks_write_one_set() {
    let store = Store::new();
    for rank in 0..3 {
        let run = store.run(&format!(
            "write s3://bucket/run --size 5MiB --object-size 100K:900K {SET} --rank {rank} --ranks 3 --json"
        ));
        let report = run.code(0).json();
        assert_eq!(u64_of(&report["ranks"], "rank"), rank);
        assert_eq!(u64_of(&report, "size"), 5 << 20);
    }
    let report = store.run("verify s3://bucket/run --json").code(0).json();
    assert_eq!(u64_of(&report, "bytes_checked"), 5 << 20);
    fs::remove_file(store.file("run/dgen-000001")).unwrap();
    let ends: Vec<_> = (0..2)
        .map(|rank| store.run(&format!("verify s3://bucket/run --rank {rank} --ranks 2")).code.unwrap())
        .collect();
    assert_eq!(ends, [3, 0]);
    let shared = store.run("write s3://bucket/run-{rank} --objects 3 --object-size 1K --seed 1 --rank 0 --ranks 2");
    shared.code(2).error_names(&["{rank}"]);
    let unsaid = store.run("write s3://bucket/other --objects 3 --object-size 1K --rank 0 --ranks 2");
    unsaid.code(2).error_names(&["--seed"]);
}

#[test]
fn a_killed_server_leaves_errors_with_keys_and_what_can_be_resumed() {
    let mut store = Store::new();
    let write = "write s3://bucket/run --objects 300 --object-size 500K --seed 4 --concurrency 4 --retries 1";
    let mut child = store.command(&format!("{write} --json"));
    let child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begin = Instant::now();
    while !store.file("run/dgen-000020").exists() {
        assert!(begin.elapsed() < Duration::from_mins(1));
        thread::sleep(Duration::from_millis(2));
    }
    store.server.kill();
    let run = finished(child.wait_with_output().unwrap()).code(1);
    run.error_names(&["s3://bucket/run/dgen-"]);
    let report = run.json();
    let (written, failed) = (u64_of(&report, "objects_written"), u64_of(&report, "objects_failed"));
    assert!((10..300).contains(&written) && (1..=4).contains(&failed), "{written} {failed}");
    assert!(report["failed"][0]["url"].as_str().unwrap().starts_with("s3://bucket/run/dgen-"));
    assert!(u64_of(&report, "requests_failed") >= 2 * failed);
    let gone = store.run("verify s3://bucket/run --retries 0");
    gone.code(1).error_names(&["s3://bucket/run"]);
    let address = store.server.address.to_string();
    store.server = Server::new(store.folder.path(), &address);
    let missing = store.run("verify s3://bucket/run --json").code(3).json();
    assert!(u64_of(&missing, "objects_missing") >= 300 - written - failed);
    assert_eq!(u64_of(&missing, "objects_bad"), 0, "an object is there whole or not at all");
    let resumed = store.run("write s3://bucket/run --resume --json").code(0).json();
    assert!(u64_of(&resumed, "objects_kept") >= written);
    assert_eq!(u64_of(&resumed, "objects_kept") + u64_of(&resumed, "objects_written"), 300);
    let verified = store.run("verify s3://bucket/run --json").code(0).json();
    assert_eq!(u64_of(&verified, "bytes_checked"), 300 * 512_000);
}

#[test]
fn an_interrupted_write_ends_soon_and_is_resumed() {
    let store = Store::new();
    let write = "write s3://bucket/run --objects 800 --object-size 300K --seed 4";
    let child = store.command(write).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begin = Instant::now();
    while !store.file("run/dgen-000020").exists() {
        assert!(begin.elapsed() < Duration::from_mins(1));
        thread::sleep(Duration::from_millis(2));
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    finished(child.wait_with_output().unwrap()).code(130).error_names(&["interrupted"]);
    store.run("write s3://bucket/run --resume --verify").code(0);
}

#[test]
fn stores_are_reached_as_the_sdks_reach_them() {
    let store = Store::new();
    let endpoint = format!("http://{}", store.server.address);
    // By the files of the AWS tools.
    let files = store.folder.path().join(".aws");
    fs::create_dir(&files).unwrap();
    fs::write(files.join("credentials"), format!("[test]\naws_access_key_id={KEY}\naws_secret_access_key={SECRET}\n"))
        .unwrap();
    fs::write(files.join("config"), format!("[profile test]\nregion = us-east-1\nendpoint_url = {endpoint}\n"))
        .unwrap();
    let profile = |args: &str| {
        let mut command = store.command(args);
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "AWS_REGION"] {
            command.env_remove(name);
        }
        finished(command.env("AWS_PROFILE", "test").output().unwrap())
    };
    profile("write s3://bucket/a --size 1000 --seed 1").code(0);
    profile("verify s3://bucket/a").code(0);
    // By options; signed in other ways.
    let mut command =
        store.command(&format!("read s3://bucket/a --endpoint {endpoint} --region us-east-1 --unsigned-payload"));
    finished(command.env_remove("AWS_ENDPOINT_URL").env_remove("AWS_REGION").output().unwrap()).code(0);
    store.run("write s3://bucket/b --size 1000 --seed 1 --checksum sha256").code(0);
    // What is not right is said.
    let mut wrong = store.command("read s3://bucket/a");
    finished(wrong.env("AWS_SECRET_ACCESS_KEY", "x").output().unwrap()).code(1).error_names(&["s3://bucket/a"]);
    store.run("read s3://bucket/none").code(1).error_names(&["s3://bucket/none"]);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = store.run(&format!("write s3://bucket/c --size 1000 --endpoint http://{free} --retries 0"));
    nobody.code(1).error_names(&["s3://bucket/c"]);
}

#[test]
fn a_server_that_is_silent_is_given_up() {
    let store = Store::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let run = store
        .run(&format!("write s3://bucket/a --size 1000 --endpoint {endpoint} --retries 0 --request-timeout 300ms"));
    run.code(1).error_names(&["s3://bucket/a"]);
}

#[test]
fn folders_take_the_place_of_stores() {
    let folder = folder();
    let url = format!("file://{}/set", folder.path().display());
    dgen(folder.path(), &format!("write {url} --objects 3 --object-size 6MB --part-size 5MiB {SET}")).code(0);
    let held = fs::read(folder.path().join("set/dgen-000000")).unwrap();
    assert_eq!(held, stream(RECIPE, 0, 6_000_000));
    let report = dgen(folder.path(), &format!("verify {url} --json")).code(0).json();
    assert_eq!(u64_of(&report, "bytes_checked"), 18_000_000);
    dgen(folder.path(), &format!("read {url}")).code(0);
    // They are files as any that dgen writes.
    dgen(folder.path(), "verify set").code(0);
    fs::remove_file(folder.path().join("set/dgen-000001")).unwrap();
    let report = dgen(folder.path(), &format!("verify {url} --json")).code(3).json();
    assert_eq!(u64_of(&report, "objects_missing"), 1);
    dgen(folder.path(), &format!("write {url} --objects 3 --object-size 6MB --part-size 5MiB {SET} --resume --verify"))
        .code(0);
}

#[test]
fn bad_input_names_the_option() {
    let store = Store::new();
    for (args, words) in [
        ("write s3://bucket/a --objects 0 --object-size 1K", &["--objects", "1 to 1000000"][..]),
        ("write s3://bucket/a --objects 2 --object-size 1Q", &["--object-size", "1Q", "MIN:MAX"]),
        ("write s3://bucket/a --objects 2", &["--size"]),
        ("write s3://bucket/a --size 9 --objects 2 --object-size 1K", &["--size", "too much"]),
        ("write s3://bucket/a --size 1M --part-size 1M", &["--part-size", "5242880"]),
        ("write s3://bucket/a --size 1T --part-size 5MiB", &["--part-size", "10000"]),
        ("write s3://bucket/a --size 1K --concurrency 0", &["--concurrency", "1 to 4096"]),
        ("write s3://bucket/a --size 1K --retries x", &["--retries", "0 to 1000"]),
        ("write s3://bucket/a --size 1K --checksum md5", &["--checksum", "crc64nvme"]),
        ("write s3://bucket/a --size 1K --writers 2", &["--writers", "objects"]),
        ("write s3://bucket/a other --size 1K", &["other paths"]),
        ("write s3:///a --size 1K", &["s3:///a", "s3://BUCKET/KEY"]),
        ("write ftp://host/a --size 1K", &["ftp://host/a", "s3://BUCKET/KEY"]),
        ("write gs://bucket/a --size 1K --region x", &["--region", "gs://bucket/a"]),
        ("write data.bin --size 1K --concurrency 2", &["--concurrency", "s3://"]),
        ("write data.bin --objects 2 --object-size 1K", &["--objects", "--files"]),
        ("read s3://bucket/a --cached", &["--cached", "objects"]),
        ("verify s3://bucket/a --seed 1", &["--size"]),
        ("verify s3://bucket/a --size 1", &["--seed"]),
    ] {
        store.run(args).code(2).error_names(words);
    }
    assert!(!store.folder.path().join("data.bin").exists());
}

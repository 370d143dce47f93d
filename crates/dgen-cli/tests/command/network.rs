//! `dgen send` and `dgen recv`, and `dgen stream` through a pipe with faults.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::common::{Run, command, dgen, finished, folder, recipe, skip, stream, u64_of};

/// A receiver that listens, and where.
struct Receiver {
    child: Child,
    errors: BufReader<std::process::ChildStderr>,
    address: String,
}

impl Receiver {
    fn new(folder: &Path, args: &str) -> Self {
        let mut child = command();
        let args = format!("recv 127.0.0.1:0 {args}");
        let child = child.args(args.split_whitespace()).current_dir(folder);
        let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        errors.read_line(&mut line).unwrap();
        let address = line.trim().rsplit_once(' ').unwrap_or_else(|| panic!("{line}")).1.to_owned();
        assert!(line.starts_with("listening at"), "{line}");
        Self { child, errors, address }
    }

    fn end(mut self) -> Run {
        let mut errors = String::new();
        self.errors.read_to_string(&mut errors).unwrap();
        let run = finished(self.child.wait_with_output().unwrap());
        Run { stderr: errors, ..run }
    }
}

#[test]
fn what_is_sent_is_verified_without_options() {
    let folder = folder();
    let receiver = Receiver::new(folder.path(), "--json");
    let options = "--seed 5 --dedup-ratio 2 --compress-ratio 2 --block-size 64K --offset 12345 --stream-version 3";
    let send = format!("send {} --size 9000001 {options} --streams 3 --json", receiver.address);
    let sent = dgen(folder.path(), &send).code(0).json();
    let received = receiver.end().code(0).json();
    for report in [&sent, &received] {
        assert_eq!(recipe(report), "dgen1,seed=0x5,block=64KiB,dedup=2,compress=2");
        assert_eq!(
            (u64_of(report, "offset"), u64_of(report, "size"), u64_of(report, "streams")),
            (12_345, 9_000_001, 3)
        );
        assert_eq!((u64_of(report, "stream_version"), u64_of(report, "seed")), (3, 5));
        assert_eq!((&report["ok"], report["connections"].as_array().unwrap().len()), (&Value::Bool(true), 3));
    }
    assert_eq!((u64_of(&sent, "bytes_sent"), u64_of(&received, "bytes_received")), (9_000_001, 9_000_001));
    assert_eq!((&sent["receiver"]["ok"], &received["verified"]), (&Value::Bool(true), &Value::Bool(true)));
}

#[test]
fn sessions_follow_each_other() {
    let folder = folder();
    let receiver = Receiver::new(folder.path(), "--sessions 2 --no-verify --json");
    for size in [1000, 2000] {
        let run = dgen(folder.path(), &format!("send {} --size {size} --by-turns", receiver.address)).code(0);
        assert!(run.text().contains("were not compared"), "{}", run.text());
    }
    let reports = receiver.end().code(0).json();
    let sizes: Vec<u64> = reports.as_array().unwrap().iter().map(|report| u64_of(report, "bytes_received")).collect();
    assert_eq!(sizes, [1000, 2000]);
}

/// Runs `recv -` with what standard input carries.
fn piped(folder: &Path, args: &str, data: &[u8]) -> Run {
    let mut child = command();
    let child = child.args(format!("recv - {args}").split_whitespace()).current_dir(folder);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(data).unwrap();
    finished(child.wait_with_output().unwrap())
}

#[test]
fn a_pipe_is_compared_and_faults_are_located() {
    let folder = folder();
    let data = stream("dgen1,seed=6,compress=2", 0, 1_000_000);
    let args = "--raw --recipe dgen1,seed=6,compress=2 --size 1000000";
    let run = piped(folder.path(), args, &data).code(0);
    assert!(run.text().contains("ok: every byte arrived"), "{}", run.text());
    let lossy = [&data[..300_000], &data[301_001..700_000], &data[600_000..]].concat();
    let run = piped(folder.path(), &format!("{args} --json"), &lossy).code(3).json();
    let told = |i: usize| {
        let range = &run["ranges"][i];
        (range["kind"].as_str().unwrap().to_owned(), u64_of(range, "offset"), u64_of(range, "length"))
    };
    assert_eq!((told(0), told(1)), (("missing".into(), 300_000, 1001), ("extra".into(), 600_000, 100_000)));
    assert_eq!(u64_of(&run, "ranges_total"), 2);
}

#[test]
fn damage_is_told_on_both_sides() {
    let folder = folder();
    let receiver = Receiver::new(folder.path(), "");
    // In between, one bit of the last byte changes.
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let (place, there) = (proxy.local_addr().unwrap(), receiver.address.clone());
    let between = std::thread::spawn(move || {
        let (mut client, mut server) = (proxy.accept().unwrap().0, TcpStream::connect(there).unwrap());
        let mut answers = (server.try_clone().unwrap(), client.try_clone().unwrap());
        let back = std::thread::spawn(move || {
            std::io::copy(&mut answers.0, &mut answers.1).unwrap();
            answers.1.shutdown(Shutdown::Write).unwrap();
        });
        let mut prefix = [0; 18];
        client.read_exact(&mut prefix).unwrap();
        let header: u64 = std::str::from_utf8(&prefix[11..17]).unwrap().parse().unwrap();
        server.write_all(&prefix).unwrap();
        std::io::copy(&mut Read::by_ref(&mut client).take(header), &mut server).unwrap();
        let mut data = Vec::new();
        client.read_to_end(&mut data).unwrap();
        *data.last_mut().unwrap() ^= 8;
        server.write_all(&data).unwrap();
        server.shutdown(Shutdown::Write).unwrap();
        back.join().unwrap();
    });
    let sent = dgen(folder.path(), &format!("send {place} --size 100000 --seed 1")).code(3);
    between.join().unwrap();
    let received = receiver.end().code(3);
    for run in [sent, received] {
        assert!(run.text().contains("damaged: 1 byte in 1 range"), "{}", run.text());
        assert!(run.text().contains("flipped   1 bytes behind 99999 received, 1 bits"), "{}", run.text());
    }
}

#[test]
fn nc_carries_a_stream_to_verify() {
    if !Command::new("nc")
        .arg("-h")
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stderr).contains("OpenBSD"))
    {
        return skip("optional: there is no nc of OpenBSD");
    }
    let folder = folder();
    let receiver = Receiver::new(folder.path(), "--raw --recipe dgen1,seed=8,dedup=2 --size 5000000 --json");
    let (host, port) = receiver.address.rsplit_once(':').unwrap();
    let line = format!(
        "{} stream --recipe dgen1,seed=8,dedup=2 --size 5000000 | nc -N {host} {port}",
        env!("CARGO_BIN_EXE_dgen")
    );
    assert!(Command::new("sh").args(["-c", &line]).output().unwrap().status.success());
    assert_eq!(u64_of(&receiver.end().code(0).json(), "bytes_received"), 5_000_000);
    // The other way round: what nc receives goes to `dgen verify -`. It listens at a port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let line = format!(
        "nc -l 127.0.0.1 {port} | {} verify - --recipe dgen1,seed=8 --size 3000000",
        env!("CARGO_BIN_EXE_dgen")
    );
    let verify = Command::new("sh").args(["-c", &line]).stdout(Stdio::piped()).spawn().unwrap();
    let mut socket = (0..30_000).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(1));
        TcpStream::connect(("127.0.0.1", port)).ok()
    });
    socket.take().unwrap().write_all(&stream("dgen1,seed=8", 0, 3_000_000)).unwrap();
    let output = verify.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn bad_input_is_refused() {
    let folder = folder();
    for (args, words) in [
        ("send 127.0.0.1:1 --size 0", &["--size"][..]),
        ("send 127.0.0.1:1 --size 10 --streams 0", &["--streams", "1 to 256"]),
        ("send 127.0.0.1:1 --size 10 --streams 11", &["--size", "11 connections"]),
        ("send 127.0.0.1:1 --size 10 --offset 9223372036854775808", &["--offset"]),
        ("recv nowhere", &["nowhere", "ADDRESS:PORT"]),
        ("recv 70000", &["70000"]),
        ("recv -", &["--raw"]),
        ("recv 127.0.0.1:0 --seed 1", &["--raw"]),
        ("recv 127.0.0.1:0 --raw --size 10", &["--recipe", "--seed"]),
        ("recv 127.0.0.1:0 --raw --size 10 --seed 1 --offset 9223372036854775807", &["--offset"]),
    ] {
        dgen(folder.path(), args).code(2).error_names(words);
    }
    dgen(folder.path(), "send 127.0.0.1:1 --size 10 --connect-timeout 5s")
        .code(1)
        .error_names(&["127.0.0.1:1", "connect"]);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    dgen(folder.path(), &format!("recv {address}")).code(1).error_names(&[&address, "listen"]);
    std::fs::write(folder.path().join("kept"), "mine").unwrap();
    dgen(folder.path(), "send 127.0.0.1:1 --size 10 --json=kept").code(1).error_names(&["kept"]);
}

#[test]
fn interruption_ends_both_sides() {
    let folder = folder();
    let receiver = Receiver::new(folder.path(), "--json");
    let mut sender = command();
    let args = format!("send {} --size 100TB --seed 1 --rate 50MiB --json", receiver.address);
    let mut sender =
        sender.args(args.split_whitespace()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The recipe is told before it connects; whether bytes moved when the signal comes does not matter.
    let mut line = String::new();
    BufReader::new(sender.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("recipe"), "{line}");
    kill_process(Pid::from_child(&sender), Signal::INT).unwrap();
    assert_eq!(sender.wait_with_output().unwrap().status.code(), Some(130));
    // Interrupted before it was there, it is waited for.
    kill_process(Pid::from_child(&receiver.child), Signal::INT).unwrap();
    let run = receiver.end();
    assert!(matches!(run.code, Some(130 | 3 | 1)), "{:?}: {}", run.code, run.stderr);
}

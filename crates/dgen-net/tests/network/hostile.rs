//! Senders that are broken, or wish no good.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use dgen::ErrorKind;
use dgen_io::{Outcome, Watch};
use dgen_net::{Listener, ReceiveOptions, ReceiveReport, send};

use crate::plain::{options, stream};

fn framed(text: &str) -> Vec<u8> {
    format!("dgen-net/1 {:06}\n{text}", text.len()).into_bytes()
}

fn header(size: u64) -> Vec<u8> {
    let range = format!("range=offset=0,size={size}\npart=offset=0,size={size}\nend=fixed\n");
    framed(&format!("session=0000000000000001\nstream=0/1\nrecipe=dgen1,seed=0x1\n{range}"))
}

fn receive(listener: &Listener, receiving: &ReceiveOptions) -> Outcome<ReceiveReport> {
    listener.receive(receiving, Watch::default()).unwrap()
}

#[test]
fn what_is_no_session_is_refused_and_the_next_one_is_taken() {
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    let messages = [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), "no header of dgen"),
        (b"dgen-net/9 000010\n0123456789".to_vec(), "another version"),
        (b"dgen-net/1 999999\n".to_vec(), "999999 bytes"),
        (framed("session=zz\n"), "session"),
        (framed(&"x".repeat(4000)), "session"),
        (header(u64::MAX), "2^63"),
        (header(10).replace(b"stream=0/1", b"stream=0/9"), "part"),
        (vec![0xff; 4096], "no header of dgen"),
    ];
    thread::scope(|scope| {
        let receiver = scope.spawn(|| receive(&listener, &ReceiveOptions::default()));
        // One that says a little and then nothing keeps nobody else waiting.
        let mut slow = TcpStream::connect(listener.address()).unwrap();
        slow.write_all(b"dge").unwrap();
        for (message, words) in messages {
            let mut bad = TcpStream::connect(listener.address()).unwrap();
            _ = bad.write_all(&message);
            let mut told = Vec::new();
            _ = bad.read_to_end(&mut told);
            let told = String::from_utf8_lossy(&told);
            // One whose bytes were not all read is cut off, and may not learn why.
            assert!(told.contains(words) || told.is_empty(), "{told}");
        }
        let sent = send(&options(listener.address(), "dgen1,seed=3", 0, 100_000), Watch::default()).unwrap();
        assert!(sent.report.ok);
        let Outcome { report, error } = receiver.join().unwrap();
        assert!(error.is_none() && report.found.ok);
        assert_eq!(report.warnings.len(), 8, "{:?}", report.warnings);
        for words in ["no header of dgen", "another version", "999999 bytes", "session", "2^63", "part"] {
            assert!(report.warnings.iter().any(|warning| warning.contains(words)), "{words}: {:?}", report.warnings);
        }
        drop(slow);
    });
}

trait Replace {
    fn replace(self, from: &[u8], to: &[u8]) -> Self;
}

impl Replace for Vec<u8> {
    fn replace(self, from: &[u8], to: &[u8]) -> Self {
        String::from_utf8(self)
            .unwrap()
            .replace(std::str::from_utf8(from).unwrap(), std::str::from_utf8(to).unwrap())
            .into()
    }
}

/// What the receiver makes of a connection that is accepted, and on which `act` then does what it likes.
fn after_acceptance(
    size: u64,
    receiving: &ReceiveOptions,
    act: impl FnOnce(TcpStream) + Send,
) -> (ReceiveReport, Option<dgen::Error>) {
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    thread::scope(|scope| {
        let receiver = scope.spawn(|| receive(&listener, receiving));
        let mut sender = TcpStream::connect(listener.address()).unwrap();
        sender.write_all(&header(size)).unwrap();
        act(sender);
        let Outcome { report, error } = receiver.join().unwrap();
        (report, error)
    })
}

#[test]
fn a_sender_that_ends_too_soon_leaves_the_rest_missing() {
    let mut half = vec![0; 50_000];
    stream("dgen1,seed=1").fill_at(0, &mut half).unwrap();
    let (report, error) = after_acceptance(100_000, &ReceiveOptions::default(), |mut sender| {
        sender.write_all(&half).unwrap();
        sender.shutdown(Shutdown::Write).unwrap();
        let mut told = String::new();
        sender.read_to_string(&mut told).unwrap();
        assert!(told.contains("\"bytes_received\":50000"), "{told}");
    });
    assert!(error.is_none() && !report.found.ok);
    let [range] = &report.found.ranges[..] else { panic!("{report:?}") };
    assert_eq!((range.fault.offset, range.fault.length), (Some(50_000), 50_000));
}

#[test]
fn a_sender_that_breaks_off_is_an_error_with_its_place() {
    let (report, error) = after_acceptance(100_000, &ReceiveOptions::default(), |mut sender| {
        // Until the answer is there: a connection closed with bytes unread is reset.
        sender.peek(&mut [0]).unwrap();
        sender.write_all(&vec![0; 50_000]).unwrap();
    });
    let error = error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("of 100000 bytes had come"), "{error}");
    assert!(!report.found.ok && report.connections[0].error.is_some());
}

#[test]
fn a_sender_that_falls_silent_is_left() {
    let mut receiving = ReceiveOptions::default();
    receiving.timeout = Duration::from_millis(300);
    let (_, error) = after_acceptance(100_000, &receiving, |mut sender| {
        let mut told = Vec::new();
        sender.read_to_end(&mut told).unwrap();
        assert!(String::from_utf8_lossy(&told).contains("nothing moved"));
    });
    assert!(error.unwrap().to_string().contains("0 of 100000 bytes had come"));
}

#[test]
fn a_sender_without_end_is_left() {
    let mut receiving = ReceiveOptions::default();
    receiving.verify = false;
    let (_, error) = after_acceptance(4096, &receiving, |mut sender| {
        let zeros = vec![0; 1 << 20];
        while sender.write_all(&zeros).is_ok() {}
    });
    assert!(error.unwrap().to_string().contains("no end"));
}

#[test]
fn connections_that_never_come_are_not_waited_for() {
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    let mut receiving = ReceiveOptions::default();
    receiving.timeout = Duration::from_millis(300);
    thread::scope(|scope| {
        let receiver = scope.spawn(|| listener.receive(&receiving, Watch::default()).unwrap_err());
        let mut sender = TcpStream::connect(listener.address()).unwrap();
        let part = String::from_utf8(header(8192)).unwrap().replace("stream=0/1", "stream=0/2");
        let part = part.replace("part=offset=0,size=8192", "part=offset=0,size=4096");
        sender.write_all(part.as_bytes()).unwrap();
        let mut told = String::new();
        sender.read_to_string(&mut told).unwrap();
        assert!(told.contains("1 of the session's 2 connections came"), "{told}");
        assert!(receiver.join().unwrap().to_string().contains("1 of the session's 2"));
    });
}

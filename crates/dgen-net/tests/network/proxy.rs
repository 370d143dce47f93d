//! A network with faults: a proxy between sender and receiver.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use dgen::SequenceRange;
use dgen_io::Watch;
use dgen_net::{Listener, ReceiveOptions, ReceiveReport, SendReport, send};

use crate::faults::{Fault, pass, plan, told};
use crate::plain::options;

/// Passes one message of the protocol on, and returns it.
fn message(mut from: impl Read, mut to: impl Write) -> io::Result<String> {
    let mut prefix = [0; 18];
    from.read_exact(&mut prefix)?;
    let len: usize = std::str::from_utf8(&prefix[11..17]).unwrap().parse().unwrap();
    let mut rest = vec![0; len];
    from.read_exact(&mut rest)?;
    to.write_all(&prefix)?;
    to.write_all(&rest)?;
    Ok(String::from_utf8(rest).unwrap())
}

/// Passes one connection on, with the faults of its stream.
fn carry(client: &TcpStream, server: &TcpStream, faults: &[Vec<Fault>]) -> io::Result<()> {
    let header = message(client, server)?;
    let stream = header.split_once("stream=").unwrap().1.split_once('/').unwrap().0;
    let stream: usize = stream.parse().unwrap();
    message(server, client)?;
    pass(
        &faults[stream],
        io::BufReader::with_capacity(1 << 18, client),
        io::BufWriter::with_capacity(1 << 18, server),
    )?;
    server.shutdown(Shutdown::Write)?;
    message(server, client).map(drop)
}

/// Sends and receives with faults in between, a list for each connection.
fn faulty(recipe: &str, offset: u64, size: u64, faults: &[Vec<Fault>]) -> (SendReport, ReceiveReport) {
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut sending = options(proxy.local_addr().unwrap(), recipe, offset, size);
    sending.streams = faults.len();
    let mut receiving = ReceiveOptions::default();
    receiving.limit = 1_000_000;
    thread::scope(|scope| {
        let receiver = scope.spawn(|| listener.receive(&receiving, Watch::default()).unwrap());
        scope.spawn(|| {
            for _ in faults {
                let (client, server) = (proxy.accept().unwrap().0, TcpStream::connect(listener.address()).unwrap());
                scope.spawn(move || carry(&client, &server, faults).unwrap());
            }
        });
        let sent = send(&sending, Watch::default()).unwrap();
        let received = receiver.join().unwrap();
        assert!(sent.error.is_none() && received.error.is_none());
        (sent.report, received.report)
    })
}

/// Asks that each fault of each connection is told of, and nothing else.
fn all_told(report: &ReceiveReport, faults: &[Vec<Fault>]) {
    for (stream, faults) in faults.iter().enumerate() {
        let of = report.found.ranges.iter().filter(|placed| placed.stream == stream);
        let ranges: Vec<SequenceRange> = of.map(|placed| placed.fault.clone()).collect();
        let told = told(faults, report.connections[stream].offset, &ranges);
        told.check(&format!("connection {stream}"));
        println!("{} faults: {} named, {} told otherwise", faults.len(), told.named, told.otherwise.len());
    }
}

#[test]
fn faults_on_the_way_are_named() {
    // So many as are asked for, where someone looks at it by hand.
    let asked = std::env::var("DGEN_NET_FAULTS").ok().and_then(|text| text.parse().ok());
    let count = asked.unwrap_or(300);
    let (faults, size) = plan(11, count, false);
    let (sent, received) = faulty("dgen1,seed=7,compress=2", 1 << 30, size, std::slice::from_ref(&faults));
    all_told(&received, &[faults]);
    assert_eq!(sent.bytes_sent, size);
    let told = sent.receiver.unwrap();
    assert!(!sent.ok && !told.ok && told.ranges.len() == 20);
    assert_eq!((told.ranges_total, told.bytes_bad), (received.found.ranges_total, received.found.bytes_bad));
}

#[test]
fn faults_of_each_connection_are_its_own() {
    let plans: Vec<_> = (21..24).map(|seed| plan(seed, 40, true)).collect();
    // Each part is as large as the largest of the plans needs, to the end of a block.
    let part = plans.iter().map(|(_, size)| *size).max().unwrap().next_multiple_of(1 << 20);
    let faults: Vec<_> = plans.into_iter().map(|(faults, _)| faults).collect();
    let (_, received) = faulty("dgen1,seed=8", 0, 3 * part, &faults);
    all_told(&received, &faults);
}

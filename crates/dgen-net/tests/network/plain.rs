//! Sessions without faults.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use dgen::{Recipe, Stream};
use dgen_io::{Outcome, StreamRange, Watch};
use dgen_net::{Listener, ReceiveOptions, ReceiveReport, SendOptions, SendReport, send};

pub(crate) fn stream(text: &str) -> Stream {
    Stream::new(&text.parse::<Recipe>().unwrap()).unwrap()
}

/// Options for so many bytes to a listener.
pub(crate) fn options(address: SocketAddr, recipe: &str, offset: u64, size: u64) -> SendOptions {
    SendOptions::new(address.to_string(), stream(recipe), StreamRange::new(offset, size).unwrap())
}

/// Sends and receives in one process.
fn both(sending: &SendOptions, listener: &Listener, receiving: &ReceiveOptions) -> (SendReport, ReceiveReport) {
    thread::scope(|scope| {
        let receiver = scope.spawn(|| listener.receive(receiving, Watch::default()).unwrap());
        let Outcome { report: sent, error } = send(sending, Watch::default()).unwrap();
        assert!(error.is_none(), "{error:?}");
        let Outcome { report: received, error } = receiver.join().unwrap();
        assert!(error.is_none(), "{error:?}");
        (sent, received)
    })
}

#[test]
fn what_is_sent_arrives_whatever_the_streams() {
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    for (streams, offset, size) in
        [(1, 0, 1), (1, 77, 3_000_001), (3, 4096, 5_000_000), (7, 1 << 40, 20 << 20), (5, 9, 5)]
    {
        for (ahead, verify) in [(true, true), (false, true), (true, false)] {
            let mut sending = options(listener.address(), "dgen1,seed=3,dedup=2,block=64KiB", offset, size);
            sending.stream = sending.stream.version(6);
            (sending.streams, sending.ahead) = (streams, Some(ahead));
            let mut receiving = ReceiveOptions::default();
            receiving.verify = verify;
            let (sent, received) = both(&sending, &listener, &receiving);
            assert!(sent.ok && received.found.ok, "{sent:?} {received:?}");
            assert_eq!((sent.bytes_sent, received.found.bytes_received), (size, size));
            assert_eq!((received.streams, received.stream_version, received.offset), (streams, 6, offset));
            assert_eq!((received.recipe, received.found.verified), (sent.recipe, verify));
            let parts: u64 = received.connections.iter().map(|part| part.size).sum();
            assert_eq!(parts, size);
        }
    }
}

#[test]
fn a_time_limit_ends_it_well() {
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    let mut sending = options(listener.address(), "dgen1,seed=3", 0, 1 << 50);
    (sending.streams, sending.time_limit) = (2, Some(Duration::from_millis(50)));
    sending.rate = Some(50 << 20);
    let (sent, received) = both(&sending, &listener, &ReceiveOptions::default());
    assert!(sent.ok && sent.time_limit_reached && received.found.ok, "{sent:?} {received:?}");
    assert_eq!(sent.bytes_sent, received.found.bytes_received);
}

#[test]
fn bad_values_are_refused_before_anything_is_sent() {
    let mut sending = options("127.0.0.1:1".parse().unwrap(), "dgen1,seed=3", 0, 10);
    for (streams, rate, words) in [(0, None, "streams"), (1000, None, "256"), (11, None, "size"), (1, Some(0), "rate")]
    {
        (sending.streams, sending.rate) = (streams, rate);
        let error = send(&sending, Watch::default()).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    (sending.streams, sending.rate) = (1, None);
    let error = send(&sending, Watch::default()).unwrap_err().to_string();
    assert!(error.contains("connect") && error.contains("127.0.0.1:1"), "{error}");
}

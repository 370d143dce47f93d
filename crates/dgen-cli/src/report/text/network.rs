//! The reports of sending and receiving.

use dgen::units::human_rate;
use dgen_net::{ConnectionReport, ReceiveReport, ReceiverSaid, SendReport};

use crate::report::lines::row;
use crate::report::words::{LISTED, both, count};

/// What was sent, and what the receiver answered.
pub(crate) fn sent(report: &SendReport) -> String {
    let mut text = String::new();
    match &report.receiver {
        Some(said) => verdict(&mut text, said),
        None => row(&mut text, "result", "the receiver did not answer"),
    }
    let seconds = report.elapsed_ns as f64 / 1e9;
    row(&mut text, "sent", format_args!("{} in {seconds:.3} s", both(report.bytes_sent)));
    row(&mut text, "throughput", human_rate(report.bytes_per_s));
    let percent = report.generation_bound * 100.0;
    row(&mut text, "bound", format_args!("{percent:.0} % of the time waited for data to be generated"));
    connections(&mut text, &report.connections);
    row(&mut text, "recipe", report.recipe);
    version(&mut text, report.stream_version);
    if let Some(said) = &report.receiver {
        damage(&mut text, said);
    }
    text
}

/// What was received, and what was found.
pub(crate) fn received(report: &ReceiveReport) -> String {
    let mut text = String::new();
    verdict(&mut text, &report.found);
    let seconds = report.elapsed_ns as f64 / 1e9;
    row(&mut text, "received", format_args!("{} in {seconds:.3} s", both(report.found.bytes_received)));
    row(&mut text, "throughput", human_rate(report.bytes_per_s));
    if report.found.verified {
        row(&mut text, "verifying", format_args!("{:.0} % of the time", report.verify_share * 100.0));
    }
    connections(&mut text, &report.connections);
    row(&mut text, "recipe", report.recipe);
    version(&mut text, report.stream_version);
    damage(&mut text, &report.found);
    text
}

fn verdict(text: &mut String, said: &ReceiverSaid) {
    let verdict = match (said.ok, said.verified, said.ranges_total) {
        (true, true, _) => "ok: every byte arrived as its recipe says".to_owned(),
        (true, false, _) => "ok: all bytes arrived, and were not compared".to_owned(),
        (false, _, 0) => format!("not all arrived: {} bytes came", said.bytes_received),
        (false, ..) => format!("damaged: {} in {}", count(said.bytes_bad, "byte"), count(said.ranges_total, "range")),
    };
    row(text, "result", verdict);
}

fn connections(text: &mut String, all: &[ConnectionReport]) {
    for one in all.iter().filter(|_| all.len() > 1).take(LISTED) {
        let (bytes, rate) = (both(one.bytes), human_rate(one.bytes_per_s));
        row(text, "connection", format_args!("{}: {bytes} from stream offset {}, {rate}", one.stream, one.offset));
    }
}

fn version(text: &mut String, version: u32) {
    if version != 0 {
        row(text, "version", format_args!("{version} of the stream"));
    }
}

fn damage(text: &mut String, said: &ReceiverSaid) {
    for (kind, bytes) in &said.bytes_by_kind {
        row(text, "damage", format_args!("{kind}: {bytes} bytes"));
    }
    let several = said.ranges.iter().any(|placed| placed.stream > 0);
    for placed in &said.ranges {
        let stream = if several { format!("connection {}: ", placed.stream) } else { String::new() };
        row(text, "range", format_args!("{stream}{}", placed.fault));
    }
    let unlisted = said.ranges_total - said.ranges.len() as u64;
    if unlisted > 0 {
        row(text, "ranges", format_args!("{unlisted} more, not listed (see --limit of `dgen recv`)"));
    }
}

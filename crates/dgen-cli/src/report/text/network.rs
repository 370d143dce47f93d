//! The reports of sending and receiving.

use dgen_net::{ConnectionReport, ReceiveReport, ReceiverSaid, SendReport};

use crate::display::lines::{Text, row, toned};
use crate::display::look::Tone;
use crate::report::words::{LISTED, count, human_rate, human_size};

/// What was sent, and what the receiver answered.
pub(crate) fn sent(report: &SendReport) -> Text {
    let mut text = Text::default();
    match &report.receiver {
        Some(said) => verdict(&mut text, said),
        None => toned(&mut text, "result", "the receiver did not answer", Tone::Bad),
    }
    let seconds = report.elapsed_ns as f64 / 1e9;
    row(&mut text, "sent", format_args!("{} in {seconds:.3} s", human_size(report.bytes_sent)));
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
pub(crate) fn received(report: &ReceiveReport) -> Text {
    let mut text = Text::default();
    verdict(&mut text, &report.found);
    let seconds = report.elapsed_ns as f64 / 1e9;
    row(&mut text, "received", format_args!("{} in {seconds:.3} s", human_size(report.found.bytes_received)));
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

fn verdict(text: &mut Text, said: &ReceiverSaid) {
    let verdict = match (said.ok, said.verified, said.ranges_total) {
        (true, true, _) => "ok: every byte arrived as its recipe says".to_owned(),
        (true, false, _) => "ok: all bytes arrived, and were not compared".to_owned(),
        (false, _, 0) => format!("not all arrived: {} bytes came", said.bytes_received),
        (false, ..) => format!("damaged: {} in {}", count(said.bytes_bad, "byte"), count(said.ranges_total, "range")),
    };
    toned(text, "result", verdict, if said.ok { Tone::Good } else { Tone::Bad });
}

fn connections(text: &mut Text, all: &[ConnectionReport]) {
    for one in all.iter().filter(|_| all.len() > 1).take(LISTED) {
        let (bytes, rate) = (human_size(one.bytes), human_rate(one.bytes_per_s));
        row(text, "connection", format_args!("{}: {bytes} from stream offset {}, {rate}", one.stream, one.offset));
    }
}

fn version(text: &mut Text, version: u32) {
    if version != 0 {
        row(text, "version", format_args!("{version} of the stream"));
    }
}

fn damage(text: &mut Text, said: &ReceiverSaid) {
    for (kind, bytes) in &said.bytes_by_kind {
        toned(text, "damage", format_args!("{kind}: {bytes} bytes"), Tone::Bad);
    }
    let several = said.ranges.iter().any(|placed| placed.stream > 0);
    for placed in &said.ranges {
        let stream = if several { format!("connection {}: ", placed.stream) } else { String::new() };
        toned(text, "range", format_args!("{stream}{}", placed.fault), Tone::Bad);
    }
    let unlisted = said.ranges_total - said.ranges.len() as u64;
    if unlisted > 0 {
        row(text, "ranges", format_args!("{unlisted} more, not listed (see --limit of `dgen recv`)"));
    }
}

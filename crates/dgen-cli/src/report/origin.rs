//! Where a report comes from: when, by which command, with which program, on what.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dgen_io::{HostFacts, StorageFacts};

use super::facts::{Fact, surroundings};
use crate::launch::{self, BUILD, quoted};

const DAY: u64 = 86_400;

/// The line below a title: what was moved, when and where.
pub(crate) fn below(what: &str, started_unix_s: u64, host: &HostFacts) -> String {
    let on = host.name.as_ref().map(|name| format!(" on {name}")).unwrap_or_default();
    format!("{what}; {}{on}; dgen {}", date(started_unix_s), env!("CARGO_PKG_VERSION"))
}

/// All that is known of where the numbers of this process come from.
pub(crate) fn facts(started_unix_s: u64, host: &HostFacts, storage: &[StorageFacts]) -> Vec<Fact> {
    let mut facts = vec![("date", date(started_unix_s)), ("command", command(&launch::arguments()))];
    facts.push(("version", format!("dgen {}, {BUILD} build", env!("CARGO_PKG_VERSION"))));
    facts.extend(host.name.as_ref().map(|name| ("host name", name.clone())));
    facts.extend(surroundings(host, storage));
    facts
}

/// When the command began, in seconds since 1970.
pub(crate) fn started() -> u64 {
    seconds(launch::began())
}

fn seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}

/// A time in seconds since 1970 as RFC 3339 has it, in UTC: `2026-11-22T21:44:22Z`.
pub(crate) fn date(unix_s: u64) -> String {
    let ((year, month, day), second) = (civil(unix_s / DAY), unix_s % DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day of a number of days since 1970. Years are counted from March, so that leap days come last: the way of
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (`civil_from_days`), for dates that are not before 1970.
fn civil(days: u64) -> (u64, u64, u64) {
    // 719,468 days lie between 0000-03-01 and 1970-01-01, and 146,097 in 400 years.
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

/// The command line as a shell takes it.
fn command(arguments: &[String]) -> String {
    let words = arguments.iter().map(|word| quoted(word));
    std::iter::once("dgen".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (unix_s, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_735_689_600, "2025-01-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(date(unix_s), expected);
        }
    }

    #[test]
    fn a_shell_takes_the_command_as_it_was() {
        let words = ["write", "a b", "it's", "", "--size=1GiB", "$HOME"].map(str::to_owned);
        assert_eq!(command(&words), r"dgen write 'a b' 'it'\''s' '' --size=1GiB '$HOME'");
    }
}

//! What the system is told of reads that go through the page cache.

use std::num::NonZeroU64;
use std::str::FromStr;

use dgen::error::Message;
use dgen::{Error, ErrorKind, Result};
use rustix::fs::fadvise;

use crate::extents::cursor::Section;
use crate::options::{modes::by_name, order::Order};
use crate::storage::{open_file::OpenFile, page_cache::Dropped, page_cache::drop_range};

/// Advice on the page cache, given before the first read. Direct I/O does not use it, and goes without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Advice {
    /// What suits the order: `sequential` lets the system read far ahead, `random` not at all.
    #[default]
    Auto,
    /// None: the system reads ahead as it sees fit.
    None,
    /// The data will be read in order.
    Sequential,
    /// The data will be read in no order.
    Random,
    /// The data will be needed soon: the system begins to read it into the cache.
    WillNeed,
    /// What is cached is not needed: it is made durable and dropped, so that the storage answers and not memory. The
    /// advice of [`Auto`](Self::Auto) follows.
    DontNeed,
}

impl FromStr for Advice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        by_name("advise", text, &Self::NAMES)
    }
}

impl Advice {
    /// As options and reports call it.
    const NAMES: [(&'static str, Self); 6] = [
        ("auto", Self::Auto),
        ("none", Self::None),
        ("sequential", Self::Sequential),
        ("random", Self::Random),
        ("willneed", Self::WillNeed),
        ("dontneed", Self::DontNeed),
    ];

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, advice)| *advice == self).expect("all have names").0
    }

    /// What the system calls it.
    fn of_system(self) -> rustix::fs::Advice {
        match self {
            Self::Auto | Self::None => rustix::fs::Advice::Normal,
            Self::Sequential => rustix::fs::Advice::Sequential,
            Self::Random => rustix::fs::Advice::Random,
            Self::WillNeed => rustix::fs::Advice::WillNeed,
            Self::DontNeed => rustix::fs::Advice::DontNeed,
        }
    }

    /// Refuses to drop what is to answer.
    pub(crate) fn check(self, cached: bool) -> Result<()> {
        if self != Self::DontNeed || !cached {
            return Ok(());
        }
        let message = Message::default().option("cached").text(" reads what the page cache holds, and ");
        let message = message.option("advise").text(" dontneed drops it: not both");
        Err(Error::new(ErrorKind::Usage, message))
    }

    /// The advice that suits an order.
    fn suiting(order: Order) -> Self {
        if order == Order::Sequential { Self::Sequential } else { Self::Random }
    }
}

/// What was advised, for the report.
#[derive(Clone, Debug)]
pub(crate) struct Advised {
    /// `none` unless all files got it.
    pub(crate) name: &'static str,
    pub(crate) reason: String,
    pub(crate) warnings: Vec<String>,
}

/// Gives the advice on the section of each file.
/// Fails when cached data that is to be dropped cannot be made durable. Refused advice is a warning.
pub(crate) fn advise(files: &[&OpenFile], sections: &[Section], advice: Advice, order: Order) -> Result<Advised> {
    let (advice, asked) = match advice {
        Advice::Auto => (Advice::suiting(order), format!("the order is {}", order.name())),
        advice => (advice, "it was asked for".to_owned()),
    };
    let mut advised = Advised { name: advice.name(), reason: asked, warnings: Vec::new() };
    let mut without = Vec::new();
    for (file, section) in files.iter().zip(sections) {
        if file.direct.is_some() {
            without.push((file, "direct I/O does not use the page cache".to_owned()));
        } else if let Err(why) = give(file, section, advice, order)? {
            let place = file.path.display();
            advised.warnings.push(format!("{place}: the advice {} is not followed: {why}", advice.name()));
            without.push((file, why));
        }
    }
    if let Some((file, why)) = without.first() {
        let place = format!("{}: ", file.path.display());
        let place = if without.len() == files.len() { "" } else { &place };
        (advised.name, advised.reason) = (Advice::None.name(), format!("{place}{why}"));
    }
    Ok(advised)
}

/// Gives the advice on one file; what comes back inside is why the system does not follow it.
fn give(open: &OpenFile, section: &Section, advice: Advice, order: Order) -> Result<std::result::Result<(), String>> {
    let file = &open.buffered;
    let refused = |error: rustix::io::Errno| format!("the system refuses it ({error})");
    // How far to read ahead belongs to the open file; what to load and to drop, to a range.
    let whole = |advice: Advice| fadvise(file, 0, None, advice.of_system()).map_err(refused);
    Ok(match advice {
        Advice::Auto | Advice::None => Ok(()),
        Advice::Sequential | Advice::Random => whole(advice),
        Advice::WillNeed => {
            let size = NonZeroU64::new(section.size);
            size.map_or(Ok(()), |size| fadvise(file, section.file_offset, Some(size), advice.of_system()))
                .map_err(refused)
        }
        Advice::DontNeed => {
            let dropped = match NonZeroU64::new(section.size) {
                Some(size) => drop_range(&open.path, file, section.file_offset, Some(size))?,
                None => Dropped::Yes,
            };
            // Beside the point here, so a refusal is none.
            _ = whole(Advice::suiting(order));
            match dropped {
                Dropped::Yes => Ok(()),
                Dropped::InMemory => Err("the file system holds its files in memory".into()),
                Dropped::Partly { pages } => Err(format!("{pages} pages stay in the page cache")),
                Dropped::Refused(error) => Err(refused(error)),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_named() {
        for advice in
            [Advice::Auto, Advice::None, Advice::Sequential, Advice::Random, Advice::WillNeed, Advice::DontNeed]
        {
            assert_eq!(advice.name().parse::<Advice>().unwrap(), advice);
        }
        let error = "noreuse".parse::<Advice>().unwrap_err().to_string();
        assert!(error.contains("advise") && error.contains("`noreuse`") && error.contains("dontneed"), "{error}");
    }

    #[test]
    fn without_a_choice_it_suits_the_order() {
        assert_eq!(Advice::suiting(Order::Sequential), Advice::Sequential);
        assert_eq!(Advice::suiting(Order::Random(1)), Advice::Random);
    }
}

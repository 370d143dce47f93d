//! The table of systems: what data of a compress ratio takes there. Written by `examples/systems.rs` of `dgen-measure`.

use crate::ratio::Ratio;
use crate::recipe::{Texture, Tune};
use crate::share::Share;

/// A ratio of 1, in the table's thousandths.
pub(super) const ONE: u32 = 1000;

const TABLE: &str = include_str!("systems-v1.csv");

/// What one system allocates, by the compress ratio of the data.
pub(super) struct Curve {
    pub(super) texture: Texture,
    pub(super) tune: Tune,
    pub(super) spread: Share,
    /// Compress ratio of the data, and ratio of its size to what is allocated; both in thousandths, the first rising.
    points: Vec<(u32, u32)>,
}

/// The fields of the table's lines, below its heading.
fn lines() -> impl Iterator<Item = [&'static str; 6]> {
    let fields = |line: &'static str| -> [&str; 6] {
        let fields: Vec<&str> = line.split(',').collect();
        fields.try_into().expect("a line of the table has six fields")
    };
    TABLE.lines().skip(1).map(fields)
}

/// The names of all systems, in the order of the table.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    lines().map(|fields| fields[0]).filter(move |name| std::mem::replace(&mut last, name) != *name)
}

/// The name with the tabulated level that is nearest to another.
pub(super) fn nearest_level(word: &str, level: u32) -> Option<String> {
    let levels = names().filter_map(|name| name.split_once(':').filter(|(known, _)| *known == word)?.1.parse().ok());
    levels.min_by_key(|known: &u32| known.abs_diff(level)).map(|level| format!("{word}:{level}"))
}

impl Curve {
    pub(super) fn of(name: &str) -> Option<Self> {
        let mut own = lines().filter(|fields| fields[0] == name).peekable();
        let [_, texture, tune, spread, ..] = *own.peek()?;
        let number = |text: &str| text.parse().expect("the table holds numbers");
        Some(Self {
            texture: texture.parse().expect("the table holds textures"),
            tune: tune.parse().expect("the table holds tunings"),
            spread: Share::parse("spread", spread).expect("the table holds shares"),
            points: own.map(|[.., compress, allocated]| (number(compress), number(allocated))).collect(),
        })
    }

    /// The least ratio above 1 that can be had, in thousandths.
    pub(super) fn least(&self) -> u32 {
        self.points.first().map_or(ONE, |(_, allocated)| *allocated)
    }

    /// The largest ratio that can be had, in thousandths.
    pub(super) fn largest(&self) -> u32 {
        self.points.iter().map(|(_, allocated)| *allocated).max().unwrap_or(ONE)
    }

    /// The compress ratio, in thousandths, with which data takes as much less than its size: the smallest, between
    /// points in proportion.
    pub(super) fn compress_for(&self, asked: Ratio) -> Option<u32> {
        let (p, q) = (u128::from(asked.num()) * u128::from(ONE), u128::from(asked.den()));
        let at = self.points.iter().position(|&(_, allocated)| u128::from(allocated) * q >= p)?;
        let (compress, allocated) = self.points[at];
        let Some(&(below, least)) = at.checked_sub(1).map(|at| &self.points[at]) else {
            // Before the first line: that one, where it is near enough.
            return Some(compress).filter(|_| u128::from(allocated) * q * 100 <= p * 103);
        };
        // The point before allocates too much, so the quotient is of positive terms.
        let (wanted, whole) = (p - u128::from(least) * q, u128::from(allocated - least) * q);
        let more = (u128::from(compress - below) * wanted + whole / 2) / whole;
        Some(below + u32::try_from(more).expect("at most the distance of the points"))
    }
}

//! What pages of pieces and pages of words have in common: the tables of their rows, and symbols in the order of a key.

use crate::keys::{Keys, range};
use crate::number::index;
use crate::texture::Tune;

/// Numbers that symbols are listed as.
pub(crate) const SLOTS: usize = 64;

/// Numbers with spaces between them, as a table has them.
pub(crate) fn numbers(text: &str) -> Vec<usize> {
    text.split(' ').map(|number| number.parse().expect("the table holds numbers")).collect()
}

/// The rows of a tuning, with what a page of each costs in sixteenths of a byte, in rising order; `parse` reads the columns
/// behind tuning and cost.
pub(crate) fn rows<R>(table: &str, tune: Tune, parse: impl Fn(&str) -> R) -> Vec<(R, u64)> {
    let mut rows = Vec::new();
    for line in table.lines() {
        let fields: Vec<&str> = line.splitn(3, ',').collect();
        let &[name, cost, columns] = fields.as_slice() else {
            panic!("a row of the table has fields: {line}");
        };
        if name == tune.name() {
            rows.push((parse(columns), cost.parse().expect("a cost")));
        }
    }
    rows
}

/// Each symbol as often as its weight says, from symbol number `first` on.
pub(crate) fn slots(weights: &[usize], symbols: &[u8], first: usize) -> Vec<u8> {
    let mut slots = Vec::new();
    for (i, weight) in weights.iter().enumerate() {
        slots.extend(vec![symbols[(i + first) % symbols.len()]; *weight]);
    }
    slots
}

/// Puts symbols in the order of a key.
pub(crate) fn order(symbols: &mut [u8], keys: &Keys, domain: u64) {
    for i in (1..symbols.len()).rev() {
        symbols.swap(i, index(range(keys.hash(domain, i as u64), i as u64 + 1)));
    }
}

/// Checks of tables, by what their rows cost.
#[cfg(test)]
pub(crate) mod checks {
    use crate::texture::{FULL_COST, Tune};

    const TUNES: [Tune; 3] = [Tune::Lz4, Tune::Zstd, Tune::Zlib];

    pub(crate) fn table_is_sound(costs: impl Fn(Tune) -> Vec<u64>) {
        for tune in TUNES {
            let costs = costs(tune);
            assert!(costs.len() > 1 && costs.windows(2).all(|pair| pair[0] < pair[1]), "{tune:?}");
            assert!(costs.iter().all(|cost| *cost < FULL_COST));
        }
        assert!(costs(Tune::Any).is_empty() && costs(Tune::Snappy).is_empty());
    }

    /// The document has the limits of the table below a heading.
    pub(crate) fn document_shows_the_limits(heading: &str, costs: impl Fn(Tune) -> Vec<u64>) {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/FORMAT.md");
        let document = std::fs::read_to_string(path).expect("docs/FORMAT.md can be read");
        let (_, document) = document.split_once(heading).expect("the document has the table");
        for tune in TUNES {
            let costs = costs(tune);
            // Inwards, in hundredths.
            let least = (100 * FULL_COST / costs.last().expect("a row") + 1) as f64 / 100.0;
            let most = (100 * FULL_COST / costs[0]) as f64 / 100.0;
            let shown = format!("\n| `{}` | {least:.2} to {most:.2} |", tune.name());
            assert!(document.contains(&shown), "the document does not contain {shown}");
        }
    }
}

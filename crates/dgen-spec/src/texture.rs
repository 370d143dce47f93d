//! The texture table and the choice of layouts (section 5 of FORMAT.md).

use crate::ratio::Ratio;

const TABLE: &str = include_str!("../texture-v1.csv");

/// What a page of 256 units costs, in sixteenths of a byte.
pub(crate) const FULL_COST: u64 = 65536;

/// What fills a run after its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texture {
    /// The head, again and again.
    Repeat,
    /// Zeros.
    Zeros,
    /// Nothing: pages are made of literals and copies.
    Lz,
    /// Nothing: pages are made of words.
    Text,
    /// Nothing: the page holds numbers.
    Tensor,
}

/// The compressor that the compress ratio is calibrated for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names of the compressors
pub enum Tune {
    /// None of them in particular.
    Any,
    Lz4,
    Zstd,
    Zlib,
    Snappy,
}

impl Texture {
    /// The name in a recipe.
    pub fn name(self) -> &'static str {
        match self {
            Texture::Repeat => "repeat",
            Texture::Zeros => "zeros",
            Texture::Lz => "lz",
            Texture::Text => "text",
            Texture::Tensor => "tensor",
        }
    }

    /// Whether pages are made of pieces or words, by tables of their own.
    pub(crate) fn is_made(self) -> bool {
        matches!(self, Texture::Lz | Texture::Text)
    }
}

impl Tune {
    /// The name in a recipe.
    pub fn name(self) -> &'static str {
        match self {
            Tune::Any => "any",
            Tune::Lz4 => "lz4",
            Tune::Zstd => "zstd",
            Tune::Zlib => "zlib",
            Tune::Snappy => "snappy",
        }
    }
}

/// A part of a page: a head of random bytes and what fills the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The length of the run, in units of 256 bytes.
    pub(crate) half_sectors: usize,
    /// The length of its head, in units of 16 bytes.
    pub(crate) units: usize,
}

/// A used row of the table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The runs of its layout.
    pub(crate) runs: Vec<Run>,
    /// What a page costs.
    pub(crate) cost: u64,
}

/// The layouts of the pages of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Layouts {
    /// The layout A.
    pub(crate) low: Vec<Run>,
    /// The layout B.
    pub(crate) high: Vec<Run>,
    /// The share of pages that have layout B, in units of 2^-32.
    pub(crate) share: u64,
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().expect("the table holds numbers")
}

fn runs(text: &str) -> Vec<Run> {
    text.split(' ')
        .map(|run| {
            let (half_sectors, units) = run.split_once(':').expect("a run is H:P");
            Run { half_sectors: number(half_sectors), units: number(units) }
        })
        .collect()
}

/// The rows that are used for a texture and tuning, in rising order.
pub(crate) fn used_rows(texture: Texture, tune: Tune) -> Vec<Row> {
    let mut rows = Vec::new();
    for line in TABLE.lines() {
        let fields: Vec<&str> = line.split(',').collect();
        if fields[0] != texture.name() {
            continue;
        }
        let &[_, _, layout, any, lz4, zstd, zlib, snappy] = fields.as_slice() else {
            panic!("a row of the table has eight fields: {line}");
        };
        let cost = number(match tune {
            Tune::Any => any,
            Tune::Lz4 => lz4,
            Tune::Zstd => zstd,
            Tune::Zlib => zlib,
            Tune::Snappy => snappy,
        });
        if cost != 0 {
            rows.push(Row { runs: runs(layout), cost });
        }
    }
    rows
}

/// Whether a tuning reaches a compress ratio with a texture.
pub(crate) fn reaches(texture: Texture, tune: Tune, compress: Ratio) -> bool {
    let first = used_rows(texture, tune)[0].cost;
    // 65536·q/p >= first
    tune == Tune::Any || FULL_COST * compress.denominator() >= first * compress.numerator()
}

impl Layouts {
    /// The layouts for a ratio that the tuning reaches.
    pub(crate) fn new(texture: Texture, tune: Tune, compress: Ratio) -> Layouts {
        let (p, q) = (u128::from(compress.numerator()), u128::from(compress.denominator()));
        // The target cost X is x/p.
        let x = u128::from(FULL_COST) * q;
        let rows = used_rows(texture, tune);
        // A is the last row with a cost of at most X; where there is none, the first row is used for every page.
        let Some(a) = rows.iter().rposition(|row| u128::from(row.cost) * p <= x) else {
            return Layouts { low: rows[0].runs.clone(), high: rows[0].runs.clone(), share: 0 };
        };
        let low = &rows[a];
        // Only X = 65536 has no row above it.
        let Some(high) = rows.get(a + 1) else {
            return Layouts { low: low.runs.clone(), high: low.runs.clone(), share: 0 };
        };
        let share = ((x - u128::from(low.cost) * p) << 32) / (p * u128::from(high.cost - low.cost));
        Layouts { low: low.runs.clone(), high: high.runs.clone(), share: crate::number::word(share) }
    }

    /// The layout of page `n`.
    pub(crate) fn of_page(&self, n: u64) -> &[Run] {
        let rest = n.wrapping_mul(self.share) % (1 << 32);
        if rest + self.share >= 1 << 32 { &self.high } else { &self.low }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::line_numbers;

    const TEXTURES: [Texture; 2] = [Texture::Repeat, Texture::Zeros];
    const TUNES: [Tune; 5] = [Tune::Any, Tune::Lz4, Tune::Zstd, Tune::Zlib, Tune::Snappy];

    #[test]
    fn the_table_is_sound() {
        for texture in TEXTURES {
            for tune in TUNES {
                let rows = used_rows(texture, tune);
                assert!(rows.windows(2).all(|pair| pair[0].cost < pair[1].cost), "{texture:?} {tune:?}");
                assert_eq!(rows.last().map(|row| row.cost), Some(FULL_COST));
            }
        }
        for line in TABLE.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            assert_eq!(fields.len(), 8, "{line}");
            let runs = runs(fields[2]);
            assert_eq!(runs.iter().map(|run| run.half_sectors).sum::<usize>(), 16, "{line}");
            assert_eq!(runs.iter().map(|run| run.units).sum::<usize>(), number::<usize>(fields[1]), "{line}");
            assert!(line_numbers(&runs).1 <= 64, "{line}");
            assert!(runs.iter().all(|run| run.units >= 1 && run.units <= 16 * run.half_sectors), "{line}");
        }
    }

    #[test]
    fn the_layouts_have_the_target_cost_on_average() {
        const PAGES: u64 = 10_000;
        for texture in TEXTURES {
            for tune in TUNES {
                for tenth in 10..=200 {
                    let compress = Ratio::new(tenth, 10).expect("a ratio");
                    if !reaches(texture, tune, compress) {
                        continue;
                    }
                    let rows = used_rows(texture, tune);
                    let layouts = Layouts::new(texture, tune, compress);
                    let cost = |runs: &[Run]| rows.iter().find(|row| row.runs == runs).expect("a row").cost;
                    let total: u64 = (0..PAGES).map(|n| cost(layouts.of_page(7777 + n))).sum();
                    let mean = total as f64 / PAGES as f64;
                    let target = 655_360.0 / tenth as f64;
                    assert!((mean - target).abs() < 0.5, "{texture:?} {tune:?} {compress}: {mean}, not {target}");
                }
            }
        }
    }

    /// Whether two sectors of a page of this layout are equal.
    fn repeats_sectors(texture: Texture, runs: &[Run]) -> bool {
        let mut units = Vec::new();
        for (k, run) in runs.iter().enumerate() {
            units.extend((0..16 * run.half_sectors).map(|i| match texture {
                Texture::Repeat | Texture::Tensor => Some((k, i % run.units)),
                Texture::Zeros | Texture::Lz | Texture::Text => (i < run.units).then_some((k, i)),
            }));
        }
        units.chunks(32).collect::<std::collections::HashSet<_>>().len() < 8
    }

    #[test]
    fn the_format_document_shows_the_limits_of_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/FORMAT.md");
        let document = std::fs::read_to_string(path).expect("docs/FORMAT.md can be read");
        for tune in TUNES {
            let limits = TEXTURES.map(|texture| {
                let rows = used_rows(texture, tune);
                let last = rows.iter().rposition(|row| repeats_sectors(texture, &row.runs)).expect("such a row");
                assert!(rows[..last].iter().all(|row| repeats_sectors(texture, &row.runs)));
                // In tenths, rounded down. A layout begins to be used below the cost of the row above it.
                let ratio = |row: &Row| (10 * FULL_COST / row.cost) as f64 / 10.0;
                format!("{:.1} | {:.1}", ratio(&rows[last + 1]), ratio(&rows[0]))
            });
            let shown = format!("\n| `{}` | {} |\n", tune.name(), limits.join(" | "));
            assert!(document.contains(&shown), "the document does not contain {shown}");
        }
    }

    #[test]
    fn any_run_of_pages_has_an_even_share() {
        let layouts = Layouts::new(Texture::Repeat, Tune::Any, Ratio::new(33, 10).expect("a ratio"));
        assert!(layouts.share > 0);
        for start in [0, 12345, 1 << 50] {
            let mut high = 0;
            for n in 1..=2000_u64 {
                high += u64::from(layouts.of_page(start + n - 1) == layouts.high);
                let expected = (n * layouts.share) >> 32;
                assert!(high.abs_diff(expected) <= 1, "{high} of {n} pages, not {expected}");
            }
        }
    }
}

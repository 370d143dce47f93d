//! Pages of literals and copies (sections 5 and 6 of FORMAT.md: `lz`).

use crate::keys::Keys;
use crate::made::{SLOTS, numbers, order, rows, slots};
use crate::number::{index, word};
use crate::ratio::Ratio;
use crate::size::PAGE;
use crate::text::{Letters, Text, letters, text_rows};
use crate::texture::{FULL_COST, Texture, Tune};

const TABLE: &str = include_str!("../lz-v1.csv");

/// The domain of the hash that orders symbols.
const SYMBOLS_DOMAIN: u64 = 16;
/// The lowest symbol, and how many there are.
const FIRST_SYMBOL: u8 = 32;
const SYMBOLS: usize = 96;
/// Variants of an alphabet.
const VARIANTS: u64 = 4;
/// The tag, and the literals behind it.
const TAG: usize = 16;
const OPENING: usize = 80;
/// Copies begin at multiples of this many bytes.
const PHRASE: usize = 16;

/// The 96 symbols of a stream, in its order.
pub type Symbols = [u8; SYMBOLS];

/// A row of the table: how pages are made of pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pieces {
    /// The lengths of runs of literals.
    literals: [usize; 16],
    /// The lengths of copies, by phrase.
    copies: [usize; 16],
    /// How many of the 64 slots each symbol of the alphabet has.
    weights: Vec<usize>,
    /// How far the alphabets of two neighbouring variants lie apart.
    shift: usize,
}

impl Pieces {
    /// Reads the columns `literals`, `copies`, `weights` and `shift` of the table.
    ///
    /// # Panics
    /// Panics when they are not those of a row.
    pub fn parse(literals: &str, copies: &str, weights: &str, shift: &str) -> Pieces {
        let sixteen = |text| numbers(text).try_into().expect("sixteen lengths");
        let row = Pieces {
            literals: sixteen(literals),
            copies: sixteen(copies),
            weights: numbers(weights),
            shift: numbers(shift)[0],
        };
        assert!(row.literals.iter().all(|length| *length <= 64));
        assert!(row.copies.iter().all(|length| (4..=64).contains(length)));
        assert!(row.weights.iter().sum::<usize>() == SLOTS && row.shift < SYMBOLS);
        row
    }

    /// The symbol of each slot, for page `n`.
    fn alphabet(&self, symbols: &Symbols, n: u64) -> [u8; SLOTS] {
        let slots = slots(&self.weights, symbols, index(n % VARIANTS) * self.shift);
        slots.try_into().expect("the weights add up to the slots")
    }

    /// Page `n`, made of its 64 lines.
    pub fn page(&self, lines: &[u8; PAGE], symbols: &Symbols, n: u64) -> [u8; PAGE] {
        let alphabet = self.alphabet(symbols, n);
        let literal = |i: usize| alphabet[usize::from(lines[i]) % SLOTS];
        let mut page = lines[..TAG].to_vec();
        page.extend((TAG..OPENING).map(literal));
        let mut next = OPENING;
        let mut phrases = 1;
        let mut word = PAGE;
        while page.len() < PAGE {
            word -= 2;
            let drawn = usize::from(u16::from_le_bytes([lines[word], lines[word + 1]]));
            if page.len() >= 2 * PHRASE * phrases + SLOTS {
                phrases *= 2;
            }
            let literals = self.literals[drawn % 16].min(PAGE - page.len());
            page.extend((next..next + literals).map(literal));
            next += literals;
            let phrase = drawn / 16 % phrases;
            let start = PHRASE * (phrase + 1);
            page.extend_from_within(start..start + self.copies[phrase % 16]);
        }
        page.truncate(PAGE);
        page.try_into().expect("a page is whole")
    }
}

/// The order of symbols in the stream with this canonical text.
pub fn symbols(canonical: &str) -> Symbols {
    let keys = Keys::new(canonical);
    let mut symbols = [0; SYMBOLS];
    for (symbol, value) in symbols.iter_mut().zip(FIRST_SYMBOL..) {
        *symbol = value;
    }
    order(&mut symbols, &keys, SYMBOLS_DOMAIN);
    symbols
}

/// The rows of a tuning, with what a page of each costs in sixteenths of a byte, in rising order.
pub fn piece_rows(tune: Tune) -> Vec<(Pieces, u64)> {
    rows(TABLE, tune, |columns| {
        let fields: Vec<&str> = columns.split(',').collect();
        let &[literals, copies, weights, shift] = fields.as_slice() else {
            panic!("a row of the table has six fields: {columns}");
        };
        Pieces::parse(literals, copies, weights, shift)
    })
}

/// What pages of the rows of `lz` or `text` cost.
pub(crate) fn costs(texture: Texture, tune: Tune) -> Vec<u64> {
    match texture {
        Texture::Text => text_rows(tune).iter().map(|(_, cost)| *cost).collect(),
        _ => piece_rows(tune).iter().map(|(_, cost)| *cost).collect(),
    }
}

/// Whether a tuning has pages of a compress ratio, with `lz` or `text`.
pub(crate) fn reaches(texture: Texture, tune: Tune, compress: Ratio) -> bool {
    let costs = costs(texture, tune);
    let (Some(first), Some(last)) = (costs.first(), costs.last()) else {
        return false;
    };
    // first <= 65536·q/p < last, or a ratio of 1
    let (p, x) = (compress.numerator(), FULL_COST * compress.denominator());
    compress == Ratio::ONE || (first * p <= x && x < last * p)
}

/// Rows of pages, and the symbols or letters of a stream.
#[derive(Clone, Debug)]
enum Rows {
    Pieces(Vec<(Pieces, u64)>, Symbols),
    Text(Vec<(Text, u64)>, Letters),
}

/// The rows of the pages of a stream.
#[derive(Clone, Debug)]
pub(crate) struct PieceLayouts {
    rows: Rows,
    costs: Vec<u64>,
    /// The first of the two rows around the target cost.
    low: usize,
    /// The share of pages that have the second row, in units of 2^-32.
    pub(crate) share: u64,
}

impl PieceLayouts {
    /// The rows for a ratio that the tuning reaches; `None` where pages are their lines.
    pub(crate) fn new(texture: Texture, tune: Tune, compress: Ratio, canonical: &str) -> Option<PieceLayouts> {
        if compress == Ratio::ONE {
            return None;
        }
        let rows = match texture {
            Texture::Text => Rows::Text(text_rows(tune), letters(canonical)),
            _ => Rows::Pieces(piece_rows(tune), symbols(canonical)),
        };
        let (p, x) = (u128::from(compress.numerator()), u128::from(FULL_COST * compress.denominator()));
        let costs = costs(texture, tune);
        let a = costs.iter().rposition(|cost| u128::from(*cost) * p <= x)?;
        let (from, to) = (costs[a], costs[a + 1]);
        let share = ((x - u128::from(from) * p) << 32) / (p * u128::from(to - from));
        Some(PieceLayouts { rows, costs, low: a, share: word(share) })
    }

    /// Whether page `n` has the second row.
    pub(crate) fn is_high(&self, n: u64) -> bool {
        n.wrapping_mul(self.share) % (1 << 32) + self.share >= 1 << 32
    }

    /// What a page of each row costs.
    pub(crate) fn costs(&self) -> Vec<u64> {
        self.costs.clone()
    }

    /// Page `n`, made of its 64 lines: of the row that a spread gives it, or else of one of the two.
    pub(crate) fn page(&self, lines: &[u8; PAGE], row: Option<usize>, n: u64) -> [u8; PAGE] {
        let row = row.unwrap_or(self.low + usize::from(self.is_high(n)));
        match &self.rows {
            Rows::Pieces(rows, symbols) => rows[row].0.page(lines, symbols, n),
            Rows::Text(rows, letters) => rows[row].0.page(lines, letters, n),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made::checks;

    #[test]
    fn the_table_is_sound() {
        checks::table_is_sound(|tune| costs(Texture::Lz, tune));
    }

    #[test]
    fn the_format_document_shows_the_limits_of_the_table() {
        checks::document_shows_the_limits("| tune | ratios of `lz` |", |tune| costs(Texture::Lz, tune));
    }

    #[test]
    fn symbols_are_each_there_once() {
        let mut symbols = symbols("dgen1,seed=0x1f");
        assert_ne!(symbols[..3], [32, 33, 34]);
        symbols.sort_unstable();
        assert!(symbols.iter().copied().eq(32..128));
    }
}

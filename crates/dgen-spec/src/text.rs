//! Pages of words (sections 5 and 6 of FORMAT.md: `text`).

use crate::keys::Keys;
use crate::made::{self, SLOTS, numbers, slots};
use crate::number::index;
use crate::size::PAGE;
use crate::texture::Tune;

const TABLE: &str = include_str!("../text-v1.csv");

/// The domains of the hashes that order letters.
const CONSONANTS_DOMAIN: u64 = 17;
const VOWELS_DOMAIN: u64 = 18;
/// Draws that the words share.
const DRAWS: usize = 1024;
const TAG: usize = 16;
/// What makes a small letter a large one.
const CASE: u8 = 32;
/// Words of this place among sixteen are numbers.
const NUMBER: usize = 15;

/// What follows words, how many of 64 times, and whether a large letter follows.
const SEPARATORS: [(&str, usize, bool); 8] = [
    (" ", 44, false),
    (", ", 5, false),
    (". ", 3, true),
    (".\n", 2, true),
    ("\n", 7, false),
    (": ", 1, false),
    ("; ", 1, false),
    ("-", 1, false),
];

/// The letters of a stream, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letters {
    consonants: Vec<u8>,
    vowels: Vec<u8>,
}

/// A row of the table: the words of a page and how often each stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The letters of words 0 to 15.
    common: [usize; 16],
    /// The letters of the others, by their number modulo 16.
    lengths: [usize; 16],
    /// How many draws words 2^b - 1 to 2^(b+1) - 2 share.
    bands: Vec<usize>,
    /// How many words one draw gives, by the number of the first modulo 16.
    spans: [usize; 16],
    /// How many of the 64 slots each vowel has.
    vowels: Vec<usize>,
    /// The same for consonants.
    consonants: Vec<usize>,
    /// How far the consonants of two neighbouring variants lie apart.
    shift: usize,
}

impl Text {
    /// Reads the columns of the table behind the first two.
    ///
    /// # Panics
    /// Panics when they are not those of a row.
    pub fn parse(columns: &str) -> Text {
        let fields: Vec<Vec<usize>> = columns.split(',').map(numbers).collect();
        let [common, lengths, bands, spans, vowels, consonants, shift] = fields.try_into().expect("seven columns");
        let sixteen = |list: Vec<usize>| list.try_into().expect("sixteen numbers");
        let row = Text {
            common: sixteen(common),
            lengths: sixteen(lengths),
            bands,
            spans: sixteen(spans),
            vowels,
            consonants,
            shift: shift[0],
        };
        assert!(row.bands.iter().sum::<usize>() == DRAWS && row.vowels.iter().sum::<usize>() == SLOTS);
        assert!(row.consonants.iter().sum::<usize>() == SLOTS && (row.vowels.len(), row.consonants.len()) == (5, 21));
        let starts = row.starts();
        assert!(row.common.iter().chain(&row.lengths).all(|length| *length > 0));
        assert!(row.common[NUMBER] <= 8 && row.lengths[NUMBER] <= 8 && row.spans.iter().all(|span| *span > 0));
        assert!(starts[starts.len() - 1] <= 3500);
        assert!((0..row.words()).all(|k| row.length(&starts, k) <= 64));
        row
    }

    /// How many words there are.
    fn words(&self) -> usize {
        (1 << self.bands.len()) - 1
    }

    /// Where each word begins in the glossary, and its end.
    fn starts(&self) -> Vec<usize> {
        let mut starts = vec![0];
        for k in 0..self.words() {
            let length = if k < 16 { self.common[k] } else { self.lengths[k % 16] };
            starts.push(starts[k] + length + 1);
        }
        starts
    }

    /// The bytes that a draw of word `k` gives.
    fn length(&self, starts: &[usize], k: usize) -> usize {
        let end = (k + self.spans[k % 16]).min(self.words());
        starts[end] - 1 - starts[k]
    }

    /// The word of each draw.
    fn draws(&self) -> Vec<usize> {
        let mut words = Vec::new();
        for (band, &draws) in self.bands.iter().enumerate() {
            words.extend((0..draws).map(|draw| (1 << band) - 1 + (draw << band) / draws));
        }
        words
    }

    /// The words of page `n`, each with a space behind it.
    fn glossary(&self, lines: &[u8; PAGE], letters: &Letters, n: u64) -> Vec<u8> {
        let variant = index(n % 4);
        let vowels = slots(&self.vowels, &letters.vowels, variant);
        let consonants = slots(&self.consonants, &letters.consonants, variant * self.shift);
        let mut glossary = Vec::new();
        for (k, ends) in self.starts().windows(2).enumerate() {
            for x in ends[0]..ends[1] - 1 {
                let byte = lines[TAG + x];
                let slot = usize::from(byte) % SLOTS;
                glossary.push(match (k % 16 == NUMBER, x % 2) {
                    (true, _) => b'0' + 5 * (byte % 16) / 8,
                    (false, 0) => consonants[slot],
                    (false, _) => vowels[slot],
                });
            }
            glossary.push(b' ');
        }
        glossary
    }

    /// Page `n`, made of its 64 lines.
    pub fn page(&self, lines: &[u8; PAGE], letters: &Letters, n: u64) -> [u8; PAGE] {
        let (glossary, starts, draws) = (self.glossary(lines, letters, n), self.starts(), self.draws());
        let mut separators = Vec::new();
        for (text, times, ends) in SEPARATORS {
            separators.extend(vec![(text, ends); times]);
        }
        let mut page = lines[..TAG].to_vec();
        page.push(b'\n');
        let mut is_large = true;
        let mut at = PAGE;
        while page.len() < PAGE {
            at -= 2;
            let drawn = usize::from(u16::from_le_bytes([lines[at], lines[at + 1]]));
            let k = draws[drawn % DRAWS];
            let first = page.len();
            page.extend_from_slice(&glossary[starts[k]..][..self.length(&starts, k)]);
            if is_large && k % 16 != NUMBER {
                page[first] ^= CASE;
            }
            let (separator, ends) = separators[drawn / DRAWS];
            page.extend_from_slice(separator.as_bytes());
            is_large = ends;
        }
        page.truncate(PAGE);
        page[PAGE - 1] = b'\n';
        page.try_into().expect("a page is whole")
    }
}

/// The order of letters in the stream with this canonical text.
pub fn letters(canonical: &str) -> Letters {
    let keys = Keys::new(canonical);
    let order = |letters: &str, domain: u64| {
        let mut letters = letters.as_bytes().to_vec();
        made::order(&mut letters, &keys, domain);
        letters
    };
    Letters { consonants: order("bcdfghjklmnpqrstvwxyz", CONSONANTS_DOMAIN), vowels: order("aeiou", VOWELS_DOMAIN) }
}

/// The rows of a tuning, with what a page of each costs in sixteenths of a byte, in rising order.
pub fn text_rows(tune: Tune) -> Vec<(Text, u64)> {
    made::rows(TABLE, tune, Text::parse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made::checks;

    fn costs(tune: Tune) -> Vec<u64> {
        text_rows(tune).iter().map(|(_, cost)| *cost).collect()
    }

    #[test]
    fn the_table_is_sound() {
        checks::table_is_sound(costs);
    }

    #[test]
    fn the_format_document_shows_the_limits_of_the_table() {
        checks::document_shows_the_limits("| tune | ratios of `text` |", costs);
    }

    #[test]
    fn letters_are_each_there_once() {
        let Letters { mut consonants, mut vowels } = letters("dgen1,seed=0x1f");
        assert_ne!((consonants.as_slice(), vowels.as_slice()), (&b"bcdfghjklmnpqrstvwxyz"[..], &b"aeiou"[..]));
        consonants.sort_unstable();
        vowels.sort_unstable();
        assert_eq!((consonants.as_slice(), vowels.as_slice()), (&b"bcdfghjklmnpqrstvwxyz"[..], &b"aeiou"[..]));
    }
}

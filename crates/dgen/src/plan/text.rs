//! Pages of words (FORMAT.md, sections 5 and 6): which rows a recipe takes, its letters, and where words lie.

use super::alphabet::{alphabet, ordered};
use crate::calibration::{TextRow, text_rows};
use crate::choice::Choice;
use crate::key::Key;
use crate::layout::{CASE, DRAWS, Draw, Layout, PageLayouts, Text};
use crate::recipe::Recipe;
use crate::units::{LINE, PAGE};

/// The domains of the hashes that order letters.
const CONSONANTS_DOMAIN: u64 = 17;
const VOWELS_DOMAIN: u64 = 18;
/// Words begin behind as many bytes of the lines as the tag has.
const TAG: usize = 16;
/// Words of this place among sixteen are numbers.
const NUMBER: usize = 15;

/// The layouts of the pages of a recipe, which the table has.
pub(super) fn layouts(recipe: &Recipe, key: &Key) -> PageLayouts {
    let rows = text_rows(recipe.tune());
    let costs: Vec<u32> = rows.iter().map(|row| row.cost).collect();
    let (choice, used) = Choice::new(&costs, costs[0], recipe.compress_ratio(), recipe.spread());
    let consonants = ordered(*b"bcdfghjklmnpqrstvwxyz", key, CONSONANTS_DOMAIN);
    let vowels = ordered(*b"aeiou", key, VOWELS_DOMAIN);
    let layouts = rows[used].iter().map(|row| Layout::Text(Box::new(text(row, &consonants, &vowels)))).collect();
    PageLayouts { choice, layouts }
}

fn text(row: &TextRow, consonants: &[u8], vowels: &[u8]) -> Text {
    let words = (1 << row.bands.len()) - 1;
    let mut keep = Box::new([0_u8; PAGE]);
    let mut numbers = Vec::new();
    let mut starts = vec![TAG];
    for word in 0..words {
        let length = usize::from(if word < 16 { row.common[word] } else { row.lengths[word % 16] });
        let start = starts[word];
        keep[start..start + length].fill(0xff);
        if word % 16 == NUMBER {
            numbers.push((offset(start), u64::MAX >> (64 - 8 * length)));
        }
        starts.push(start + length + 1);
    }
    let draws = draws(row, &starts);
    let most = draws.iter().map(|draw| draw.length).max().expect("there are draws");
    Text {
        draws,
        wide: most > 32,
        keep,
        end: starts[words].next_multiple_of(LINE),
        numbers,
        vowels: [0, 1, 2, 3].map(|variant| alphabet(&row.vowels, vowels, variant)),
        consonants: [0, 1, 2, 3].map(|variant| alphabet(&row.consonants, consonants, variant * usize::from(row.shift))),
    }
}

/// What each draw gives, from the places at which words start and where the last one ends.
fn draws(row: &TextRow, starts: &[usize]) -> Box<[Draw; DRAWS]> {
    let mut draws = Box::new([Draw::default(); DRAWS]);
    let words = row.bands.iter().enumerate().flat_map(|(band, &share)| {
        let share = usize::from(share);
        (0..share).map(move |draw| (1 << band) - 1 + (draw << band) / share)
    });
    for (draw, word) in draws.iter_mut().zip(words) {
        let end = (word + usize::from(row.spans[word % 16])).min(starts.len() - 1);
        *draw = Draw {
            start: offset(starts[word]),
            length: u8::try_from(starts[end] - 1 - starts[word]).expect("words are short"),
            case: if word % 16 == NUMBER { 0 } else { CASE },
        };
    }
    draws
}

fn offset(position: usize) -> u16 {
    u16::try_from(position).expect("words lie inside a page")
}

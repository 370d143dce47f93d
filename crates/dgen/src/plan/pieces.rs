//! Pages of literals and copies (FORMAT.md, sections 5 and 6): which rows a recipe takes, and its alphabets.

use super::alphabet::{alphabet, ordered};
use crate::calibration::{PieceRow, piece_rows};
use crate::choice::Choice;
use crate::key::Key;
use crate::layout::{Layout, PageLayouts, Pieces};
use crate::recipe::Recipe;

/// The domain of the hash that orders symbols.
const SYMBOLS_DOMAIN: u64 = 16;
/// The bytes that literals are of.
const SYMBOLS: usize = 96;
const FIRST_SYMBOL: u8 = 32;

/// The layouts of the pages of a recipe, which the table has.
pub(super) fn layouts(recipe: &Recipe, key: &Key) -> PageLayouts {
    let rows = piece_rows(recipe.tune());
    let costs: Vec<u32> = rows.iter().map(|row| row.cost).collect();
    let (choice, used) = Choice::new(&costs, costs[0], recipe.compress_ratio(), recipe.spread());
    let symbols = symbols(key);
    let layouts = rows[used].iter().map(|row| Layout::Pieces(Box::new(pieces(row, &symbols)))).collect();
    PageLayouts { choice, layouts }
}

/// The bytes from 32 to 127 in the order of a key.
fn symbols(key: &Key) -> [u8; SYMBOLS] {
    let mut symbols = [0; SYMBOLS];
    for (symbol, value) in symbols.iter_mut().zip(FIRST_SYMBOL..) {
        *symbol = value;
    }
    ordered(symbols, key, SYMBOLS_DOMAIN)
}

fn pieces(row: &PieceRow, symbols: &[u8; SYMBOLS]) -> Pieces {
    let alphabets = [0, 1, 2, 3].map(|variant| alphabet(row.weights, symbols, variant * usize::from(row.shift)));
    let wide = row.literals.iter().chain(&row.copies).any(|&length| length > 32);
    Pieces { literals: row.literals, copies: row.copies, wide, alphabets }
}

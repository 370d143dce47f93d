//! Pages of numbers (section 6 of FORMAT.md, "Tensors").

use crate::size::PAGE;

const TABLE: &str = include_str!("../tensor-v1.csv");

/// Bytes of a page's tag.
const TAG: usize = 16;

/// The type of the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Dtype {
    Bf16,
    Fp16,
    Fp32,
    Fp8,
    Int8,
}

/// What the numbers are distributed like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Like {
    Weights,
    Grad,
    Adam,
    Kv,
    Uniform,
}

impl Dtype {
    /// All types.
    pub const ALL: [Dtype; 5] = [Dtype::Bf16, Dtype::Fp16, Dtype::Fp32, Dtype::Fp8, Dtype::Int8];

    /// The name in a recipe.
    pub fn name(self) -> &'static str {
        ["bf16", "fp16", "fp32", "fp8", "int8"][self as usize]
    }

    /// Bytes of a number.
    pub fn size(self) -> usize {
        [2, 2, 4, 1, 1][self as usize]
    }

    /// F and M: the bits of the field, and of what lies below it.
    fn bits(self) -> (u32, u32) {
        [(8, 7), (5, 10), (8, 23), (4, 3), (4, 4)][self as usize]
    }
}

impl Like {
    /// All distributions.
    pub const ALL: [Like; 5] = [Like::Weights, Like::Grad, Like::Adam, Like::Kv, Like::Uniform];

    /// The name in a recipe.
    pub fn name(self) -> &'static str {
        ["weights", "grad", "adam", "kv", "uniform"][self as usize]
    }
}

/// A row of the table: whether there are signs, and the field for each of 256 draws.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    dtype: Dtype,
    signed: bool,
    drawn: Vec<u32>,
}

impl Fields {
    pub(crate) fn new(dtype: Dtype, like: Like) -> Fields {
        let start = format!("{},{},", dtype.name(), like.name());
        let row = TABLE.lines().find_map(|line| line.strip_prefix(&start)).expect("the table has every pair");
        let (sign, fields) = row.split_once(',').expect("a row has a sign and fields");
        let mut drawn = Vec::new();
        for field in fields.split(' ') {
            let (value, count) = field.split_once(':').expect("a field has a count");
            let value: i64 = value.parse().expect("a field is a number");
            let value = value.rem_euclid(1 << dtype.bits().0);
            let value = u32::try_from(value).expect("a field has at most 8 bits");
            drawn.extend(vec![value; count.parse().expect("a count is a number")]);
        }
        Fields { dtype, signed: sign == "1", drawn }
    }

    /// The number that a word stands for, beside the word of its neighbour.
    fn number(&self, word: u32, neighbour: u32) -> u32 {
        let (field, lower) = self.dtype.bits();
        let below = (1 << lower) - 1;
        let own = (word >> lower) & ((1 << field) - 1);
        let rest = 8 - field;
        let draw = own << rest | neighbour & ((1 << rest) - 1);
        let drawn = self.drawn[usize::try_from(draw).expect("a draw has 8 bits")];
        let sign = if self.signed { word >> (field + lower) << (field + lower) } else { 0 };
        sign | drawn << lower | word & below
    }

    /// The numbers that the lines of a page stand for, with the first 16 bytes among them.
    pub(crate) fn numbers(&self, lines: &[u8; PAGE]) -> [u8; PAGE] {
        let size = self.dtype.size();
        let word = |i: usize| {
            let bytes = &lines[i * size..][..size];
            bytes.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte))
        };
        let mut page = [0; PAGE];
        for (i, out) in page.chunks_exact_mut(size).enumerate() {
            out.copy_from_slice(&self.number(word(i), word(i ^ 1)).to_le_bytes()[..size]);
        }
        page
    }

    /// The page that lines make.
    pub(crate) fn content(&self, lines: &[u8; PAGE]) -> [u8; PAGE] {
        let mut page = self.numbers(lines);
        page[..TAG].copy_from_slice(&lines[..TAG]);
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_256_draws_and_no_field_of_infinities() {
        for dtype in Dtype::ALL {
            for like in Like::ALL {
                let fields = Fields::new(dtype, like);
                assert_eq!(fields.drawn.len(), 256, "{dtype:?} {like:?}");
                let all = (1 << dtype.bits().0) - 1;
                assert!(dtype == Dtype::Int8 || !fields.drawn.contains(&all), "{dtype:?} {like:?}");
                let rising = |pair: &[u32]| pair[0] <= pair[1] || dtype == Dtype::Int8 && pair == [15, 0];
                assert!(fields.drawn.windows(2).all(rising), "{dtype:?} {like:?}");
                assert_eq!(fields.signed, like != Like::Adam);
            }
        }
        assert_eq!(TABLE.lines().count(), 26);
    }
}

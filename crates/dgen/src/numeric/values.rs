//! Values of any type between two bounds: what the words of a stream stand for (FORMAT.md, section 10).

use super::convert::{Chosen, Float64s, Shifted, multiplied, multiplied_wide};
use super::normal::Normal;
use super::small_float::{BFLOAT16, FLOAT16, SmallFloat};
use super::uniform::{Range, Words};
use crate::driver::{Grid, PARALLEL_FROM, SHARE, Team, for_each_share};
use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::recipe::{Dtype, Like, Recipe, Texture};
use crate::stream::{Stream, check_range};
use std::str::FromStr;

/// Bytes of words that are turned into smaller values at a time; they stay in the first cache.
const AHEAD: usize = 8 << 10;

/// The type of a value, by the name that NumPy has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item {
    /// binary16 of IEEE 754.
    Float16,
    /// The upper half of a float32.
    Bfloat16,
    /// binary32 of IEEE 754.
    Float32,
    /// binary64 of IEEE 754.
    Float64,
    /// One byte, 0 or 1.
    Bool,
    /// An integer of so many bytes: 1, 2, 4 or 8.
    Integer {
        /// Bytes.
        size: usize,
        /// Whether it may be negative.
        signed: bool,
    },
}

impl FromStr for Item {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let integer = |size, signed| Self::Integer { size, signed };
        Ok(match name {
            "float16" => Self::Float16,
            "bfloat16" => Self::Bfloat16,
            "float32" => Self::Float32,
            "float64" => Self::Float64,
            "bool" => Self::Bool,
            "int8" => integer(1, true),
            "int16" => integer(2, true),
            "int32" => integer(4, true),
            "int64" => integer(8, true),
            "uint8" => integer(1, false),
            "uint16" => integer(2, false),
            "uint32" => integer(4, false),
            "uint64" => integer(8, false),
            _ => {
                let accepted = "float16, bfloat16, float32, float64, bool, int8 to int64, uint8 to uint64";
                return Err(Error::invalid("dtype", format_args!("`{name}`"), accepted));
            }
        })
    }
}

impl Item {
    /// Bytes in a value.
    pub const fn size(self) -> usize {
        match self {
            Self::Bool => 1,
            Self::Float16 | Self::Bfloat16 => 2,
            Self::Float32 => 4,
            Self::Float64 => 8,
            Self::Integer { size, .. } => size,
        }
    }

    /// Whether values are floats.
    pub const fn is_float(self) -> bool {
        matches!(self, Self::Float16 | Self::Bfloat16 | Self::Float32 | Self::Float64)
    }
}

/// Evenly spread values of one type: value i is a function of the seed, the type, the bounds and i alone.
///
/// ```
/// use dgen::driver::Team;
/// use dgen::numeric::{Item, Values};
/// let values = Values::integers(7, Item::Integer { size: 1, signed: true }, -3, 3)?;
/// let (mut all, mut last) = ([0; 1000], [0; 10]);
/// values.fill(0, &mut all, &Team::free(1))?;
/// values.fill(990, &mut last, &Team::free(1))?;
/// assert!(all.iter().all(|&byte| (-3..3).contains(&byte.cast_signed())));
/// assert_eq!(all[990..], last);
/// # Ok::<(), dgen::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Values {
    stream: Stream,
    item: Item,
    rule: Rule,
}

/// How words become values. Words are as large as values, unless said otherwise.
#[derive(Clone, Debug)]
enum Rule {
    Float32(Range),
    Normal(Normal),
    /// The numbers of a stream of tensors, as they lie in it.
    Tensor,
    Float64(Float64s),
    /// The upper bits choose one of so many values.
    Chosen(Chosen),
    /// The upper bits, and the lowest value added.
    Shifted(Shifted),
    /// Words of eight bytes, multiplied by the number of values: the upper half, and the lowest value added.
    Multiplied {
        low: u64,
        count: u32,
    },
    /// The same with words of sixteen bytes.
    MultipliedWide {
        low: u64,
        count: u64,
    },
}

impl Values {
    /// Floats from `low` to below `high`, both rounded to the type first.
    ///
    /// # Errors
    /// When the type is none of floats, a bound or the distance between them is not finite, or `low` is not below `high`;
    /// and when `DGEN_KERNEL` cannot be obeyed.
    pub fn floats(seed: u64, item: Item, low: f64, high: f64) -> Result<Self> {
        let rule = match item {
            Item::Float32 => Rule::Float32(Range::new(low, high)?),
            Item::Float64 => Rule::Float64(float64s(low, high)?),
            Item::Float16 => Rule::Chosen(chosen(FLOAT16, "float16", low, high)?),
            Item::Bfloat16 => Rule::Chosen(chosen(BFLOAT16, "bfloat16", low, high)?),
            _ => return Err(Error::malformed("type", format_args!("{item:?}"), "floats")),
        };
        Self::new(seed, item, rule)
    }

    /// Integers from `low` to below `high`, or truth values.
    ///
    /// # Errors
    /// When the type is none of integers, a value would not be one of the type's, or `low` is not below `high`; and when
    /// `DGEN_KERNEL` cannot be obeyed.
    pub fn integers(seed: u64, item: Item, low: i128, high: i128) -> Result<Self> {
        let (first, end) = match item {
            Item::Bool => (0, 2),
            Item::Integer { size, signed: false } => (0, 1 << (8 * size)),
            Item::Integer { size, signed: true } => (-(1 << (8 * size - 1)), 1 << (8 * size - 1)),
            _ => return Err(Error::malformed("type", format_args!("{item:?}"), "integers")),
        };
        if !(first..end).contains(&low) {
            return Err(Error::invalid("low", low, &format!("{first} to {}", end - 1)));
        }
        if !(low + 1..=end).contains(&high) {
            return Err(Error::invalid("high", high, &format!("{} to {end}", low + 1)));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sums are taken modulo 2^64")]
        let start = low as u64;
        let count = (high - low).unsigned_abs();
        let rule = if count.is_power_of_two() {
            Rule::Shifted(Shifted { low: start, bits: count.trailing_zeros(), size: item.size() })
        } else if let Ok(count) = u32::try_from(count) {
            Rule::Multiplied { low: start, count }
        } else {
            Rule::MultipliedWide { low: start, count: u64::try_from(count).expect("2^64 is a power of two") }
        };
        Self::new(seed, item, rule)
    }

    /// Normal float32 values of a mean and a standard deviation, both rounded to float32.
    ///
    /// # Errors
    /// When a value could be infinite, or the deviation is negative; and when `DGEN_KERNEL` cannot be obeyed.
    pub fn normal(seed: u64, mean: f64, std: f64) -> Result<Self> {
        Self::new(seed, Item::Float32, Rule::Normal(Normal::new(mean, std)?))
    }

    /// The numbers of the stream of tensors that seed, type and distribution define, all of them finite: where the
    /// stream has tags of pages, these too are numbers. Floats and integers of a byte are alike one byte long.
    ///
    /// # Errors
    /// When `DGEN_KERNEL` cannot be obeyed.
    pub fn tensor(seed: u64, dtype: Dtype, like: Like) -> Result<Self> {
        let item = match dtype {
            Dtype::Bf16 => Item::Bfloat16,
            Dtype::Fp16 => Item::Float16,
            Dtype::Fp32 => Item::Float32,
            Dtype::Fp8 | Dtype::Int8 => Item::Integer { size: 1, signed: dtype == Dtype::Int8 },
        };
        let recipe = Recipe::builder().seed(seed).texture(Texture::Tensor).dtype(dtype).like(like).build()?;
        Ok(Self { stream: Stream::new(&recipe)?, item, rule: Rule::Tensor })
    }

    fn new(seed: u64, item: Item, rule: Rule) -> Result<Self> {
        Ok(Self { stream: Stream::new(&Recipe::with_seed(seed))?, item, rule })
    }

    /// Bytes in a value.
    pub fn item_size(&self) -> usize {
        self.item.size()
    }

    /// Bytes of the stream that a value takes.
    pub fn word_size(&self) -> usize {
        match self.rule {
            Rule::Multiplied { .. } => 8,
            Rule::MultipliedWide { .. } => 16,
            _ => self.item.size(),
        }
    }

    /// Refuses buffers that cannot hold the values from number `first` on.
    ///
    /// # Errors
    /// When `len` bytes are not a whole number of values, or they lie past the end of the stream.
    pub fn check(&self, first: u64, len: usize) -> Result<()> {
        let (size, word) = (self.item_size(), self.word_size());
        if !len.is_multiple_of(size) {
            return Err(Error::invalid("buffer", format_args!("{len} bytes"), &format!("a multiple of {size}")));
        }
        let range = first.checked_mul(word as u64).zip((len / size).checked_mul(word));
        if range.is_some_and(|(offset, bytes)| check_range(offset, bytes).is_ok()) {
            return Ok(());
        }
        let accepted = format!("values that end at or below 2^{}", 63 - word.trailing_zeros());
        Err(Error::invalid("offset", first, &accepted))
    }

    /// Writes the values from number `first` on, in the machine's byte order, on the threads of a team.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn fill(&self, first: u64, out: &mut [u8], team: &Team) -> Result<()> {
        self.check(first, out.len())?;
        let (size, word) = (self.item_size(), self.word_size());
        let team = team.with_threads(if out.len() / size * word < PARALLEL_FROM { 1 } else { team.threads() });
        let share = SHARE / (word / size);
        let grid = Grid { first: share.min(out.len()), share, cut_anywhere: false };
        for_each_share(&team, grid, out, &|at, share| self.fill_share(first + (at / size) as u64, share));
        Ok(())
    }

    fn fill_share(&self, first: u64, out: &mut [u8]) {
        if self.word_size() != self.item_size() {
            self.fill_narrow(first, out);
            return;
        }
        if let Rule::Tensor = self.rule {
            self.stream.fill_untagged(first * self.item.size() as u64, out);
            if cfg!(target_endian = "big") {
                out.chunks_mut(self.item.size()).for_each(<[u8]>::reverse);
            }
            return;
        }
        self.words(first, out);
        let kernel = self.stream.kernel();
        match &self.rule {
            Rule::Float32(range) => kernel.run_wide(Words { range: *range, words: out }),
            Rule::Float64(floats) => floats.convert(kernel, out),
            Rule::Chosen(chosen) => chosen.convert(out),
            Rule::Shifted(shifted) => shifted.convert(kernel, out),
            Rule::Normal(normal) => normal.convert(kernel, out),
            Rule::Multiplied { low, count } => multiplied_in_place(kernel, *low, *count, out),
            Rule::MultipliedWide { .. } | Rule::Tensor => {}
        }
    }

    /// Values that are smaller than their words.
    fn fill_narrow(&self, first: u64, out: &mut [u8]) {
        let (size, word) = (self.item_size(), self.word_size());
        let mut words = [0; AHEAD];
        let (mut first, mut rest) = (first, out);
        while !rest.is_empty() {
            // Up to a page's end, so that none is made twice.
            let within = usize::try_from(first % (AHEAD / word) as u64).unwrap_or(0);
            let count = (AHEAD / word - within).min(rest.len() / size);
            let (now, behind) = rest.split_at_mut(count * size);
            let words = &mut words[..count * word];
            self.words(first, words);
            match self.rule {
                Rule::Multiplied { low, count } => multiplied(self.stream.kernel(), low, count, words, now, size),
                Rule::MultipliedWide { low, count } => multiplied_wide(low, count, words, now),
                _ => {}
            }
            first += count as u64;
            rest = behind;
        }
    }

    fn words(&self, first: u64, out: &mut [u8]) {
        let offset = first * self.word_size() as u64;
        self.stream.fill_at(offset, out).expect("the range was checked before");
    }

    #[cfg(test)]
    pub(super) fn with_kernel(mut self, kernel: Kernel) -> Self {
        self.stream = Stream::with_kernel(self.stream.recipe(), kernel);
        self
    }
}

/// Integers of eight bytes, whose words are as large.
fn multiplied_in_place(kernel: Kernel, low: u64, count: u32, out: &mut [u8]) {
    kernel.run_wide(super::convert::InPlace { low, count, words: out });
}

fn float64s(low: f64, high: f64) -> Result<Float64s> {
    for (name, bound) in [("low", low), ("high", high)] {
        if !bound.is_finite() {
            return Err(Error::invalid(name, format_args!("{bound:?}"), "finite numbers"));
        }
    }
    ordered(low, high, "float64")?;
    Float64s::new(low, high).ok_or_else(|| {
        let accepted = format!("numbers at most 1.797e308 above low = {low:?}");
        Error::invalid("high", format_args!("{high:?}"), &accepted)
    })
}

/// The table of a small type's values.
fn chosen(format: SmallFloat, name: &str, low: f64, high: f64) -> Result<Chosen> {
    let bound = |option: &str, value: f64| {
        let rounded = format.number(format.nearest(value));
        let most = format.number(SmallFloat::below(format.nearest(f64::INFINITY)));
        if rounded.is_finite() && value.is_finite() {
            return Ok(rounded);
        }
        Err(Error::invalid(
            option,
            format_args!("{value:?}"),
            &format!("finite {name} numbers, {:?} to {most:?}", -most),
        ))
    };
    let (first, end) = (bound("low", low)?, bound("high", high)?);
    ordered(first, end, name).map_err(|_| disordered(low, high, name))?;
    let count = 1u32 << format.precision;
    let step = (end - first) / f64::from(count);
    let most = SmallFloat::below(format.nearest(end));
    let value = |m: u32| {
        let bits = format.nearest(first + f64::from(m) * step);
        if format.number(bits) < format.number(most) { bits } else { most }
    };
    Ok(Chosen { values: (0..count).map(value).collect(), bits: format.precision })
}

fn ordered(low: f64, high: f64, name: &str) -> Result<()> {
    if low < high { Ok(()) } else { Err(disordered(low, high, name)) }
}

fn disordered(low: f64, high: f64, name: &str) -> Error {
    let accepted = format!("numbers above low = {low:?}, both as {name}");
    Error::invalid("high", format_args!("{high:?}"), &accepted)
}

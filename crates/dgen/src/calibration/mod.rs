//! What compressible pages cost each compressor (FORMAT.md, section 5).

mod lz_table;
mod row;
mod table;
mod text_table;

use std::str::FromStr;

use crate::error::{Error, Result};
pub(crate) use row::{PieceRow, Row, TextRow};

/// Cost of a fully random page, in sixteenths of a byte.
pub(crate) const FULL_COST: u32 = 65536;

/// How compressible pages are filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Texture {
    /// A random head, repeated to the end of each run of sectors. No zero runs.
    #[default]
    Repeat,
    /// A random head, then zeros to the end of each sector.
    Zeros,
    /// Short runs of literals of a skewed alphabet and short copies from anywhere in the page: like real data to
    /// compressors that sample, probe, count bytes or search, at the price that it suits one compressor alone.
    Lz,
    /// Words, lines and punctuation, of letters and words of the stream's own: like text or logs to people and to programs
    /// that look for lines, and for one compressor alone, as `Lz`.
    Text,
    /// Numbers of a type, distributed like those of models; takes no compress ratio.
    Tensor,
}

impl Texture {
    /// Whether pages are made, in an order of the stream's key, of rows that are for one compressor alone.
    pub(crate) const fn is_for_one(self) -> bool {
        matches!(self, Self::Lz | Self::Text)
    }
}

/// Which compressor the compress ratio is calibrated for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tune {
    /// The middle of LZ4, zstd and zlib over compressor blocks from 4 KiB to 1 MiB.
    #[default]
    Any,
    /// LZ4 at 128 KiB blocks.
    Lz4,
    /// zstd level 3 at 128 KiB blocks.
    Zstd,
    /// zlib level 6 at 128 KiB blocks.
    Zlib,
    /// Snappy at 128 KiB blocks.
    Snappy,
}

macro_rules! named {
    ($type:ident, $option:literal, $($name:literal => $variant:ident),+) => {
        impl $type {
            /// The names accepted in recipes and options.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The name in recipes and options.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        impl FromStr for $type {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                match text {
                    $($name => Ok(Self::$variant),)+
                    _ => Err(Error::invalid($option, format_args!("`{text}`"), &Self::NAMES.join(", "))),
                }
            }
        }
    };
}
pub(crate) use named;

named!(Texture, "texture", "repeat" => Repeat, "zeros" => Zeros, "lz" => Lz, "text" => Text, "tensor" => Tensor);
named!(Tune, "tune", "any" => Any, "lz4" => Lz4, "zstd" => Zstd, "zlib" => Zlib, "snappy" => Snappy);

/// The layouts used for a texture and tuning with their costs, cheapest first; the fully random page is not among them.
pub(crate) fn rows(texture: Texture, tune: Tune) -> impl Iterator<Item = (&'static Row, u32)> {
    let table: &'static [Row] = match texture {
        Texture::Repeat => &table::REPEAT,
        Texture::Zeros => &table::ZEROS,
        Texture::Lz | Texture::Text | Texture::Tensor => &[],
    };
    let column = tune as usize;
    table.iter().map(move |row| (row, row.cost[column])).filter(|&(_, cost)| cost > 0)
}

/// The rows of pieces of a tuning with what pages of them cost, cheapest first; none where it has no such pages.
pub(crate) fn piece_rows(tune: Tune) -> &'static [PieceRow] {
    match tune {
        Tune::Lz4 => &lz_table::LZ4,
        Tune::Zstd => &lz_table::ZSTD,
        Tune::Zlib => &lz_table::ZLIB,
        Tune::Any | Tune::Snappy => &[],
    }
}

/// The rows of words of a tuning with what pages of them cost, cheapest first; none where it has no such pages.
pub(crate) fn text_rows(tune: Tune) -> &'static [TextRow] {
    match tune {
        Tune::Lz4 => &text_table::LZ4,
        Tune::Zstd => &text_table::ZSTD,
        Tune::Zlib => &text_table::ZLIB,
        Tune::Any | Tune::Snappy => &[],
    }
}

/// What the first and the last row of `lz` or `text` cost; `None` where a tuning has no such pages.
pub(crate) fn ends(texture: Texture, tune: Tune) -> Option<(u32, u32)> {
    if texture == Texture::Text {
        let rows = text_rows(tune);
        Some((rows.first()?.cost, rows.last()?.cost))
    } else {
        let rows = piece_rows(tune);
        Some((rows.first()?.cost, rows.last()?.cost))
    }
}

/// The largest ratio that a tuning reaches; `None` where any ratio is taken.
pub(crate) fn reach(texture: Texture, tune: Tune) -> Option<f64> {
    let first = rows(texture, tune).next().filter(|_| tune != Tune::Any);
    first.map(|(_, cost)| f64::from(FULL_COST) / f64::from(cost))
}

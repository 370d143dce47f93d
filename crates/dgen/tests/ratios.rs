//! The tables of docs/RATIOS.md, what compressors make of each texture and tuning: measured again, some rows each time.
//!
//! `UPDATE_RATIOS=1 cargo nextest run -p dgen --test ratios` writes the page.

mod common;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use common::codecs::{C_ZLIB, Compressor, LZ4, SNAPPY, ZSTD_1, ZSTD_3, measured};
use common::{bytes, stream};
use dgen::{Recipe, Texture, Tune};

const CODECS: [(&str, Compressor); 5] =
    [("LZ4", LZ4), ("Snappy", SNAPPY), ("zstd 1", ZSTD_1), ("zstd 3", ZSTD_3), ("zlib 6", C_ZLIB)];

const BLOCKS: [(&str, usize); 4] = [("4 KiB", 4096), ("16 KiB", 16_384), ("128 KiB", 131_072), ("1 MiB", 1 << 20)];

/// Those that a texture and tuning cannot have are left out.
const RATIOS: [&str; 10] = ["1.1", "1.25", "1.5", "2", "2.5", "3", "4", "6", "10", "20"];

const TEXTURES: [Texture; 4] = [Texture::Repeat, Texture::Zeros, Texture::Lz, Texture::Text];

const TUNES: [Tune; 5] = [Tune::Any, Tune::Lz4, Tune::Zstd, Tune::Zlib, Tune::Snappy];

/// Bytes of which a row is measured.
const BYTES: usize = 4 << 20;

/// One row in so many is measured again by the test.
const CHECKED: usize = 13;

const HEAD: &str = "\
# What compressors make of it

The ratios that compressors measure on generated data, for each texture, tuning and compress ratio asked, by the size of
the blocks that they compress one by one. A block that would grow counts as it is, as stores keep it. Of 4 MiB of
`dgen1,seed=0x5eed` at offset 3 GiB with the values of the row. What is promised of them stands in section 12 of
`FORMAT.md`: with `tune=any` all of LZ4, zstd and zlib are near the ratio asked, with another tuning one compressor is,
and the others are where they are. Ratios that a texture and tuning cannot have are not in the tables. `tests/ratios.rs`
of the crate `dgen` writes this page and measures rows of it again.
";

struct Row {
    texture: Texture,
    tune: Tune,
    ratio: &'static str,
    recipe: Recipe,
}

/// All rows that there are, in order.
fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for texture in TEXTURES {
        for tune in TUNES {
            for ratio in RATIOS {
                let (texture_name, tune_name) = (texture.name(), tune.name());
                let text = format!("dgen1,seed=0x5eed,compress={ratio},texture={texture_name},tune={tune_name}");
                rows.extend(text.parse().map(|recipe| Row { texture, tune, ratio, recipe }));
            }
        }
    }
    rows
}

/// The row's line.
fn line(row: &Row, codecs: &[(&str, Compressor)]) -> String {
    let data = bytes(&stream(&row.recipe.to_string()), 3 << 30, BYTES);
    let mut line = format!("| `{}` | {} |", row.tune.name(), row.ratio);
    for (_, codec) in codecs {
        for (_, block) in BLOCKS {
            write!(line, " {:.3} |", measured(&data, block, *codec)).expect("text grows");
        }
    }
    line
}

/// What stands above the rows of a texture.
fn heading(texture: Texture) -> String {
    let mut text = format!("\n## `texture={}`\n\n| tune | asked |", texture.name());
    for (codec, _) in CODECS {
        for (block, _) in BLOCKS {
            write!(text, " {codec}, {block} |").expect("text grows");
        }
    }
    text + "\n" + &"|---".repeat(2 + CODECS.len() * BLOCKS.len()) + "|\n"
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/RATIOS.md")
}

#[test]
fn the_page_has_what_compressors_measure() {
    let rows = rows();
    if std::env::var_os("UPDATE_RATIOS").is_some() {
        let mut text = HEAD.to_owned();
        for texture in TEXTURES {
            text += &heading(texture);
            for row in rows.iter().filter(|row| row.texture == texture) {
                text += &(line(row, &CODECS) + "\n");
            }
        }
        fs::write(page(), text).unwrap();
    }
    let text = fs::read_to_string(page()).unwrap();
    assert!(text.starts_with(HEAD));
    assert!(TEXTURES.iter().all(|texture| text.contains(&heading(*texture))));
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(lines.len(), rows.len());
    for (row, there) in rows.iter().zip(lines).step_by(CHECKED) {
        assert_eq!(line(row, &CODECS), there);
    }
}

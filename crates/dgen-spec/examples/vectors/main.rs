//! Writes the test vectors of format 1 to `vectors/v1.json`.
//!
//! The same file is a module of the test that compares the vectors with what would be written.

mod invalid;
mod tensor;
mod texts;

use dgen_spec::{PAGE, Range, Ratio, Recipe, STREAM_END, Spec, blake2b_hex};
use invalid::INVALID;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use texts::{
    ARRANGED, BLOCKS, COMPRESSES, DEDUPS, FLOATS, FORMS, LOCATED, LZ, NO_RANGES, NUMERIC, RANGES, SEEDS, SHARDED,
    SPREAD_COMPRESSES, SPREADS, TEXT, TEXTURES, TUNES, VERSIONED, VERSIONS, WINDOWS,
};

/// One section of the file: a JSON list with one entry on each line.
#[derive(Default)]
struct Section(Vec<String>);

impl Section {
    fn case(&mut self, text: &str, offset: u64, length: usize) {
        self.version_case(text, 0, offset, length);
    }

    fn version_case(&mut self, text: &str, version: u32, offset: u64, length: usize) {
        let recipe = recipe(text);
        let mut data = vec![0; length];
        Spec::new(&recipe).version(version).fill(offset, &mut data);
        let bytes = if length <= 64 {
            format!("\"hex\":\"{}\"", hex(&data))
        } else {
            format!("\"blake2b\":\"{}\"", blake2b_hex(&data))
        };
        let canonical = recipe.canonical();
        self.0.push(format!(
            "{{\"recipe\":\"{text}\",\"canonical\":\"{canonical}\",\"version\":{version},\"offset\":{offset},\
             \"length\":{length},{bytes}}}"
        ));
    }

    fn tag(&mut self, text: &str, page: u64, version: u32) {
        let tag = hex(&Spec::new(&recipe(text)).version(version).tag(page));
        self.0.push(format!("[\"{text}\",{page},{version},\"{tag}\"]"));
    }

    fn entry(&mut self, text: &str, middle: Option<u64>, last: &str) {
        let middle = middle.map_or(String::new(), |number| format!("{number},"));
        self.0.push(format!("[\"{}\",{middle}{last}]", escaped(text)));
    }
}

/// A text as it stands in a JSON string.
fn escaped(text: &str) -> String {
    let escape = |unit: u16| match u8::try_from(unit) {
        Ok(byte @ b' '..=b'~') => char::from(byte).to_string(),
        _ => format!("\\u{unit:04x}"),
    };
    text.encode_utf16().map(escape).collect()
}

fn hex(data: &[u8]) -> String {
    data.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn recipe(text: &str) -> Recipe {
    Recipe::parse(text).unwrap_or_else(|error| panic!("the recipes of the vectors are valid: {error}"))
}

fn blocks_in(recipe: &Recipe) -> u64 {
    STREAM_END.div_ceil(recipe.block())
}

fn seeds_and_offsets(section: &mut Section) {
    for seed in SEEDS {
        section.case(&format!("dgen1,seed={seed}"), 0, 64);
    }
    for text in FORMS {
        section.case(text, 4090, 40);
    }
    let page = PAGE as u64;
    for text in ["dgen1,seed=0x1f", "dgen1,seed=0x1f,dedup=3/2,compress=2"] {
        for (offset, length) in
            [(0, 0), (0, 1), (0, 32), (1, 15), (7, 64), (15, 2), (63, 2), (100, 1), (250, 12), (511, 33)]
        {
            section.case(text, offset, length);
        }
        for offset in [page, 1 << 20, 3 << 20, 1 << 32, 1 << 40, 1 << 51, 1 << 62, STREAM_END - page] {
            section.case(text, offset - 17, 35);
        }
        section.case(text, STREAM_END - 1, 1);
        section.case(text, STREAM_END - 64, 64);
        section.case(text, STREAM_END - 5000, 5000);
        section.case(text, (1 << 20) - 4999, 9998);
    }
}

fn dedup_recipes() -> Vec<String> {
    let mut texts = Vec::new();
    for block in BLOCKS {
        for dedup in DEDUPS {
            texts.push(format!("dgen1,seed=0x2a,block={block},dedup={dedup}"));
        }
    }
    for (window, skip) in WINDOWS {
        for dedup in ["1.5", "4"] {
            texts.push(format!("dgen1,seed=0x2b,block=64KiB,dedup={dedup},window={window},skip={skip}"));
        }
    }
    texts
}

fn arranged_recipes() -> Vec<String> {
    let sharded = SHARDED.map(|values| format!("dgen1,seed=0x2e,block=64KiB,{values}"));
    let with = |dedup| ARRANGED.map(|values| format!("dgen1,seed=0x2d,block=64KiB,dedup={dedup},{values}"));
    ["4/3", "3", "10.01", "1000000"].into_iter().flat_map(with).chain(sharded).collect()
}

fn dedup_cases(section: &mut Section) {
    for (i, text) in (0..).zip(dedup_recipes()) {
        let recipe = recipe(&text);
        // The ends of a block near the beginning, and of one anywhere.
        for block in [3 + i, blocks_in(&recipe) / 100 * (i + 1)] {
            section.case(&text, block * recipe.block() - 21, 42);
        }
    }
    for (i, text) in (0..).zip(arranged_recipes()) {
        let block = (1 << 46) / 100 * (i + 1);
        section.case(&text, block * 65536 - 21, 42);
    }
    section.case("dgen1,seed=0x2c,block=4KiB,dedup=3,window=64KiB,skip=16KiB", 12345, 65536);
    section.case("dgen1,seed=0x2c,block=12KiB,dedup=2,compress=3,texture=zeros", (1 << 50) + 1, 65536);
}

fn texture_cases(section: &mut Section) {
    let mut page = 1;
    for texture in TEXTURES {
        for tune in TUNES {
            for compress in COMPRESSES {
                let text = format!("dgen1,seed=0x3d,compress={compress},texture={texture},tune={tune}");
                if Recipe::parse(&text).is_err() {
                    continue;
                }
                if tune == "any" {
                    section.case(&text, page * PAGE as u64 - 1000, 3 * PAGE);
                } else {
                    section.case(&text, page * PAGE as u64, PAGE);
                }
                page += 1;
            }
        }
    }
}

/// Pages of literals and copies, and of words, from both rows of a recipe and all four alphabets.
fn made_cases(section: &mut Section) {
    let page = PAGE as u64;
    for text in LZ.into_iter().chain(TEXT) {
        section.case(text, 1_000_000 * page - 1000, 5 * PAGE);
        section.case(text, 12 * page + 10, 54);
        section.version_case(text, 7, (1 << 50) + 4000, 3000);
    }
}

/// Pages on both sides of the edges of sets and of their halves, near the beginning and anywhere.
fn spread_cases(section: &mut Section) {
    let page = PAGE as u64;
    for texture in TEXTURES {
        for (i, tune) in (0..).zip(TUNES) {
            for compress in SPREAD_COMPRESSES {
                for spread in SPREADS {
                    let text =
                        format!("dgen1,seed=0x5f,compress={compress},spread={spread},texture={texture},tune={tune}");
                    if Recipe::parse(&text).is_ok() {
                        section.case(&text, (64 * i + 14) * page, 4 * PAGE);
                    }
                }
            }
        }
        let text = format!("dgen1,seed=0x60,block=1GiB,compress=3/2,spread=9/10,texture={texture}");
        for first in [0, 30, 62, (1 << 51) - 67] {
            section.case(&text, first * page + 500, 66 * PAGE - 1000);
        }
    }
    let text = "dgen1,seed=0x60,block=12KiB,dedup=3,compress=2,spread=1/2,tune=zstd";
    section.case(text, 12345, 400_000);
}

fn version_cases(section: &mut Section) {
    let page = PAGE as u64;
    for text in VERSIONED {
        for version in VERSIONS {
            for (offset, length) in [(0, 64), (77 * page - 21, 42), ((1 << 40) + 7, 3), (STREAM_END - page, PAGE)] {
                section.version_case(text, version, offset, length);
            }
        }
    }
}

/// Parts of compressible pages: about the edges of units, half sectors and sectors.
fn part_cases(section: &mut Section) {
    let page = PAGE as u64;
    for texture in TEXTURES {
        for compress in ["1.5", "4", "20"] {
            let text = format!("dgen1,seed=0x4e,compress={compress},texture={texture}");
            for (offset, length) in [(0, 1), (15, 2), (17, 46), (255, 2), (250, 60), (511, 2), (1000, 64), (4080, 32)] {
                section.case(&text, 12 * page + offset, length);
            }
        }
    }
}

fn cases() -> Section {
    let mut section = Section::default();
    seeds_and_offsets(&mut section);
    dedup_cases(&mut section);
    texture_cases(&mut section);
    spread_cases(&mut section);
    made_cases(&mut section);
    version_cases(&mut section);
    part_cases(&mut section);
    tensor::cases(&mut section);
    section
}

fn plan() -> Section {
    let mut section = Section::default();
    for (i, text) in (0..).zip(dedup_recipes()) {
        let recipe = recipe(&text);
        let spec = Spec::new(&recipe);
        let end = blocks_in(&recipe);
        let blocks = [1, 2, 3, 7 + i, 40 + i, 300 + i, 5000 + i, 70_000 + i, (1 << 31) + i, end - 2, end - 1];
        for block in blocks {
            section.entry(&text, Some(block), &spec.content_of_block(block).to_string());
        }
    }
    for (i, text) in (0..).zip(arranged_recipes()) {
        let spec = Spec::new(&recipe(&text));
        let far = [(1 << 31) + i, (1 << 46) + 11 * i, (1 << 47) - 2, (1 << 47) - 1];
        for block in [1, 2, 7 + i, 40 + i, 130 + i, 300 + i, 1000 + i, 5000 + i, 70_000 + i].into_iter().chain(far) {
            section.entry(&text, Some(block), &spec.content_of_block(block).to_string());
        }
    }
    // A window that is no whole number of blocks.
    let text = "dgen1,seed=1,block=64KiB,window=1376255,skip=0,dedup=2";
    for block in [1001, 1003, 1005, 1007] {
        section.entry(text, Some(block), &Spec::new(&recipe(text)).content_of_block(block).to_string());
    }
    section
}

fn tags() -> Section {
    let mut section = Section::default();
    for seed in SEEDS {
        let text = format!("dgen1,seed={seed},dedup=2");
        for page in [0, 1, 255, 1 << 32, (1 << 51) - 1] {
            section.tag(&text, page, 0);
        }
    }
    for seed in SEEDS {
        let text = format!("dgen1,seed={seed},compress=2");
        for page in [0, 1, (1 << 51) - 1] {
            for version in VERSIONS {
                section.tag(&text, page, version);
            }
        }
    }
    section
}

/// Recipe, stream offset and version of a page, the bytes of it that are changed, and where it is found in a stream.
fn located() -> Section {
    let mut section = Section::default();
    for (text, within, offset, version, changed) in LOCATED.into_iter().chain(tensor::LOCATED) {
        let mut page = [0; PAGE];
        Spec::new(&recipe(text)).version(version).fill(offset, &mut page);
        for &byte in changed {
            page[byte] ^= 1;
        }
        let found = Spec::new(&recipe(within)).locate(&page).map_or("null".to_owned(), |location| {
            format!("[{},{},{}]", location.offset, location.version, location.intact)
        });
        let changed: Vec<String> = changed.iter().map(ToString::to_string).collect();
        section.0.push(format!(
            "{{\"recipe\":\"{text}\",\"offset\":{offset},\"version\":{version},\"changed\":[{}],\"within\":\"{within}\",\
             \"found\":{found}}}",
            changed.join(",")
        ));
    }
    section
}

fn attributes() -> Section {
    let mut section = Section::default();
    for text in RANGES {
        let range = Range::parse(text).unwrap_or_else(|| panic!("`{text}` is a range"));
        let (offset, size, version) = (range.offset, range.size, range.version);
        let file = range.file.map_or(String::new(), |(number, files)| format!(",{number},{files}"));
        section.0.push(format!("[\"{text}\",[{offset},{size},{version}{file}]]"));
    }
    for text in NO_RANGES {
        assert_eq!(Range::parse(text), None, "`{text}`");
        section.entry(text, None, "null");
    }
    section
}

fn floats() -> Section {
    let mut section = Section::default();
    for value in FLOATS {
        let ratio = Ratio::from_f64(value).expect("a ratio");
        section.entry(&value.to_string(), None, &format!("\"{ratio}\""));
    }
    section
}

fn invalid() -> Section {
    let mut section = Section::default();
    for (text, class) in INVALID.into_iter().chain(tensor::INVALID) {
        let found = Recipe::parse(text).err().map_or("none", |error| error.class().name());
        assert_eq!(found, class, "`{text}`");
        section.entry(text, None, &format!("\"{class}\""));
    }
    section
}

/// Seed, first value, bits of the bounds, bits of the values, and of the same values as one unit row.
fn numeric() -> Section {
    let mut section = Section::default();
    for (seed, first, count, low, high) in NUMERIC {
        let mut row = dgen_spec::uniform(seed, first, count, low, high).expect("a seed is a recipe");
        let values = bits(&row);
        dgen_spec::unit_row(&mut row);
        let (low, high) = (low.to_bits(), high.to_bits());
        section.0.push(format!("[\"{seed}\",{first},{low},{high},\"{values}\",\"{}\"]", bits(&row)));
    }
    section
}

/// The bits of each value, eight hexadecimal digits each.
fn bits(values: &[f32]) -> String {
    values.iter().map(|value| format!("{:08x}", value.to_bits())).collect::<Vec<_>>().concat()
}

/// The text of the file.
pub(crate) fn text() -> String {
    let sections = [
        ("cases", cases()),
        ("plan", plan()),
        ("tags", tags()),
        ("locate", located()),
        ("attributes", attributes()),
        ("floats", floats()),
        ("invalid", invalid()),
        ("numeric", numeric()),
        ("normal", tensor::normal()),
        ("values", tensor::values()),
    ];
    let sections: Vec<String> =
        sections.iter().map(|(name, section)| format!("\"{name}\":[\n{}\n]", section.0.join(",\n"))).collect();
    format!("{{\n\"format\":1,\n{}\n}}\n", sections.join(",\n"))
}

/// Where the file is.
pub(crate) fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/v1.json")
}

fn main() -> std::io::Result<()> {
    std::fs::write(path(), text())
}

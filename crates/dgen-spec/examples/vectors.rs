//! Writes the test vectors of format 1 to `vectors/v1.json`.
//!
//! The same file is a module of the test that compares the vectors with what would be written.

use dgen_spec::{PAGE, Ratio, Recipe, STREAM_END, Spec, blake2b_hex};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const SEEDS: [&str; 10] = [
    "0",
    "1",
    "2",
    "31",
    "0x1f",
    "0xDEADBEEF",
    "4294967296",
    "0x8000000000000000",
    "0xfffffffffffffffe",
    "18446744073709551615",
];

const BLOCKS: [&str; 5] = ["4KiB", "12KiB", "64KiB", "1MiB", "1GiB"];

const DEDUPS: [&str; 10] = ["1", "1.01", "1.5", "2", "2.5", "3", "7.3", "10", "100", "1000000"];

const COMPRESSES: [&str; 22] = [
    "1", "1.001", "1.05", "1.25", "1.5", "2", "2.5", "3", "3.3", "4", "5", "7.5", "8", "10", "12", "15", "20", "25",
    "50", "100", "160", "200",
];

const TEXTURES: [&str; 2] = ["repeat", "zeros"];

const TUNES: [&str; 5] = ["any", "lz4", "zstd", "zlib", "snappy"];

/// Windows and skips of recipes with 64 KiB blocks.
const WINDOWS: [(&str, &str); 10] = [
    ("1", "0"),
    ("1MiB", "0"),
    ("1MiB", "256KiB"),
    ("1088KiB", "0"),
    ("1984KiB", "320K"),
    ("64MiB", "0"),
    ("64MiB", "1"),
    ("64MiB", "16MiB"),
    ("100MB", "3MB"),
    ("1TiB", "1GiB"),
];

/// Texts in other than the canonical form.
const FORMS: [&str; 8] = [
    "dgen1,compress=2.0,dedup=1.5,seed=0x1F",
    "dgen1,seed=007,block=1024K,window=65536K,skip=8192K,dedup=1/1,compress=1.000,texture=repeat,tune=any",
    "dgen1,seed=0x00000000000000000000001f,block=1M",
    "dgen1,block=1024kB,seed=5,skip=12MB",
    "dgen1,tune=zstd,texture=zeros,compress=10/4,seed=5",
    "dgen1,seed=5,skip=0K,window=1T",
    "dgen1,seed=5,dedup=2000000/1000000",
    "dgen1,seed=5,dedup=1000001/1000000,compress=1.000001",
];

const FLOATS: [f64; 12] =
    [1.0, 1.1, 1.5, 2.7, 3.3, 1.001, 1.0004, 1.0006, 1.333_333_333_3, std::f64::consts::PI, 17.000_5, 999_999.999];

const INVALID: [(&str, &str); 53] = [
    ("", "version"),
    ("dgen2,seed=1", "version"),
    ("dgen,seed=1", "version"),
    ("DGEN1,seed=1", "version"),
    ("seed=1", "version"),
    ("dgen1,", "item"),
    ("dgen1,seed=1,", "item"),
    ("dgen1,seed=1,,block=1MiB", "item"),
    ("dgen1,seed", "item"),
    ("dgen1,Seed=1", "name"),
    ("dgen1,seed=1, block=1MiB", "name"),
    ("dgen1,seed=1,window_size=1MiB", "name"),
    ("dgen1,seed=1,=2", "name"),
    ("dgen1,seed=1,seed=1", "repeated"),
    ("dgen1,seed=1,dedup=2,dedup=2", "repeated"),
    ("dgen1", "missing"),
    ("dgen1,dedup=2", "missing"),
    ("dgen1,seed=", "value"),
    ("dgen1,seed=-1", "value"),
    ("dgen1,seed=+1", "value"),
    ("dgen1,seed=0x", "value"),
    ("dgen1,seed=1f", "value"),
    ("dgen1,seed=1_000", "value"),
    ("dgen1,seed=18446744073709551616", "value"),
    ("dgen1,seed=0x10000000000000000", "value"),
    ("dgen1,seed=1=1", "value"),
    ("dgen1,seed=1,block=", "value"),
    ("dgen1,seed=1,block=0x1000", "value"),
    ("dgen1,seed=1,block=64KB", "value"),
    ("dgen1,seed=1,skip=16384PiB", "value"),
    ("dgen1,seed=1,dedup=0", "value"),
    ("dgen1,seed=1,dedup=1/0", "value"),
    ("dgen1,seed=1,dedup=.5", "value"),
    ("dgen1,seed=1,dedup=1e3", "value"),
    ("dgen1,seed=1,dedup=3/1.5", "value"),
    ("dgen1,seed=1,dedup=1.0000001", "value"),
    ("dgen1,seed=1,dedup=1000002/1000001", "value"),
    ("dgen1,seed=1,texture=Zeros", "value"),
    ("dgen1,seed=1,tune=gzip", "value"),
    ("dgen1,seed=1,block=0", "range"),
    ("dgen1,seed=1,block=4095", "range"),
    ("dgen1,seed=1,block=6KiB", "range"),
    ("dgen1,seed=1,block=1048580KiB", "range"),
    ("dgen1,seed=1,dedup=0.5", "range"),
    ("dgen1,seed=1,dedup=1000001", "range"),
    ("dgen1,seed=1,window=0", "range"),
    ("dgen1,seed=1,window=1099511627777", "range"),
    ("dgen1,seed=1,compress=0.999", "range"),
    ("dgen1,seed=1,compress=201", "range"),
    ("dgen1,seed=1,window=1MiB", "skip"),
    ("dgen1,seed=1,skip=16777217", "skip"),
    ("dgen1,seed=1,block=64KiB,window=1MiB,skip=256KiB,tune=snappy,compress=20", "tune"),
    ("dgen1,seed=1,tune=lz4,compress=200", "tune"),
];

/// Seed, first value, count, bounds.
const NUMERIC: [(u64, u64, usize, f32, f32); 10] = [
    (0x1f, 0, 4, -1.0, 1.0),
    (0x1f, 0, 40, 0.0, 1.0),
    (0, 1023, 20, 0.0, 1e-45),
    (1, (1 << 61) - 9, 9, -3.4e38, 3.4e38),
    (u64::MAX, 7, 33, 1.0, 1.000_000_1),
    (5, 1 << 40, 17, -1e-40, 1e-40),
    (6, 3, 16, 16_777_215.0, 16_777_216.0),
    (7, 0, 100, 0.0, 3.402_823_5e38),
    (8, 11, 31, -7.25, -7.0),
    (9, 0, 1, 0.1, 0.3),
];

/// One section of the file: a JSON list with one entry on each line.
#[derive(Default)]
struct Section(Vec<String>);

impl Section {
    fn case(&mut self, text: &str, offset: u64, length: usize) {
        let recipe = recipe(text);
        let mut data = vec![0; length];
        Spec::new(&recipe).fill(offset, &mut data);
        let bytes = if length <= 64 {
            format!("\"hex\":\"{}\"", hex(&data))
        } else {
            format!("\"blake2b\":\"{}\"", blake2b_hex(&data))
        };
        let canonical = recipe.canonical();
        self.0.push(format!(
            "{{\"recipe\":\"{text}\",\"canonical\":\"{canonical}\",\"offset\":{offset},\"length\":{length},{bytes}}}"
        ));
    }

    fn entry(&mut self, text: &str, middle: Option<u64>, last: &str) {
        let middle = middle.map_or(String::new(), |number| format!("{number},"));
        self.0.push(format!("[\"{text}\",{middle}{last}]"));
    }
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

fn dedup_cases(section: &mut Section) {
    for (i, text) in (0..).zip(dedup_recipes()) {
        let recipe = recipe(&text);
        // The ends of a block near the beginning, and of one anywhere.
        for block in [3 + i, blocks_in(&recipe) / 100 * (i + 1)] {
            section.case(&text, block * recipe.block() - 21, 42);
        }
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

fn cases() -> Section {
    let mut section = Section::default();
    seeds_and_offsets(&mut section);
    dedup_cases(&mut section);
    texture_cases(&mut section);
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
    section
}

fn tags() -> Section {
    let mut section = Section::default();
    for seed in SEEDS {
        let text = format!("dgen1,seed={seed},dedup=2");
        let spec = Spec::new(&recipe(&text));
        for page in [0, 1, 255, 1 << 32, (1 << 51) - 1] {
            section.entry(&text, Some(page), &format!("\"{}\"", hex(&spec.tag(page))));
        }
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
    for (text, class) in INVALID {
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
        ("floats", floats()),
        ("invalid", invalid()),
        ("numeric", numeric()),
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

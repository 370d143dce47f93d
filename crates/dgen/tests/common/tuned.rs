//! What textures have in common that are made for one compressor.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use dgen_spec::Tune;

use super::codecs::{C_ZLIB, Compressor, LZ4, SNAPPY, ZSTD_1, ZSTD_3, measured};
use super::{bytes, stream};

/// The tunings, with the compressors that they are for.
pub const TUNES: [(Tune, Compressor); 3] = [(Tune::Lz4, LZ4), (Tune::Zstd, ZSTD_3), (Tune::Zlib, C_ZLIB)];
pub const PAGE: usize = 4096;
/// The compressor's block that costs are computed for.
pub const BLOCK: usize = 131_072;

/// A texture that is made for one compressor.
#[derive(Clone, Copy)]
pub struct Tuned {
    pub name: &'static str,
    /// Ratios that a tuning has, from its lowest to its highest.
    pub ratios: fn(Tune) -> &'static [&'static str],
    /// The first column's name in the document's table of other compressors.
    pub column: &'static str,
}

impl Tuned {
    pub fn recipe(&self, seed: u64, tune: Tune, ratio: &str) -> String {
        format!("dgen1,seed={seed},compress={ratio},texture={},tune={}", self.name, tune.name())
    }

    fn cases(self) -> impl Iterator<Item = (Tune, Compressor, &'static str)> {
        let of = move |(tune, compressor)| (self.ratios)(tune).iter().map(move |ratio| (tune, compressor, *ratio));
        TUNES.into_iter().flat_map(of)
    }

    /// Asserts that the compressor of the tuning is within a hundredth, and within two at a page.
    pub fn ratios_hold(&self) {
        for (tune, compressor, ratio) in self.cases() {
            let asked: f64 = ratio.parse().unwrap();
            let data = sample(&self.recipe(91, tune, ratio));
            for (block, allowed) in [(BLOCK, 0.01), (PAGE, 0.02)] {
                let got = measured(&data, block, compressor);
                assert!((got / asked - 1.0).abs() <= allowed, "{} {asked} at {block}: {got:.4}", tune.name());
            }
        }
    }

    /// Asserts that pages of a spread have the ratio together.
    pub fn spread_ratios_hold(&self) {
        for (tune, compressor, ratio) in self.cases() {
            let asked: f64 = ratio.parse().unwrap();
            for spread in ["0.3", "1"] {
                let data = sample(&format!("{},spread={spread}", self.recipe(93, tune, ratio)));
                for block in [BLOCK, PAGE] {
                    let got = measured(&data, block, compressor);
                    let name = tune.name();
                    assert!((got / asked - 1.0).abs() <= 0.02, "{name} {asked}, {spread} at {block}: {got:.4}");
                }
            }
        }
    }

    /// Asserts that some rows of a table of costs are as `cost` finds them: what fields of a row cost a compressor, over pages
    /// of so many streams of so many bytes. With `UPDATE_COSTS=1` it writes all of them, of `size` bytes.
    pub fn costs_are(&self, every: usize, size: usize, cost: impl Fn(&str, Compressor, u64, usize) -> f64) {
        let update = std::env::var_os("UPDATE_COSTS").is_some();
        let (seeds, size, every) = if update { (8, size, 1) } else { (3, 1 << 20, every) };
        let table = root().join(format!("crates/dgen-spec/{}-v1.csv", self.name));
        let text = fs::read_to_string(&table).unwrap();
        let mut written = format!("{}\n", text.lines().next().unwrap());
        for (tune, compressor) in TUNES {
            let rows = text.lines().filter(|line| line.starts_with(&format!("{},", tune.name())));
            for (index, line) in rows.enumerate().step_by(every) {
                let [_, stated, fields] = line.splitn(3, ',').collect::<Vec<_>>()[..] else { panic!("{line}") };
                let (found, stated) = (cost(fields, compressor, seeds, size), stated.parse::<f64>().unwrap());
                let name = tune.name();
                assert!(update || (found / stated - 1.0).abs() < 0.006, "{name} {index}: {stated}, not {found}");
                writeln!(written, "{name},{},{fields}", found.round()).unwrap();
            }
        }
        if update {
            fs::write(table, written).unwrap();
        }
    }

    /// The ratios of several compressors, as a line of the table in the document.
    fn others(self, tune: Tune, ratio: &str) -> Vec<f64> {
        const ZSTD_19: Compressor = |block| zstd::bulk::compress(block, 19).expect("memory suffices").len();
        let data = sample(&self.recipe(92, tune, ratio));
        let slow = measured(&data[..1 << 20], BLOCK, ZSTD_19);
        let mut found: Vec<f64> =
            [LZ4, SNAPPY, ZSTD_1, ZSTD_3, C_ZLIB].iter().map(|codec| measured(&data, BLOCK, *codec)).collect();
        found.insert(4, slow);
        found
    }

    /// Asserts that the document tabulates other compressors as they are; with `UPDATE_COSTS=1` it writes the table.
    pub fn document_tabulates_others(&self) {
        let path = root().join("docs/FORMAT.md");
        let document = fs::read_to_string(&path).unwrap();
        let heading = format!(
            "| {} | LZ4 | Snappy | zstd 1 | zstd 3 | zstd 19 | zlib 6 |\n|---|---|---|---|---|---|---|\n",
            self.column
        );
        let (before, rest) = document.split_once(&heading).expect("the document has the table");
        let after = rest.find("\n\n").map(|end| &rest[end + 1..]).unwrap();
        let update = std::env::var_os("UPDATE_COSTS").is_some();
        let mut table = String::new();
        for (tune, _) in TUNES {
            for (index, ratio) in (self.ratios)(tune).iter().enumerate() {
                let name = format!("| `{}` {ratio} |", tune.name());
                if update {
                    let found = self.others(tune, ratio);
                    let columns: Vec<String> = found.iter().map(|ratio| format!("{ratio:.2}")).collect();
                    writeln!(table, "{name} {} |", columns.join(" | ")).unwrap();
                } else if index % 4 == 2 {
                    let line = rest.lines().find(|line| line.starts_with(&name)).expect("the table has the line");
                    let stated: Vec<f64> =
                        line.split('|').skip(2).filter_map(|text| text.trim().parse().ok()).collect();
                    let found = self.others(tune, ratio);
                    assert_eq!(stated.len(), found.len());
                    let near = stated.iter().zip(&found).all(|(x, y)| (x / y - 1.0).abs() < 0.02);
                    assert!(near, "{line} {found:.2?}");
                }
            }
        }
        if update {
            fs::write(path, format!("{before}{heading}{table}{after}")).unwrap();
        }
    }

    /// Asserts that no two sectors are equal.
    pub fn sectors_differ(&self) {
        for (tune, _, ratio) in self.cases() {
            let data = sample(&self.recipe(95, tune, ratio));
            let distinct: HashSet<&[u8]> = data.chunks(512).collect();
            assert_eq!(distinct.len(), data.len() / 512, "{} {ratio}", tune.name());
        }
    }

    /// Asserts that streams of two seeds share no run of so many bytes, and that a stream given another seed is as if it had
    /// been made with that.
    pub fn seeds_have_nothing_in_common(&self, ratio: &str, run: usize) {
        let runs = |seed| -> HashSet<Vec<u8>> {
            sample(&self.recipe(seed, Tune::Lz4, ratio)).windows(run).step_by(3).map(<[u8]>::to_vec).collect()
        };
        assert_eq!(runs(96).intersection(&runs(97)).count(), 0);
        let [first, second] = [1, 2].map(|seed| stream(&self.recipe(seed, Tune::Zstd, "3")));
        assert_eq!(bytes(&first.reseeded(2), 0, 65_536), bytes(&second, 0, 65_536));
    }

    /// Asserts that what cannot be had is refused with what can.
    pub fn refuses(&self) {
        let name = self.name;
        let below = |tune| format!("texture={name} and tune={tune}");
        let usual = format!("lz4, zstd or zlib with texture={name}");
        for (text, parts) in [
            ("compress=2", ["`any`", &usual]),
            ("compress=2,tune=snappy", ["`snappy`", &usual]),
            ("compress=1.1,tune=zstd", ["11/10", &below("zstd")]),
            ("compress=5,tune=lz4", ["5", &below("lz4")]),
        ] {
            let recipe = format!("dgen1,seed=1,texture={name},{text}");
            let message = recipe.parse::<dgen::Recipe>().unwrap_err().to_string();
            assert!(parts.iter().all(|part| message.contains(part)), "{message}");
        }
    }
}

/// What is measured of a recipe.
pub fn sample(recipe: &str) -> Vec<u8> {
    bytes(&stream(recipe), 7 << 30, 4 << 20)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

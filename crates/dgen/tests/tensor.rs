//! Pages of numbers are distributed as the table of the format says, and compress as FORMAT.md says.

mod common;

use std::sync::LazyLock;

use common::{bytes, stream};
use dgen::{DamageKind, Stores, Verifier};

#[allow(dead_code, unreachable_pub)] // the example's `main` is not called
#[path = "../examples/tensor_ratios.rs"]
mod ratios;

fn document(path: &str) -> String {
    std::fs::read_to_string(format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"))).expect("a file of the repository")
}

/// Bytes of a number, bits of its field, bits below it.
fn shape(dtype: &str) -> (usize, u32, u32) {
    match dtype {
        "bf16" => (2, 8, 7),
        "fp16" => (2, 5, 10),
        "fp32" => (4, 8, 23),
        "fp8" => (1, 4, 3),
        _ => (1, 4, 4),
    }
}

/// A row of the normative table: type, distribution, and how often each field occurs in 256.
type Row = (String, String, Vec<(u32, f64)>);

fn rows() -> Vec<Row> {
    let table = document("crates/dgen-spec/tensor-v1.csv");
    let row = |line: &str| {
        let [dtype, like, _, fields] = line.split(',').collect::<Vec<_>>().try_into().expect("a row has four parts");
        let field = |text: &str| {
            let (value, count) = text.split_once(':').expect("a field has a count");
            let value: i64 = value.parse().expect("a number");
            let modulus = 1 << shape(dtype).1;
            (u32::try_from(value.rem_euclid(modulus)).expect("a small number"), count.parse().expect("a number"))
        };
        (dtype.to_owned(), like.to_owned(), fields.split(' ').map(field).collect())
    };
    table.lines().skip(1).map(row).collect()
}

#[test]
fn fields_occur_as_often_as_the_table_says_and_the_rest_is_even() {
    for (dtype, like, fields) in rows() {
        let (size, field, below) = shape(&dtype);
        let data = bytes(&stream(&format!("dgen1,seed=11,texture=tensor,dtype={dtype},like={like}")), 1 << 33, 8 << 20);
        let mut counts = vec![0_u32; 1 << field];
        let mut ones = [0_u32; 32];
        let mut numbers = 0_u32;
        for number in data.chunks(4096).flat_map(|page| page[16..].chunks(size)) {
            let word = number.iter().rev().fold(0_u32, |word, &byte| word << 8 | u32::from(byte));
            counts[(word >> below & ((1 << field) - 1)) as usize] += 1;
            for (bit, ones) in ones[..below as usize].iter_mut().enumerate() {
                *ones += word >> bit & 1;
            }
            numbers += 1;
        }
        let chi_squared: f64 = fields
            .iter()
            .map(|&(value, count)| {
                let expected = f64::from(numbers) * count / 256.0;
                (f64::from(counts[value as usize]) - expected).powi(2) / expected
            })
            .sum();
        // Up to 23 degrees of freedom.
        assert!(chi_squared < 80.0, "{dtype} {like}: {chi_squared}");
        let drawn: u32 = fields.iter().map(|&(value, _)| counts[value as usize]).sum();
        assert_eq!(drawn, numbers, "{dtype} {like}: other fields occur");
        let spread = f64::from(numbers).sqrt() / 2.0;
        for (bit, &ones) in ones[..below as usize].iter().enumerate() {
            let off = (f64::from(ones) - f64::from(numbers) / 2.0) / spread;
            assert!(off.abs() < 6.0, "{dtype} {like}: bit {bit} is off by {off}");
        }
    }
}

static LINES: LazyLock<Vec<ratios::Line>> = LazyLock::new(ratios::lines);

/// Every codec family, and the entropies: as the table of the document shows them.
#[test]
fn pages_compress_as_the_document_says() {
    let document = document("docs/FORMAT.md");
    for line in LINES.iter() {
        let start = format!("| `{}` | `{}` |", line.names[0], line.names[1]);
        let shown = document.lines().find_map(|text| text.strip_prefix(&start));
        let shown = shown.unwrap_or_else(|| panic!("the document has no row {start}"));
        let cells: Vec<Vec<f64>> = shown
            .trim_end_matches('|')
            .split('|')
            .map(|cell| cell.split_whitespace().map(|number| number.parse().expect("a number")).collect())
            .collect();
        let measured: Vec<Vec<f64>> = line
            .ratios
            .iter()
            .chain([&line.entropy])
            .map(|&number| vec![number])
            .chain([line.planes.clone()])
            .collect();
        assert_eq!(cells.len(), measured.len(), "{start}");
        for (cell, measured) in cells.iter().zip(&measured) {
            assert_eq!(cell.len(), measured.len(), "{start}");
            let close = |(shown, measured): (&f64, &f64)| (shown - measured).abs() < 0.016;
            assert!(cell.iter().zip(measured).all(close), "{start}: {measured:?} is not {cell:?}");
        }
    }
}

/// What is published of the weights of models in bfloat16, and of keys and values.
#[test]
fn numbers_are_like_those_that_are_published() {
    for line in LINES.iter() {
        let [lz4, _, zstd, _, planes] = line.ratios;
        match line.names {
            ["bf16", "weights"] => {
                assert!((2.65..2.85).contains(&line.planes[1]) && line.planes[0] >= 7.97, "{:?}", line.planes);
                assert!((1.46..=1.51).contains(&planes) && (1.25..1.31).contains(&zstd), "{planes} {zstd}");
                assert!((1.0..1.005).contains(&lz4), "{lz4}");
            }
            ["bf16", "kv"] => assert!((1.37..1.43).contains(&planes), "{planes}"),
            ["fp8", "kv"] => assert!((1.08..1.12).contains(&planes), "{planes}"),
            ["fp32", "weights"] => assert!((1.18..1.22).contains(&planes), "{planes}"),
            _ => {}
        }
    }
}

#[test]
fn no_sector_repeats_and_duplicates_are_exact() {
    for names in ["", ",dtype=int8,like=adam", ",dtype=fp8,like=uniform", ",dtype=fp32,like=grad"] {
        let data = bytes(&stream(&format!("dgen1,seed=12,texture=tensor{names}")), 0, 16 << 20);
        let distinct: std::collections::HashSet<&[u8]> = data.chunks(512).collect();
        assert_eq!(distinct.len(), data.len() / 512, "{names}");
        let text = format!("dgen1,seed=12,block=8KiB,window=1MiB,skip=64KiB,dedup=5/2,texture=tensor{names}");
        let data = bytes(&stream(&text), 0, 1000 * 8192);
        let distinct: std::collections::HashSet<&[u8]> = data.chunks(8192).collect();
        assert_eq!(distinct.len(), 400, "{names}");
    }
}

#[test]
fn pages_are_found_and_damage_is_named() {
    for (dtype, like, _) in rows() {
        let recipe = format!("dgen1,seed=13,dedup=3/2,block=16KiB,texture=tensor,dtype={dtype},like={like}");
        let stream = stream(&recipe);
        let (from, expected) = (1 << 40, bytes(&stream, 1 << 40, 64 << 10));
        let found = stream.version(3).locate(&expected[8192..12_288]).expect("a page of the stream");
        assert!(found.intact && found.version == 0 && stream.belongs_at(found, from + 8192));
        let verifier = Verifier::new(stream.clone());
        let check = |damage: &dyn Fn(&mut [u8])| {
            let mut data = expected.clone();
            damage(&mut data);
            let ranges = verifier.check(from, &data).unwrap();
            ranges.iter().map(|range| (range.offset - from, range.kind)).collect::<Vec<_>>()
        };
        let other = bytes(&stream.version(9), from, 64 << 10);
        let foreign = bytes(&common::stream(&recipe.replace("13", "14")), from, 64 << 10);
        assert_eq!(check(&|_| ()), []);
        assert_eq!(check(&|data| data[5000] ^= 8), [(5000, DamageKind::Flipped)]);
        assert_eq!(check(&|data| data[8192..12_288].fill(0)), [(8192, DamageKind::Zeroed)]);
        assert_eq!(check(&|data| data[4096..8192].copy_from_slice(&other[4096..8192])), [(4096, DamageKind::Stale)]);
        assert_eq!(
            check(&|data| data[4096..8192].copy_from_slice(&foreign[4096..8192])),
            [(4096, DamageKind::Foreign)]
        );
        let torn = check(&|data| data[6144..8192].copy_from_slice(&foreign[6144..8192]));
        assert!(
            torn.len() == 1 && (6144..6160).contains(&torn[0].0) && torn[0].1 == DamageKind::Torn,
            "{recipe} {torn:?}"
        );
    }
}

#[test]
fn stores_past_the_caches_store_the_same() {
    for kernel in common::streams("dgen1,seed=15,texture=tensor,dtype=fp16,like=kv") {
        let mut memory = vec![0; (1 << 20) + 64];
        let start = memory.as_ptr().align_offset(64);
        let out = &mut memory[start..][..1 << 20];
        kernel.with_stores(Stores::Streaming).fill_at(4096, out).unwrap();
        let mut plain = vec![0; 1 << 20];
        kernel.with_stores(Stores::Cached).fill_at(4096, &mut plain).unwrap();
        assert!(out == plain, "{}", kernel.kernel().name());
    }
}

//! The test vectors of format 1, checked by every kernel.

mod common;

use blake2::{Blake2b, Digest, digest::consts::U32};
use common::streams;
use dgen::driver::Team;
use dgen::numeric::{Uniform, Values, Work};
use dgen::ratio::Ratio;
use serde_json::{Value, json};

fn vectors() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/v1.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the vectors are part of the repository")).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}

fn small(value: &Value) -> u32 {
    u32::try_from(number(value)).expect("a number below 2^32")
}

#[test]
fn bytes_equal_the_vectors() {
    let vectors = vectors();
    let cases = vectors["cases"].as_array().unwrap();
    assert!(cases.len() > 100);
    for case in cases {
        for stream in streams(text(&case["recipe"])) {
            assert_eq!(stream.recipe().to_string(), text(&case["canonical"]));
            let stream = stream.version(small(&case["version"]));
            let mut out = vec![0; usize::try_from(number(&case["length"])).unwrap()];
            stream.fill_at(number(&case["offset"]), &mut out).unwrap();
            let (got, expected) = match case["hex"].as_str() {
                Some(expected) => (hex(&out), expected),
                None => (hex(&Blake2b::<U32>::digest(&out)), text(&case["blake2b"])),
            };
            assert_eq!(got, expected, "kernel {} of {case}", stream.kernel().name());
        }
    }
}

#[test]
fn plans_and_tags_equal_the_vectors() {
    let vectors = vectors();
    for entry in vectors["plan"].as_array().unwrap() {
        let stream = common::stream(text(&entry[0]));
        assert_eq!(stream.content_of_block(number(&entry[1])), number(&entry[2]), "{entry}");
    }
    for entry in vectors["tags"].as_array().unwrap() {
        let stream = common::stream(text(&entry[0])).version(small(&entry[2]));
        let offset = number(&entry[1]).checked_mul(4096).filter(|&offset| offset < 1 << 63);
        // A page number is a stream offset only where nothing repeats; elsewhere the tag is found by locating it.
        if let Some(offset) = offset.filter(|_| stream.recipe().dedup_ratio().is_one()) {
            let mut tag = [0; 16];
            stream.fill_at(offset, &mut tag).unwrap();
            assert_eq!(hex(&tag), text(&entry[3]), "{entry}");
        }
    }
}

#[test]
fn pages_are_located_as_in_the_vectors() {
    for case in vectors()["locate"].as_array().unwrap() {
        let mut page = [0; 4096];
        let written = common::stream(text(&case["recipe"])).version(small(&case["version"]));
        written.fill_at(number(&case["offset"]), &mut page).unwrap();
        for byte in case["changed"].as_array().unwrap() {
            page[usize::try_from(number(byte)).unwrap()] ^= 1;
        }
        let found = common::stream(text(&case["within"])).locate(&page);
        let found = found.map(|location| json!([location.offset, location.version, location.intact]));
        assert_eq!(found.unwrap_or(Value::Null), case["found"], "{case}");
    }
}

#[test]
fn numeric_values_equal_the_vectors() {
    for entry in vectors()["numeric"].as_array().unwrap() {
        let bound = |index: usize| f64::from(f32::from_bits(u32::try_from(number(&entry[index])).unwrap()));
        let uniform = Uniform::new(text(&entry[0]).parse().unwrap(), bound(2), bound(3)).unwrap();
        let mut row = vec![0; text(&entry[4]).len() / 2];
        Work::draw(&uniform, number(&entry[1]), &mut row, 1).unwrap().finish();
        assert_eq!(bits(&row), text(&entry[4]), "{entry}");
        let dim = row.len() / 4;
        Work::normalize(&mut row, dim, 1).unwrap().finish();
        assert_eq!(bits(&row), text(&entry[5]), "{entry}");
    }
}

#[test]
fn normal_values_equal_the_vectors() {
    for entry in vectors()["normal"].as_array().unwrap() {
        let float = |index: usize| f64::from(f32::from_bits(small(&entry[index])));
        let normal = Values::normal(text(&entry[0]).parse().unwrap(), float(2), float(3)).unwrap();
        let mut out = vec![0; text(&entry[4]).len() / 2];
        normal.fill(number(&entry[1]), &mut out, &Team::free(1)).unwrap();
        assert_eq!(bits(&out), text(&entry[4]), "{entry}");
    }
}

#[test]
fn numbers_of_whole_pages_equal_the_vectors() {
    for entry in vectors()["values"].as_array().unwrap() {
        let recipe: dgen::Recipe = text(&entry[0]).parse().unwrap();
        let (dtype, size) = (recipe.dtype(), recipe.dtype().size());
        let values = Values::tensor(recipe.seed(), dtype, recipe.like()).unwrap();
        let mut page = vec![0; 4096];
        values.fill(number(&entry[1]) * (4096 / size as u64), &mut page, &Team::free(1)).unwrap();
        if cfg!(target_endian = "big") {
            page.chunks_mut(size).for_each(<[u8]>::reverse);
        }
        assert_eq!(hex(&Blake2b::<U32>::digest(&page)), text(&entry[2]), "{entry}");
    }
}

/// The bits of each float32, eight hexadecimal digits each.
fn bits(values: &[u8]) -> String {
    let value = |bytes: &[u8]| format!("{:08x}", u32::from_ne_bytes(bytes.try_into().unwrap()));
    values.chunks(4).map(value).collect::<Vec<_>>().concat()
}

#[test]
fn ratios_of_floats_equal_the_vectors() {
    for entry in vectors()["floats"].as_array().unwrap() {
        let ratio = Ratio::from_f64("ratio", text(&entry[0]).parse().unwrap(), 1_000_000).unwrap();
        assert_eq!(ratio.to_string(), text(&entry[1]), "{entry}");
    }
}

#[test]
fn invalid_recipes_are_refused() {
    for entry in vectors()["invalid"].as_array().unwrap() {
        assert!(text(&entry[0]).parse::<dgen::Recipe>().is_err(), "{entry}");
    }
}

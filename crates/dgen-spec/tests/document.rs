//! What docs/FORMAT.md shows of streams is what the reference gives.

use dgen_spec::{Recipe, Spec, normal, uniform, unit_row};

/// Asserts that the document has this text.
fn shows(text: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/FORMAT.md");
    let document = std::fs::read_to_string(path).expect("docs/FORMAT.md can be read");
    assert!(document.contains(text), "the document does not contain\n{text}");
}

fn spec(text: &str) -> Spec {
    Spec::new(&Recipe::parse(text).expect("a recipe"))
}

#[test]
fn the_first_bytes_of_streams() {
    for (text, version, note) in [
        ("dgen1,seed=0x1f", 0, ""),
        ("dgen1,seed=0x1f,dedup=3/2,compress=2", 0, ""),
        ("dgen1,seed=0x1f", 1, " (version 1)"),
    ] {
        let mut bytes = [0; 32];
        spec(text).version(version).fill(0, &mut bytes);
        let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        shows(&format!("\n{text}{note}\n{}\n", hex.concat()));
    }
}

#[test]
fn one_page_step_by_step() {
    let spec = spec("dgen1,seed=0x1f,block=64KiB,dedup=3/2,compress=3").version(1);
    shows(&format!("\n```\n{}```\n", spec.workings(131_100_000)));
}

#[test]
fn the_first_numeric_values() {
    let mut row = uniform(0x1f, 0, 4, -1.0, 1.0).expect("a seed is a recipe");
    let bits = |row: &[f32]| row.iter().map(|value| format!("{:08x}", value.to_bits())).collect::<Vec<_>>().join(" ");
    let values = bits(&row);
    unit_row(&mut row);
    shows(&format!("the bits `{values}`"));
    shows(&format!("these four are `{}`", bits(&row)));
    let normal = normal(0x1f, 0, 4, 0.0, 1.0).expect("a seed is a recipe");
    shows(&format!("those with the bits `{}`.", bits(&normal)));
}

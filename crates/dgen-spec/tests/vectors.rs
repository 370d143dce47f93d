//! The test vectors in the repository are what the reference gives.

use dgen_spec::{Recipe, Spec};
use std::fmt::Write as _;

#[allow(dead_code)] // the example's `main` is not called
#[path = "../examples/vectors/main.rs"]
mod vectors;

#[test]
fn the_vectors_are_up_to_date() {
    let found = std::fs::read_to_string(vectors::path()).expect("vectors/v1.json can be read");
    let expected = vectors::text();
    for (number, (found, expected)) in (1..).zip(found.lines().zip(expected.lines())) {
        assert_eq!(found, expected, "line {number} of vectors/v1.json");
    }
    assert!(found == expected, "vectors/v1.json has another length; run `cargo run -p dgen-spec --example vectors`");
}

#[test]
fn the_format_document_shows_the_first_bytes_of_two_streams() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/FORMAT.md");
    let document = std::fs::read_to_string(path).expect("docs/FORMAT.md can be read");
    for text in ["dgen1,seed=0x1f", "dgen1,seed=0x1f,dedup=3/2,compress=2"] {
        let mut bytes = [0; 32];
        Spec::new(&Recipe::parse(text).expect("a recipe")).fill(0, &mut bytes);
        let mut shown = format!("\n{text}\n");
        for byte in bytes {
            let _ = write!(shown, "{byte:02x}");
        }
        assert!(document.contains(&shown), "the document does not contain {shown}");
    }
}

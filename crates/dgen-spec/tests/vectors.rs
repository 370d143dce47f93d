//! The test vectors in the repository are what the reference gives.

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

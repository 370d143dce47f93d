//! What the integration tests share.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

pub mod codecs;

use dgen::{Kernel, Recipe, Stream};

/// A stream of a recipe's text under each kernel that this processor runs; says which those are.
pub fn streams(recipe: &str) -> Vec<Stream> {
    let recipe: Recipe = recipe.parse().expect("the test's recipe is valid");
    Kernel::available().into_iter().map(|kernel| Stream::with_kernel(&recipe, kernel)).collect()
}

/// The stream of a recipe's text under the fastest kernel.
pub fn stream(recipe: &str) -> Stream {
    Stream::new(&recipe.parse().expect("the test's recipe is valid")).expect("DGEN_KERNEL is valid")
}

/// Bytes of a stream.
pub fn bytes(stream: &Stream, offset: u64, len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    stream.par_fill_at(offset, &mut out, None).expect("the range is below 2^63");
    out
}

/// The reference for a recipe's text.
pub fn reference(recipe: &str) -> dgen_spec::Spec {
    dgen_spec::Spec::new(&dgen_spec::Recipe::parse(recipe).expect("the test's recipe is valid"))
}

/// A property test of `cases` cases, or of `PROPTEST_CASES` where that is set (emulators are slow).
pub fn cases(cases: u32) -> proptest::test_runner::Config {
    let default = proptest::test_runner::Config::default();
    let given = std::env::var_os("PROPTEST_CASES").is_some();
    proptest::test_runner::Config { cases: if given { default.cases } else { cases }, ..default }
}

//! What the integration tests share.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

pub mod codecs;
pub mod tuned;

use dgen::{Kernel, Recipe, Stream};
use proptest::test_runner::TestCaseError;
use proptest::{prop_assert, prop_assert_eq};

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

/// Checks that a recipe's text, if it is one, has the plan of the reference: near the beginning, near block `at` of 4 KiB and
/// in between.
pub fn plan_is_that_of_the_reference(text: &str, at: u64) -> Result<(), TestCaseError> {
    let (fast, slow) = (text.parse::<Recipe>(), dgen_spec::Recipe::parse(text));
    prop_assert_eq!(fast.is_ok(), slow.is_ok(), "{}", text);
    if let (Ok(recipe), Ok(slow)) = (fast, slow) {
        prop_assert_eq!(recipe.to_string(), slow.canonical());
        let (fast, slow) = (Stream::new(&recipe).unwrap(), reference(text));
        for n in (0..40).chain(at..at + 40).chain(at % 100_000..at % 100_000 + 40) {
            prop_assert_eq!(fast.content_of_block(n), slow.content_of_block(n), "block {} of {}", n, text);
            prop_assert_eq!(fast.distinct_blocks(n), slow.distinct(n));
        }
        let page = bytes(&fast, at * 4096, 4096);
        let (found, expected) = (fast.locate(&page).unwrap(), slow.locate(page[..].try_into().unwrap()).unwrap());
        prop_assert_eq!(found.offset, expected.offset);
        prop_assert!(found.offset <= at * 4096);
    }
    Ok(())
}

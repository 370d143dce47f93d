//! Recipes: what they accept, refuse and print.

use super::*;
use crate::error::ErrorKind;
use proptest::prelude::*;

fn refused(text: &str) -> String {
    let error = text.parse::<Recipe>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    let message = error.to_string();
    assert!(!message.contains('\n') && !message.ends_with('.'), "{message}");
    message
}

#[test]
fn errors_name_the_value_and_what_is_accepted() {
    for (text, words) in [
        ("seed=1", ["seed=1", "dgen1,"]),
        ("dgen2,seed=1", ["dgen2", "dgen1,"]),
        ("dgen1", ["dgen1", "seed=0x1f"]),
        ("dgen1,seed", ["seed", "name=value"]),
        ("dgen1,seed=1,seed=2", ["seed", "once"]),
        ("dgen1,seed=-1", ["-1", "18446744073709551615"]),
        ("dgen1,seed=0x", ["0x", "hexadecimal"]),
        ("dgen1,seed=1,colour=red", ["colour", "compress"]),
        ("dgen1,seed=1,block=5000", ["5000", "4 KiB to 1 GiB"]),
        ("dgen1,seed=1,block=1MIB", ["1MIB", "KiB, MiB"]),
        ("dgen1,seed=1,skip=1.5MiB", ["1.5MiB", "whole number"]),
        ("dgen1,seed=1,dedup=1.", ["`1.`", "as 2, 1.5 or 3/2"]),
        (" dgen1,seed=1", ["` dgen1", "dgen1,"]),
        ("dgen1,seed=1,block=2GiB", ["2147483648", "4 KiB to 1 GiB"]),
        ("dgen1,seed=1,dedup=0.5", ["0.5", "1 to 1000000"]),
        ("dgen1,seed=1,compress=201", ["201", "1 to 200"]),
        ("dgen1,seed=1,spread=1.5", ["1.5", "0 to 1"]),
        ("dgen1,seed=1,compress=nan", ["nan", "1 to 200"]),
        ("dgen1,seed=1,texture=wool", ["wool", "repeat, zeros, lz, text, tensor"]),
        ("dgen1,seed=1,tune=lzma", ["lzma", "any, lz4, zstd, zlib, snappy"]),
        ("dgen1,seed=1,early=late", ["late", "exact, apart"]),
        ("dgen1,seed=1,reuse=often", ["often", "recent:SIZE"]),
        ("dgen1,seed=1,reuse=zipf:5", ["zipf:5", "up to 4"]),
        ("dgen1,seed=1,reuse=recent:1MiB", ["recent:1MiB", "recent:17MiB or more"]),
        ("dgen1,seed=1,reuse=fixed,skip=13MiB", ["fixed", "a fifth of the window"]),
        ("dgen1,seed=1,reuse=fixed,runs=2", ["2", "1 with reuse=fixed"]),
        ("dgen1,seed=1,runs=9-2", ["9-2", "from 1 to 65536"]),
        ("dgen1,seed=1,runs=64", ["64", "a window of 391 blocks"]),
        ("dgen1,seed=1,skip=17MiB", ["17", "quarter"]),
        ("dgen1,seed=1,window=2TiB", ["2TiB", "1 TiB"]),
        ("dgen1,seed=1,texture=tensor,dtype=f8", ["f8", "bf16, fp16, fp32, fp8, int8"]),
        ("dgen1,seed=1,texture=tensor,like=us", ["us", "weights, grad, adam, kv, uniform"]),
        ("dgen1,seed=1,texture=tensor,compress=2", ["compress ratio: 2", "1 with texture=tensor"]),
        ("dgen1,seed=1,texture=tensor,tune=lz4", ["tune: lz4", "any with texture=tensor"]),
        ("dgen1,seed=1,texture=tensor,spread=1/2", ["spread: 1/2", "0 with texture=tensor"]),
        ("dgen1,seed=1,dtype=fp8", ["dtype: fp8", "bf16 with texture=repeat; others with texture=tensor"]),
        ("dgen1,seed=1,texture=zeros,like=kv", ["like: kv", "weights with texture=zeros"]),
        ("dgen1,seed=1,compress=20,tune=snappy", ["20", "tune=snappy"]),
    ] {
        let message = refused(text);
        assert!(words.iter().all(|word| message.contains(word)), "{text}: {message}");
    }
}

#[test]
fn recipes_serialise_as_their_text() {
    let recipe: Recipe = "dgen1,seed=7,dedup=2".parse().unwrap();
    assert_eq!(serde_json::to_string(&recipe).unwrap(), "\"dgen1,seed=0x7,dedup=2\"");
    assert_eq!(serde_json::from_str::<Recipe>("\"dgen1,dedup=2,seed=7\"").unwrap(), recipe);
    assert!(serde_json::from_str::<Recipe>("\"dgen1\"").is_err());
}

proptest! {
    #[test]
    fn no_text_panics(text in "(dgen1)?[,=0-9a-zA-Z./ -]{0,60}") {
        if let Ok(recipe) = text.parse::<Recipe>() {
            prop_assert_eq!(recipe.to_string().parse::<Recipe>().unwrap(), recipe);
        }
    }

    #[test]
    fn names_and_values_in_any_order_do_not_panic(
        parts in prop::collection::vec(("seed|block|dedup|window|skip|early|reuse|runs|compress|spread|texture|dtype|like|tune", "[0-9./-]{1,22}(KiB|kB|TiB)?|repeat|lz4|apart|(zipf|recent):[0-9./]{1,22}M?"), 0..8),
    ) {
        let text = parts.iter().fold("dgen1".to_owned(), |text, (name, value)| format!("{text},{name}={value}"));
        _ = text.parse::<Recipe>();
    }
}

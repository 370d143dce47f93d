//! Texts that people and files give: each is read or refused, as the slow reference does, and reads back as it was.

use dgen::{Ratio, Recipe, Stream, units};
use dgen_io::RangeAttribute;

use crate::Target;

pub(crate) const RECIPE: Target = Target {
    name: "recipe",
    run: recipe,
    samples: &[
        "dgen1,seed=0x1f,dedup=3/2,compress=2",
        "dgen1,seed=18446744073709551615,block=4KiB,dedup=1.5,window=64MiB,skip=8MiB,compress=200,texture=zeros",
        "dgen1,seed=7,texture=tensor,dtype=fp8,like=kv",
        "dgen1,seed=0,block=1GiB,compress=1.25,texture=repeat,tune=zstd",
        "dgen1,seed=7,compress=2,spread=7/10",
        "dgen1,seed=0,compress=2.5,spread=0.3,texture=lz,tune=zlib",
        "dgen1,seed=0,compress=2.5,spread=0.3,texture=text,tune=zlib",
        "dgen1,seed=0xffffffffffffffff,block=64KiB,dedup=1000000/999999,window=1TiB,skip=0",
        "dgen1,seed=7,block=64KiB,dedup=7/3,early=apart,reuse=zipf:1.1,runs=4-16",
        "dgen1,seed=7,dedup=5/2,window=100MiB,early=apart,reuse=fixed",
        "dgen1,seed=7,block=4KiB,dedup=10,reuse=recent:24MiB,runs=3",
        "dgen1,seed=7,block=64KiB,dedup=3/2,window=256MiB,within=64MiB:0.5",
    ],
    words: &[
        "dgen1",
        "dgen2",
        ",seed=",
        ",block=",
        ",dedup=",
        ",window=",
        ",skip=",
        ",early=apart",
        ",reuse=",
        "recent:",
        "zipf:",
        "fixed",
        ",runs=",
        ",within=",
        "none",
        ",compress=",
        ",spread=",
        ",texture=",
        ",dtype=",
        ",like=",
        ",tune=",
        "0x",
        "KiB",
        "MiB",
        "PiB",
        "/",
        ".",
        "zeros",
        "tensor",
        "lz4",
        "snappy",
        "18446744073709551616",
        "9223372036854775808",
        "1000001",
        "-",
        "+",
        " ",
        "\0",
        "٣",
        "4097",
    ],
    tries: 20_000,
};

fn recipe(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let found = text.parse::<Recipe>();
    let other = dgen_spec::Recipe::parse(text);
    assert_eq!(found.is_ok(), other.is_ok(), "{found:?}, but {other:?}");
    let (Ok(recipe), Ok(other)) = (found, other) else { return };
    assert_eq!(recipe.to_string(), other.canonical());
    assert_eq!(recipe.to_string().parse::<Recipe>().unwrap(), recipe);
    let stream = Stream::new(&recipe).unwrap();
    let spec = dgen_spec::Spec::new(&other);
    for offset in [0, 4090, 10_000_001, (1 << 63) - 40] {
        let (mut bytes, mut wanted) = ([0; 40], [0; 40]);
        stream.fill_at(offset, &mut bytes).unwrap();
        spec.fill(offset, &mut wanted);
        assert_eq!(bytes, wanted, "at {offset}");
    }
    assert!(stream.fill_at((1 << 63) - 39, &mut [0; 40]).is_err());
}

pub(crate) const RATIO: Target = Target {
    name: "ratio",
    run: ratio,
    samples: &["2", "1.5", "3/2", "1000000/999999", "200", "1.000001", "18446744073709551615/3"],
    words: &["/", ".", "0", "1", "1000001", "18446744073709551616", "-", "e3", " ", "inf"],
    tries: 20_000,
};

fn ratio(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let found = Ratio::parse("ratio", text, u64::MAX);
    let Ok(ratio) = found else { return };
    // Options forgive spaces around a value.
    assert!(dgen_spec::Ratio::parse(text.trim()).is_some(), "{ratio:?}");
    assert_eq!(Ratio::parse("ratio", &ratio.to_string(), u64::MAX).unwrap(), ratio);
    assert!(ratio.as_f64() >= 1.0, "{ratio:?}");
    if let Ok(value) = text.parse::<f64>() {
        _ = Ratio::from_f64("ratio", value, u64::MAX);
    }
}

pub(crate) const SIZE: Target = Target {
    name: "size",
    run: size,
    samples: &["0", "4096", "64KiB", "64K", "64kB", "1PiB", "18446744073709551615", "16777215T"],
    words: &["KiB", "MiB", "GiB", "TiB", "PiB", "kB", "MB", "K", "P", "0", "18446744073709551616", "-", ".5", " ", "٣"],
    tries: 20_000,
};

fn size(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(size) = units::parse_size("size", text) else { return };
    assert_eq!(units::parse_size("size", &units::exact_size(size)).unwrap(), size);
    assert!(!units::human_size(size).is_empty());
}

pub(crate) const ATTRIBUTE: Target = Target {
    name: "attribute",
    run: attribute,
    samples: &[
        "offset=4096,size=8192,version=3,file=0/2",
        "offset=0,size=9223372036854775808",
        "offset=9223372036854775807,size=1,version=4294967295,file=999999/1000000",
        "offset=1,size=0,file=1/2",
    ],
    words: &[
        "offset=",
        "size=",
        ",version=",
        ",file=",
        "/",
        ",",
        "0",
        "00",
        "+",
        "-1",
        "9223372036854775808",
        "4294967296",
        "1000001",
        "18446744073709551615",
        "\n",
    ],
    tries: 20_000,
};

fn attribute(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (found, other) = (text.parse::<RangeAttribute>(), dgen_spec::Range::parse(text));
    assert_eq!(found.is_ok(), other.is_some(), "{found:?}, but {other:?}");
    let (Ok(found), Some(other)) = (found, other) else { return };
    assert_eq!(found.to_string(), text);
    assert_eq!((found.range.offset, found.range.size, found.version), (other.offset, other.size, other.version));
}

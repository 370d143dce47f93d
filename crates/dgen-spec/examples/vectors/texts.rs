//! What the vectors are made of.

pub(crate) const SEEDS: [&str; 10] = [
    "0",
    "1",
    "2",
    "31",
    "0x1f",
    "0xDEADBEEF",
    "4294967296",
    "0x8000000000000000",
    "0xfffffffffffffffe",
    "18446744073709551615",
];

pub(crate) const BLOCKS: [&str; 5] = ["4KiB", "12KiB", "64KiB", "1MiB", "1GiB"];

pub(crate) const DEDUPS: [&str; 10] = ["1", "1.01", "1.5", "2", "2.5", "3", "7.3", "10", "100", "1000000"];

pub(crate) const COMPRESSES: [&str; 22] = [
    "1", "1.001", "1.05", "1.25", "1.5", "2", "2.5", "3", "3.3", "4", "5", "7.5", "8", "10", "12", "15", "20", "25",
    "50", "100", "160", "200",
];

pub(crate) const TEXTURES: [&str; 2] = ["repeat", "zeros"];

/// Spreads, and the compress ratios that they are combined with.
pub(crate) const SPREADS: [&str; 4] = ["1/1000000", "0.25", "0.7", "1"];
pub(crate) const SPREAD_COMPRESSES: [&str; 10] = ["1", "1.001", "1.1", "1.5", "2", "3", "4.4", "10", "20", "30"];

pub(crate) const TUNES: [&str; 5] = ["any", "lz4", "zstd", "zlib", "snappy"];

/// Recipes of pages of literals and copies.
pub(crate) const LZ: [&str; 14] = [
    "dgen1,seed=0x5e,compress=2.2,spread=7/10,texture=lz,tune=lz4",
    "dgen1,seed=0x5e,compress=3,spread=1,texture=lz,tune=zstd",
    "dgen1,seed=0x5e,compress=1,spread=1/2,texture=lz,tune=zlib",
    "dgen1,seed=0x5e,compress=1.1,texture=lz,tune=lz4",
    "dgen1,seed=0x5e,compress=2,texture=lz,tune=lz4",
    "dgen1,seed=0x5e,compress=3.3,texture=lz,tune=lz4",
    "dgen1,seed=0x5e,texture=lz,tune=lz4",
    "dgen1,seed=0x5e,compress=1.6,texture=lz,tune=zstd",
    "dgen1,seed=0x5e,compress=2.7,texture=lz,tune=zstd",
    "dgen1,seed=0x5e,compress=5,texture=lz,tune=zstd",
    "dgen1,seed=0x5e,block=12KiB,dedup=2,compress=4,texture=lz,tune=zstd",
    "dgen1,seed=0x5e,compress=1.6,texture=lz,tune=zlib",
    "dgen1,seed=0x5e,compress=3,texture=lz,tune=zlib",
    "dgen1,seed=0x5e,compress=6.5,texture=lz,tune=zlib",
];

/// Recipes of pages of words.
pub(crate) const TEXT: [&str; 12] = [
    "dgen1,seed=0x7e,compress=2.2,spread=7/10,texture=text,tune=lz4",
    "dgen1,seed=0x7e,compress=3,spread=1,texture=text,tune=zstd",
    "dgen1,seed=0x7e,compress=1,spread=1/2,texture=text,tune=zlib",
    "dgen1,seed=0x7e,compress=1.3,texture=text,tune=lz4",
    "dgen1,seed=0x7e,compress=1.8,texture=text,tune=lz4",
    "dgen1,seed=0x7e,compress=2.6,texture=text,tune=lz4",
    "dgen1,seed=0x7e,texture=text,tune=zstd",
    "dgen1,seed=0x7e,compress=1.95,texture=text,tune=zstd",
    "dgen1,seed=0x7e,compress=2.7,texture=text,tune=zstd",
    "dgen1,seed=0x7e,block=12KiB,dedup=2,compress=3.5,texture=text,tune=zstd",
    "dgen1,seed=0x7e,compress=2.1,texture=text,tune=zlib",
    "dgen1,seed=0x7e,compress=3.55,texture=text,tune=zlib",
];

/// Windows and skips of recipes with 64 KiB blocks.
pub(crate) const WINDOWS: [(&str, &str); 10] = [
    ("1", "0"),
    ("1MiB", "0"),
    ("1MiB", "256KiB"),
    ("1088KiB", "0"),
    ("1984KiB", "320K"),
    ("64MiB", "0"),
    ("64MiB", "1"),
    ("64MiB", "16MiB"),
    ("100MB", "3MB"),
    ("1TiB", "1GiB"),
];

/// How duplicates lie, in recipes with 64 KiB blocks.
pub(crate) const ARRANGED: [&str; 16] = [
    "early=apart",
    "early=apart,skip=0",
    "early=apart,window=1MiB,skip=192KiB",
    "reuse=recent:20MiB",
    "early=apart,reuse=recent:3MiB,skip=64KiB",
    "reuse=zipf:1.1",
    "reuse=zipf:4,skip=0",
    "early=apart,reuse=zipf:1/2,window=1GiB",
    "reuse=zipf:0.00001,window=1TiB,skip=1GiB",
    "reuse=fixed",
    "reuse=fixed,window=1MiB,skip=0",
    "early=apart,reuse=fixed,skip=12MiB",
    "runs=1-16,window=256MiB",
    "runs=7,skip=1MiB",
    "early=apart,runs=4-11,window=100MiB,skip=3MB",
    "early=apart,reuse=zipf:2,runs=100-1000,window=1GiB",
];

/// Shards, in recipes with 64 KiB blocks.
pub(crate) const SHARDED: [&str; 10] = [
    "dedup=2,window=192MiB,within=64MiB:1/2",
    "dedup=2,within=64MiB:1",
    "dedup=4/3,window=1GiB,within=10MiB:0",
    "dedup=4/3,skip=0,within=1MiB:1/3",
    "dedup=3,window=8MiB,skip=1MiB,within=192KiB:0.7",
    "dedup=10.01,window=1GiB,skip=100MiB,within=1MiB:0.999999",
    "dedup=10.01,window=16MiB,skip=4MiB,within=1GiB:1",
    "dedup=1000000,window=1TiB,skip=1MiB,within=62500MiB:1/2",
    "dedup=1.01,window=1TiB,skip=1GiB,within=256GiB:1/4",
    "dedup=1,within=1MiB:1/2",
];

/// Texts in other than the canonical form.
pub(crate) const FORMS: [&str; 24] = [
    "dgen1,within=0065536K:0.50,seed=1,window=1GiB,dedup=2",
    "dgen1,within=none,seed=1,dedup=2",
    "dgen1,reuse=recent:0032M,runs=003-0003,seed=1,early=apart,dedup=2,skip=1MiB",
    "dgen1,reuse=zipf:002.20,runs=1-1,seed=1,early=exact,dedup=2",
    "dgen1,reuse=uniform,runs=1,seed=1,early=exact,dedup=2",
    "dgen1,reuse=zipf:3/6,runs=2,seed=1,early=exact",
    "dgen1,tune=any,spread=0.50,compress=2,seed=1",
    "dgen1,seed=1,spread=0/7,compress=2",
    "dgen1,seed=1,spread=0.0000000000000000000,compress=2",
    "dgen1,seed=1,compress=2,spread=9223372036854775807/18446744073709551614",
    "dgen1,seed=1,tune=lz4,compress=65536/579",
    "dgen1,compress=2.0,dedup=1.5,seed=0x1F",
    "dgen1,seed=007,block=1024K,window=65536K,skip=8192K,dedup=1/1,compress=1.000,texture=repeat,tune=any",
    "dgen1,seed=0x00000000000000000000001f,block=1M",
    "dgen1,block=1024kB,seed=5,skip=12MB",
    "dgen1,tune=zstd,texture=zeros,compress=10/4,seed=5",
    "dgen1,seed=5,skip=0K,window=1T",
    "dgen1,seed=5,dedup=2000000/1000000",
    "dgen1,seed=5,dedup=1000001/1000000,compress=1.000001",
    "dgen1,seed=0018446744073709551615,block=0000000000000000000000001024K",
    "dgen1,seed=5,dedup=1.0000000000000000000,compress=002/001",
    "dgen1,seed=5,dedup=18446744073709551614/9223372036854775807,compress=1.500000000000000000",
    "dgen1,seed=5,skip=0PiB,window=1000GB,block=4M",
    "dgen1,seed=0xaBcDeF",
];

pub(crate) const FLOATS: [f64; 22] = [
    1.0,
    1.1,
    1.5,
    2.7,
    3.3,
    1.001,
    1.0004,
    1.0006,
    1.333_333_333_3,
    std::f64::consts::PI,
    17.000_5,
    999_999.999,
    67.000_5,
    113.000_5,
    9_653.999_5,
    412_358.999_5,
    999_999.999_5,
    1.000_5,
    1.000_976_562_5,
    1.002_929_687_5,
    1.000_000_000_000_000_2,
    1e6,
];

/// Seed, first value, count, bounds.
pub(crate) const NUMERIC: [(u64, u64, usize, f32, f32); 15] = [
    // Fused operations would give other bits.
    (31, 147, 1, -1.0, 0.005_931_664_7),
    (1, 0, 8, -1.000_000_1, -1.0),
    (31, 493, 1, -1.1, 0.015_335_82),
    (0x1f, 0, 4, -1.0, 1.0),
    (0x1f, 0, 40, 0.0, 1.0),
    (0, 1023, 20, 0.0, 1e-45),
    (1, (1 << 61) - 9, 9, -3.4e38, 3.4e38),
    (u64::MAX, 7, 33, 1.0, 1.000_000_1),
    (5, 1 << 40, 17, -1e-40, 1e-40),
    (6, 3, 16, 16_777_215.0, 16_777_216.0),
    (7, 0, 100, 0.0, 3.402_823_5e38),
    (8, 11, 31, -7.25, -7.0),
    (9, 0, 1, 0.1, 0.3),
    (10, 5, 24, -1e-45, 0.0),
    (11, 123_456_789, 18, -0.5, -0.0),
];

/// Versions other than 0.
pub(crate) const VERSIONS: [u32; 5] = [1, 2, 65_536, 0x8000_0001, u32::MAX];

/// Recipes of cases with these versions.
pub(crate) const VERSIONED: [&str; 7] = [
    "dgen1,seed=9,block=12KiB,dedup=2,compress=2,spread=1",
    "dgen1,seed=0x1f",
    "dgen1,seed=0x1f,dedup=3/2,compress=2",
    "dgen1,seed=9,block=4KiB,dedup=3,compress=10,texture=zeros",
    "dgen1,seed=9,compress=3.3,tune=lz4",
    "dgen1,seed=9,compress=200",
    "dgen1,seed=0xffffffffffffffff,block=12KiB,dedup=1.01,compress=1.001,tune=zstd",
];

/// A recipe, the recipe within which the page is looked for, the page's stream offset and version, and the numbers of
/// its bytes that are changed.
pub(crate) type Located = (&'static str, &'static str, u64, u32, &'static [usize]);

pub(crate) const LOCATED: [Located; 28] = [
    ("dgen1,seed=1,compress=3,spread=1", "dgen1,seed=1,compress=3,spread=1", 40_960, 7, &[]),
    ("dgen1,seed=1,compress=3,spread=1", "dgen1,seed=1,compress=3", 40_960, 7, &[]),
    ("dgen1,seed=1", "dgen1,seed=1", 0, 0, &[]),
    ("dgen1,seed=1", "dgen1,seed=1", 40_960, 7, &[]),
    ("dgen1,seed=1", "dgen1,seed=1", (1 << 63) - 4096, u32::MAX, &[]),
    ("dgen1,seed=1,dedup=2", "dgen1,seed=1,dedup=2", 3 << 20, 0, &[]),
    ("dgen1,seed=1,block=4KiB,dedup=3,compress=2", "dgen1,seed=1,block=4KiB,dedup=3,compress=2", 4096 * 1001, 3, &[]),
    ("dgen1,seed=1,dedup=4,early=apart", "dgen1,seed=1,dedup=4,early=apart", (1 << 40) + 4096, 0, &[]),
    ("dgen1,seed=1,dedup=4,runs=1-9", "dgen1,seed=1,dedup=4,runs=1-9", (1 << 62) + 8192, 2, &[]),
    ("dgen1,seed=1,dedup=7/3,reuse=fixed", "dgen1,seed=1,dedup=7/3,reuse=fixed", 555 << 20, 0, &[]),
    (
        "dgen1,seed=1,dedup=7/3,window=256MiB,within=64MiB:1/2",
        "dgen1,seed=1,dedup=7/3,window=256MiB,within=64MiB:1/2",
        (3 << 40) + (5 << 20),
        4,
        &[],
    ),
    // One sector is enough, be it that of the tag.
    ("dgen1,seed=1", "dgen1,seed=1", 8192, 0, &[4095]),
    ("dgen1,seed=1", "dgen1,seed=1", 8192, 5, &[600, 1100, 1600, 2100, 2600, 3100, 3600]),
    ("dgen1,seed=1", "dgen1,seed=1", 8192, 5, &[16, 1100, 1600, 2100, 2600, 3100, 3600]),
    ("dgen1,seed=1", "dgen1,seed=1", 8192, 5, &[511, 1023, 1535, 2047, 2559, 3071, 3583]),
    ("dgen1,seed=1,compress=4", "dgen1,seed=1,compress=4", 8192, 1, &[16, 600, 1100, 1600, 2100, 2600, 3600]),
    // The tag alone is not.
    ("dgen1,seed=1", "dgen1,seed=1", 8192, 0, &[16, 600, 1100, 1600, 2100, 2600, 3100, 3600]),
    ("dgen1,seed=1", "dgen1,seed=1", 8192, 9, &[511, 512, 1535, 1536, 2559, 2560, 3583, 3584]),
    // Without the tag, nothing.
    ("dgen1,seed=1", "dgen1,seed=1", 8192, 0, &[0]),
    ("dgen1,seed=1", "dgen1,seed=1", 8192, 0, &[15]),
    ("dgen1,seed=1", "dgen1,seed=1", 8192, 1, &[7]),
    // Pages of other streams.
    ("dgen1,seed=1", "dgen1,seed=2", 8192, 0, &[]),
    ("dgen1,seed=1", "dgen1,seed=1,compress=2", 8192, 0, &[]),
    ("dgen1,seed=1,compress=200", "dgen1,seed=1,compress=199", 8192, 0, &[]),
    ("dgen1,seed=1,compress=200", "dgen1,seed=1,compress=200", 8192, 2, &[]),
    ("dgen1,seed=1,compress=200,texture=zeros", "dgen1,seed=1,compress=200,texture=zeros", 8192, 2, &[4095]),
    // A sector of zeros tells nothing.
    ("dgen1,seed=1,compress=200,texture=zeros", "dgen1,seed=1,compress=200,texture=zeros", 8192, 2, &[100]),
    ("dgen1,seed=1,compress=50,texture=zeros", "dgen1,seed=1,compress=50,texture=zeros", 8192, 2, &[400, 2100]),
];

/// Texts of the attribute `user.dgen.range`.
pub(crate) const RANGES: [&str; 12] = [
    "offset=0,size=0",
    "offset=0,size=1",
    "offset=1099511627776,size=12345",
    "offset=0,size=9223372036854775808",
    "offset=9223372036854775808,size=0",
    "offset=9223372036854775807,size=1",
    "offset=0,size=4096,version=1",
    "offset=0,size=4096,version=4294967295",
    "offset=0,size=4096,file=0/2",
    "offset=0,size=4096,file=1/2",
    "offset=4096,size=4096,version=12,file=999999/1000000",
    "offset=4095999995904,size=4096,file=0/1000000",
];

/// Texts that this attribute cannot have.
pub(crate) const NO_RANGES: [&str; 55] = [
    "offset=\u{663},size=1",
    "",
    ",",
    "offset",
    "offset=0",
    "size=1",
    "offset=0,",
    "offset=0,size=1,",
    ",offset=0,size=1",
    "offset=0,,size=1",
    "offset=0;size=1",
    "offset=0 size=1",
    " offset=0,size=1",
    "offset=0,size=1 ",
    "offset=0, size=1",
    "offset=0,size=1\n",
    "offset= 0,size=1",
    // Names.
    "size=1,offset=0",
    "Offset=0,size=1",
    "offset=0,size=1,length=1",
    "offset=0,size=1,seed=1",
    "offset=0,offset=0,size=1",
    "offset=0,size=1,size=1",
    "offset=0,size=1,version=1,version=1",
    "offset=0,size=1,file=0/2,file=0/2",
    "offset=0,size=1,file=0/2,version=1",
    "version=1,offset=0,size=1",
    "offset=0,size=1,version",
    "offset=0,size=1,file",
    // Numbers.
    "offset=,size=1",
    "offset=0,size=",
    "offset=-1,size=1",
    "offset=+1,size=1",
    "offset=01,size=1",
    "offset=0,size=00",
    "offset=0x0,size=1",
    "offset=0,size=1KiB",
    "offset=0,size=1.0",
    "offset=0,size=1_0",
    "offset=0,size=1,version=-1",
    "offset=0,size=1,version=0",
    "offset=0,size=1,version=01",
    "offset=0,size=1,file=2",
    "offset=0,size=1,file=/2",
    "offset=0,size=1,file=00/2",
    "offset=0,size=1,file=0/2/3",
    // Limits.
    "offset=0,size=9223372036854775809",
    "offset=9223372036854775808,size=1",
    "offset=18446744073709551615,size=1",
    "offset=18446744073709551616,size=1",
    "offset=0,size=1,version=4294967296",
    "offset=0,size=1,file=0/1",
    "offset=0,size=1,file=2/2",
    "offset=0,size=1,file=0/0",
    "offset=0,size=1,file=0/1000001",
];

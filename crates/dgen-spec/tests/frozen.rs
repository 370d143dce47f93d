//! Format 1 is frozen: these digests never change. A test that fails here has found a mistake in the code.

use dgen_spec::{Recipe, STREAM_END, Spec, blake2b_hex};

/// Bytes that are digested.
const LENGTH: usize = 300_000;

/// Blocks whose content ids are digested.
const BLOCKS: u64 = 100_000;

/// Recipe, version, offset, digest of the bytes.
const BYTES: [(&str, u32, u64, &str); 10] = [
    ("dgen1,seed=0x0", 0, 0, "462e604fbcbe2e43cb5e9a6402291391af637855adf994e8c7ff0ed786ad0f4c"),
    ("dgen1,seed=0x1f", 0, 12345, "dfa8c96c12c2fa5a7b5f4eff796f0daceb097be1120b5719170148b87d9efe71"),
    ("dgen1,seed=0x1f", 1, 12345, "27f2a586eaf210ab33a0b663ca0899b00adee219d32e9978dfb6e8e147992eec"),
    (
        "dgen1,seed=0x1f",
        u32::MAX,
        STREAM_END - LENGTH as u64,
        "34592cc5144422a3d19f7dafba462768a5fb8b87032eacb43f2ff171b2a31f4b",
    ),
    (
        "dgen1,seed=0x1,block=12KiB,dedup=5/2,compress=3/2",
        0,
        1 << 40,
        "45b0af3ca92316173e42124284ed384efa912138a2092ca34d60a0c13fb685fb",
    ),
    (
        "dgen1,seed=0x1,block=64KiB,dedup=3/2,compress=2",
        2,
        1 << 50,
        "2a03b0ddbee1d6ba715c6cca88fd3509ea35d6f4141c3001f0528360d3e3cad4",
    ),
    (
        "dgen1,seed=0x2,block=4KiB,dedup=10,window=1MiB,skip=0,compress=7,texture=zeros",
        0,
        777,
        "c68800598945fa2e1b2a3afb3bcc262356442e11505b3d1da6d2ee81c4d519f8",
    ),
    (
        "dgen1,seed=0x2,compress=20,texture=zeros,tune=zlib",
        3,
        0,
        "9a459d5656ba8f4482f0fde1159cdbaaeaba163489ae2fbb51567228f6463ecd",
    ),
    (
        "dgen1,seed=0x3,compress=33/10,tune=lz4",
        0,
        0,
        "559ea93166773302129a65b4cba30ee1ac8e6a1b9f4b04ebb95be5367f558097",
    ),
    ("dgen1,seed=0x3,compress=200", 0, 0, "4ce2d4684b872241de62fb2ccc1fcfe8729df5e62af7ad530136ac31e37477a8"),
];

/// Recipe, first block, digest of the content ids, each as eight bytes, little-endian.
const PLANS: [(&str, u64, &str); 4] = [
    ("dgen1,seed=0x1,dedup=3/2", 0, "fb5a18644fadb8f9bedb111f906d8d7bccbf54e6203c2f2e368a5e127696fbc7"),
    (
        "dgen1,seed=0x1,block=4KiB,dedup=2,window=1MiB,skip=128KiB",
        1 << 50,
        "f0bcda36d3e5e1c35edb55c1033eaf796065ec161b99ebd7e75031f85ea8665e",
    ),
    (
        "dgen1,seed=0x2,block=64KiB,dedup=10,skip=0",
        1 << 40,
        "4f27cf5748f1a10499fd4938bbc9b2ae46ee131efe9b729eb273bcb0f5f0ea9a",
    ),
    (
        "dgen1,seed=0x3,block=12KiB,dedup=1000001/1000000",
        1 << 30,
        "72769d96240ebbdd07563f1e2ee56b8bc5fea2b74a0d5a4ba2df9850e16876b4",
    ),
];

fn spec(text: &str) -> Spec {
    Spec::new(&Recipe::parse(text).expect("a recipe"))
}

#[test]
fn bytes() {
    for (text, version, offset, digest) in BYTES {
        let mut data = vec![0; LENGTH];
        spec(text).version(version).fill(offset, &mut data);
        assert_eq!(blake2b_hex(&data), digest, "{text}, version {version}, offset {offset}");
    }
}

#[test]
fn plans() {
    for (text, first, digest) in PLANS {
        let spec = spec(text);
        let ids: Vec<u8> = (first..first + BLOCKS).flat_map(|i| spec.content_of_block(i).to_le_bytes()).collect();
        assert_eq!(blake2b_hex(&ids), digest, "{text}, from block {first}");
    }
}

//! Format 1 is frozen: these digests never change. A test that fails here has found a mistake in the code.

use dgen_spec::{Recipe, STREAM_END, Spec, blake2b_hex};

/// Bytes that are digested.
const LENGTH: usize = 300_000;

/// Blocks whose content ids are digested.
const BLOCKS: u64 = 100_000;

/// Recipe, version, offset, digest of the bytes.
const BYTES: [(&str, u32, u64, &str); 20] = [
    (
        "dgen1,seed=0x5,compress=2,texture=text,tune=lz4",
        0,
        4096,
        "88fd91874ed9b40ffbf80ba04d04f8c62551bf7eddaf7cf49c3c665ec0047a12",
    ),
    (
        "dgen1,seed=0x5,block=64KiB,dedup=2,compress=3,texture=text,tune=zstd",
        1,
        1 << 45,
        "537ffb3a86a4c736b581767aeb2baf6a92de631cc6db9884a99170a6d4ae932f",
    ),
    (
        "dgen1,seed=0x5,compress=5/2,spread=3/5,texture=text,tune=zlib",
        0,
        0,
        "fda839bc2b2af1cce0bfd55129b04aec7009d50480109631ee9b985ee9145f49",
    ),
    (
        "dgen1,seed=0x5,compress=2,texture=lz,tune=lz4",
        0,
        4096,
        "66981663bd2488b355c29b4238700baa4beb2a6f999f3b5daeebf8422375d113",
    ),
    (
        "dgen1,seed=0x5,block=64KiB,dedup=2,compress=3,texture=lz,tune=zstd",
        1,
        1 << 45,
        "f62f7f425d5cebe08152afc67f7b088c8d67b0efde4d3eb64ff682e219d8fe8c",
    ),
    (
        "dgen1,seed=0x5,compress=3,spread=3/5,texture=lz,tune=zlib",
        0,
        0,
        "960c45a11318d4b56946fd5f6757eacbc4a9c05b52a3b277cc91fd47eff71d83",
    ),
    (
        "dgen1,seed=0x2,block=12KiB,dedup=2,compress=5,spread=1,texture=zeros,tune=zstd",
        3,
        1 << 40,
        "57bed87e6752606679f818bdaf600f328c4628286d63e327271f6b72cd61e6e2",
    ),
    ("dgen1,seed=0x1,compress=2,spread=7/10", 0, 0, "0641fe3685863b2b70048935840f913c367a992d7559a2a636c12dbf7d69077b"),
    ("dgen1,seed=0x0", 0, 0, "4848549d51e4fa0ed5715dd0b2075b06e6dddd6fdba4b6eb9015be3d8319d9bc"),
    ("dgen1,seed=0x1f", 0, 12345, "2d85f8e2d896e31d1891ab2ed1845558e62e7c09329ae33544ef8ca49582949b"),
    ("dgen1,seed=0x1f", 1, 12345, "4ac1672a699c1620526e6b107689bcd02412248ef3e6dbc3779a36633f3e3866"),
    (
        "dgen1,seed=0x1f",
        u32::MAX,
        STREAM_END - LENGTH as u64,
        "d8330d2935152932a6f5e6e87858433345dbaa072e842a2c0879b7e4000bc666",
    ),
    (
        "dgen1,seed=0x1,block=12KiB,dedup=5/2,compress=3/2",
        0,
        1 << 40,
        "31aa4a8d30e87da6ccd45f26505a17591f0a51e42c0759a3f9aa0b36892dc6d4",
    ),
    (
        "dgen1,seed=0x1,block=64KiB,dedup=3/2,compress=2",
        2,
        1 << 50,
        "87187d4cac319efdf22c260194da374d30a1eb074f1579679a4b713b5ca089e3",
    ),
    (
        "dgen1,seed=0x2,block=4KiB,dedup=10,window=1MiB,skip=0,compress=7,texture=zeros",
        0,
        777,
        "16bfc86d46d44ae5dcde711a518ef3d27f43328884f2c221e9d6ab43d93a39c8",
    ),
    (
        "dgen1,seed=0x2,compress=20,texture=zeros,tune=zlib",
        3,
        0,
        "d90f89b4f024fd4bac8d0f5da69098e951e7ba30dc22a632fda524511cffb86b",
    ),
    (
        "dgen1,seed=0x3,compress=33/10,tune=lz4",
        0,
        0,
        "4cd1c15e1a7310b76412d6f412847be2edafcca650c6ea8ab367a2498bb3e1ae",
    ),
    ("dgen1,seed=0x3,compress=200", 0, 0, "4ce2d4684b872241de62fb2ccc1fcfe8729df5e62af7ad530136ac31e37477a8"),
    ("dgen1,seed=0x4,texture=tensor", 0, 0, "549bb3dc381b57af2b94ff3a3d2d62fe96c04912c65b00668d2d49de5a971fce"),
    (
        "dgen1,seed=0x5,block=64KiB,dedup=3/2,texture=tensor,dtype=fp8,like=kv",
        0,
        1 << 40,
        "822a90236c58677209dca5f31489dd9a1690ecf82bb1842d5360b6a5adaaa661",
    ),
];

/// Recipe, first block, digest of the content ids, each as eight bytes, little-endian.
const PLANS: [(&str, u64, &str); 9] = [
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
    ("dgen1,seed=0x4,dedup=5/2,early=apart", 0, "480433de52e592cc55e872bf31ce176337ba999cb7c65139d7a12c2552d71c6d"),
    (
        "dgen1,seed=0x4,block=4KiB,dedup=3,reuse=zipf:11/10,runs=4-16",
        1 << 40,
        "c762142f587eb7d61a13281073146f916614a1c99c5adf6ccf2fb1fd54e9cde1",
    ),
    (
        "dgen1,seed=0x4,block=64KiB,dedup=7/3,early=apart,reuse=fixed",
        0,
        "6dbe436db4048be00ce8122e08d191500e6642a86ed2bd90b57ae05175351503",
    ),
    (
        "dgen1,seed=0x4,block=64KiB,dedup=10,reuse=recent:20MiB",
        1 << 30,
        "46be597fcc803298f69fbe9d398764b220f07273b9c8e6c2ec9e259722f9fb05",
    ),
    (
        "dgen1,seed=0x4,block=64KiB,dedup=7/3,skip=3MiB,within=2MiB:1/3",
        1 << 40,
        "d039000d56f1e65137cd115df4d4ae051869bdd0ec08e25b5002307ae0e0ce47",
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

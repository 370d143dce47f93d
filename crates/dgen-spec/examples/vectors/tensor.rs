//! The vectors of pages of numbers, and of normal values.

use super::Section;
use dgen_spec::{Dtype, Like, Spec, blake2b_hex};

/// Seed, first value, count, mean, deviation.
const NORMAL: [(u64, u64, usize, f32, f32); 7] = [
    (0x1f, 0, 4, 0.0, 1.0),
    (0x1f, 1000, 200, 0.0, 0.02),
    (3, (1 << 61) - 30, 30, -5.5, 3.25),
    (u64::MAX, 1023, 20, 1e38, 1e37),
    (7, 5, 12, 1e-40, 1e-42),
    (8, 0, 9, -0.0, 0.0),
    (9, 1 << 40, 64, 16_777_216.0, 0.5),
];

/// Texts that are no recipes, since a texture does not go with another value.
pub(crate) const INVALID: [(&str, &str); 15] = [
    ("dgen1,seed=1,texture=tensors", "value"),
    ("dgen1,seed=1,texture=tensor,dtype=bfloat16", "value"),
    ("dgen1,seed=1,texture=tensor,dtype=", "value"),
    ("dgen1,seed=1,texture=tensor,like=Weights", "value"),
    ("dgen1,seed=1,texture=tensor,like=adamw", "value"),
    ("dgen1,seed=1,texture=tensor,dtype=bf16,dtype=bf16", "repeated"),
    ("dgen1,seed=1,texture=tensor,compress=2", "texture"),
    ("dgen1,seed=1,texture=tensor,compress=200,tune=lz4", "texture"),
    ("dgen1,seed=1,texture=tensor,compress=201", "range"),
    ("dgen1,seed=1,texture=tensor,tune=zstd", "texture"),
    ("dgen1,seed=1,dtype=fp8", "texture"),
    ("dgen1,seed=1,like=kv", "texture"),
    ("dgen1,seed=1,texture=zeros,compress=2,dtype=int8,like=adam", "texture"),
    ("dgen1,seed=1,compress=200,tune=lz4,like=kv", "tune"),
    ("dgen1,seed=1,texture=tensor,compress=2,skip=1GiB", "skip"),
];

/// Pages of numbers that are looked for, as in the other list.
pub(crate) const LOCATED: [super::texts::Located; 3] = [
    ("dgen1,seed=1,texture=tensor", "dgen1,seed=1,texture=tensor", 8192, 7, &[16]),
    ("dgen1,seed=1,texture=tensor", "dgen1,seed=1,texture=tensor,like=kv", 8192, 0, &[]),
    ("dgen1,seed=1,texture=tensor,dtype=fp8,dedup=2", "dgen1,seed=1,texture=tensor,dtype=fp8,dedup=2", 3 << 20, 0, &[]),
];

/// Every type like everything, as texts without the rest of a recipe.
fn pairs() -> impl Iterator<Item = String> {
    Dtype::ALL.into_iter().flat_map(|dtype| {
        Like::ALL.into_iter().map(move |like| format!("texture=tensor,dtype={},like={}", dtype.name(), like.name()))
    })
}

pub(crate) fn cases(section: &mut Section) {
    for (pair, offset) in pairs().zip([0, 4000, 1 << 44].into_iter().cycle()) {
        let text = format!("dgen1,seed=0x5f,{pair}");
        section.case(&text, offset, 64);
        section.case(&text, offset + 16, 20_000);
    }
    section.case("dgen1,like=kv,texture=tensor,seed=6,dedup=3/2,block=12KiB,dtype=fp16", (1 << 40) + 3, 70_000);
    section.version_case("dgen1,seed=6,texture=tensor,compress=1.0,tune=any", u32::MAX, (1 << 63) - 9000, 9000);
    section.version_case("dgen1,seed=6,dtype=bf16,like=weights", 0, 0, 64);
}

/// Digests of whole pages of numbers, with those that tags take the place of.
pub(crate) fn values() -> Section {
    let mut section = Section::default();
    for (pair, page) in pairs().zip([0, 1, (1 << 51) - 1].into_iter().cycle()) {
        let text = format!("dgen1,seed=0x5f,{pair}");
        let digest = blake2b_hex(&Spec::new(&super::recipe(&text)).numbers(page));
        section.entry(&text, Some(page), &format!("\"{digest}\""));
    }
    section
}

pub(crate) fn normal() -> Section {
    let mut section = Section::default();
    for (seed, first, count, mean, deviation) in NORMAL {
        let values = dgen_spec::normal(seed, first, count, mean, deviation).expect("a seed is a recipe");
        let (mean, deviation) = (mean.to_bits(), deviation.to_bits());
        section.0.push(format!("[\"{seed}\",{first},{mean},{deviation},\"{}\"]", super::bits(&values)));
    }
    section
}

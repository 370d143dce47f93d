//! Properties of whole streams: addressing, tags, and what pages hold.

use dgen_spec::{PAGE, Recipe, STREAM_END, Spec};
use std::collections::HashSet;

fn spec(text: &str) -> Spec {
    Spec::new(&Recipe::parse(text).expect("a recipe"))
}

fn bytes(spec: &Spec, offset: u64, length: usize) -> Vec<u8> {
    let mut data = vec![0; length];
    spec.fill(offset, &mut data);
    data
}

const TEXTS: [&str; 5] = [
    "dgen1,seed=1,compress=2,spread=1",
    "dgen1,seed=1",
    "dgen1,seed=1,block=12KiB,dedup=2.5",
    "dgen1,seed=1,block=4KiB,dedup=3,compress=3.3",
    "dgen1,seed=1,block=64KiB,dedup=1.5,compress=7,texture=zeros,tune=zlib",
];

#[test]
fn a_range_is_the_same_however_it_is_read() {
    for text in TEXTS {
        let spec = spec(text);
        for start in [0, (1 << 45) - 5000, STREAM_END - 40_000] {
            let whole = bytes(&spec, start, 40_000);
            for (offset, length) in [(0, 1), (1, 4095), (4090, 12), (12_287, 20_001), (39_999, 1)] {
                assert_eq!(bytes(&spec, start + offset as u64, length), whole[offset..offset + length], "{text}");
            }
            for i in (0..whole.len()).step_by(997) {
                assert_eq!(spec.byte(start + i as u64), whole[i], "{text}");
            }
        }
    }
}

#[test]
#[should_panic(expected = "outside the stream")]
fn a_range_past_the_end_is_refused() {
    bytes(&spec(TEXTS[0]), STREAM_END - 1, 2);
}

#[test]
fn tags_can_be_undone() {
    for text in TEXTS {
        let spec = spec(text);
        for n in (0..1000).chain([1 << 40, (1 << 51) - 1]) {
            for version in [0, 1, u32::MAX] {
                let spec = spec.clone().version(version);
                assert_eq!(spec.untag(spec.tag(n)), Some((n, version)), "{text}");
            }
        }
    }
}

#[test]
fn pages_begin_with_their_tags() {
    for text in TEXTS {
        let spec = spec(text);
        for offset in (0..100).map(|i| i * PAGE as u64 * 31) {
            let n = spec.page_of_offset(offset);
            assert_eq!(bytes(&spec, offset, 16), spec.tag(n), "{text}");
        }
    }
}

#[test]
fn damaged_and_foreign_tags_are_refused() {
    let (ours, theirs) = (spec("dgen1,seed=1"), spec("dgen1,seed=2"));
    for n in 0..200 {
        assert_eq!(ours.untag(theirs.tag(n)), None);
        for bit in 0..128 {
            let damaged = u128::from_le_bytes(ours.tag(n)) ^ 1 << bit;
            assert_eq!(ours.untag(damaged.to_le_bytes()), None, "bit {bit} of tag {n}");
        }
    }
    assert_eq!(ours.untag([0; 16]), None);
}

#[test]
fn blocks_are_equal_when_their_contents_are() {
    let spec = spec("dgen1,seed=3,block=4KiB,dedup=3,window=64KiB,skip=16KiB");
    let mut contents = HashSet::new();
    let mut blocks = HashSet::new();
    for i in 0..600 {
        contents.insert(spec.content_of_block(i));
        blocks.insert(bytes(&spec, i * 4096, 4096));
        assert_eq!(contents.len(), blocks.len());
    }
    assert_eq!(blocks.len() as u64, spec.distinct(600));
}

#[test]
fn sectors_of_different_contents_differ_up_to_ratio_20() {
    for texture in ["repeat", "zeros"] {
        for compress in ["1", "1.001", "1.5", "2", "3", "4.4", "7", "10", "15", "18.5", "20"] {
            let data = bytes(&spec(&format!("dgen1,seed=4,compress={compress},texture={texture}")), 0, 300 * PAGE);
            let distinct: HashSet<&[u8]> = data.chunks(512).collect();
            assert_eq!(distinct.len(), data.len() / 512, "{texture}, compress {compress}");
        }
    }
}

#[test]
fn sectors_of_different_contents_differ_with_any_spread() {
    for texture in ["repeat", "zeros"] {
        for compress in ["1.1", "2", "4.4", "10", "20"] {
            for spread in ["0.5", "1"] {
                let text = format!("dgen1,seed=4,compress={compress},spread={spread},texture={texture}");
                let data = bytes(&spec(&text), 0, 300 * PAGE);
                let distinct: HashSet<&[u8]> = data.chunks(512).collect();
                assert_eq!(distinct.len(), data.len() / 512, "{text}");
            }
        }
    }
}

#[test]
fn pages_differ_at_every_ratio() {
    for texture in ["repeat", "zeros"] {
        for compress in ["25", "50", "100", "200"] {
            let data = bytes(&spec(&format!("dgen1,seed=4,compress={compress},texture={texture}")), 0, 300 * PAGE);
            let distinct: HashSet<&[u8]> = data.chunks(PAGE).collect();
            assert_eq!(distinct.len(), 300, "{texture}, compress {compress}");
        }
    }
}

#[test]
fn any_value_of_the_recipe_changes_every_page() {
    let texts = [
        "dgen1,seed=1",
        "dgen1,seed=0",
        "dgen1,seed=1,block=2MiB",
        "dgen1,seed=1,dedup=1000000/999999",
        "dgen1,seed=1,window=63MiB",
        "dgen1,seed=1,skip=7MiB",
        "dgen1,seed=1,early=apart",
        "dgen1,seed=1,reuse=fixed",
        "dgen1,seed=1,runs=2",
        "dgen1,seed=1,compress=1.001",
        "dgen1,seed=1,spread=1/2",
        "dgen1,seed=1,texture=zeros",
        "dgen1,seed=1,tune=zstd",
    ];
    let pages: HashSet<[u8; PAGE]> =
        texts.iter().flat_map(|text| (0..20).map(|n| spec(text).page(n)).collect::<Vec<_>>()).collect();
    assert_eq!(pages.len(), 20 * texts.len());
}

#[test]
fn incompressible_pages_have_even_bits_and_bytes() {
    let data = bytes(&spec("dgen1,seed=5"), 0, 1 << 21);
    let ones: u64 = data.iter().map(|byte| u64::from(byte.count_ones())).sum();
    assert!(ones.abs_diff(8 << 20) < 6 * 2048, "{ones} ones of {}", 16 << 20);
    let mut counts = [0_u64; 256];
    for byte in &data {
        counts[usize::from(*byte)] += 1;
    }
    let chi_squared: f64 = counts.iter().map(|&n| (n as f64 - 8192.0).powi(2) / 8192.0).sum();
    assert!((120.0..420.0).contains(&chi_squared), "{chi_squared}");
}

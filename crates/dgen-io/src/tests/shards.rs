//! A thousand hosts on paper: what each is to write, counted, beside what one process would have written.

use std::collections::HashSet;

use dgen::{Recipe, Stream};

use crate::options::ranks::RankShare;
use crate::storage::attributes::StreamRange;

const HOSTS: u32 = 1000;

fn shares(all: StreamRange, ranks: u32, block: u64) -> Vec<StreamRange> {
    (0..ranks).map(|rank| RankShare::new(rank, ranks).unwrap().part(all, block).unwrap()).collect()
}

/// 1,000 hosts of 1 PiB each: distinct blocks by the formula alone.
#[test]
fn a_thousand_plans_add_up_to_the_global_one() {
    for recipe in
        ["dgen1,seed=0x7,dedup=2", "dgen1,seed=0x7,block=64KiB,dedup=3/2", "dgen1,seed=0x7,block=4KiB,dedup=10"]
    {
        let recipe: Recipe = recipe.parse().unwrap();
        let stream = Stream::new(&recipe).unwrap();
        let (block, pebibyte) = (recipe.block_size(), 1_u64 << 50);
        let all = StreamRange::new(0, u64::from(HOSTS) * pebibyte).unwrap();
        let (mut next, mut first_seen) = (0, 0);
        for share in shares(all, HOSTS, block) {
            assert_eq!((share.offset, share.size), (next, pebibyte));
            next += share.size;
            // What this host is the first to write, beside all before it.
            first_seen += stream.distinct_blocks(next / block) - stream.distinct_blocks(share.offset / block);
        }
        let blocks = u128::from(all.size / block);
        let wanted = (blocks * u128::from(recipe.dedup_ratio().den())).div_ceil(u128::from(recipe.dedup_ratio().num()));
        assert_eq!(u128::from(first_seen), wanted);
    }
}

/// The same with few blocks for each, of which every one is looked at: the union holds what the formula says, and each
/// host's part no more than its share and the window.
#[test]
fn the_contents_of_a_thousand_shards_are_those_of_one_stream() {
    let recipe: Recipe = "dgen1,seed=0x7,block=4KiB,dedup=3,window=1MiB,skip=64KiB".parse().unwrap();
    let stream = Stream::new(&recipe).unwrap();
    let all = StreamRange::new(0, u64::from(HOSTS) * 1000 * 4096 + 77).unwrap();
    let mut union = HashSet::new();
    for share in shares(all, HOSTS, 4096) {
        assert_eq!(share.offset % 4096, 0);
        let blocks = share.offset / 4096..(share.offset + share.size).div_ceil(4096);
        let own: HashSet<u64> = blocks.clone().map(|block| stream.content_of_block(block)).collect();
        let bound = (blocks.end - blocks.start).div_ceil(3) + (1 << 20) / 4096;
        assert!(own.len() as u64 <= bound, "{} of {bound}", own.len());
        union.extend(own);
    }
    assert_eq!(union.len() as u64, stream.distinct_blocks(all.size.div_ceil(4096)));
    assert_eq!(union.len() as u64, all.size.div_ceil(4096).div_ceil(3));
}

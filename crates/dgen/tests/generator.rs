//! The stateful forms: generator and reader.

mod common;

use std::io::{BufRead, Read, Seek, SeekFrom};

use common::{bytes, stream};
use dgen::{Generator, Recipe};

fn collect(generator: &mut Generator, chunk: usize) -> Vec<u8> {
    let (mut all, mut buffer) = (Vec::new(), vec![0; chunk]);
    while !generator.is_complete() {
        let len = generator.fill_chunk(&mut buffer).unwrap();
        all.extend_from_slice(&buffer[..len]);
    }
    assert_eq!(generator.fill_chunk(&mut buffer).unwrap(), 0);
    all
}

#[test]
fn chunk_sizes_and_threads_do_not_matter() {
    let recipe: Recipe = "dgen1,seed=6,block=64KiB,dedup=2,compress=1.5".parse().unwrap();
    let size = (5 << 20) + 12_345;
    let expected = bytes(&stream(&recipe.to_string()), 0, size);
    for (chunk, threads) in [(1 << 20, 1), (3_000_000, 2), ((1 << 20) + 1, 4), (64, 1), (16 << 20, 8)] {
        let mut generator = Generator::with_threads(size as u64, &recipe, Some(threads)).unwrap();
        assert!(collect(&mut generator, chunk) == expected, "chunks of {chunk} on {threads} threads");
    }
}

#[test]
fn reset_replays_and_set_seed_restarts_the_content() {
    let mut generator = Generator::new(1 << 20, &Recipe::builder().build().unwrap()).unwrap();
    let first = collect(&mut generator, 10_000);
    generator.reset();
    assert_eq!(collect(&mut generator, 99_999), first);

    generator.reset();
    let mut part = vec![0; 100_001];
    generator.fill_chunk(&mut part).unwrap();
    generator.set_seed(Some(9)).unwrap();
    assert_eq!(generator.position(), 100_001);
    let rest = collect(&mut generator, 7777);
    assert_eq!(rest, bytes(&stream("dgen1,seed=9"), 0, (1 << 20) - 100_001));
    generator.reset();
    assert_eq!(collect(&mut generator, 50_000), bytes(&stream("dgen1,seed=9"), 0, 1 << 20));
    generator.set_seed(None).unwrap();
    assert_ne!(generator.recipe().seed(), 9);
}

#[test]
fn seek_moves_within_the_size() {
    let mut generator = Generator::new(10_000, &Recipe::with_seed(2)).unwrap();
    generator.seek(9_000).unwrap();
    assert_eq!(collect(&mut generator, 64), bytes(&stream("dgen1,seed=2"), 9_000, 1000));
    assert!(generator.seek(10_001).unwrap_err().to_string().contains("10001"));
    assert!(Generator::new((1 << 63) + 1, &Recipe::with_seed(2)).is_err());
    assert!(Generator::with_threads(1, &Recipe::with_seed(2), Some(0)).is_err());
}

#[test]
fn readers_read_seek_and_buffer() {
    let stream = stream("dgen1,seed=12,compress=2");
    let expected = bytes(&stream, 1000, 300_000);
    let mut reader = stream.reader(1000..301_000).unwrap();
    assert_eq!((reader.len(), reader.is_empty()), (300_000, false));
    let mut all = Vec::new();
    reader.read_to_end(&mut all).unwrap();
    assert_eq!(all, expected);

    assert_eq!(reader.seek(SeekFrom::End(-10)).unwrap(), 299_990);
    assert_eq!(reader.fill_buf().unwrap(), &expected[299_990..]);
    reader.seek(SeekFrom::Start(70_000)).unwrap();
    let mut total = 0;
    loop {
        let buffered = reader.fill_buf().unwrap();
        if buffered.is_empty() {
            break;
        }
        let len = buffered.len().min(1000);
        assert_eq!(&buffered[..len], &expected[70_000 + total..][..len]);
        reader.consume(len);
        total += len;
    }
    assert_eq!(total, 230_000);
    reader.seek(SeekFrom::Start(5)).unwrap();
    assert_eq!(&reader.next_bytes(100).unwrap()[..], &expected[5..105]);
    assert!(reader.seek(SeekFrom::Current(-1000)).is_err());
    let reversed = std::ops::Range { start: 5, end: 4 };
    assert!(stream.reader(reversed).is_err());
    assert!(stream.reader(0..u64::MAX).is_err());
}

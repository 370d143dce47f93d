//! Compresses pages of numbers of every type and distribution, and prints the table of docs/FORMAT.md, section 12.
//!
//! `cargo run --release -p dgen --example tensor_ratios`

use zstd::zstd_safe::CParameter::{HashLog, MinMatch};

use dgen::{Dtype, Like, Recipe, Stream, Texture};

const BYTES: usize = 2 << 20;
/// What compressors take at a time.
const BLOCK: usize = 128 << 10;

/// One line of the table: ratios with zlib at level 6 and zstd at level 3, and entropies in bits; a plane has one byte of each
/// number, the lowest first.
pub struct Line {
    /// Type and distribution.
    pub names: [&'static str; 2],
    /// LZ4, zlib, zstd, planes with zstd, planes with Huffman codes.
    pub ratios: [f64; 5],
    /// Of all bytes.
    pub entropy: f64,
    /// Of each plane.
    pub planes: Vec<f64>,
}

/// The lines of the table.
pub fn lines() -> Vec<Line> {
    let types = Dtype::NAMES.iter().map(|name| name.parse::<Dtype>().expect("a type"));
    let line = |dtype: Dtype, like: &str| line(dtype, like.parse().expect("a distribution"));
    types.flat_map(|dtype| Like::NAMES.iter().map(move |like| line(dtype, like))).collect()
}

fn line(dtype: Dtype, like: Like) -> Line {
    let recipe = Recipe::builder().seed(1).texture(Texture::Tensor).dtype(dtype).like(like).build();
    let mut data = vec![0; BYTES];
    let stream = Stream::new(&recipe.expect("a recipe")).expect("a kernel");
    stream.fill_at(0, &mut data).expect("the stream has so many bytes");
    let plane = |from: &[u8], index| from.iter().skip(index).step_by(dtype.size()).copied().collect::<Vec<u8>>();
    let zstd = |block: &[u8]| zstd::bulk::compress(block, 3).expect("memory suffices").len();
    let planes = |block: &[u8], coded: fn(&[u8]) -> usize| {
        (0..dtype.size()).map(|index| coded(&plane(block, index))).sum::<usize>()
    };
    let ratios = [
        ratio(&data, |block| lz4::block::compress(block, None, false).expect("memory suffices").len()),
        ratio(&data, zlib),
        ratio(&data, zstd),
        ratio(&data, |block| planes(block, zstd)),
        ratio(&data, |block| planes(block, huffman)),
    ];
    let planes = (0..dtype.size()).map(|index| entropy(&plane(&data, index))).collect();
    Line { names: [dtype.name(), like.name()], ratios, entropy: entropy(&data), planes }
}

fn zlib(block: &[u8]) -> usize {
    let mut out = vec![0; zlib_rs::compress_bound(block.len())];
    zlib_rs::compress_slice(&mut out, block, zlib_rs::DeflateConfig::new(6)).0.len()
}

/// zstd that remembers too little to find matches: Huffman codes are left.
fn huffman(block: &[u8]) -> usize {
    let mut compressor = zstd::bulk::Compressor::new(1).expect("a level");
    for parameter in [HashLog(6), MinMatch(7)] {
        compressor.set_parameter(parameter).expect("a parameter in its range");
    }
    compressor.compress(block).expect("memory suffices").len().min(block.len())
}

/// The ratio of a store that keeps a block as it is where it does not become smaller.
fn ratio(data: &[u8], compressed: impl Fn(&[u8]) -> usize) -> f64 {
    let stored: usize = data.chunks(BLOCK).map(|block| compressed(block).min(block.len())).sum();
    data.len() as f64 / stored as f64
}

/// Bits a byte, each byte taken alone.
fn entropy(data: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for &byte in data {
        counts[usize::from(byte)] += 1;
    }
    let shares = counts.iter().filter(|&&count| count > 0).map(|&count| f64::from(count) / data.len() as f64);
    shares.map(|share| -share * share.log2()).sum()
}

fn main() {
    println!("| dtype | like | LZ4 | zlib | zstd | planes, zstd | planes, Huffman | bits a byte | of planes |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for Line { names, ratios, entropy, planes } in lines() {
        let ratios = ratios.map(|ratio| format!("{ratio:.2}")).join(" | ");
        let planes = planes.iter().map(|bits| format!("{bits:.2}")).collect::<Vec<_>>().join(" ");
        println!("| {} | {ratios} | {entropy:.2} | {planes} |", names.map(|name| format!("`{name}`")).join(" | "));
    }
}

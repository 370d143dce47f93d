//! Normal values and the numbers of tensors: the same with every kernel, in whatever part.

use super::{Item, Values};
use crate::driver::Team;
use crate::kernel::Kernel;
use crate::recipe::{Dtype, Like, Recipe, Texture};
use crate::stream::Stream;

fn filled(values: &Values, first: u64, count: usize, threads: usize) -> Vec<u8> {
    let mut out = vec![0xa5; count * values.item_size()];
    values.fill(first, &mut out, &Team::free(threads)).unwrap();
    out
}

fn pairs() -> impl Iterator<Item = (Dtype, Like)> {
    Dtype::NAMES.iter().flat_map(|dtype| Like::NAMES.iter().map(|like| (dtype.parse().unwrap(), like.parse().unwrap())))
}

fn all() -> impl Iterator<Item = Values> {
    let tensors = pairs().map(|(dtype, like)| Values::tensor(5, dtype, like).unwrap());
    [Values::normal(5, -2.5, 0.75).unwrap()].into_iter().chain(tensors)
}

#[test]
fn every_kernel_and_part_gives_the_same() {
    for values in all() {
        let size = values.item_size();
        let portable = values.clone().with_kernel(Kernel::by_name("portable").unwrap());
        let whole = filled(&portable, 0, 300_000, 1);
        for kernel in Kernel::available() {
            let values = values.clone().with_kernel(kernel);
            assert!(filled(&values, 0, 300_000, 3) == whole, "{values:?}");
            for (first, count) in [(0_u16, 0), (0, 1), (1, 1), (4095, 2), (2048, 2048), (7, 100_003)] {
                let from = usize::from(first) * size;
                assert!(filled(&values, first.into(), count, 2) == whole[from..from + count * size], "{first} {count}");
            }
        }
    }
}

#[test]
fn numbers_are_those_of_the_stream_but_for_its_tags() {
    for (dtype, like) in pairs() {
        let values = filled(&Values::tensor(5, dtype, like).unwrap(), 0, 40_960 / dtype.size(), 1);
        let recipe = Recipe::builder().seed(5).texture(Texture::Tensor).dtype(dtype).like(like).build().unwrap();
        let mut stream = vec![0; 40_960];
        Stream::new(&recipe).unwrap().fill_at(0, &mut stream).unwrap();
        if cfg!(target_endian = "big") {
            stream.chunks_mut(dtype.size()).for_each(<[u8]>::reverse);
        }
        for (values, page) in values.chunks(4096).zip(stream.chunks(4096)) {
            assert!(values[16..] == page[16..] && values[..16] != page[..16], "{dtype:?} {like:?}");
        }
    }
}

/// Whether a float's bits stand for a finite number.
fn is_finite(dtype: Dtype, number: &[u8]) -> bool {
    let bits = number.iter().rev().fold(0_u32, |sum, &byte| sum << 8 | u32::from(byte));
    match dtype {
        Dtype::Bf16 => bits >> 7 & 0xff != 0xff,
        Dtype::Fp16 => bits >> 10 & 0x1f != 0x1f,
        Dtype::Fp32 => f32::from_bits(bits).is_finite(),
        Dtype::Fp8 => bits & 0x7f != 0x7f,
        Dtype::Int8 => true,
    }
}

#[test]
fn every_number_is_finite_and_has_the_signs_it_should() {
    for (dtype, like) in pairs() {
        let size = dtype.size();
        let mut bytes = filled(&Values::tensor(6, dtype, like).unwrap(), 3, 500_000, 1);
        if cfg!(target_endian = "big") {
            bytes.chunks_mut(size).for_each(<[u8]>::reverse);
        }
        assert!(bytes.chunks(size).all(|number| is_finite(dtype, number)), "{dtype:?} {like:?}");
        let negative = bytes.chunks(size).filter(|number| number[size - 1] & 0x80 != 0).count();
        // Four standard deviations of half a million coins are 1414.
        let expected = if like == Like::Adam { 0 } else { 250_000 };
        assert!(negative.abs_diff(expected) <= if expected == 0 { 0 } else { 1800 }, "{dtype:?} {like:?}: {negative}");
    }
}

#[test]
fn normal_values_have_their_mean_and_deviation() {
    let bytes = filled(&Values::normal(7, 3.0, 0.5).unwrap(), 0, 1 << 20, 2);
    let values: Vec<f64> = bytes.as_chunks().0.iter().map(|&raw| f64::from(f32::from_ne_bytes(raw))).collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let moment = |power| values.iter().map(|x| ((x - mean) / 0.5).powi(power)).sum::<f64>() / count;
    assert!((mean - 3.0).abs() < 0.003, "{mean}");
    for (power, expected, allowed) in [(2, 1.0, 0.008), (3, 0.0, 0.015), (4, 3.0, 0.06), (6, 15.0, 1.2)] {
        assert!((moment(power) - expected).abs() < allowed, "moment {power}: {}", moment(power));
    }
    let beyond = |z: f64| values.iter().filter(|&x| (x - 3.0).abs() > 0.5 * z).count();
    for (z, expected) in [(1.0, 332_724_usize), (2.0, 47_710), (3.0, 2831), (4.0, 66)] {
        let tolerance = 6 * expected.isqrt();
        assert!(beyond(z).abs_diff(expected) < tolerance, "{z}: {}", beyond(z));
    }
}

#[test]
fn a_byte_is_as_long_as_an_item() {
    assert_eq!(Values::tensor(1, Dtype::Fp8, Like::Kv).unwrap().item_size(), Item::Bool.size());
    let values = Values::tensor(1, Dtype::Fp32, Like::Kv).unwrap();
    assert!(values.fill(0, &mut [0; 6], &Team::free(1)).is_err());
    assert!(values.fill(1 << 61, &mut [0; 4], &Team::free(1)).unwrap_err().to_string().contains("2^61"));
}

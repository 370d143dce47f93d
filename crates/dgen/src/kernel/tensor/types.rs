//! The types of numbers as kernels know them: by their places among all, and where their fields lie.

/// Calls a function for numbers of a known type: its argument is the type's place among all.
macro_rules! by_dtype {
    ($dtype:expr, $call:ident $(::<$stream:literal>)?, $arguments:tt) => {
        match $dtype {
            crate::tensor::Dtype::Bf16 => $call::<0 $(, $stream)?> $arguments,
            crate::tensor::Dtype::Fp16 => $call::<1 $(, $stream)?> $arguments,
            crate::tensor::Dtype::Fp32 => $call::<2 $(, $stream)?> $arguments,
            crate::tensor::Dtype::Fp8 => $call::<3 $(, $stream)?> $arguments,
            crate::tensor::Dtype::Int8 => $call::<4 $(, $stream)?> $arguments,
        }
    };
}
pub(super) use by_dtype;

pub(super) const BF16: u8 = 0;
pub(super) const FP16: u8 = 1;
pub(super) const FP32: u8 = 2;
pub(super) const FP8: u8 = 3;

/// The bits of the field in four bytes of numbers, and those of the signs.
pub(super) const fn masks(dtype: u8) -> (u32, u32) {
    match dtype {
        BF16 => (0x7f80_7f80, 0x8000_8000),
        FP16 => (0x7c00_7c00, 0x8000_8000),
        FP32 => (0x7f80_0000, 0x8000_0000),
        FP8 => (0x7878_7878, 0x8080_8080),
        _ => (0xf0f0_f0f0, 0),
    }
}

//! Pages of numbers: types, what they are distributed like, and how often each value of a type's field occurs (FORMAT.md,
//! section 6, "Tensors").

mod row;
mod table;

use crate::calibration::named;
use crate::error::{Error, Result};
use row::Row;
use std::str::FromStr;

/// The type of the numbers in pages of tensors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dtype {
    /// bfloat16: the upper half of a float32.
    #[default]
    Bf16,
    /// binary16 of IEEE 754.
    Fp16,
    /// binary32 of IEEE 754.
    Fp32,
    /// Floats of a byte with four bits of exponent and three of mantissa, without infinities (E4M3FN).
    Fp8,
    /// Integers of a byte, two's complement.
    Int8,
}

/// What the numbers in pages of tensors are distributed like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Like {
    /// Weights of a trained model.
    #[default]
    Weights,
    /// Gradients.
    Grad,
    /// The second moments that Adam keeps, none of them negative.
    Adam,
    /// Keys and values that attention keeps.
    Kv,
    /// Evenly spread values.
    Uniform,
}

named!(Dtype, "dtype", "bf16" => Bf16, "fp16" => Fp16, "fp32" => Fp32, "fp8" => Fp8, "int8" => Int8);
named!(Like, "like", "weights" => Weights, "grad" => Grad, "adam" => Adam, "kv" => Kv, "uniform" => Uniform);

impl Dtype {
    /// Bytes of a number.
    pub const fn size(self) -> usize {
        match self {
            Self::Bf16 | Self::Fp16 => 2,
            Self::Fp32 => 4,
            Self::Fp8 | Self::Int8 => 1,
        }
    }

    /// Bits of the field that is drawn.
    pub(crate) const fn field_bits(self) -> u32 {
        match self {
            Self::Bf16 | Self::Fp32 => 8,
            Self::Fp16 => 5,
            Self::Fp8 | Self::Int8 => 4,
        }
    }
}

/// The numbers of a recipe, ready for kernels.
#[derive(Clone, Debug)]
pub(crate) struct Numbers {
    pub(crate) dtype: Dtype,
    /// Whether there are signs.
    pub(crate) signed: bool,
    /// The field for each of 256 draws, in the upper bits of a byte.
    pub(crate) fields: [u8; 256],
    /// The first field, as a plain number.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "other kernels look fields up"))]
    pub(crate) first: i8,
    /// For each field above the first, the draw before the one from which on it is at least that: as many times as a
    /// vector has bytes, less 128, for comparisons of signed bytes.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "other kernels look fields up"))]
    pub(crate) steps: Vec<[i8; 32]>,
}

impl Numbers {
    pub(crate) fn new(dtype: Dtype, like: Like) -> Self {
        let row = &table::ROWS[dtype as usize * Like::NAMES.len() + like as usize];
        let (mut fields, mut steps) = ([0; 256], Vec::new());
        let first = row.fields[0].0;
        let mut drawn = 0_u16;
        for &(field, count) in row.fields {
            while first + i16::try_from(steps.len()).expect("few fields") < field {
                let [low, _] = (drawn - 1).to_le_bytes();
                steps.push([(low ^ 0x80).cast_signed(); 32]);
            }
            let [low, _] = (field << (8 - dtype.field_bits())).to_le_bytes();
            fields[usize::from(drawn)..][..usize::from(count)].fill(low);
            drawn += count;
        }
        debug_assert_eq!(drawn, 256);
        let [first, _] = first.to_le_bytes();
        Self { dtype, signed: row.signed, fields, first: first.cast_signed(), steps }
    }
}

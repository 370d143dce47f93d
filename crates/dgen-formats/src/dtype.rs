//! The types of elements that files declare.

use std::fmt;
use std::str::FromStr;

use dgen::{Error, Result};

macro_rules! dtypes {
    ($($(#[$note:meta])* $variant:ident $name:literal $size:literal $numpy:expr, $safetensors:literal;)+) => {
        /// The type of the elements that a file declares; the bytes are those of the stream, whatever the type. Integers and
        /// floats are little-endian.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum Dtype {
            $($(#[$note])* $variant,)+
        }

        impl Dtype {
            /// The names accepted in options.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in options.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// Bytes of an element.
            pub const fn size(self) -> u64 {
                match self { $(Self::$variant => $size),+ }
            }

            /// What numpy calls the type, if it has it.
            pub(crate) const fn numpy(self) -> Option<&'static str> {
                match self { $(Self::$variant => $numpy),+ }
            }

            /// What safetensors calls the type.
            pub(crate) const fn safetensors(self) -> &'static str {
                match self { $(Self::$variant => $safetensors),+ }
            }
        }
    };
}

dtypes! {
    /// Unsigned bytes.
    #[default]
    U8 "u8" 1 Some("|u1"), "U8";
    /// Signed bytes.
    I8 "i8" 1 Some("|i1"), "I8";
    /// Unsigned integers of 2 bytes.
    U16 "u16" 2 Some("<u2"), "U16";
    /// Signed integers of 2 bytes.
    I16 "i16" 2 Some("<i2"), "I16";
    /// Unsigned integers of 4 bytes.
    U32 "u32" 4 Some("<u4"), "U32";
    /// Signed integers of 4 bytes.
    I32 "i32" 4 Some("<i4"), "I32";
    /// Unsigned integers of 8 bytes.
    U64 "u64" 8 Some("<u8"), "U64";
    /// Signed integers of 8 bytes.
    I64 "i64" 8 Some("<i8"), "I64";
    /// Floats of a byte: four bits of exponent, three of mantissa, no infinities (E4M3FN).
    F8 "f8" 1 None, "F8_E4M3";
    /// binary16 of IEEE 754.
    F16 "f16" 2 Some("<f2"), "F16";
    /// bfloat16: the upper half of an `f32`.
    Bf16 "bf16" 2 None, "BF16";
    /// binary32 of IEEE 754.
    F32 "f32" 4 Some("<f4"), "F32";
    /// binary64 of IEEE 754.
    F64 "f64" 8 Some("<f8"), "F64";
}

impl FromStr for Dtype {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.iter().find(|dtype| dtype.name() == text);
        found.copied().ok_or_else(|| Error::invalid("dtype", format_args!("`{text}`"), &Self::NAMES.join(", ")))
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The type that holds the numbers of a recipe whose pages are tensors.
impl From<dgen::Dtype> for Dtype {
    fn from(dtype: dgen::Dtype) -> Self {
        match dtype {
            dgen::Dtype::Bf16 => Self::Bf16,
            dgen::Dtype::Fp16 => Self::F16,
            dgen::Dtype::Fp32 => Self::F32,
            dgen::Dtype::Fp8 => Self::F8,
            dgen::Dtype::Int8 => Self::I8,
        }
    }
}

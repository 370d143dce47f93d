//! Memory of tensors that have no buffer of Python's, such as PyTorch's, through the DLPack protocol.
#![allow(unsafe_code, reason = "DLPack is a C interface")]

use crate::interpreter::detached::calling;
use pyo3::exceptions::{PyBufferError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::ffi::{CStr, c_void};
use std::marker::PhantomData;
use std::ptr::NonNull;

/// Names of capsules that nobody has taken anything from yet, and what they are called afterwards.
const PLAIN: [&CStr; 2] = [c"dltensor", c"used_dltensor"];
const VERSIONED: [&CStr; 2] = [c"dltensor_versioned", c"used_dltensor_versioned"];
/// The version whose structures are known; others of the same major version begin alike.
const VERSION: (u32, u32) = (1, 0);
/// Devices whose memory is the host's: `kDLCPU`, and pinned memory, `kDLCUDAHost` and `kDLROCMHost`.
const HOST: [i32; 3] = [1, 3, 11];
/// Flags of a versioned tensor.
const READ_ONLY: u64 = 1;
const IS_COPIED: u64 = 2;
/// The type code of handles that no bytes may replace.
const OPAQUE: u8 = 3;

/// `DLTensor`.
#[repr(C)]
struct Description {
    data: *mut u8,
    device: [i32; 2],
    dimensions: i32,
    code: u8,
    bits: u8,
    lanes: u16,
    shape: *const i64,
    /// In items; null for a compact tensor.
    strides: *const i64,
    byte_offset: u64,
}

/// `DLManagedTensor`.
#[repr(C)]
struct Plain {
    tensor: Description,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Plain)>,
}

/// `DLManagedTensorVersioned`.
#[repr(C)]
struct Versioned {
    major: u32,
    minor: u32,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Versioned)>,
    flags: u64,
    tensor: Description,
}

/// What a producer has lent; given back when dropped.
enum Managed {
    Plain(NonNull<Plain>),
    Versioned(NonNull<Versioned>),
}

/// The memory of a tensor on the host: writable, C-contiguous, held in place until dropped.
pub(super) struct Tensor<'py> {
    managed: Managed,
    /// Dropping may run code of the interpreter.
    attached: PhantomData<Bound<'py, PyAny>>,
}

impl<'py> Tensor<'py> {
    /// The memory of an object that speaks DLPack, or in words why it cannot be filled; `None` for other objects.
    pub(super) fn of(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Option<Result<Self, String>>> {
        calling(object.py(), || {
            if !object.hasattr("__dlpack__")? || !object.hasattr("__dlpack_device__")? {
                return Ok(None);
            }
            Self::lent_by(&object).map(Some)
        })
    }

    fn lent_by(object: &Bound<'py, PyAny>) -> PyResult<Result<Self, String>> {
        let device: (i32, i32) = object.call_method0("__dlpack_device__")?.extract()?;
        if !HOST.contains(&device.0) {
            return Ok(Err(format!("in the memory of a device (DLPack type {})", device.0)));
        }
        let requires_grad = object.getattr("requires_grad").and_then(|value| value.is_truthy());
        if requires_grad.unwrap_or(false) {
            return Ok(Err("that requires gradients (pass its detach())".into()));
        }
        let capsule = match capsule(object) {
            Ok(capsule) => capsule,
            Err(error) if error.is_instance_of::<PyBufferError>(object.py()) => {
                return Ok(Err(format!("that cannot be shared ({})", error.value(object.py()))));
            }
            Err(error) => return Err(error),
        };
        let Some(managed) = Managed::take(&capsule) else {
            return Ok(Err("that gives no DLPack capsule of version 1".into()));
        };
        let tensor = Self { managed, attached: PhantomData };
        Ok(match tensor.refused() {
            Some(why) => Err(why.into()),
            None => Ok(tensor),
        })
    }

    fn refused(&self) -> Option<&'static str> {
        let flags = self.managed.flags();
        let tensor = self.managed.tensor();
        match () {
            () if !HOST.contains(&tensor.device[0]) => Some("in the memory of a device"),
            () if flags & READ_ONLY != 0 => Some("read-only"),
            () if flags & IS_COPIED != 0 => Some("that shares only a copy"),
            () if tensor.code == OPAQUE => Some("made of references to objects"),
            () if tensor.len().is_none() => Some("of items that are no whole bytes"),
            () if !tensor.is_contiguous() => Some("not C-contiguous"),
            () => None,
        }
    }

    /// Start and length in bytes; a null start where there may be no bytes.
    pub(super) fn place(&self) -> (*mut u8, usize) {
        let tensor = self.managed.tensor();
        let offset = usize::try_from(tensor.byte_offset).unwrap_or(0);
        // The address is the producer's to vouch for, so it is not computed as one inside an allocation of ours.
        (tensor.data.wrapping_add(offset), tensor.len().unwrap_or(0))
    }

    /// What the items are, in the notation of the `struct` module, of types that others ask for.
    pub(super) fn item_format(&self) -> &'static str {
        let tensor = self.managed.tensor();
        match (tensor.code, tensor.bits, tensor.lanes) {
            (2, 32, 1) => "f",
            (1, 8, 1) => "B",
            _ => "unknown",
        }
    }
}

/// The object's capsule: of a versioned tensor, where it knows of such.
fn capsule<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let options = PyDict::new(object.py());
    options.set_item("max_version", VERSION)?;
    match object.call_method("__dlpack__", (), Some(&options)) {
        Err(error) if error.is_instance_of::<PyTypeError>(object.py()) => object.call_method0("__dlpack__"),
        result => result,
    }
}

impl Managed {
    /// Takes what a capsule holds, so that nobody else does; `None` for other objects, and other versions of the protocol.
    /// A value is made only of what was taken, since dropping it gives that back.
    fn take(capsule: &Bound<'_, PyAny>) -> Option<Self> {
        if let Some(plain) = pointer(capsule, PLAIN[0]) {
            return renamed(capsule, PLAIN[1]).then(|| Self::Plain(plain.cast()));
        }
        let versioned: NonNull<Versioned> = pointer(capsule, VERSIONED[0])?.cast();
        // SAFETY: a capsule of this name holds a versioned tensor, alive until it is taken, whose first field is this in every
        // version.
        let major = unsafe { (*versioned.as_ptr()).major };
        (major == VERSION.0 && renamed(capsule, VERSIONED[1])).then(|| Self::Versioned(versioned))
    }

    fn tensor(&self) -> &Description {
        match self {
            // SAFETY: the producer keeps the structure as it is until its deleter is called, which only dropping `self` does.
            Self::Plain(plain) => unsafe { &plain.as_ref().tensor },
            // SAFETY: as above.
            Self::Versioned(versioned) => unsafe { &versioned.as_ref().tensor },
        }
    }

    fn flags(&self) -> u64 {
        match self {
            Self::Plain(_) => 0,
            // SAFETY: as for `tensor`.
            Self::Versioned(versioned) => unsafe { versioned.as_ref().flags },
        }
    }
}

impl Drop for Managed {
    fn drop(&mut self) {
        match *self {
            Self::Plain(plain) => {
                // SAFETY: as for `tensor`.
                let deleter = unsafe { plain.as_ref().deleter };
                if let Some(deleter) = deleter {
                    // SAFETY: whoever takes a tensor from its capsule calls its deleter once, when done with it: here.
                    unsafe { deleter(plain.as_ptr()) }
                }
            }
            Self::Versioned(versioned) => {
                // SAFETY: as for `tensor`.
                let deleter = unsafe { versioned.as_ref().deleter };
                if let Some(deleter) = deleter {
                    // SAFETY: as above.
                    unsafe { deleter(versioned.as_ptr()) }
                }
            }
        }
    }
}

impl Description {
    fn dimensions(&self) -> usize {
        usize::try_from(self.dimensions).unwrap_or(0)
    }

    fn shape(&self) -> &[i64] {
        // SAFETY: of a producer's tensor the shape has as many numbers as there are dimensions, for as long as it lives.
        unsafe { numbers(self.shape, self.dimensions()) }
    }

    /// Bytes in all; `None` where items are no whole bytes.
    fn len(&self) -> Option<usize> {
        let bits = usize::from(self.bits) * usize::from(self.lanes);
        let item = bits.is_multiple_of(8).then_some(bits / 8)?;
        let mut sizes = self.shape().iter().map(|&size| usize::try_from(size).ok());
        sizes.try_fold(item, |product, size| product.checked_mul(size?))
    }

    fn is_contiguous(&self) -> bool {
        // SAFETY: as for `shape`; null where the tensor is compact.
        let strides = unsafe { numbers(self.strides, self.dimensions()) };
        let shape = self.shape();
        if strides.is_empty() || shape.contains(&0) {
            return true;
        }
        let mut wanted = 1;
        shape.iter().zip(strides).rev().all(|(&size, &stride)| {
            let fits = size == 1 || stride == wanted;
            wanted *= size;
            fits
        })
    }
}

/// `count` numbers, none where there is no list.
///
/// # Safety
/// The list, where there is one, is as long and lives as long as the result.
unsafe fn numbers<'a>(start: *const i64, count: usize) -> &'a [i64] {
    if start.is_null() {
        return &[];
    }
    // SAFETY: as the caller promises.
    unsafe { std::slice::from_raw_parts(start, count) }
}

/// What a capsule of this name holds.
fn pointer(capsule: &Bound<'_, PyAny>, name: &CStr) -> Option<NonNull<c_void>> {
    // SAFETY: any object may be asked, by an attached thread; the name is a string that ends with a zero.
    let is_valid = unsafe { ffi::PyCapsule_IsValid(capsule.as_ptr(), name.as_ptr()) } != 0;
    if !is_valid {
        return None;
    }
    // SAFETY: the object is a capsule of this name.
    NonNull::new(unsafe { ffi::PyCapsule_GetPointer(capsule.as_ptr(), name.as_ptr()) })
}

/// Gives a capsule a name that lives as long as the process.
fn renamed(capsule: &Bound<'_, PyAny>, name: &'static CStr) -> bool {
    // SAFETY: the object is a capsule, as its caller has just seen.
    unsafe { ffi::PyCapsule_SetName(capsule.as_ptr(), name.as_ptr()) == 0 }
}

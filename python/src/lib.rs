//! The extension module `dgen_py._dgen`: registration only.

mod args;
mod bytearrays;
mod bytes_view;
mod errors;
mod fill;
mod forks;
mod generator;
mod memory;
mod numeric;
mod one_shot;
mod placement;
mod pool;
#[cfg(not(Py_GIL_DISABLED))]
mod recent_views;
mod system;
mod writable;

/// Native part of dgen_py; import `dgen_py` instead.
#[pyo3::pymodule(gil_used = false)]
mod _dgen {
    #[pymodule_export]
    use crate::bytearrays::create_bytearrays;
    #[pymodule_export]
    use crate::bytes_view::BytesView;
    #[pymodule_export]
    use crate::generator::Generator;
    #[pymodule_export]
    use crate::numeric::{generate_uniform, generate_uniform_vectors, normalize_rows};
    #[pymodule_export]
    use crate::one_shot::{fill_buffer, generate_buffer, generate_data, generate_into_buffer};
    #[pymodule_export]
    use crate::pool::BufferPool;
    #[pymodule_export]
    use crate::system::{detect_numa_nodes, get_numa_info, get_system_info};
}

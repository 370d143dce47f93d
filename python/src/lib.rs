//! The extension module `dgen_py._dgen`: registration only.

mod args;
mod bytearrays;
mod bytes_view;
mod choice;
mod command;
mod cursor;
mod detached;
mod engine;
mod errors;
mod fill;
mod follow;
mod forks;
mod generator;
mod interpreter;
mod measure;
mod memory;
mod new_bytes;
mod numbers;
mod numeric;
mod one_shot;
mod paths;
mod place;
mod placement;
mod pool;
mod pool_bench;
mod read_file;
mod readable;
#[cfg(not(Py_GIL_DISABLED))]
mod recent_views;
mod reports;
mod system;
mod verify_file;
mod writable;
mod write_file;

/// Native part of dgen_py; import `dgen_py` instead.
#[pyo3::pymodule(gil_used = false)]
mod _dgen {
    #[pymodule_export]
    use crate::bytearrays::create_bytearrays;
    #[pymodule_export]
    use crate::bytes_view::BytesView;
    #[pymodule_export]
    use crate::command::{command_main, info};
    #[pymodule_export]
    use crate::cursor::Cursor;
    #[pymodule_export]
    use crate::generator::Generator;
    #[pymodule_export]
    use crate::measure::measure;
    #[pymodule_export]
    use crate::numeric::{generate_uniform, generate_uniform_vectors, normalize_rows};
    #[pymodule_export]
    use crate::one_shot::{fill_buffer, generate_buffer, generate_data, generate_into_buffer};
    #[pymodule_export]
    use crate::placement::get_placement;
    #[pymodule_export]
    use crate::pool::BufferPool;
    #[pymodule_export]
    use crate::pool_bench::bench_rolling_pool;
    #[pymodule_export]
    use crate::read_file::read_file;
    #[pymodule_export]
    use crate::system::{detect_numa_nodes, get_numa_info, get_system_info};
    #[pymodule_export]
    use crate::verify_file::verify_file;
    #[pymodule_export]
    use crate::write_file::write_file;

    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "the established name")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &pyo3::Bound<'_, pyo3::types::PyModule>) -> pyo3::PyResult<()> {
        crate::interpreter::refuse_others(module.py())?;
        crate::detached::prepare(module)
    }
}

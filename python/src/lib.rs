//! The extension module `dgen_py._dgen`: registration only.

mod arguments;
mod buffers;
mod command;
mod errors;
mod generator;
mod interpreter;
mod locks;
mod placement;
mod pool;
mod storage;

/// Native part of dgen_py; import `dgen_py` instead.
#[pyo3::pymodule(gil_used = false)]
mod _dgen {
    #[pymodule_export]
    use crate::arguments::reading::_size;
    #[pymodule_export]
    use crate::buffers::bytearrays::create_bytearrays;
    #[pymodule_export]
    use crate::buffers::bytes_view::BytesView;
    #[pymodule_export]
    use crate::command::{command_main, info};
    #[pymodule_export]
    use crate::generator::chunks::Generator;
    #[pymodule_export]
    use crate::generator::cursor::Cursor;
    #[pymodule_export]
    use crate::generator::normal::generate_normal;
    #[pymodule_export]
    use crate::generator::numeric::{generate_uniform, generate_uniform_vectors, normalize_rows};
    #[pymodule_export]
    use crate::generator::values::{_fill_tensor, _fill_values};
    #[pymodule_export]
    use crate::placement::ranks::_ranks;
    #[pymodule_export]
    use crate::placement::system::get_placement;
    #[pymodule_export]
    use crate::placement::system::{detect_numa_nodes, get_numa_info, get_system_info};
    #[pymodule_export]
    use crate::pool::bench::bench_rolling_pool;
    #[pymodule_export]
    use crate::pool::many::fill_many;
    #[pymodule_export]
    use crate::pool::one_shot::{fill_buffer, generate_buffer, generate_data, generate_into_buffer};
    #[pymodule_export]
    use crate::pool::slices::BufferPool;
    #[pymodule_export]
    use crate::storage::measure::measure;
    #[pymodule_export]
    use crate::storage::read::read_file;
    #[pymodule_export]
    use crate::storage::verify::verify_file;
    #[pymodule_export]
    use crate::storage::write::write_file;

    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "the established name")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &pyo3::Bound<'_, pyo3::types::PyModule>) -> pyo3::PyResult<()> {
        crate::interpreter::prepare(module)
    }
}

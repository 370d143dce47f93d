//! The views that a pool handed out last, to be used again when their holders have let go of them.
#![allow(unsafe_code, reason = "asks for an object's reference count")]

use crate::buffers::bytes_view::BytesView;
use crate::buffers::memory::Memory;
use pyo3::ffi;
use pyo3::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// The last two views of one memory: a loop holds one while it asks for the next.
#[derive(Default)]
pub(crate) struct RecentViews {
    views: [Option<Py<BytesView>>; 2],
    turn: usize,
}

impl RecentViews {
    /// Lets go of the views, and with them of the memory.
    pub(crate) fn forget(&mut self) {
        self.views = [None, None];
    }

    /// A view of a part of `memory`, to which all views made since `self` was new belong.
    pub(crate) fn view(
        &mut self,
        py: Python<'_>,
        memory: &Arc<Memory>,
        range: Range<usize>,
    ) -> PyResult<Py<BytesView>> {
        self.turn ^= 1;
        let recent = &mut self.views[self.turn];
        if let Some(view) = recent
            && is_sole_reference(view, py)
        {
            view.get().move_to(&range);
            return Ok(view.clone_ref(py));
        }
        let view = Py::new(py, BytesView::part(memory.clone(), range))?;
        *recent = Some(view.clone_ref(py));
        Ok(view)
    }
}

/// Whether nobody else has the object; the interpreter's lock keeps it so.
fn is_sole_reference(view: &Py<BytesView>, _attached: Python<'_>) -> bool {
    // SAFETY: the object is alive and the thread attached.
    unsafe { ffi::Py_REFCNT(view.as_ptr()) == 1 }
}

//! The blocks of commands that are not run as they stand, and why. Their calls of `dgen` are parsed all the same.

use super::fences::Block;

pub(super) struct Exception {
    /// Empty where it is any.
    pub(super) page: &'static str,
    /// What the block holds.
    pub(super) holds: &'static str,
    #[allow(dead_code, reason = "said for whoever reads this, and printed by no test")]
    pub(super) why: &'static str,
}

pub(super) const EXCEPTIONS: [Exception; 6] = [
    Exception { page: "README.md", holds: "make run", why: "CI calls these targets" },
    Exception { page: "README.md", holds: "cargo install", why: "scripts/test_install.sh installs" },
    Exception { page: "docs/C.md", holds: "install_capi.sh", why: "crates/dgen-capi/tests/c.rs installs and compiles" },
    Exception {
        page: "",
        holds: "pip install",
        why: "scripts/test_install.sh installs, python/tests/test_mpi.py starts MPI",
    },
    Exception {
        page: "docs/NETWORK.md",
        holds: "nc -l",
        why: "kinds of nc differ; tests/command/network.rs is the other side",
    },
    Exception { page: "docs/TESTING.md", holds: "DGEN_FAULTS=", why: "builds; tests/faults replays in its own tests" },
];

/// The exception that a block is, if it is one.
pub(super) fn exception(block: &Block) -> Option<&'static Exception> {
    EXCEPTIONS.iter().find(|one| (one.page.is_empty() || one.page == block.page) && block.text.contains(one.holds))
}

"""Whether the rules see what they are for: mistakes are planted in a copy, and have to be found."""

import shutil
import tempfile
from pathlib import Path

from . import imports

# A name, files with what is added to them, and words of the problem that has to be told.
MISTAKES = [
    (
        "a circle of two files",
        {
            "crates/dgen-measure/src/codec.rs": "use crate::crew::Planted;\npub(crate) struct Planting(Planted);\n",
            "crates/dgen-measure/src/crew.rs": "use crate::codec::Planting;\npub(crate) struct Planted(Planting);\n",
        },
        ["files import each other", "codec.rs", "crew.rs"],
    ),
    (
        "a circle by way of what a parent passes on",
        {
            "crates/dgen-cli/src/bench/mod.rs": "mod one;\nmod other;\npub(crate) use one::One;\n",
            "crates/dgen-cli/src/bench/one.rs": "pub(crate) struct One(super::other::Other);\n",
            "crates/dgen-cli/src/bench/other.rs": "use super::One;\npub(crate) struct Other(Box<One>);\n",
        },
        ["files import each other", "one.rs", "other.rs"],
    ),
    (
        "an upward import",
        {"crates/dgen-measure/src/fingerprint.rs": "use crate::grid::Grid;\npub(crate) type Planted = Grid;\n"},
        ["fingerprint.rs: imports", "grid.rs, which lies above it"],
    ),
    (
        "an upward import without a `use`",
        {"crates/dgen/src/ratio.rs": "fn planted() -> crate::generator::Generator {\n    todo!()\n}\n"},
        ["ratio.rs: imports", "generator.rs, which lies above it"],
    ),
    (
        "an import between rooms that are apart",
        {"crates/dgen/src/plan/mod.rs": "use crate::kernel::Kernel;\npub(crate) type Planted = Kernel;\n"},
        ["plan/mod.rs: imports", "kernel/mod.rs, beside it and apart"],
    ),
    (
        "a room without a place",
        {"crates/dgen-spec/src/lib.rs": "mod planted;\n", "crates/dgen-spec/src/planted.rs": ""},
        ["without a place in the layers", "planted"],
    ),
    (
        "a crate that another must not use",
        {"crates/dgen-measure/Cargo.toml": ""},
        ["dgen-measure must not depend on dgen-io"],
    ),
]


def check(root: Path) -> list[str]:
    """The mistakes that were not found."""
    problems = []
    for name, files, words in MISTAKES:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder)
            for tree in ("crates", "python/src"):
                shutil.copytree(root / tree, copy / tree)
            crates = {path.split("/")[1] for path in files}
            before = set(imports.check(copy, crates))
            for path, text in files.items():
                plant(copy / path, text)
            told = set(imports.check(copy, crates)) - before
        if not any(all(word in problem for word in words) for problem in told):
            problems.append(f"self-test: {name} is not found; told: {sorted(told)}")
    return problems


def plant(path: Path, text: str) -> None:
    """Adds text at the end of a file; to a manifest, a dependency."""
    before = path.read_text() if path.exists() else ""
    if path.suffix == ".toml":
        path.write_text(before.replace("[dependencies]\n", "[dependencies]\ndgen-io.workspace = true\n"))
    else:
        path.write_text(before + text)

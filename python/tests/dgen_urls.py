"""Makes fsspec know `dgen://` where the package runs from its tree, without the entry point that an installed one has."""

from importlib.metadata import entry_points

INSTALLED = any(point.name == "dgen" for point in entry_points(group="fsspec.specs"))


def register():
    if not INSTALLED:
        import fsspec

        fsspec.register_implementation("dgen", "dgen_py.fsspec.DgenFileSystem", clobber=True)

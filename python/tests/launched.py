"""The variables that launchers leave, and a process without them."""

import os

PREFIXES = ("RANK", "WORLD_SIZE", "LOCAL_", "GROUP_", "OMPI_", "PMI", "MPI_", "MV2_", "SLURM_", "ENVIRONMENT", "DGEN_THREADS")


def without_launchers():
    """The environment of a process that no launcher started and nobody gave a number of threads."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIXES)}

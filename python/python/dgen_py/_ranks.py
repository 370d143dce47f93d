"""Which of the processes that a launcher started this one is."""

from __future__ import annotations

from dataclasses import dataclass

from ._dgen import _ranks

__all__ = ["Ranks", "ranks"]


@dataclass(frozen=True)
class Ranks:
    """A rank and the number of ranks, in all and on this host; `ranks()` returns it."""

    rank: int
    """Which of them this process is, from 0."""
    world_size: int
    """How many there are, at least 1."""
    local_rank: int | None
    """Which of those on this host, or None where the launcher does not say."""
    local_size: int | None
    """How many are on this host, or None where the launcher does not say."""
    source: tuple[str, ...]
    """The environment variables that say so; empty for a process that no launcher started."""


def ranks() -> Ranks:
    """The rank of this process and the number of ranks, by the environment variables of what launched it.

    Asked are, in this order, those of torch (`RANK`, `WORLD_SIZE`, `LOCAL_RANK`, `LOCAL_WORLD_SIZE`), Open MPI
    (`OMPI_COMM_WORLD_RANK` and so on), PMI (`PMI_RANK`, `PMI_SIZE`, with `MPI_LOCALRANKID` and `MPI_LOCALNRANKS` of
    MPICH and Intel MPI, or `PMI_LOCAL_RANK` and `PMI_LOCAL_SIZE`), MVAPICH (`MV2_COMM_WORLD_RANK` and so on), PMIx
    (`PMIX_RANK`, `PMIX_SIZE`) and Slurm (`SLURM_PROCID`, `SLURM_STEP_NUM_TASKS` or else `SLURM_NTASKS`,
    `SLURM_LOCALID`, `SLURM_STEP_TASKS_PER_NODE`). Without any, it is rank 0 of 1.

    All must say the same, but for launchers inside each other: one that says 0 of 1 gives way to one that says more,
    Slurm speaks where no other does, and torch goes before the launcher that started it (`GROUP_WORLD_SIZE` times). The
    shell of an sbatch script is one process, whatever `SLURM_NTASKS` says.

    Raises `ValueError` for contradictions, which names the variables and their values; for values out of range; and
    for a rank of MPI without a number of ranks.

    >>> import dgen_py
    >>> here = dgen_py.ranks()
    >>> 0 <= here.rank < here.world_size
    True
    >>> mine = dgen_py.Generator(1 << 30, seed=7).shard(here.rank, here.world_size)
    """
    return Ranks(*_ranks())

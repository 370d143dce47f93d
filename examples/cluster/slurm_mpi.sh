#!/bin/bash
# The same as slurm.sh with one report of all ranks, from a common start: sbatch slurm_mpi.sh PATH SIZE
#SBATCH --job-name=dgen
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=4
set -eu
srun --mpi=pmix --kill-on-bad-exit=1 python -m dgen_py.mpi \
    write "$1" --size "$2" --seed "$SLURM_JOB_ID" --dedup-ratio 2 --compress-ratio 1.5 --then verify "$1" --json=report.json
